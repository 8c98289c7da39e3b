/* A process that has used the library, also from threads, may fork; the child loads,
 * adapts, searches and predicts, and gets the same bits. */
#include "check.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { ROWS = 100, CHILDREN = 3 };

static int32_t archs[ROWS * GENES];

static void use(const char *path, double *latency) {
  help_model *model = NULL;
  MUST(help_load(path, &model));
  help_predictor *predictor = adapt(model, 2);
  help_space *space = NULL;
  MUST(help_model_space(model, &space));
  int32_t best[GENES];
  double accuracy, best_latency;
  size_t found;
  help_search_options options;
  CHECK_OK(help_search_options_init(&options, sizeof options));
  options.strategy = HELP_SEARCH_EVOLVE;
  options.population = 10;
  options.generations = 5;
  CHECK_OK(help_search(predictor, INFINITY, score_macs, space, &options, 1, best, GENES, &accuracy,
                       &best_latency, &found, NULL));
  CHECK_OK(help_predict(predictor, archs, ROWS, GENES, latency, NULL));
  help_evolver *evolver = NULL;
  int32_t rows[10 * GENES];
  double scores[10];
  CHECK_OK(help_evolver_new(predictor, INFINITY, &options, 1, &evolver));
  for (found = 1; found > 0;) {
    MUST(help_evolver_ask(evolver, rows, 10, GENES, NULL, &found));
    MUST(help_arch_macs(space, rows, found, GENES, scores));
    if (found > 0) CHECK_OK(help_evolver_tell(evolver, scores, found));
  }
  CHECK_OK(help_evolver_results(evolver, 1, rows, GENES, scores, scores + 1, &found, NULL));
  CHECK(found == 1 && scores[0] == accuracy && memcmp(rows, best, sizeof best) == 0);
  help_evolver_free(evolver);
  help_space_free(space);
  help_predictor_free(predictor);
  help_model_free(model);
}

static void *train_in_threads(void *unused) {
  (void)unused;
  help_space *space = NULL;
  help_model *model = NULL;
  MUST(help_space_open("nasbench201", &space));
  help_dataset *dataset = make_dataset(space, 200, 5);
  help_train_options options = quick_training();
  options.tasks = 4;
  options.threads = 3;
  CHECK_OK(help_meta_train(dataset, &options, &model));
  help_model_free(model);
  help_dataset_free(dataset);
  help_space_free(space);
  return NULL;
}

int main(int argc, char **argv) {
  start();
  help_space *space = NULL;
  MUST(help_space_open("nasbench201", &space));
  MUST(help_space_sample(space, 5, archs, ROWS, GENES));
  help_space_free(space);

  double(*latency)[ROWS] = mmap(NULL, sizeof *latency * (CHILDREN + 1), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (argc < 2) return 2;
  pthread_t thread;
  pthread_create(&thread, NULL, train_in_threads, NULL);
  pthread_join(thread, NULL);
  use(argv[1], latency[CHILDREN]);
  for (int i = brief ? 1 : 0; i < (brief ? 2 : CHILDREN); i++) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
      alarm(300);
      if (i == 1) train_in_threads(NULL);
      use(argv[1], latency[i]);
      _exit(failures != 0);
    }
    int status;
    waitpid(pid, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(memcmp(latency[i], latency[CHILDREN], sizeof *latency) == 0);
  }
  return finish();
}

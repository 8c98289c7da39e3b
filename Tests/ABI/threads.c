/* One predictor, many threads: the same bits as from one thread, however the rows
 * are cut into batches; and each thread has its own last error. */
#include "check.h"

#include <pthread.h>

enum { THREADS = 8, MOST_ROWS = 2000 };
static help_space *space;
static help_model *model;
static help_predictor *predictor;
static size_t rows = MOST_ROWS;
static int32_t archs[MOST_ROWS * GENES];
static double expected[MOST_ROWS];
static pthread_barrier_t barrier;
static char trouble[THREADS][200];

static void *work(void *argument) {
  size_t me = (size_t)argument;
  char *said = trouble[me];
#define EXPECT(condition) \
  if (!(condition) && !*said) snprintf(said, sizeof trouble[0], "thread %zu: not true: %s", me, #condition)

  EXPECT(strcmp(help_last_error(), "") == 0);
  static const size_t batch_sizes[THREADS] = {1, 3, 7, 16, 64, 100, 999, MOST_ROWS};
  double latency[MOST_ROWS];
  for (int round = 0; round < (brief ? 1 : 3); round++) {
    size_t batch = batch_sizes[(me + (size_t)round) % THREADS];
    for (size_t i = 0; i < rows; i += batch) {
      size_t n = i + batch < rows ? batch : rows - i;
      EXPECT(help_predict(predictor, archs + i * GENES, n, GENES, latency + i, NULL) == HELP_OK);
    }
    EXPECT(memcmp(latency, expected, rows * sizeof *latency) == 0);
  }

  /* Everyone fails in a way of their own, then everyone looks. */
  int32_t bad[GENES] = {0, 0, 0, 0, 0, 0};
  char number[32];
  bad[me % GENES] = 1000 + (int32_t)me;
  EXPECT(help_predict(predictor, bad, 1, GENES, latency, NULL) == HELP_ERR_ARCHITECTURE);
  pthread_barrier_wait(&barrier);
  snprintf(number, sizeof number, "%d", 1000 + (int)me);
  EXPECT(strstr(help_last_error(), number) != NULL);

  /* A predictor of its own from the shared model; the same bits again. */
  measurements m = {.n = help_model_reference_count(model)};
  help_predictor *mine = NULL;
  EXPECT(help_model_references(model, m.archs, GENES) == HELP_OK);
  for (size_t i = 0; i < m.n; i++) m.ms[i] = measure(m.archs + i * GENES, 1);
  EXPECT(help_adapt(model, m.archs, m.n, GENES, m.ms, NULL, &mine) == HELP_OK);
  EXPECT(help_predict(mine, archs, rows, GENES, latency, NULL) == HELP_OK);
  EXPECT(memcmp(latency, expected, rows * sizeof *latency) == 0);
  help_predictor_free(mine);
#undef EXPECT
  return NULL;
}

/* An evolver in each thread, one predictor under all of them; half are saved and loaded on
 * the way.  The same front for all. */
static int32_t fronts[THREADS][8 * GENES];

static void *evolve(void *argument) {
  size_t me = (size_t)argument, n = 1;
  char *said = trouble[me];
#define EXPECT(condition) \
  if (!(condition) && !*said) snprintf(said, sizeof trouble[0], "evolver %zu: not true: %s", me, #condition)
  help_limit limit = {sizeof limit, HELP_LIMIT_LATENCY, 0, 0, 60.0, predictor, 0.8};
  help_search_options options;
  help_evolver *evolver = NULL;
  int32_t asked[16 * GENES];
  double scores[16], latency[16];
  EXPECT(help_search_options_init(&options, sizeof options) == HELP_OK);
  options.strategy = HELP_SEARCH_EVOLVE;
  options.objective = HELP_OBJECTIVE_PARETO;
  options.population = 16;
  options.generations = brief ? 3 : 15;
  options.limits = &limit;
  options.limit_count = 1;
  EXPECT(help_evolver_new(predictor, INFINITY, &options, 8, &evolver) == HELP_OK);
  while (n > 0 && !*said) {
    EXPECT(help_evolver_ask(evolver, asked, 16, GENES, latency, &n) == HELP_OK);
    EXPECT(help_arch_macs(space, asked, n, GENES, scores) == HELP_OK);
    EXPECT(n == 0 || help_evolver_tell(evolver, scores, n) == HELP_OK);
    if (me % 2) {
      help_buffer bytes = HELP_BUFFER_INIT;
      EXPECT(help_evolver_write(evolver, &bytes) == HELP_OK);
      help_evolver_free(evolver);
      evolver = NULL;
      EXPECT(help_evolver_load_memory(bytes.data, bytes.size, &evolver) == HELP_OK);
      help_buffer_free(&bytes);
    }
  }
  EXPECT(help_evolver_results(evolver, 8, fronts[me], GENES, scores, latency, &n, NULL) == HELP_OK);
  EXPECT(n > 0);
  help_evolver_free(evolver);
#undef EXPECT
  return NULL;
}

/* Training gives the same model with any number of threads. */
static void training(void) {
  help_dataset *dataset = make_dataset(space, 200, 5);
  help_buffer first = HELP_BUFFER_INIT;
  for (size_t threads = 1; threads <= (brief ? 2 : 4); threads++) {
    help_train_options options = quick_training();
    help_model *trained = NULL;
    help_buffer bytes = HELP_BUFFER_INIT;
    options.tasks = 4;
    options.threads = threads;
    MUST(help_meta_train(dataset, &options, &trained));
    MUST(help_model_write(trained, &bytes));
    help_model_free(trained);
    if (threads == 1) {
      first = bytes;
      continue;
    }
    CHECK(bytes.size == first.size && memcmp(bytes.data, first.data, bytes.size) == 0);
    help_buffer_free(&bytes);
  }
  help_buffer_free(&first);
  help_dataset_free(dataset);
}

int main(int argc, char **argv) {
  start();
  if (brief) rows = 100;
  model = load_model(argc, argv);
  MUST(help_model_space(model, &space));
  predictor = adapt(model, 1);
  MUST(help_space_sample(space, 11, archs, rows, GENES));
  MUST(help_predict(predictor, archs, rows, GENES, expected, NULL));

  pthread_t threads[THREADS];
  pthread_attr_t small_stack; /* as a host's worker thread may have */
  pthread_attr_init(&small_stack);
  pthread_attr_setstacksize(&small_stack, 256 * 1024);
  pthread_barrier_init(&barrier, NULL, THREADS);
  static void *(*const bodies[])(void *) = {work, evolve};
  for (int body = 0; body < 2; body++) {
    for (size_t i = 0; i < THREADS; i++) pthread_create(&threads[i], &small_stack, bodies[body], (void *)i);
    for (size_t i = 0; i < THREADS; i++) {
      pthread_join(threads[i], NULL);
      checks++;
      if (trouble[i][0]) check_failed(__FILE__, __LINE__, "%s", trouble[i]);
    }
  }
  for (size_t i = 1; i < THREADS; i++) CHECK(memcmp(fronts[i], fronts[0], sizeof fronts[0]) == 0);
  pthread_barrier_destroy(&barrier);
  pthread_attr_destroy(&small_stack);
  training();
  help_predictor_free(predictor);
  help_space_free(space);
  help_model_free(model);
  return finish();
}

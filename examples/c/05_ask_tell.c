/* A search whose scores are slow, and that survives a restart:
 *   05_ask_tell MODEL FILE [GENERATIONS]
 * It is kept in FILE after every generation, and goes on from there; with GENERATIONS it ends
 * after so many, as if it had been interrupted.  */
#include "common.h"

enum { TOP = 3 };

/* More computation, better network: stands for a training on another machine. */
static void train_and_test(const help_space *space, const int32_t *archs, size_t n,
                           double *accuracy) {
  CHECK(help_arch_macs(space, archs, n, GENES, accuracy));
}

static void start(const char *path, help_evolver **evolver) {
  help_model *model;
  help_predictor *device;
  help_search_options options;
  int32_t references[REFERENCES * GENES];
  CHECK(help_load(path, &model));
  read_references(model, references);
  CHECK(help_adapt(model, references, REFERENCES, GENES, raspberry_pi_4, NULL, &device));
  CHECK(help_search_options_init(&options, sizeof options));
  options.population = 20;
  options.generations = 10;
  CHECK(help_evolver_new(device, 20.0, &options, TOP, evolver));
  help_predictor_free(device); /* the evolver keeps what it needs */
  help_model_free(model);
}

static void show(const help_evolver *evolver, const help_space *space) {
  int32_t best[TOP * GENES];
  double accuracy[TOP], latency[TOP];
  size_t found;
  help_search_report report = {.struct_size = sizeof report};
  CHECK(help_evolver_results(evolver, TOP, best, GENES, accuracy, latency, &found, &report));
  printf("%llu networks scored in %llu generations\n", (unsigned long long)report.evaluations,
         (unsigned long long)report.generations);
  for (size_t i = 0; i < found; i++) {
    help_buffer text = HELP_BUFFER_INIT;
    CHECK(help_arch_format(space, best + i * GENES, &text));
    printf("%8.2f ms  score %.4g  %s\n", latency[i], accuracy[i], text.data);
    help_buffer_free(&text);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s MODEL FILE [GENERATIONS]\n", argv[0]);
    return EXIT_FAILURE;
  }
  long generations = argc > 3 ? atol(argv[3]) : -1;
  help_evolver *evolver;
  help_space *space;
  FILE *kept = fopen(argv[2], "rb");
  if (kept != NULL) {
    fclose(kept);
    CHECK(help_evolver_load(argv[2], &evolver));
    printf("going on from %s\n", argv[2]);
  } else {
    start(argv[1], &evolver);
  }
  CHECK(help_evolver_space(evolver, &space));

  size_t capacity = help_evolver_batch(evolver);
  int32_t *rows = malloc(capacity * GENES * sizeof *rows);
  double *accuracy = malloc(capacity * sizeof *accuracy);
  if (rows == NULL || accuracy == NULL) return EXIT_FAILURE;
  while (generations-- != 0) {
    size_t n;
    CHECK(help_evolver_ask(evolver, rows, capacity, GENES, NULL, &n));
    if (n == 0) break;
    train_and_test(space, rows, n, accuracy);
    CHECK(help_evolver_tell(evolver, accuracy, n));
    CHECK(help_evolver_save(evolver, argv[2]));
  }
  show(evolver, space);
  free(accuracy);
  free(rows);
  help_space_free(space);
  help_evolver_free(evolver);
  return EXIT_SUCCESS;
}

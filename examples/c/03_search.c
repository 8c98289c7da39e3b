/* The best networks under a latency limit:  03_search MODEL [LIMIT-MS]
 * Your accuracy predictor takes the place of score().  */
#include "common.h"

/* More computation, better network: a stand-in to be replaced.  user is the space. */
static help_status score(void *user, const int32_t *archs, size_t n, size_t stride,
                         double *out_accuracy) {
  return help_arch_macs(user, archs, n, stride, out_accuracy);
}

static help_status show(void *user, const help_progress *progress) {
  (void)user;
  if (progress->done == progress->total)
    printf("%llu generations, best %.4g in %.2f ms\n", (unsigned long long)progress->done,
           progress->best, progress->best_latency_ms);
  return HELP_OK; /* anything else would stop the search */
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s MODEL [LIMIT-MS]\n", argv[0]);
    return EXIT_FAILURE;
  }
  double limit = argc > 2 ? atof(argv[2]) : 20.0;
  help_model *model;
  help_space *space;
  help_predictor *device;
  int32_t references[REFERENCES * GENES];
  CHECK(help_load(argv[1], &model));
  CHECK(help_model_space(model, &space));
  read_references(model, references);
  CHECK(help_adapt(model, references, REFERENCES, GENES, raspberry_pi_4, NULL, &device));

  enum { TOP = 5 };
  int32_t best[TOP * GENES];
  double accuracy[TOP], latency[TOP], lower[TOP], upper[TOP];
  size_t found;
  help_search_report report = {.struct_size = sizeof report};
  help_search_options options;
  CHECK(help_search_options_init(&options, sizeof options));
  options.strategy = HELP_SEARCH_EVOLVE;
  options.generations = 50;
  options.progress = show;
  CHECK(help_search(device, limit, score, space, &options, TOP, best, GENES, accuracy, latency,
                    &found, &report));
  CHECK(help_predict_interval(device, best, found, GENES, 0.9, lower, upper));

  printf("%llu networks scored, limit %.2f ms\n", (unsigned long long)report.evaluations, limit);
  for (size_t i = 0; i < found; i++) {
    help_buffer text = HELP_BUFFER_INIT;
    CHECK(help_arch_format(space, best + i * GENES, &text));
    printf("%8.2f ms (%.2f to %.2f, %.2f to the limit)  score %.4g  %s\n", latency[i], lower[i],
           upper[i], limit - latency[i], accuracy[i], text.data);
    help_buffer_free(&text);
  }
  help_predictor_free(device);
  help_space_free(space);
  help_model_free(model);
  return EXIT_SUCCESS;
}

/* Which networks to measure, what adapting to their latencies gives, and how to
 * keep it:  02_adapt MODEL [PREDICTOR-FILE-TO-WRITE]  */
#include "common.h"

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s MODEL [FILE]\n", argv[0]);
    return EXIT_FAILURE;
  }
  help_model *model;
  CHECK(help_load(argv[1], &model));
  help_space *space;
  CHECK(help_model_space(model, &space));

  int32_t references[REFERENCES * GENES];
  read_references(model, references);
  printf("measured on a Raspberry Pi 4:\n");
  for (size_t i = 0; i < REFERENCES; i++) {
    help_buffer text = HELP_BUFFER_INIT;
    CHECK(help_arch_format(space, references + i * GENES, &text));
    printf("%8.2f ms  %s\n", raspberry_pi_4[i], text.data);
    help_buffer_free(&text);
  }

  help_predictor *device;
  CHECK(help_adapt(model, references, REFERENCES, GENES, raspberry_pi_4, NULL, &device));

  int32_t rows[5 * GENES];
  double latency[5], lower[5], upper[5];
  CHECK(help_space_sample(space, 1, rows, 5, GENES));
  CHECK(help_predict(device, rows, 5, GENES, latency, NULL));
  CHECK(help_predict_interval(device, rows, 5, GENES, 0.9, lower, upper));
  printf("predicted, networks drawn at random:\n");
  for (size_t i = 0; i < 5; i++) {
    help_buffer text = HELP_BUFFER_INIT;
    CHECK(help_arch_format(space, rows + i * GENES, &text));
    printf("%8.2f ms, between %.2f and %.2f  %s\n", latency[i], lower[i], upper[i], text.data);
    help_buffer_free(&text);
  }

  /* What to measure instead, had nothing been measured yet: no latency is needed. */
  int32_t pool[500 * GENES];
  size_t chosen[3];
  CHECK(help_space_sample(space, 2, pool, 500, GENES));
  CHECK(help_select(model, pool, 500, GENES, NULL, 0, 0, 3, chosen));
  printf("of 500, the most telling to measure are numbers %zu, %zu and %zu\n", chosen[0],
         chosen[1], chosen[2]);

  if (argc > 2) {
    help_predictor *again;
    double same;
    CHECK(help_predictor_save(device, argv[2]));
    CHECK(help_predictor_load(argv[2], &again));
    CHECK(help_predict(again, rows, 1, GENES, &same, NULL));
    printf("read back from %s: %.2f ms\n", argv[2], same);
    help_predictor_free(again);
  }
  help_predictor_free(device);
  help_space_free(space);
  help_model_free(model);
  return EXIT_SUCCESS;
}

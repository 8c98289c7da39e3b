/* From a meta-trained model and ten measurements to the latency of a network:
 *   01_predict MODEL ["|nor_conv_3x3~0|+|...|"]  */
#include "common.h"

#include <string.h>

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s MODEL [ARCHITECTURE]\n", argv[0]);
    return EXIT_FAILURE;
  }
  const char *text = argc > 2 ? argv[2]
                              : "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+"
                                "|skip_connect~0|nor_conv_3x3~1|skip_connect~2|";

  help_model *model;
  CHECK(help_load(argv[1], &model));
  int32_t references[REFERENCES * GENES];
  read_references(model, references);

  help_predictor *device;
  CHECK(help_adapt(model, references, REFERENCES, GENES, raspberry_pi_4, NULL, &device));

  help_space *space;
  CHECK(help_model_space(model, &space));
  int32_t arch[GENES];
  CHECK(help_arch_parse(space, text, strlen(text), arch));

  double latency;
  CHECK(help_predict(device, arch, 1, GENES, &latency, NULL));
  printf("%s\n%.2f ms on a Raspberry Pi 4\n", text, latency);

  help_space_free(space);
  help_predictor_free(device);
  help_model_free(model);
  return EXIT_SUCCESS;
}

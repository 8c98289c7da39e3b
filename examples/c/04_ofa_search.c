/* A search that calls nothing outside the library:  04_ofa_search MODEL ACCURACY-MODEL LIMIT-MS
 * as  04_ofa_search ofa-mbv3-paper.safetensors accuracy/ofa-mbv3.safetensors 20  */
#include "common.h"

enum { OFA_GENES = 46, TOP = 3 };

/* Milliseconds of the model's ten references on a Titan RTX, a batch of 64, in their order, from
 * the once-for-all table of the HELP paper's repository (Lee et al., NeurIPS 2021). */
static const double titan_rtx[REFERENCES] = {
    36.005611, 21.090083, 24.840298, 40.533171, 14.377255,
    52.183294, 14.653988, 18.711753, 19.418559, 38.307304};

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: %s MODEL ACCURACY-MODEL LIMIT-MS\n", argv[0]);
    return EXIT_FAILURE;
  }
  double limit = atof(argv[3]);
  help_model *model;
  help_space *space;
  help_predictor *device;
  help_accuracy *accuracy_model;
  int32_t references[REFERENCES * OFA_GENES];
  CHECK(help_load(argv[1], &model));
  CHECK(help_accuracy_load(argv[2], &accuracy_model));
  CHECK(help_model_space(model, &space));
  if (help_space_width(space) != OFA_GENES || help_model_reference_count(model) != REFERENCES) {
    fprintf(stderr, "this is not a model of ofa-mbv3\n");
    return EXIT_FAILURE;
  }
  CHECK(help_model_references(model, references, OFA_GENES));
  CHECK(help_adapt(model, references, REFERENCES, OFA_GENES, titan_rtx, NULL, &device));

  int32_t best[TOP * OFA_GENES];
  double accuracy[TOP], latency[TOP], lower[TOP], upper[TOP];
  size_t found;
  help_search_report report = {.struct_size = sizeof report};
  help_search_options options;
  CHECK(help_search_options_preset(&options, sizeof options, HELP_PRESET_OFA));
  CHECK(help_search(device, limit, help_accuracy_score, accuracy_model, &options, TOP, best,
                    OFA_GENES, accuracy, latency, &found, &report));
  CHECK(help_predict_interval(device, best, found, OFA_GENES, 0.9, lower, upper));

  printf("%llu of %llu networks whose latency was predicted were scored, limit %.2f ms\n",
         (unsigned long long)report.evaluations, (unsigned long long)report.predictions, limit);
  for (size_t i = 0; i < found; i++) {
    help_buffer text = HELP_BUFFER_INIT;
    CHECK(help_arch_format(space, best + i * OFA_GENES, &text));
    printf("accuracy %.2f %%, %.2f ms (%.2f to %.2f), %.2f ms to the limit\n  %s\n",
           100 * accuracy[i], latency[i], lower[i], upper[i], limit - latency[i], text.data);
    help_buffer_free(&text);
  }
  help_accuracy_free(accuracy_model);
  help_predictor_free(device);
  help_space_free(space);
  help_model_free(model);
  return EXIT_SUCCESS;
}

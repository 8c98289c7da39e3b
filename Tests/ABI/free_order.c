/* Handles freed in every order; what remains goes on working. */
#include "check.h"

enum { SPACE, MODEL, PREDICTOR, MODELS_SPACE, PREDICTORS_SPACE, KINDS };

static help_buffer bytes = HELP_BUFFER_INIT;

typedef struct {
  help_model *model;
  help_predictor *predictor;
  help_space *space[KINDS]; /* only where the handle is a space */
} handles;

static handles make(void) {
  handles h = {0};
  MUST(help_space_open("nasbench201", &h.space[SPACE]));
  MUST(help_load_memory(bytes.data, bytes.size, &h.model));
  h.predictor = adapt(h.model, 1);
  MUST(help_model_space(h.model, &h.space[MODELS_SPACE]));
  MUST(help_predictor_space(h.predictor, &h.space[PREDICTORS_SPACE]));
  return h;
}

static void use(handles *h, int kind) {
  static const int32_t arch[GENES] = {3, 1, 2, 3, 4, 0};
  double number = NAN;
  help_predictor *again = NULL;
  measurements m;
  switch (kind) {
    case MODEL:
      m = measure_references(h->model, 2);
      CHECK_OK(help_adapt(h->model, m.archs, m.n, GENES, m.ms, NULL, &again));
      help_predictor_free(again);
      break;
    case PREDICTOR:
      CHECK_OK(help_predict(h->predictor, arch, 1, GENES, &number, NULL));
      CHECK(isfinite(number));
      break;
    default:
      CHECK(strcmp(help_space_name(h->space[kind]), "nasbench201") == 0);
      CHECK_OK(help_arch_macs(h->space[kind], arch, 1, GENES, &number));
  }
}

static void release(handles *h, int kind) {
  if (kind == MODEL)
    help_model_free(h->model);
  else if (kind == PREDICTOR)
    help_predictor_free(h->predictor);
  else
    help_space_free(h->space[kind]);
}

static void permute(int *order, int fixed) {
  if (fixed < KINDS) {
    for (int i = fixed; i < KINDS; i++) {
      int chosen = order[i];
      order[i] = order[fixed];
      order[fixed] = chosen;
      permute(order, fixed + 1);
      order[fixed] = order[i];
      order[i] = chosen;
    }
    return;
  }
  static int orders;
  if (brief && orders++ % 40 != 0) return;
  handles h = make();
  for (int freed = 0; freed < KINDS; freed++) {
    release(&h, order[freed]);
    for (int i = freed + 1; i < KINDS; i++) use(&h, order[i]);
  }
}

/* A dataset outlives its space; a model outlives the dataset it learnt from. */
static void trained_model(void) {
  help_space *space = NULL;
  help_model *model = NULL;
  MUST(help_space_open("nasbench201", &space));
  help_dataset *dataset = make_dataset(space, 200, 4);
  help_space_free(space);
  help_train_options options = quick_training();
  MUST(help_meta_train(dataset, &options, &model));
  help_dataset_free(dataset);
  help_predictor *predictor = adapt(model, 1);
  help_model_free(model);
  double latency;
  CHECK_OK(help_predict(predictor, (int32_t[GENES]){3, 1, 2, 3, 4, 0}, 1, GENES, &latency, NULL));
  help_predictor_free(predictor);
}

/* An accuracy model and its space, freed in both orders. */
static void accuracy_model(void) {
  static const int32_t arch[GENES] = {3, 1, 2, 3, 4, 0};
  for (int order = 0; order < 2; order++) {
    help_accuracy *accuracy = make_accuracy();
    help_space *space = NULL;
    double number = NAN;
    CHECK_OK(help_accuracy_space(accuracy, &space));
    if (order == 0) {
      help_space_free(space);
      CHECK_OK(help_accuracy_predict(accuracy, arch, 1, GENES, &number));
      help_accuracy_free(accuracy);
    } else {
      help_accuracy_free(accuracy);
      CHECK_OK(help_arch_macs(space, arch, 1, GENES, &number));
      help_space_free(space);
    }
    CHECK(isfinite(number));
  }
}

/* What an evolver was made with, freed before it is used; and those who come from it. */
static void evolver(void) {
  help_model *model = NULL;
  help_cancel *cancel = NULL;
  MUST(help_load_memory(bytes.data, bytes.size, &model));
  MUST(help_cancel_new(&cancel));
  help_predictor *predictor = adapt(model, 1), *other = adapt(model, 2), *again = NULL;
  int32_t rows[8 * GENES], *start_rows = malloc(GENES * sizeof *start_rows);
  for (int i = 0; i < GENES; i++) start_rows[i] = 1;
  help_limit *limit = malloc(sizeof *limit);
  *limit = (help_limit){sizeof *limit, HELP_LIMIT_LATENCY, 0, 0, 1e6, other, 0};
  help_search_options *options = malloc(sizeof *options);
  MUST(help_search_options_init(options, sizeof *options));
  options->population = 8;
  options->generations = 3;
  options->strategy = HELP_SEARCH_EVOLVE;
  options->limits = limit;
  options->limit_count = 1;
  options->cancel = cancel;
  options->warm_start = start_rows;
  options->warm_start_count = 1;
  options->warm_start_stride = GENES;
  help_evolver *evolver = NULL;
  MUST(help_evolver_new(predictor, INFINITY, options, 2, &evolver));
  memset(limit, 0xA5, sizeof *limit);
  free(limit);
  memset(start_rows, 0xA5, GENES * sizeof *start_rows);
  free(start_rows);
  memset(options, 0xA5, sizeof *options);
  free(options);
  help_cancel_free(cancel);
  help_predictor_free(other);
  help_predictor_free(predictor);
  help_model_free(model);

  help_space *space = NULL;
  double scores[8], latency[8];
  MUST(help_evolver_space(evolver, &space));
  for (size_t n = 1, step = 0; n > 0; step++) {
    MUST(help_evolver_ask(evolver, rows, 8, GENES, latency, &n));
    if (step == 0) CHECK(rows[0] == 1 && rows[GENES - 1] == 1);
    MUST(help_arch_macs(space, rows, n, GENES, scores));
    if (n > 0) CHECK_OK(help_evolver_tell(evolver, scores, n));
  }
  size_t found = 0;
  CHECK_OK(help_evolver_results(evolver, 2, rows, GENES, scores, latency, &found, NULL));
  CHECK_OK(help_evolver_predictor(evolver, &again));
  help_evolver_free(evolver);
  double same[2];
  CHECK_OK(help_predict(again, rows, found, GENES, same, NULL));
  CHECK(found == 2 && memcmp(same, latency, sizeof same) == 0);
  help_predictor_free(again);
  CHECK(strcmp(help_space_name(space), "nasbench201") == 0);
  help_space_free(space);
}

int main(int argc, char **argv) {
  start();
  help_model *model = load_model(argc, argv);
  MUST(help_model_write(model, &bytes));
  help_model_free(model);
  int order[KINDS] = {0, 1, 2, 3, 4};
  permute(order, 0);
  trained_model();
  accuracy_model();
  evolver();
  help_buffer_free(&bytes);
  help_buffer_free(&bytes); /* empty by now */
  return finish();
}

/* Digests of what the library computes, a line each: two builds that print the same
 * lines give the same bits.
 *   digests DATA [NUMBERS] > before.txt     DATA holds models/ and accuracy/
 * NUMBERS gets the numbers behind the digests, for differences.py.
 * Inputs are the bundled models and made-up devices; nothing is drawn from the clock. */
#define _GNU_SOURCE
#include <help.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 300, MEASURED = 24, REFERENCES = 64, WIDTH = 64, FEATURES = 512, DEVICES = 5, TOP = 8 };

/* ---- digests ------------------------------------------------------------------ */

/* FNV-1a of 64 bits. */
typedef struct {
  uint64_t bits;
} digest;

/* NULL where none are wanted. */
static FILE *numbers;

static const digest EMPTY = {UINT64_C(0xcbf29ce484222325)};

static void add_bytes(digest *d, const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++) d->bits = (d->bits ^ bytes[i]) * UINT64_C(0x100000001b3);
}

/* Every NaN counts as one. */
static void add_doubles(digest *d, const double *values, size_t n) {
  for (size_t i = 0; i < n; i++) {
    double value = isnan(values[i]) ? NAN : values[i];
    add_bytes(d, &value, sizeof value);
    if (numbers != NULL) fprintf(numbers, "%.17g\n", value);
  }
}

static void add_buffer(digest *d, help_buffer *buffer) {
  add_bytes(d, buffer->data, buffer->size);
  help_buffer_free(buffer);
}

static void print(const char *subject, const char *what, digest d) {
  printf("%016" PRIx64 "  %s %s\n", d.bits, subject, what);
  if (numbers != NULL) fprintf(numbers, "= %s %s\n", subject, what);
}

static void must(help_status status, const char *call) {
  if (status == HELP_OK) return;
  fprintf(stderr, "%s: %s: %s\n", call, help_status_name(status), help_last_error());
  exit(1);
}
#define MUST(call) must(call, #call)

/* ---- made-up devices and accuracies -------------------------------------------- */

/* In [0, 1), by SplitMix64. */
static double uniform(uint64_t number) {
  uint64_t z = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

typedef struct {
  const help_space *space;
  size_t width, features;
} surface;

static surface surface_of(const help_space *space) {
  surface s = {space, help_space_width(space), help_space_feature_count(space)};
  if (s.width > WIDTH || s.features > FEATURES) exit(3);
  return s;
}

/* A positive sum over the encoding, with a weight of each feature that depends on `kind`. */
static help_status sums(const surface *s, int kind, const int32_t *archs, size_t n, size_t stride,
                        double *out) {
  float encoding[FEATURES];
  for (size_t i = 0; i < n; i++) {
    help_status status =
        help_arch_encode(s->space, archs + i * stride, 1, stride, encoding, s->features);
    if (status != HELP_OK) return status;
    double sum = 1.0 + kind;
    for (size_t j = 0; j < s->features; j++)
      sum += fabs((double)encoding[j]) * (0.1 + uniform(j) + 0.3 * uniform(1000 * (uint64_t)(kind + 1) + j));
    out[i] = sum;
  }
  return HELP_OK;
}

static help_status accuracy(void *user, const int32_t *archs, size_t n, size_t stride, double *out) {
  help_status status = sums(user, 77, archs, n, stride, out);
  for (size_t i = 0; i < n; i++) out[i] = 1.0 - 1.0 / out[i] + 1e-3 * uniform((uint64_t)archs[i * stride + 1]);
  return status;
}

/* ---- spaces --------------------------------------------------------------------- */

static void digest_space(const char *subject, const surface *s, const int32_t *rows) {
  digest d = EMPTY;
  help_buffer text = HELP_BUFFER_INIT;
  float encoding[FEATURES];
  double macs;
  MUST(help_space_describe(s->space, &text));
  add_buffer(&d, &text);
  print(subject, "space", d);
  d = EMPTY;
  add_bytes(&d, rows, ROWS * s->width * sizeof *rows);
  print(subject, "sample", d);
  d = EMPTY;
  for (size_t i = 0; i < ROWS; i++) {
    const int32_t *row = rows + i * s->width;
    int32_t again[WIDTH];
    MUST(help_arch_encode(s->space, row, 1, s->width, encoding, s->features));
    add_bytes(&d, encoding, s->features * sizeof *encoding);
    MUST(help_arch_macs(s->space, row, 1, s->width, &macs));
    add_doubles(&d, &macs, 1);
    MUST(help_arch_format(s->space, row, &text));
    MUST(help_arch_parse(s->space, text.data, text.size, again));
    add_bytes(&d, again, s->width * sizeof *again);
    add_buffer(&d, &text);
    MUST(help_arch_mutate(s->space, row, 1, s->width, 0.3, i, again, s->width));
    add_bytes(&d, again, s->width * sizeof *again);
  }
  print(subject, "architectures", d);
}

/* ---- predictors ------------------------------------------------------------------ */

static void add_predictions(digest *d, const help_predictor *predictor, const surface *s,
                            const int32_t *rows) {
  double latency[ROWS], deviation[ROWS];
  MUST(help_predict(predictor, rows, ROWS, s->width, latency, deviation));
  add_doubles(d, latency, ROWS);
  add_doubles(d, deviation, ROWS);
  for (size_t i = 0; i < 20; i++) { /* alone: another path through the kernels */
    MUST(help_predict(predictor, rows + i * s->width, 1, s->width, latency, NULL));
    add_doubles(d, latency, 1);
  }
}

static void digest_predictor(const char *subject, const char *what, const help_predictor *predictor,
                             const surface *s, const int32_t *rows) {
  char name[100];
  digest d = EMPTY;
  help_buffer bytes = HELP_BUFFER_INIT;
  help_predictor *again = NULL;
  double low[ROWS], high[ROWS];
  add_predictions(&d, predictor, s, rows);
  snprintf(name, sizeof name, "%s predict", what);
  print(subject, name, d);
  if (help_predict_interval(predictor, rows, ROWS, s->width, 0.9, low, high) == HELP_OK) {
    d = EMPTY;
    add_doubles(&d, low, ROWS);
    add_doubles(&d, high, ROWS);
    snprintf(name, sizeof name, "%s interval", what);
    print(subject, name, d);
  }
  d = EMPTY;
  MUST(help_predictor_write(predictor, &bytes));
  MUST(help_predictor_load_memory(bytes.data, bytes.size, &again));
  add_buffer(&d, &bytes);
  MUST(help_predictor_describe(predictor, &bytes));
  add_buffer(&d, &bytes);
  add_predictions(&d, again, s, rows);
  help_predictor_free(again);
  snprintf(name, sizeof name, "%s write, describe, load", what);
  print(subject, name, d);
}

/* What a device was measured with: the references, then other rows. */
typedef struct {
  int32_t archs[(REFERENCES + MEASURED) * WIDTH];
  double ms[REFERENCES + MEASURED];
  size_t n;
} measurements;

static void measure(const help_model *model, const surface *s, const int32_t *rows, int device,
                    measurements *m) {
  m->n = help_model_reference_count(model);
  if (m->n > 0) MUST(help_model_references(model, m->archs, s->width));
  for (size_t i = 0; i < ROWS && m->n < REFERENCES + MEASURED && i < MEASURED; i++) {
    const int32_t *row = rows + i * s->width;
    int known = 0;
    for (size_t j = 0; j < m->n; j++)
      known |= memcmp(row, m->archs + j * s->width, s->width * sizeof *row) == 0;
    if (!known) memcpy(m->archs + m->n++ * s->width, row, s->width * sizeof *row);
  }
  MUST(sums(s, device, m->archs, m->n, s->width, m->ms));
}

static help_predictor *adapt(const help_model *model, const surface *s, const measurements *m,
                             size_t n, const help_adapt_options *options) {
  help_predictor *predictor = NULL;
  MUST(help_adapt(model, m->archs, n, s->width, m->ms, options, &predictor));
  return predictor;
}

static void digest_adapted(const char *subject, const char *what, const help_model *model,
                           const surface *s, const int32_t *rows, size_t n, const measurements *m,
                           const help_adapt_options *options) {
  help_predictor *predictor = adapt(model, s, m, n, options);
  digest_predictor(subject, what, predictor, s, rows);
  help_predictor_free(predictor);
}

static void digest_methods(const char *subject, const help_model *model, const surface *s,
                           const int32_t *rows) {
  static measurements m;
  static const char *const names[] = {"default", "bayes",  "help",   "macs",
                                      "parameters", "ridge", "nearest", "proxy"};
  help_adapt_options options;
  size_t references = help_model_reference_count(model);
  measure(model, s, rows, 2, &m);
  for (int method = HELP_METHOD_DEFAULT; method <= HELP_METHOD_PROXY; method++) {
    MUST(help_adapt_options_init(&options, sizeof options));
    options.method = method;
    help_predictor *predictor = NULL;
    if (help_adapt(model, m.archs, m.n, s->width, m.ms, &options, &predictor) == HELP_ERR_UNSUPPORTED) continue;
    help_predictor_free(predictor);
    digest_adapted(subject, names[method], model, s, rows, m.n, &m, &options);
  }
  MUST(help_adapt_options_init(&options, sizeof options));
  options.method = HELP_METHOD_BAYES;
  options.repeatability = 0.05;
  digest_adapted(subject, "bayes, few and noisy", model, s, rows, 7, &m, &options);
  if (references == 0) return;
  MUST(help_adapt_options_init(&options, sizeof options));
  options.method = HELP_METHOD_HELP;
  options.steps = 3;
  options.samples = 4;
  options.support = HELP_SUPPORT_ALL;
  options.seed = 5;
  digest_adapted(subject, "help, draws", model, s, rows, references, &m, &options);
  options.label_min_ms = 1;
  options.label_max_ms = 500;
  digest_adapted(subject, "help, labels", model, s, rows, references, &m, &options);
}

/* ---- choosing and searching -------------------------------------------------------- */

static void digest_select(const char *subject, const help_model *model, const surface *s,
                          const int32_t *rows) {
  size_t chosen[12];
  digest d = EMPTY;
  MUST(help_select(model, rows, ROWS, s->width, NULL, 0, 0, 12, chosen));
  add_bytes(&d, chosen, sizeof chosen);
  MUST(help_select(model, rows, ROWS, s->width, rows, 5, s->width, 4, chosen));
  add_bytes(&d, chosen, 4 * sizeof *chosen);
  print(subject, "select", d);
}

typedef struct {
  int32_t archs[TOP * WIDTH];
  double accuracy[TOP], latency[TOP];
  size_t n;
  help_search_report report;
} findings;

static void add_findings(digest *d, const findings *f, const surface *s) {
  const help_search_report *r = &f->report;
  const uint64_t counts[] = {f->n, r->evaluations, r->predictions, r->generations, (uint64_t)r->strategy};
  const double values[] = {r->smallest_latency_ms, r->hypervolume, r->reference_latency_ms,
                           r->reference_accuracy};
  add_bytes(d, f->archs, f->n * s->width * sizeof *f->archs);
  add_doubles(d, f->accuracy, f->n);
  add_doubles(d, f->latency, f->n);
  add_bytes(d, counts, sizeof counts);
  add_doubles(d, values, 4);
}

static void digest_search(const char *subject, const char *what, const help_predictor *predictor,
                          surface *s, double limit, const help_search_options *options) {
  findings f = {.report.struct_size = sizeof f.report};
  digest d = EMPTY;
  MUST(help_search(predictor, limit, accuracy, s, options, TOP, f.archs, s->width, f.accuracy,
                   f.latency, &f.n, &f.report));
  add_findings(&d, &f, s);
  print(subject, what, d);
}

static void digest_evolver(const char *subject, const help_predictor *predictor, surface *s,
                           double limit, const help_search_options *options) {
  findings f = {.report.struct_size = sizeof f.report};
  digest d = EMPTY;
  help_evolver *evolver = NULL;
  help_buffer bytes = HELP_BUFFER_INIT;
  MUST(help_evolver_new(predictor, limit, options, TOP, &evolver));
  size_t capacity = help_evolver_batch(evolver), n;
  int32_t *rows = malloc(capacity * s->width * sizeof *rows);
  double *scores = malloc(capacity * sizeof *scores);
  for (int step = 0; step < 4; step++) {
    MUST(help_evolver_ask(evolver, rows, capacity, s->width, NULL, &n));
    add_bytes(&d, rows, n * s->width * sizeof *rows);
    MUST(accuracy(s, rows, n, s->width, scores));
    MUST(help_evolver_tell(evolver, scores, n));
    MUST(help_evolver_write(evolver, &bytes)); /* and go on from what was written */
    help_evolver_free(evolver);
    MUST(help_evolver_load_memory(bytes.data, bytes.size, &evolver));
    add_buffer(&d, &bytes);
  }
  MUST(help_evolver_results(evolver, TOP, f.archs, s->width, f.accuracy, f.latency, &f.n, &f.report));
  add_findings(&d, &f, s);
  MUST(help_evolver_describe(evolver, &bytes));
  add_buffer(&d, &bytes);
  print(subject, "evolver", d);
  help_evolver_free(evolver);
  free(scores);
  free(rows);
}

static void digest_searches(const char *subject, const help_model *model, surface *s,
                            const int32_t *rows) {
  static measurements m;
  help_search_options options;
  double latency[ROWS], macs, sum = 0;
  measure(model, s, rows, 1, &m);
  help_predictor *predictor = adapt(model, s, &m, m.n, NULL);
  MUST(help_predict(predictor, rows, ROWS, s->width, latency, NULL));
  for (size_t i = 0; i < ROWS; i++) sum += latency[i];
  double limit = sum / ROWS;
  MUST(help_search_options_init(&options, sizeof options));
  options.generations = 15;
  digest_search(subject, "search", predictor, s, limit, &options);
  options.strategy = HELP_SEARCH_EVOLVE;
  options.seed = 3;
  digest_search(subject, "search, evolved", predictor, s, limit, &options);
  MUST(help_arch_macs(s->space, rows, 1, s->width, &macs));
  help_limit limits[] = {{.struct_size = sizeof *limits, .kind = HELP_LIMIT_MACS, .maximum = 2 * macs},
                         {.struct_size = sizeof *limits, .kind = HELP_LIMIT_PARAMETERS, .maximum = 1e12}};
  options.limits = limits;
  options.limit_count = 2;
  options.warm_start = rows;
  options.warm_start_count = 10;
  options.warm_start_stride = s->width;
  options.patience = 5;
  digest_search(subject, "search, limits", predictor, s, limit, &options);
  options.objective = HELP_OBJECTIVE_PARETO;
  options.limit_count = 1;
  digest_search(subject, "pareto", predictor, s, INFINITY, &options);
  digest_evolver(subject, predictor, s, INFINITY, &options);
  MUST(help_search_options_init(&options, sizeof options));
  options.candidates = rows;
  options.candidate_count = ROWS;
  options.candidate_stride = s->width;
  digest_search(subject, "search, candidates", predictor, s, limit, &options);
  help_predictor_free(predictor);
}

/* ---- training ----------------------------------------------------------------------- */

static help_status follow(void *user, const help_progress *progress) {
  const double values[] = {(double)progress->done, (double)progress->total, progress->best, progress->loss};
  add_doubles(user, values, 4);
  return HELP_OK;
}

static help_dataset *dataset(const surface *s, const int32_t *rows) {
  help_dataset *data = NULL;
  double ms[ROWS];
  size_t references[10];
  MUST(help_dataset_new(s->space, rows, ROWS, s->width, &data));
  for (int device = 0; device < DEVICES; device++) {
    char name[] = "device A";
    name[7] = (char)('A' + device);
    MUST(sums(s, device, rows, ROWS, s->width, ms));
    MUST(help_dataset_add_device(data, name, device + 1 < DEVICES ? HELP_DEVICE_TRAIN : HELP_DEVICE_VALID, ms));
  }
  for (size_t i = 0; i < 10; i++) references[i] = i;
  MUST(help_dataset_set_references(data, references, 10));
  return data;
}

static void digest_training(const char *subject, const surface *s, const int32_t *rows) {
  help_dataset *data = dataset(s, rows);
  for (size_t threads = 1; threads <= 2; threads++) {
    digest d = EMPTY;
    help_model *model = NULL;
    help_buffer bytes = HELP_BUFFER_INIT;
    help_train_options options;
    MUST(help_train_options_init(&options, sizeof options));
    options.episodes = 8;
    options.tasks = 3;
    options.query = 40;
    options.hidden = 20;
    options.valid_interval = 4;
    options.threads = threads;
    options.progress = follow;
    options.progress_user = &d;
    MUST(help_meta_train(data, &options, &model));
    print(subject, threads == 1 ? "train, progress" : "train by two threads, progress", d);
    d = EMPTY;
    MUST(help_model_write(model, &bytes));
    add_buffer(&d, &bytes);
    print(subject, threads == 1 ? "train, model" : "train by two threads, model", d);
    help_model_free(model);
  }
  help_dataset_free(data);
}

/* ---- files, scores, messages ---------------------------------------------------------- */

static void add_file(digest *d, const char *path) {
  char chunk[4096];
  FILE *file = fopen(path, "rb");
  if (file == NULL) exit(4);
  for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;) add_bytes(d, chunk, n);
  fclose(file);
}

static void digest_model_file(const char *subject, const help_model *model) {
  char path[] = "/tmp/libhelp-digests-XXXXXX";
  digest d = EMPTY;
  help_buffer text = HELP_BUFFER_INIT;
  int file = mkstemp(path);
  if (file < 0 || close(file) != 0) exit(4);
  MUST(help_model_save(model, path));
  add_file(&d, path);
  unlink(path);
  print(subject, "save", d);
  d = EMPTY;
  MUST(help_model_describe(model, &text));
  add_buffer(&d, &text);
  print(subject, "describe", d);
}

static void digest_scores(void) {
  double values[DEVICES * ROWS], matrix[DEVICES * DEVICES];
  help_scores scores = {.struct_size = sizeof scores};
  help_proxy_report report = {.struct_size = sizeof report};
  digest d = EMPTY;
  for (size_t i = 0; i < DEVICES * ROWS; i++)
    values[i] = i % 37 == 5 ? NAN : 1 + uniform(i % ROWS) + 0.4 * uniform(9000 + i);
  MUST(help_monotonicity(values, DEVICES, ROWS, ROWS, matrix));
  add_doubles(&d, matrix, DEVICES * DEVICES);
  MUST(help_proxy_test(values, values + ROWS, ROWS, 0.7, 0.95, &report));
  add_doubles(&d, &report.spearman, 3);
  MUST(help_score(values + 6, values + 6 + ROWS, 20, &scores));
  add_doubles(&d, &scores.spearman, 6);
  print("scores", "score, monotonicity, proxy test", d);
}

/* Numbers in messages are printed by the library. */
static void digest_messages(const help_model *model, const surface *s, const int32_t *rows) {
  static const double bad[] = {-0.1, 0, NAN, INFINITY, -1e-300, -123456.789, -5e-324, -1e22};
  digest d = EMPTY;
  help_predictor *predictor = NULL;
  help_space *space = NULL;
  double ms[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    ms[3] = bad[i];
    if (help_adapt(model, rows, 10, s->width, ms, NULL, &predictor) == HELP_OK) exit(5);
    add_bytes(&d, help_last_error(), strlen(help_last_error()));
  }
  static const char *const texts[] = {"", "{", "{\"name\": 1}", "{\"name\": \"\\u00e9\\ud83d\\ude00\", \"x\": 1e400}"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (help_space_from_json(texts[i], strlen(texts[i]), &space) == HELP_OK) exit(5);
    add_bytes(&d, help_last_error(), strlen(help_last_error()));
  }
  if (help_space_open("fbn\xc3\xa9t", &space) == HELP_OK) exit(5);
  add_bytes(&d, help_last_error(), strlen(help_last_error()));
  if (help_load("/nowhere/model", &(help_model *){NULL}) == HELP_OK) exit(5);
  add_bytes(&d, help_last_error(), strlen(help_last_error()));
  print("messages", "refusals", d);
}

/* ---- subjects -------------------------------------------------------------------------- */

static const char *path_of(const char *data, const char *kind, const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s/%s.safetensors", data, kind, name);
  return path;
}

static void digest_model(const char *data, const char *name, int train) {
  static int32_t rows[ROWS * WIDTH];
  help_model *model = NULL;
  help_space *space = NULL;
  MUST(help_load(path_of(data, "models", name), &model));
  MUST(help_model_space(model, &space));
  surface s = surface_of(space);
  MUST(help_space_sample(space, 11, rows, ROWS, s.width));
  digest_space(name, &s, rows);
  digest_model_file(name, model);
  digest_methods(name, model, &s, rows);
  digest_select(name, model, &s, rows);
  digest_searches(name, model, &s, rows);
  if (train) digest_training(name, &s, rows);
  if (train) digest_messages(model, &s, rows);
  help_space_free(space);
  help_model_free(model);
}

static void digest_accuracy(const char *data, const char *name) {
  static int32_t rows[ROWS * WIDTH];
  double values[ROWS];
  help_accuracy *model = NULL;
  help_space *space = NULL;
  help_buffer bytes = HELP_BUFFER_INIT;
  digest d = EMPTY;
  MUST(help_accuracy_load(path_of(data, "accuracy", name), &model));
  MUST(help_accuracy_space(model, &space));
  size_t width = surface_of(space).width;
  MUST(help_space_sample(space, 11, rows, ROWS, width));
  MUST(help_accuracy_predict(model, rows, ROWS, width, values));
  add_doubles(&d, values, ROWS);
  print(name, "accuracy", d);
  d = EMPTY;
  MUST(help_accuracy_write(model, &bytes));
  add_buffer(&d, &bytes);
  MUST(help_accuracy_describe(model, &bytes));
  add_buffer(&d, &bytes);
  print(name, "accuracy write, describe", d);
  help_space_free(space);
  help_accuracy_free(model);
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 3) {
    fprintf(stderr, "usage: %s DATA [NUMBERS]\n", argv[0]);
    return 2;
  }
  if (argc == 3 && (numbers = fopen(argv[2], "w")) == NULL) return 2;
  digest_model(argv[1], "nasbench201", 1);
  digest_model(argv[1], "fbnet", 1);
  digest_model(argv[1], "ofa-mbv3", 1);
  digest_model(argv[1], "hat-wmt14-en-de", 0); /* without HELP's network */
  digest_accuracy(argv[1], "nasbench201");
  digest_accuracy(argv[1], "ofa-mbv3");
  digest_scores();
  return numbers != NULL && fclose(numbers) != 0;
}

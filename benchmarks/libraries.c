/* Times two builds of the library in one process, call by call in turns (libraries.sh). The
 * clock is the thread's own, so that other processes count little. */
#define _GNU_SOURCE
#include <help.h>

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MEASURED = 64, ROWS = 1000, WIDTH = 64, DEVICES = 5, LIBRARIES = 2, MOST_SAMPLES = 400 };

/* ---- a library and what it works on ------------------------------------------------- */

#define FUNCTIONS(X)                                                                        \
  X(load) X(load_memory) X(model_write) X(model_free) X(model_space) X(model_references)     \
  X(model_reference_count) X(space_width) X(space_sample) X(adapt_options_init) X(adapt)     \
  X(predictor_free) X(predict) X(predict_interval) X(select) X(search_options_init)          \
  X(search) X(arch_macs) X(arch_encode) X(space_feature_count) X(dataset_new)                \
  X(dataset_add_device) X(dataset_set_references) X(dataset_free) X(train_options_init)      \
  X(meta_train) X(buffer_free) X(last_error) X(score)

typedef struct {
#define FIELD(name) __typeof__(help_##name) *name;
  FUNCTIONS(FIELD)
#undef FIELD
  help_model *model;
  help_space *space;
  help_predictor *bayes, *help;
  help_dataset *dataset;
  help_buffer file;
} library;

static int32_t rows[ROWS * WIDTH], measured[MEASURED * WIDTH], found_rows[10 * WIDTH];
static double ms[MEASURED], by_bayes[ROWS], by_help[ROWS], out[ROWS], more[ROWS];
static float *encoding;
static size_t width, features, count;

static void must(help_status status, const library *l, const char *call) {
  if (status == HELP_OK) return;
  fprintf(stderr, "%s: %s\n", call, l->last_error());
  exit(1);
}
#define MUST(call) must(l->call, l, #call)

static void open_library(library *l, const char *path) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
#define FIND(name) l->name = (__typeof__(l->name))dlsym(handle, "help_" #name);
  FUNCTIONS(FIND)
#undef FIND
}

/* A made-up device: a price for each feature, by the device. */
static double price(const float *encoded, size_t device) {
  double sum = 1;
  for (size_t i = 0; i < features; i++) sum += encoded[i] * (0.1 + (double)((i * 37 + device * 101) % 89) / 89);
  return sum;
}

static void measure(const library *l, const int32_t *archs, size_t n, size_t device, double *latency) {
  MUST(arch_encode(l->space, archs, n, width, encoding, features));
  for (size_t i = 0; i < n; i++) latency[i] = price(encoding + i * features, device);
}

static help_predictor *adapt(const library *l, int32_t method) {
  help_predictor *predictor = NULL;
  help_adapt_options options;
  MUST(adapt_options_init(&options, sizeof options));
  options.method = method;
  MUST(adapt(l->model, measured, count, width, ms, &options, &predictor));
  return predictor;
}

static void make_dataset(library *l) {
  size_t references[10];
  MUST(dataset_new(l->space, rows, ROWS, width, &l->dataset));
  for (size_t d = 0; d < DEVICES; d++) {
    char name[] = "A";
    name[0] = (char)('A' + d);
    measure(l, rows, ROWS, d, out);
    MUST(dataset_add_device(l->dataset, name, d + 1 < DEVICES ? HELP_DEVICE_TRAIN : HELP_DEVICE_VALID, out));
  }
  for (size_t i = 0; i < 10; i++) references[i] = i;
  MUST(dataset_set_references(l->dataset, references, 10));
}

static void prepare(library *l, const char *path) {
  MUST(load(path, &l->model));
  MUST(model_space(l->model, &l->space));
  MUST(model_write(l->model, &l->file));
  width = l->space_width(l->space);
  features = l->space_feature_count(l->space);
  count = l->model_reference_count(l->model);
  if (width > WIDTH || count > MEASURED) exit(3);
  free(encoding);
  encoding = malloc(ROWS * features * sizeof *encoding);
  if (encoding == NULL) exit(3);
  MUST(space_sample(l->space, 11, rows, ROWS, width));
  MUST(model_references(l->model, measured, width));
  measure(l, measured, count, DEVICES, ms);
  l->bayes = adapt(l, HELP_METHOD_BAYES);
  l->help = adapt(l, HELP_METHOD_HELP);
  MUST(predict(l->bayes, rows, ROWS, width, by_bayes, NULL));
  MUST(predict(l->help, rows, ROWS, width, by_help, NULL));
  make_dataset(l);
}

/* ---- what is timed ------------------------------------------------------------------- */

static void load_model(const library *l) {
  help_model *model = NULL;
  MUST(load_memory(l->file.data, l->file.size, &model));
  l->model_free(model);
}
static void write_model(const library *l) {
  help_buffer bytes = HELP_BUFFER_INIT;
  MUST(model_write(l->model, &bytes));
  l->buffer_free(&bytes);
}
#define ADAPT(name, method) \
  static void name(const library *l) { l->predictor_free(adapt(l, method)); }
ADAPT(adapt_bayes, HELP_METHOD_BAYES)
ADAPT(adapt_help, HELP_METHOD_HELP)
ADAPT(adapt_macs, HELP_METHOD_MACS)
ADAPT(adapt_parameters, HELP_METHOD_PARAMETERS)
ADAPT(adapt_ridge, HELP_METHOD_RIDGE)
ADAPT(adapt_nearest, HELP_METHOD_NEAREST)
ADAPT(adapt_proxy, HELP_METHOD_PROXY)

static void bayes_one(const library *l) { MUST(predict(l->bayes, rows, 1, width, out, NULL)); }
static void bayes_batch(const library *l) { MUST(predict(l->bayes, rows, ROWS, width, out, NULL)); }
static void help_one(const library *l) { MUST(predict(l->help, rows, 1, width, out, NULL)); }
static void help_batch(const library *l) { MUST(predict(l->help, rows, ROWS, width, out, NULL)); }
static void interval_batch(const library *l) {
  MUST(predict_interval(l->bayes, rows, ROWS, width, 0.9, out, more));
}
static void select_ten(const library *l) {
  size_t chosen[10];
  MUST(select(l->model, rows, ROWS, width, NULL, 0, 0, 10, chosen));
}
static void sample_rows(const library *l) {
  static int32_t drawn[ROWS * WIDTH];
  MUST(space_sample(l->space, 5, drawn, ROWS, width));
}
static void encode_rows(const library *l) {
  MUST(arch_encode(l->space, rows, ROWS, width, encoding, features));
}
static void score_rows(const library *l) {
  help_scores scores = {.struct_size = sizeof scores};
  MUST(score(by_bayes, by_help, ROWS, &scores));
}

static help_status score_macs(void *user, const int32_t *archs, size_t n, size_t stride, double *accuracy) {
  const library *l = user;
  return l->arch_macs(l->space, archs, n, stride, accuracy);
}
static void search(const library *l, int32_t objective) {
  help_search_options options;
  double accuracy[10], latency[10];
  size_t found;
  MUST(search_options_init(&options, sizeof options));
  options.strategy = HELP_SEARCH_EVOLVE;
  options.objective = objective;
  options.generations = 20;
  MUST(search(l->bayes, INFINITY, score_macs, (void *)l, &options, 10, found_rows, width, accuracy, latency,
              &found, NULL));
}
static void search_best(const library *l) { search(l, HELP_OBJECTIVE_ACCURACY); }
static void search_front(const library *l) { search(l, HELP_OBJECTIVE_PARETO); }

static void train(const library *l, int32_t bayes) {
  help_model *model = NULL;
  help_train_options options;
  MUST(train_options_init(&options, sizeof options));
  options.bayes = bayes;
  options.help = !bayes;
  options.episodes = 2;
  options.tasks = 2;
  options.query = 100;
  options.train_rows = 700;
  MUST(meta_train(l->dataset, &options, &model));
  l->model_free(model);
}
static void train_bayes(const library *l) { train(l, 1); }
static void train_help(const library *l) { train(l, 0); }

static const struct {
  const char *name;
  void (*run)(const library *);
} TASKS[] = {
    {"load", load_model},
    {"write", write_model},
    {"adapt, bayes", adapt_bayes},
    {"adapt, help", adapt_help},
    {"adapt, macs", adapt_macs},
    {"adapt, parameters", adapt_parameters},
    {"adapt, ridge", adapt_ridge},
    {"adapt, nearest", adapt_nearest},
    {"adapt, proxy", adapt_proxy},
    {"predict 1, bayes", bayes_one},
    {"predict 1000, bayes", bayes_batch},
    {"predict 1, help", help_one},
    {"predict 1000, help", help_batch},
    {"interval 1000", interval_batch},
    {"select 10 of 1000", select_ten},
    {"sample 1000", sample_rows},
    {"encode 1000", encode_rows},
    {"score 1000", score_rows},
    {"search, evolved", search_best},
    {"search, front", search_front},
    {"train, bayes", train_bayes},
    {"train, help", train_help},
};

/* ---- timing ---------------------------------------------------------------------------- */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds_for(void (*run)(const library *), const library *l, size_t calls) {
  double begin = now();
  for (size_t i = 0; i < calls; i++) run(l);
  return (now() - begin) / (double)calls;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The smallest time of each, in turns for as long as `budget`, and the median of the second's
 * over the first's beside it: what slows the machine for a while slows both. */
static void compare(const char *name, void (*run)(const library *), const library *libraries, double budget) {
  double samples[LIBRARIES][MOST_SAMPLES], ratios[MOST_SAMPLES];
  double once = seconds_for(run, &libraries[0], 1);
  size_t n = 0, calls = once < 1e-3 ? (size_t)(1e-3 / once) + 1 : 1;
  seconds_for(run, &libraries[1], 1);
  for (double end = now() + budget; n < MOST_SAMPLES && (n < 3 || now() < end); n++) {
    for (size_t l = 0; l < LIBRARIES; l++) samples[l][n] = seconds_for(run, &libraries[l], calls);
    ratios[n] = samples[1][n] / samples[0][n];
  }
  qsort(ratios, n, sizeof *ratios, by_size);
  for (size_t l = 0; l < LIBRARIES; l++) qsort(samples[l], n, sizeof **samples, by_size);
  printf("%-22s %12.2f %12.2f %8.3f %6zu\n", name, 1e6 * samples[0][0], 1e6 * samples[1][0], ratios[n / 2], n);
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: %s FIRST SECOND SECONDS MODEL...\n", argv[0]);
    return 2;
  }
  library libraries[LIBRARIES] = {0};
  for (size_t l = 0; l < LIBRARIES; l++) open_library(&libraries[l], argv[1 + l]);
  for (int m = 4; m < argc; m++) {
    printf("%s\n%-22s %12s %12s %8s %6s\n", argv[m], "microseconds", "first", "second", "ratio", "rounds");
    for (size_t l = 0; l < LIBRARIES; l++) prepare(&libraries[l], argv[m]);
    for (size_t t = 0; t < sizeof TASKS / sizeof *TASKS; t++)
      compare(TASKS[t].name, TASKS[t].run, libraries, atof(argv[3]));
  }
  return 0;
}

/* A call for which a caller's count asks more memory than there is gives HELP_ERR_MEMORY, and
 * never ends the process: each call is made in children that may map ever more, from next to
 * nothing until it succeeds. */
#include "check.h"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum {
  ROWS = 300000,       /* of which many are equal */
  DIFFERENT = 15000,   /* nasbench201 has 15,625 */
  PROPER = 30000,      /* of fbnet, all different */
  FBNET = 22,
  FITTED = 300,        /* by method "help", which holds the activations of all */
  TOP = 1000,
  DEVICES = 4
};

static int32_t *archs, *strided, *fbnet_archs, *out_archs;
static double *numbers, *more, *results;
static help_space *nasbench, *fbnet;
static help_model *model;
static help_predictor *predictor, *other; /* of nasbench201, of fbnet */
static help_accuracy *accuracy;
static help_dataset *training;
static help_evolver *evolver;
static help_buffer file;
static size_t found;

/* ---- the calls ----------------------------------------------------------------------- */

static help_status predict(void) { return help_predict(predictor, archs, ROWS, GENES, results, more); }
static help_status predict_strided(void) {
  return help_predict(predictor, strided, ROWS, GENES + 1, results, NULL);
}
static help_status interval(void) {
  return help_predict_interval(predictor, archs, ROWS, GENES, 0.9, results, more);
}
static help_status predict_accuracy(void) {
  return help_accuracy_predict(accuracy, archs, ROWS, GENES, results);
}
static help_status arch_check(void) { return help_arch_check(nasbench, archs, ROWS, GENES, NULL); }
static help_status canonical_rows(void) { return help_arch_canonicalize(nasbench, archs, ROWS, GENES); }
static help_status macs(void) { return help_arch_macs(nasbench, archs, ROWS, GENES, results); }
static help_status mutate(void) {
  return help_arch_mutate(nasbench, archs, ROWS, GENES, 0.1, 1, out_archs, GENES);
}
static help_status crossover(void) {
  return help_arch_crossover(nasbench, archs, archs, ROWS, GENES, 1, out_archs, GENES);
}
static help_status to_index(void) {
  return help_arch_to_index(nasbench, archs, ROWS, GENES, (uint64_t *)results);
}
static help_status sample(void) { return help_space_sample(fbnet, 1, out_archs, PROPER, FBNET); }
static help_status sample_most(void) { return help_space_sample(nasbench, 1, out_archs, DIFFERENT, GENES); }
static help_status select_rows(void) {
  return help_select(model, archs, ROWS, GENES, NULL, 0, 0, 10, (size_t *)results);
}

static help_status adapt_by(enum help_method method, size_t n, enum help_support support) {
  help_predictor *made = NULL;
  help_adapt_options options;
  help_status status = help_adapt_options_init(&options, sizeof options);
  if (status != HELP_OK) return status;
  options.method = (int32_t)method;
  if (method == HELP_METHOD_HELP) options.support = (int32_t)support;
  return help_adapt(model, archs, n, GENES, numbers, &options, &made);
}
static help_status adapt_bayes(void) { return adapt_by(HELP_METHOD_BAYES, DIFFERENT, 0); }
static help_status adapt_ridge(void) { return adapt_by(HELP_METHOD_RIDGE, DIFFERENT, 0); }
static help_status adapt_nearest(void) { return adapt_by(HELP_METHOD_NEAREST, DIFFERENT, 0); }
static help_status adapt_macs(void) { return adapt_by(HELP_METHOD_MACS, DIFFERENT, 0); }
static help_status adapt_help(void) { return adapt_by(HELP_METHOD_HELP, FITTED, HELP_SUPPORT_ALL); }
static help_status adapt_samples(void) {
  help_predictor *made = NULL;
  help_adapt_options options;
  help_status status = help_adapt_options_init(&options, sizeof options);
  if (status != HELP_OK) return status;
  options.method = HELP_METHOD_HELP;
  options.samples = 50;
  options.steps = 20;
  return help_adapt(model, archs, MAX_REFERENCES, GENES, numbers, &options, &made);
}

static help_status search(enum help_objective objective, size_t population, const int32_t *candidates) {
  help_search_options options;
  help_status status = help_search_options_init(&options, sizeof options);
  if (status != HELP_OK) return status;
  options.objective = (int32_t)objective;
  options.generations = 2;
  if (candidates != NULL) {
    options.candidates = candidates;
    options.candidate_count = PROPER;
    options.candidate_stride = FBNET;
  } else {
    options.strategy = HELP_SEARCH_EVOLVE;
    options.population = population;
  }
  return help_search(other, INFINITY, score_macs, fbnet, &options, TOP, out_archs, FBNET, results, more,
                     &found, NULL);
}
static help_status evolve(void) { return search(HELP_OBJECTIVE_ACCURACY, PROPER / 3, NULL); }
static help_status evolve_front(void) { return search(HELP_OBJECTIVE_PARETO, PROPER / 6, NULL); }
static help_status candidates(void) { return search(HELP_OBJECTIVE_ACCURACY, 0, fbnet_archs); }
static help_status exhaust(void) {
  help_search_options options;
  help_status status = help_search_options_init(&options, sizeof options);
  if (status != HELP_OK) return status;
  options.strategy = HELP_SEARCH_EXHAUSTIVE;
  return help_search(predictor, INFINITY, score_macs, nasbench, &options, DIFFERENT, out_archs, GENES,
                     results, more, &found, NULL);
}
static help_status ask(void) { return help_evolver_ask(evolver, out_archs, PROPER, FBNET, results, &found); }

static help_status new_dataset(void) {
  help_dataset *made = NULL;
  return help_dataset_new(fbnet, fbnet_archs, PROPER, FBNET, &made);
}
static help_status train(size_t query, size_t hidden) {
  help_model *made = NULL;
  help_train_options options = quick_training();
  options.bayes = 0; /* never works on more than a few thousand rows */
  options.train_rows = DIFFERENT - 2000;
  options.query = query;
  options.hidden = hidden;
  options.threads = 2;
  options.episodes = 1;
  return help_meta_train(training, &options, &made);
}
static help_status train_rows(void) { return train(20, 8); }
static help_status train_queries(void) { return train(1000, 64); }
static help_status train_wide(void) { return train(20, 400); }

static help_status score(void) {
  help_scores scores = {.struct_size = sizeof scores};
  return help_score(numbers, more, ROWS, &scores);
}
static help_status monotonicity(void) { return help_monotonicity(numbers, 5, ROWS / 5, ROWS / 5, results); }
static help_status proxy_test(void) {
  help_proxy_report proxy = {.struct_size = sizeof proxy};
  return help_proxy_test(numbers, more, ROWS, 0.9, 0.95, &proxy);
}
static help_status load_memory(void) {
  help_model *made = NULL;
  return help_load_memory(file.data, file.size, &made);
}
static const char *path;
static help_status load(void) {
  help_model *made = NULL;
  return help_load(path, &made);
}

/* Calls, and what their messages name. */
static const struct {
  const char *name, *argument;
  help_status (*call)(void);
} CALLS[] = {
    {"predict", "n is", predict},
    {"predict, strided", "n is", predict_strided},
    {"interval", "n is", interval},
    {"accuracy", "n is", predict_accuracy},
    {"arch_check", "n is", arch_check},
    {"arch_canonicalize", "n is", canonical_rows},
    {"arch_macs", "n is", macs},
    {"arch_mutate", "n is", mutate},
    {"arch_crossover", "n is", crossover},
    {"arch_to_index", "n is", to_index},
    {"space_sample", "n is", sample},
    {"space_sample, most of it", "n is", sample_most},
    {"select", "n is", select_rows},
    {"adapt, bayes", "n is", adapt_bayes},
    {"adapt, ridge", "n is", adapt_ridge},
    {"adapt, nearest", "n is", adapt_nearest},
    {"adapt, macs", "n is", adapt_macs},
    {"adapt, help", "is no memory", adapt_help},
    {"adapt, samples", "is no memory", adapt_samples},
    {"search, evolved", "options.population is", evolve},
    {"search, front", "options.population is", evolve_front},
    {"search, candidates", "candidate_count is", candidates},
    {"search, exhaustive", "top_k is", exhaust},
    {"evolver_ask", "population is", ask},
    {"dataset_new", "n is", new_dataset},
    {"train", "is no memory", train_rows},
    {"train, queries", "is no memory", train_queries},
    {"train, wide", "is no memory", train_wide},
    {"score", "n is", score},
    {"monotonicity", "m is", monotonicity},
    {"proxy_test", "n is", proxy_test},
    {"load_memory", "size is", load_memory},
    {"load", "size is", load},
};

/* ---- limits --------------------------------------------------------------------------- */

static size_t mapped(void) {
  char text[64] = "";
  FILE *statm = fopen("/proc/self/statm", "r");
  if (statm == NULL || fgets(text, sizeof text, statm) == NULL) exit(2);
  fclose(statm);
  return (size_t)atoll(text) * (size_t)sysconf(_SC_PAGESIZE);
}

enum { SUCCEEDED, REFUSED, WRONG };

/* What the call comes to with `room` bytes to map: one of these, or minus a signal. */
static int outcome(size_t call, size_t room) {
  int status;
  pid_t pid = fork();
  if (pid == 0) {
    struct rlimit limit = {0, 0};
    setrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = limit.rlim_max = mapped() + room;
    setrlimit(RLIMIT_AS, &limit);
    help_status result = CALLS[call].call();
    if (result == HELP_OK) _exit(SUCCEEDED);
    int named = result == HELP_ERR_MEMORY && strstr(help_last_error(), CALLS[call].argument) != NULL;
    if (!named) fprintf(report, "%s: %s\n", CALLS[call].name, help_last_error());
    fflush(report);
    _exit(named ? REFUSED : WRONG);
  }
  if (pid < 0 || waitpid(pid, &status, 0) != pid) exit(2);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void check_call(size_t call) {
  size_t room = 1 << 21, refusals = 0;
  int result;
  while ((result = outcome(call, room)) == REFUSED && room < (size_t)1 << 32) {
    refusals++;
    room += room / 8;
  }
  checks++;
  if (result != SUCCEEDED || refusals == 0)
    check_failed(__FILE__, __LINE__, "%s: %d after %zu refusals, with %zu bytes", CALLS[call].name, result,
                 refusals, room);
}

/* ---- inputs ----------------------------------------------------------------------------- */

static void *room_for(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory == NULL) exit(2);
  return memory;
}

static void fill_rows(void) {
  archs = room_for(ROWS, GENES * sizeof *archs);
  strided = room_for(ROWS, (GENES + 1) * sizeof *strided);
  fbnet_archs = room_for(PROPER, FBNET * sizeof *fbnet_archs);
  out_archs = room_for(ROWS, GENES * sizeof *out_archs);
  MUST(help_model_references(model, archs, GENES));
  size_t references = help_model_reference_count(model), n = references;
  /* Different ones: first the references, as method "help" needs them. */
  MUST(help_space_sample(nasbench, 3, out_archs, DIFFERENT, GENES));
  for (size_t i = 0; i < DIFFERENT && n < DIFFERENT; i++) {
    size_t same = 0;
    while (same < references && memcmp(archs + same * GENES, out_archs + i * GENES, GENES * 4) != 0) same++;
    if (same == references) memcpy(archs + n++ * GENES, out_archs + i * GENES, GENES * 4);
  }
  for (; n < ROWS; n++) memcpy(archs + n * GENES, archs + n % DIFFERENT * GENES, GENES * 4);
  for (size_t i = 0; i < ROWS; i++) memcpy(strided + i * (GENES + 1), archs + i * GENES, GENES * 4);
  MUST(help_space_sample(fbnet, 3, fbnet_archs, PROPER, FBNET));
}

static void fill_numbers(void) {
  numbers = room_for(ROWS, sizeof *numbers);
  more = room_for(ROWS, sizeof *more);
  results = room_for(ROWS, sizeof *results);
  for (size_t i = 0; i < ROWS; i++) {
    numbers[i] = measure(archs + i * GENES, 2) + 1e-6 * (double)(i % 977);
    more[i] = 1 + (double)(i * 7919 % ROWS);
  }
}

static help_dataset *dataset_for_training(void) {
  help_dataset *made = NULL;
  double *ms = room_for(DIFFERENT, sizeof *ms);
  size_t references[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  MUST(help_dataset_new(nasbench, archs, DIFFERENT, GENES, &made));
  for (int d = 0; d < DEVICES; d++) {
    char name[] = "device A";
    name[7] = (char)('A' + d);
    for (size_t i = 0; i < DIFFERENT; i++) ms[i] = measure(archs + i * GENES, d) + 1e-6 * (double)(i % 977);
    MUST(help_dataset_add_device(made, name, d + 1 < DEVICES ? HELP_DEVICE_TRAIN : HELP_DEVICE_VALID, ms));
  }
  MUST(help_dataset_set_references(made, references, 10));
  free(ms);
  return made;
}

static void make_handles(void) {
  help_search_options options;
  accuracy = make_accuracy();
  other = make_predictor("'fbnet'", 1e-8);
  MUST(help_adapt(model, archs, 100, GENES, numbers, NULL, &predictor));
  training = dataset_for_training();
  MUST(help_search_options_init(&options, sizeof options));
  options.population = PROPER / 2;
  MUST(help_evolver_new(other, INFINITY, &options, 1, &evolver));
  MUST(help_model_write(model, &file));
}

int main(int argc, char **argv) {
  start();
  /* Large blocks are mapped, and unmapped at once: none lies about when a call is made. */
  mallopt(M_MMAP_THRESHOLD, 1 << 17);
  model = load_model(argc, argv);
  path = argv[1];
  MUST(help_space_open("nasbench201", &nasbench));
  MUST(help_space_open("fbnet", &fbnet));
  fill_rows();
  fill_numbers();
  make_handles();
  malloc_trim(0);
  for (size_t call = 0; call < sizeof CALLS / sizeof *CALLS; call++) check_call(call);
  return finish();
}

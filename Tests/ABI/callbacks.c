/* Callbacks of a host: their codes come back, a result left out is noticed, they may
 * use the library, and a search can be stopped from another thread. */
#include "check.h"

#include <pthread.h>

enum { TOP = 3 };

static help_space *space;
static help_predictor *predictor;
static help_search_options options;

/* What a search wrote. */
static int32_t archs[TOP * GENES];
static double accuracy[TOP], latency[TOP];
static size_t found;
static help_search_report result;

static help_status search(double limit, help_accuracy_fn score, void *user) {
  memset(archs, 0xA5, sizeof archs);
  found = 12345;
  for (int i = 0; i < TOP; i++) accuracy[i] = latency[i] = -77;
  memset(&result, 0, sizeof result);
  result.struct_size = sizeof result;
  return help_search(predictor, limit, score, user, &options, TOP, archs, GENES, accuracy, latency, &found,
                     &result);
}

/* The rows written are different, feasible, in order, and as predicted. */
static void check_results(double limit) {
  CHECK(found >= 1 && found <= TOP);
  if (found > TOP) return;
  double again[TOP];
  CHECK_OK(help_predict(predictor, archs, found, GENES, again, NULL));
  CHECK(memcmp(again, latency, found * sizeof *again) == 0);
  for (size_t i = 0; i < found; i++) {
    CHECK(latency[i] <= limit);
    if (i > 0) CHECK(accuracy[i] <= accuracy[i - 1]);
    for (size_t j = 0; j < i; j++) CHECK(memcmp(archs + i * GENES, archs + j * GENES, GENES * 4) != 0);
  }
  for (size_t i = found; i < TOP; i++) CHECK(accuracy[i] == -77 && latency[i] == -77);
}

static void reset(void) {
  MUST(help_search_options_init(&options, sizeof options));
  options.strategy = HELP_SEARCH_EVOLVE;
  options.population = 20;
  options.generations = brief ? 3 : 10;
}

/* ---- accuracy callbacks ---------------------------------------------------------- */

typedef struct {
  int calls, fail_at;
  help_status code;
  size_t rows;
} script;

static help_status scripted(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  script *s = user;
  s->rows += n;
  for (size_t i = 0; i < n; i++) CHECK(isnan(out[i]));
  if (++s->calls == s->fail_at) return s->code;
  return score_macs(space, rows, n, stride, out);
}

static void codes_come_back(void) {
  static const help_status codes[] = {-1, -7, INT32_MIN, HELP_ERR_CANCELLED, HELP_ERR_INTERNAL, 12345};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    for (int at = 1; at <= 3; at += 2) {
      script s = {.fail_at = at, .code = codes[i]};
      CHECK(search(INFINITY, scripted, &s) == codes[i]);
      CHECK(s.calls == at);
      if (at == 1)
        CHECK(found == 0);
      else
        check_results(INFINITY);
      CHECK(result.evaluations <= s.rows);
    }
  }
}

static help_status leaves_one(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  help_status status = score_macs(space, rows, n, stride, out);
  out[n - 1] = *(double *)user;
  return status;
}
static help_status leaves_all(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  (void)user, (void)rows, (void)n, (void)stride, (void)out;
  return HELP_OK;
}

static void missing_results(void) {
  double value = NAN;
  CHECK(search(INFINITY, leaves_all, NULL) == HELP_ERR_CALLBACK);
  CHECK(message_names("help_search("));
  CHECK(search(INFINITY, leaves_one, &value) == HELP_ERR_CALLBACK);
  value = INFINITY; /* odd accuracies, yet ordered ones */
  CHECK_OK(search(INFINITY, leaves_one, &value));
  value = -INFINITY;
  CHECK_OK(search(INFINITY, leaves_one, &value));
}

static help_status calls_the_model(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  return help_accuracy_predict(user, rows, n, stride, out);
}

/* help_accuracy_score in a search does what a callback of the host's would. */
static void the_librarys_own(void) {
  help_accuracy *model = make_accuracy();
  int32_t first[TOP * GENES];
  double scores[TOP];
  CHECK_OK(search(INFINITY, calls_the_model, model));
  size_t count = found;
  uint64_t evaluations = result.evaluations;
  memcpy(first, archs, sizeof first);
  memcpy(scores, accuracy, sizeof scores);
  CHECK_OK(search(INFINITY, help_accuracy_score, model));
  CHECK(found == count && result.evaluations == evaluations);
  CHECK(memcmp(first, archs, sizeof first) == 0 && memcmp(scores, accuracy, sizeof scores) == 0);
  check_results(INFINITY);
  CHECK(search(INFINITY, help_accuracy_score, predictor) == HELP_ERR_HANDLE);
  CHECK(search(INFINITY, help_accuracy_score, NULL) == HELP_ERR_ARGUMENT);
  help_accuracy_free(model);
}

/* Uses the library from within: predictions, another search, failures. */
static help_status reenters(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  double own[512], limit = *(double *)user;
  if (n > 512) return -2;
  CHECK_OK(help_predict(predictor, rows, n, stride, own, NULL));
  for (size_t i = 0; i < n; i++) CHECK(own[i] <= limit);
  CHECK(help_predict(NULL, rows, n, stride, own, NULL) == HELP_ERR_ARGUMENT);
  help_search_options inner;
  int32_t row[GENES];
  double a, l;
  size_t count;
  CHECK_OK(help_search_options_init(&inner, sizeof inner));
  inner.strategy = HELP_SEARCH_CANDIDATES;
  inner.candidates = rows;
  inner.candidate_count = n;
  inner.candidate_stride = stride;
  CHECK_OK(help_search(predictor, limit, score_macs, space, &inner, 1, row, GENES, &a, &l, &count, NULL));
  return score_macs(space, rows, n, stride, out);
}

/* ---- none twice, ties, strategies --------------------------------------------------- */

static unsigned char seen[15625];

static help_status counts(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  for (size_t i = 0; i < n; i++) {
    uint64_t index = 0;
    CHECK_OK(help_arch_to_index(space, rows + i * stride, 1, GENES, &index));
    CHECK(index < 15625 && !seen[index]);
    seen[index % 15625] = 1;
    out[i] = user ? 1.0 : (double)index;
  }
  return HELP_OK;
}

static void strategies(void) {
  static const int32_t strategy[] = {HELP_SEARCH_EVOLVE, HELP_SEARCH_EXHAUSTIVE, HELP_SEARCH_AUTO};
  for (int i = 0; i < 3; i++) {
    reset();
    options.strategy = strategy[i];
    memset(seen, 0, sizeof seen);
    CHECK_OK(search(INFINITY, counts, NULL));
    check_results(INFINITY);
    size_t evaluated = 0;
    for (size_t k = 0; k < sizeof seen; k++) evaluated += seen[k];
    CHECK(result.evaluations == evaluated);
    CHECK(result.predictions >= evaluated);
    CHECK(result.smallest_latency_ms <= latency[0]);
    if (strategy[i] == HELP_SEARCH_EXHAUSTIVE) CHECK(evaluated == 15625 && accuracy[0] == 15624);
  }
  reset(); /* ties: the faster */
  options.strategy = HELP_SEARCH_EXHAUSTIVE;
  options.confidence = 0.5; /* what is smallest is then a prediction */
  memset(seen, 0, sizeof seen);
  CHECK_OK(search(INFINITY, counts, &options));
  CHECK(latency[0] == result.smallest_latency_ms && latency[0] <= latency[1]);

  int32_t rows[6 * (GENES + 1)]; /* a stride wider than the genes, a row twice */
  CHECK_OK(help_space_sample(space, 9, rows, 6, GENES + 1));
  memcpy(rows + 5 * (GENES + 1), rows, GENES * sizeof *rows);
  reset();
  options.strategy = HELP_SEARCH_AUTO;
  options.candidates = rows;
  options.candidate_count = 6;
  options.candidate_stride = GENES + 1;
  memset(seen, 0, sizeof seen);
  CHECK_OK(search(INFINITY, counts, NULL));
  CHECK(result.evaluations == 5 && found == TOP);
}

/* ---- limits, progress, cancelling ------------------------------------------------------ */

static void infeasible(void) {
  reset();
  options.attempts = 50;
  CHECK(search(1e-9, score_macs, space) == HELP_ERR_INFEASIBLE);
  CHECK(message_names("help_search("));
  CHECK(found == 12345 && accuracy[0] == -77);
  CHECK(result.predictions >= 50 && result.smallest_latency_ms > 1e-9 && result.evaluations == 0);
  double feasible = result.smallest_latency_ms;
  options.strategy = HELP_SEARCH_EXHAUSTIVE;
  CHECK(search(1e-9, score_macs, space) == HELP_ERR_INFEASIBLE);
  CHECK(result.smallest_latency_ms <= feasible);
  feasible = result.smallest_latency_ms; /* what it names is feasible */
  CHECK_OK(search(feasible, score_macs, space));
  check_results(feasible);
}

typedef struct {
  uint64_t last;
  uint64_t stop_at;
  help_status code;
  help_cancel *cancel;
} watcher;

static help_status watch(void *user, const help_progress *progress) {
  watcher *w = user;
  CHECK(progress->struct_size >= sizeof *progress);
  CHECK(progress->done <= w->last + 1 && progress->done >= w->last && progress->done <= progress->total);
  w->last = progress->done;
  if (progress->done != w->stop_at) return HELP_OK;
  help_cancel_request(w->cancel);
  return w->code;
}

static void progress_and_cancel(void) {
  reset();
  watcher w = {0};
  options.progress = watch;
  options.progress_user = &w;
  CHECK_OK(search(INFINITY, score_macs, space));
  CHECK(w.last == options.generations && result.generations == options.generations);
  CHECK(result.strategy == HELP_SEARCH_EVOLVE);

  w = (watcher){.stop_at = 3, .code = -42};
  CHECK(search(INFINITY, score_macs, space) == -42);
  CHECK(w.last == 3 && result.generations == 3);
  check_results(INFINITY);

  help_cancel *cancel = NULL;
  MUST(help_cancel_new(&cancel));
  w = (watcher){.stop_at = 2, .cancel = cancel};
  options.cancel = cancel;
  CHECK(search(INFINITY, score_macs, space) == HELP_ERR_CANCELLED);
  CHECK(w.last == 2);
  check_results(INFINITY);
  w = (watcher){0}; /* the flag stays raised */
  CHECK(search(INFINITY, score_macs, space) == HELP_ERR_CANCELLED);
  CHECK(w.last == 0);
  help_cancel_free(cancel);
}

/* ---- limits, fronts, and the small ends of spaces ---------------------------------------- */

/* A search stopped in the middle that has limits: what it has is within them. */
static void stopped_within_limits(void) {
  help_predictor *other = make_predictor("'nasbench201'", 1e-7);
  help_limit limits[2] = {{sizeof *limits, HELP_LIMIT_LATENCY, 0, 0, 8.0, other, 0},
                          {sizeof *limits, HELP_LIMIT_MACS, 0, 0, 6e7, NULL, 0}};
  reset();
  options.limits = limits;
  options.limit_count = 2;
  script s = {.fail_at = 3, .code = -31};
  CHECK(search(25.0, scripted, &s) == -31);
  check_results(25.0);
  double ms[TOP], macs[TOP], lower[TOP], upper[TOP];
  CHECK_OK(help_predict(other, archs, found, GENES, ms, NULL));
  CHECK_OK(help_arch_macs(space, archs, found, GENES, macs));
  CHECK_OK(help_predict_interval(predictor, archs, found, GENES, 0.9, lower, upper));
  for (size_t i = 0; i < found; i++) CHECK(ms[i] <= 8 && macs[i] <= 6e7 && upper[i] <= 25 + 1e-9);
  help_cancel *cancel = NULL;
  MUST(help_cancel_new(&cancel));
  watcher w = {.stop_at = 1, .cancel = cancel};
  options.cancel = cancel;
  options.progress = watch;
  options.progress_user = &w;
  options.objective = HELP_OBJECTIVE_PARETO;
  CHECK(search(25.0, score_macs, space) == HELP_ERR_CANCELLED);
  CHECK(found >= 1 && isfinite(result.hypervolume) && result.reference_latency_ms == 25.0);
  help_cancel_free(cancel);
  help_predictor_free(other);
}

/* Lower ends of counts and of the predictor's own latency. */
static void lower_ends(void) {
  help_limit limits[3] = {{sizeof *limits, HELP_LIMIT_LATENCY, 0, 9.0, INFINITY, predictor, 0.9},
                          {sizeof *limits, HELP_LIMIT_MACS, 0, 4e7, 8e7, NULL, 0},
                          {sizeof *limits, HELP_LIMIT_PARAMETERS, 0, 3e5, INFINITY, NULL, 0}};
  for (int32_t strategy = HELP_SEARCH_EVOLVE; strategy <= HELP_SEARCH_EXHAUSTIVE; strategy++) {
    reset();
    options.strategy = strategy;
    options.limits = limits;
    options.limit_count = 3;
    CHECK_OK(search(25.0, score_macs, space));
    check_results(25.0);
    double macs[TOP], lower[TOP], upper[TOP];
    CHECK_OK(help_arch_macs(space, archs, found, GENES, macs));
    CHECK_OK(help_predict_interval(predictor, archs, found, GENES, 0.8, lower, upper));
    CHECK(found > 0);
    for (size_t i = 0; i < found; i++) CHECK(lower[i] >= 9 - 1e-9 && macs[i] >= 4e7 && macs[i] <= 8e7);
  }
}

static help_status half_fail(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  help_status status = score_macs(user, rows, n, stride, out);
  for (size_t i = 0; i < n; i++)
    if (rows[i * stride] < 3) out[i] = -INFINITY;
  return status;
}
static help_status all_fail(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  (void)user, (void)rows, (void)stride;
  for (size_t i = 0; i < n; i++) out[i] = -INFINITY;
  return HELP_OK;
}

/* What failed is in no result and no hypervolume, whatever finds it. */
static void failed_rows(void) {
  for (int32_t objective = 0; objective < 2; objective++) {
    for (int32_t strategy = HELP_SEARCH_EVOLVE; strategy <= HELP_SEARCH_EXHAUSTIVE; strategy++) {
      reset();
      options.objective = objective;
      options.strategy = strategy;
      CHECK_OK(search(30.0, half_fail, space));
      CHECK(found > 0);
      for (size_t i = 0; i < found; i++) CHECK(isfinite(accuracy[i]) && archs[i * GENES] >= 3);
      if (objective == HELP_OBJECTIVE_PARETO)
        CHECK(isfinite(result.hypervolume) && result.hypervolume > 0 && isfinite(result.reference_accuracy));
      CHECK_STATUS(HELP_ERR_INFEASIBLE, help_search(predictor, 30.0, all_fail, NULL, &options, TOP, archs, GENES,
                                                    accuracy, latency, &found, &result));
      CHECK(strstr(help_last_error(), "failed") != NULL);
    }
  }
}

/* Whose accuracies another search's callback tells. */
static help_status tells(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  help_evolver *evolver = user;
  int32_t asked[20 * GENES];
  double scores[20];
  size_t count;
  CHECK_OK(help_evolver_ask(evolver, asked, 20, GENES, NULL, &count));
  CHECK_OK(score_macs(space, asked, count, GENES, scores));
  if (count > 0) CHECK_OK(help_evolver_tell(evolver, scores, count));
  return score_macs(space, rows, n, stride, out);
}

static void telling_from_a_callback(void) {
  reset();
  help_evolver *evolver = NULL;
  int32_t rows[TOP * GENES];
  double a[TOP], l[TOP];
  size_t n;
  CHECK_OK(help_evolver_new(predictor, 30.0, &options, TOP, &evolver));
  CHECK_OK(search(30.0, tells, evolver)); /* as many steps as its own */
  CHECK_OK(help_evolver_results(evolver, TOP, rows, GENES, a, l, &n, NULL));
  CHECK(n == found && memcmp(rows, archs, n * GENES * sizeof *rows) == 0);
  CHECK(memcmp(a, accuracy, n * sizeof *a) == 0 && memcmp(l, latency, n * sizeof *l) == 0);
  CHECK_OK(help_evolver_ask(evolver, rows, 20, GENES, NULL, &n));
  CHECK(n == 0);
  help_evolver_free(evolver);
}

/* The flag of an evolver that was loaded: given, raised, taken away. */
static void cancelling_what_was_loaded(void) {
  reset();
  help_evolver *evolver = NULL, *loaded = NULL;
  help_buffer file = HELP_BUFFER_INIT;
  help_cancel *flag = NULL;
  int32_t rows[20 * GENES], again[20 * GENES];
  double scores[20];
  size_t n, m;
  MUST(help_evolver_new(predictor, INFINITY, &options, TOP, &evolver));
  MUST(help_evolver_ask(evolver, rows, 20, GENES, NULL, &n));
  MUST(score_macs(space, rows, n, GENES, scores));
  MUST(help_evolver_tell(evolver, scores, n));
  MUST(help_evolver_write(evolver, &file));
  MUST(help_evolver_load_memory(file.data, file.size, &loaded));
  MUST(help_cancel_new(&flag));
  help_cancel_request(flag);
  CHECK_OK(help_evolver_set_cancel(loaded, flag));
  help_cancel_free(flag); /* the evolver keeps it */
  n = 7;
  CHECK_STATUS(HELP_ERR_CANCELLED, help_evolver_ask(loaded, rows, 20, GENES, NULL, &n));
  CHECK_STATUS(HELP_ERR_CANCELLED, help_evolver_ask(loaded, rows, 20, GENES, NULL, &n));
  CHECK(n == 7);
  CHECK_OK(help_evolver_set_cancel(loaded, NULL));
  CHECK_OK(help_evolver_ask(loaded, rows, 20, GENES, NULL, &n));
  CHECK_OK(help_evolver_ask(evolver, again, 20, GENES, NULL, &m)); /* nothing was lost */
  CHECK(n == m && n > 0 && memcmp(rows, again, n * GENES * sizeof *rows) == 0);
  help_buffer_free(&file);
  help_evolver_free(loaded);
  help_evolver_free(evolver);
}

static help_status first_gene(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  (void)user;
  for (size_t i = 0; i < n; i++) out[i] = rows[i * stride];
  return HELP_OK;
}

/* Searches in a space of one gene, with so many choices that cost more and more. */
static void small_space(const char *choices, const char *costs, size_t count) {
  char text[400];
  snprintf(text, sizeof text,
           "{'name':'small','genes':[{'name':'a','choices':[%s]}],"
           "'costs':{'macs':{'fixed':5,'genes':{'a':[%s]}}}}",
           choices, costs);
  help_predictor *own = make_predictor(text, 1.0);
  int32_t rows[20];
  double a[20], l[20];
  size_t n = 0;
  for (int32_t objective = 0; objective < 2; objective++) {
    for (int32_t strategy = HELP_SEARCH_AUTO; strategy <= HELP_SEARCH_EXHAUSTIVE; strategy++) {
      reset();
      options.objective = objective;
      options.strategy = strategy;
      options.attempts = 500;
      CHECK_OK(help_search(own, INFINITY, first_gene, NULL, &options, 20, rows, 1, a, l, &n, NULL));
      CHECK(n == count && a[0] == (double)count - 1);
      CHECK_OK(help_search(own, 5.5, first_gene, NULL, &options, 20, rows, 1, a, l, &n, NULL));
      CHECK(n == 1 && rows[0] == 0);
      help_limit limit = {sizeof limit, HELP_LIMIT_MACS, 0, 0, 5.5, NULL, 0};
      options.limits = &limit;
      options.limit_count = 1;
      CHECK_OK(help_search(own, INFINITY, first_gene, NULL, &options, 20, rows, 1, a, l, &n, NULL));
      CHECK(n == 1 && rows[0] == 0);
      /* It has no cost "parameters", and its multiply-accumulates do not stand in. */
      limit.kind = HELP_LIMIT_PARAMETERS;
      CHECK_STATUS(HELP_ERR_UNSUPPORTED, help_search(own, INFINITY, first_gene, NULL, &options, 20, rows, 1, a,
                                                     l, &n, NULL));
    }
    help_evolver *evolver = NULL;
    reset();
    options.objective = objective;
    options.population = 2;
    options.parent_ratio = objective;
    options.attempts = 100;
    CHECK_OK(help_evolver_new(own, INFINITY, &options, 20, &evolver));
    size_t asked = 0;
    for (n = 1; n > 0 && asked < 100; asked += n) {
      CHECK_OK(help_evolver_ask(evolver, rows, 2, 1, l, &n));
      CHECK_OK(first_gene(NULL, rows, n, 1, a));
      if (n > 0) CHECK_OK(help_evolver_tell(evolver, a, n));
    }
    CHECK(asked <= count);
    for (int again = 0; again < 3; again++) { /* the end stays the end */
      CHECK_OK(help_evolver_ask(evolver, rows, 2, 1, l, &n));
      CHECK(n == 0);
    }
    help_evolver_free(evolver);
  }
  help_predictor_free(own);
}

/* The front of the whole space, and fewer of it than there are. */
static void fronts(void) {
  enum { MOST = 2000 };
  static int32_t rows[MOST * GENES];
  static double a[MOST], l[MOST];
  size_t n, few;
  reset();
  options.strategy = HELP_SEARCH_EXHAUSTIVE;
  options.objective = HELP_OBJECTIVE_PARETO;
  CHECK_OK(help_search(predictor, 30.0, score_macs, space, &options, MOST, rows, GENES, a, l, &n, NULL));
  CHECK(n > TOP && n < MOST);
  for (size_t i = 1; i < n; i++) CHECK(a[i] < a[i - 1] && l[i] < l[i - 1]);
  CHECK_OK(search(30.0, score_macs, space));
  CHECK(found == TOP && accuracy[0] == a[0] && accuracy[TOP - 1] == a[n - 1]);
  CHECK(result.hypervolume > 0 && result.reference_latency_ms == 30.0);
  CHECK(result.strategy == HELP_SEARCH_EXHAUSTIVE);
  options.strategy = HELP_SEARCH_AUTO; /* the front's rows are their own front */
  options.candidates = rows;
  options.candidate_count = n;
  options.candidate_stride = GENES;
  static double again[MOST];
  CHECK_OK(help_search(predictor, 30.0, score_macs, space, &options, MOST, rows, GENES, again, l, &few, NULL));
  CHECK(few == n && memcmp(a, again, n * sizeof *a) == 0);
  CHECK_OK(search(30.0, score_macs, space));
  CHECK(result.strategy == HELP_SEARCH_CANDIDATES && result.reserved == 0);
}

static volatile int evaluating;

static help_status slow(void *user, const int32_t *rows, size_t n, size_t stride, double *out) {
  evaluating = 1;
  usleep(1000);
  return score_macs(user, rows, n, stride, out);
}

static void *cancel_soon(void *cancel) {
  while (!evaluating) usleep(1000);
  usleep(20000);
  help_cancel_request(cancel);
  return NULL;
}

static void cancel_from_a_thread(void) {
  reset();
  options.generations = 1000000;
  help_cancel *cancel = NULL;
  pthread_t thread;
  MUST(help_cancel_new(&cancel));
  options.cancel = cancel;
  pthread_create(&thread, NULL, cancel_soon, cancel);
  CHECK(search(INFINITY, slow, space) == HELP_ERR_CANCELLED);
  pthread_join(thread, NULL);
  check_results(INFINITY);
  help_cancel_free(cancel);
}

static void training(void) {
  help_dataset *dataset = make_dataset(space, 200, 4);
  help_train_options train = quick_training();
  help_model *model = NULL;
  watcher w = {0};
  train.progress = watch;
  train.progress_user = &w;
  CHECK_OK(help_meta_train(dataset, &train, &model));
  CHECK(w.last == train.episodes);
  help_model_free(model);
  model = NULL;
  w = (watcher){.stop_at = 2, .code = -9};
  CHECK(help_meta_train(dataset, &train, &model) == -9);
  CHECK(w.last == 2 && model == NULL);
  help_cancel *cancel = NULL;
  MUST(help_cancel_new(&cancel));
  train.cancel = cancel;
  w = (watcher){.stop_at = 2, .cancel = cancel};
  CHECK_STATUS(HELP_ERR_CANCELLED, help_meta_train(dataset, &train, &model));
  CHECK(w.last == 2 && model == NULL);
  help_cancel_free(cancel);
  help_dataset_free(dataset);
}

int main(int argc, char **argv) {
  start();
  help_model *model = load_model(argc, argv);
  MUST(help_model_space(model, &space));
  predictor = adapt(model, 1);
  reset();
  codes_come_back();
  missing_results();
  the_librarys_own();
  double limit = INFINITY;
  CHECK_OK(search(limit, reenters, &limit));
  if (!brief) { /* they predict the whole space many times */
    strategies();
    infeasible();
    fronts();
  }
  stopped_within_limits();
  lower_ends();
  failed_rows();
  telling_from_a_callback();
  small_space("0", "0", 1);
  small_space("0, 1", "0, 1", 2);
  small_space("0, 1, 2, 3, 4, 5, 6", "0, 1, 2, 3, 4, 5, 6", 7);
  progress_and_cancel();
  cancel_from_a_thread();
  cancelling_what_was_loaded();
  training();
  help_predictor_free(predictor);
  help_space_free(space);
  help_model_free(model);
  return finish();
}

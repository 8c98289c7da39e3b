/* Callers built with an older or a newer header: a smaller struct gets defaults for
 * what it lacks, a larger one is accepted while what this library does not know is
 * zero.  And the defaults are those the header documents. */
#include "check.h"

static help_model *model;
static measurements m;
static const size_t ROOM = 64;

/* A struct of a later version: ours and room behind it. */
typedef union {
  help_adapt_options adapt;
  help_search_options search;
  help_train_options train;
  help_search_report report;
  help_scores scores;
  help_proxy_report proxy;
  help_limit limit;
  unsigned char bytes[512];
} newer;

static help_status adapt_with(const void *options) {
  help_predictor *predictor = NULL;
  help_status status = help_adapt(model, m.archs, m.n, GENES, m.ms, options, &predictor);
  help_predictor_free(predictor);
  return status;
}

static void defaults(void) {
  help_adapt_options a;
  CHECK_OK(help_adapt_options_init(&a, sizeof a));
  CHECK(a.struct_size == sizeof a && a.seed == 0 && a.method == HELP_METHOD_DEFAULT);
  CHECK(a.steps == -1 && a.samples == 0 && a.support == HELP_SUPPORT_EXTRA);
  CHECK(a.label_min_ms == 0 && a.label_max_ms == 0 && a.noise == NULL && a.noise_count == 0);
  CHECK(isnan(a.repeatability) && a.proxy == NULL);

  help_search_options s;
  CHECK_OK(help_search_options_init(&s, sizeof s));
  CHECK(s.struct_size == sizeof s && s.seed == 0 && s.strategy == HELP_SEARCH_AUTO);
  CHECK(s.objective == HELP_OBJECTIVE_ACCURACY);
  CHECK(s.population == 100 && s.generations == 500 && s.attempts == 10000);
  CHECK(s.parent_ratio == 0.25 && s.mutation_ratio == 0.5 && s.mutation_probability == 0.05);
  CHECK(s.candidates == NULL && s.candidate_count == 0 && s.candidate_stride == 0);
  CHECK(s.progress == NULL && s.progress_user == NULL && s.cancel == NULL);
  CHECK(s.confidence == 0 && s.limits == NULL && s.limit_count == 0 && s.patience == 0);
  CHECK(s.warm_start == NULL && s.warm_start_count == 0 && s.warm_start_stride == 0);
  CHECK(isnan(s.reference_latency_ms) && isnan(s.reference_accuracy));

  help_search_options p;
  CHECK_OK(help_search_options_preset(&p, sizeof p, HELP_PRESET_STANDARD));
  CHECK(memcmp(&p, &s, sizeof p) == 0);
  for (int32_t preset = HELP_PRESET_OFA; preset <= HELP_PRESET_HAT; preset++) {
    CHECK_OK(help_search_options_preset(&p, sizeof p, preset));
    CHECK(p.strategy == HELP_SEARCH_EVOLVE && p.population == 125 && p.parent_ratio == 0.2);
    CHECK(p.generations == (preset == HELP_PRESET_OFA ? 500 : 30) && p.mutation_ratio == 0.5);
    CHECK(p.mutation_probability == (preset == HELP_PRESET_OFA ? 0.1 : 0.3));
  }

  help_train_options t;
  CHECK_OK(help_train_options_init(&t, sizeof t));
  CHECK(t.struct_size == sizeof t && t.seed == 0 && t.episodes == 2000 && t.tasks == 8);
  CHECK(t.support == 10 && t.query == 200 && t.train_rows == 0 && t.valid_rows == 0);
  CHECK(t.valid_interval == 50 && t.hidden == 100 && t.threads == 1);
  CHECK(t.inner_steps == 2 && t.second_order == 1 && t.learn_rates == 1 && t.modulation == 1);
  CHECK(t.inner_rate == 1e-3 && t.meta_rate == 1e-4 && t.kl_weight == 0.1);
  CHECK(t.modulation_scale == 0.01 && t.trim == 0.1 && t.bayes == 1 && t.help == 1);
  CHECK(t.progress == NULL && t.progress_user == NULL && t.cancel == NULL);
}

/* _init writes exactly the size it was given, whatever the header it came from. */
static void initialising(help_status (*init)(void *, size_t), size_t ours) {
  for (size_t size = 8; size <= ours + ROOM; size += 8) {
    unsigned char bytes[512];
    size_t recorded;
    memset(bytes, 0xA5, sizeof bytes);
    CHECK(init(bytes, size) == HELP_OK);
    memcpy(&recorded, bytes, sizeof recorded);
    CHECK(recorded == size);
    for (size_t i = size; i < sizeof bytes; i++) CHECK(bytes[i] == 0xA5);
    for (size_t i = ours; i < size; i++) CHECK(bytes[i] == 0);
  }
}

static help_status init_adapt(void *options, size_t size) { return help_adapt_options_init(options, size); }
static help_status init_search(void *options, size_t size) { return help_search_options_init(options, size); }
static help_status init_preset(void *options, size_t size) {
  return help_search_options_preset(options, size, HELP_PRESET_HAT);
}
static help_status init_train(void *options, size_t size) { return help_train_options_init(options, size); }

static void smaller(void) {
  newer o;
  for (size_t size = sizeof(size_t); size < sizeof o.adapt; size += 8) {
    memset(&o, 0xA5, sizeof o); /* beyond the struct lies anything */
    CHECK_OK(help_adapt_options_init(&o.adapt, size));
    CHECK_OK(adapt_with(&o));
  }
  /* The fields that are there count. */
  CHECK_OK(help_adapt_options_init(&o.adapt, offsetof(help_adapt_options, label_min_ms)));
  o.adapt.method = HELP_METHOD_HELP;
  o.adapt.steps = 101;
  help_predictor *none = NULL;
  CHECK_STATUS(HELP_ERR_ARGUMENT, help_adapt(model, m.archs, m.n, GENES, m.ms, &o.adapt, &none));
  CHECK(strstr(help_last_error(), "steps") != NULL && none == NULL);
}

/* A search by a caller whose structs end, or begin to, at some field. */
static void searches_of_other_headers(const help_predictor *predictor, help_space *space) {
  int32_t first[2 * GENES], row[2 * GENES];
  double accuracy[2], latency[2];
  size_t found;
  newer o, r;
#define SEARCH(rows) \
  help_search(predictor, 20.0, score_macs, space, &o.search, 2, rows, GENES, accuracy, latency, &found, &r.report)
  for (size_t size = sizeof o.search; size >= offsetof(help_search_options, parent_ratio); size -= 8) {
    memset(&o, 0xA5, sizeof o); /* beyond the struct lies anything */
    CHECK_OK(help_search_options_init(&o.search, size));
    o.search.strategy = HELP_SEARCH_EVOLVE;
    o.search.population = 10;
    o.search.generations = 2;
    r.report.struct_size = sizeof r.report;
    CHECK_OK(SEARCH(size == sizeof o.search ? first : row));
    if (size < sizeof o.search) CHECK(memcmp(first, row, sizeof row) == 0);
  }
  help_search_report whole = r.report;
  CHECK(whole.evaluations > 10 && isnan(whole.hypervolume));
  for (size_t size = 16; size <= sizeof whole + ROOM; size += 8) { /* 40: up to smallest_latency_ms */
    memset(&r, 0xA5, sizeof r);
    r.report.struct_size = size;
    CHECK_OK(SEARCH(row));
    CHECK(r.report.struct_size == size);
    for (size_t i = 8; i < sizeof r; i++) {
      unsigned char expected = i >= size ? 0xA5 : i < sizeof whole ? ((unsigned char *)&whole)[i] : 0;
      CHECK(r.bytes[i] == expected);
    }
  }
#undef SEARCH
}

/* Elements of an array of limits as large as the caller's header has them. */
static void limits_of_other_headers(void) {
  help_predictor *predictor = adapt(model, 1);
  help_evolver *evolver = NULL;
  help_search_options o;
  CHECK_OK(help_search_options_init(&o, sizeof o));
  union {
    unsigned char bytes[3 * (sizeof(help_limit) + 64)];
    size_t align;
  } array;
  o.limits = (const help_limit *)&array;
  o.limit_count = 3;
  for (size_t size = sizeof(size_t); size <= sizeof(help_limit) + ROOM; size += 8) {
    memset(&array, 0, sizeof array);
    for (int i = 0; i < 3; i++) {
      help_limit limit = {size, HELP_LIMIT_MACS, 0, 0, 1e12 + i, NULL, 0};
      memcpy(array.bytes + size * (size_t)i, &limit, size < sizeof limit ? size : sizeof limit);
    }
    evolver = NULL;
    if (size < offsetof(help_limit, predictor)) { /* without a maximum, or even a kind */
      CHECK(help_evolver_new(predictor, 20.0, &o, 1, &evolver) != HELP_OK && evolver == NULL);
      continue;
    }
    help_buffer text = HELP_BUFFER_INIT;
    CHECK_OK(help_evolver_new(predictor, 20.0, &o, 1, &evolver));
    CHECK_OK(help_evolver_describe(evolver, &text));
    CHECK(text.data != NULL && strstr(text.data, "1000000000002") != NULL); /* the third's */
    help_buffer_free(&text);
    help_evolver_free(evolver);
    if (size <= sizeof(help_limit)) continue;
    array.bytes[2 * size + sizeof(help_limit)] = 1;
    CHECK_STATUS(HELP_ERR_ABI, help_evolver_new(predictor, 20.0, &o, 1, &evolver));
    CHECK(strstr(help_last_error(), "limits[2]") != NULL);
  }
  help_predictor_free(predictor);
}

static void larger(void) {
  newer o;
  memset(&o, 0, sizeof o);
  CHECK_OK(help_adapt_options_init(&o.adapt, sizeof o.adapt));
  o.adapt.struct_size = sizeof o.adapt + ROOM;
  CHECK_OK(adapt_with(&o));
  for (size_t i = 0; i < ROOM; i++) {
    help_predictor *untouched = (help_predictor *)&o;
    o.bytes[sizeof o.adapt + i] = 1;
    CHECK_STATUS(HELP_ERR_ABI, help_adapt(model, m.archs, m.n, GENES, m.ms, &o.adapt, &untouched));
    CHECK(untouched == (help_predictor *)&o);
    o.bytes[sizeof o.adapt + i] = 0;
  }

  help_predictor *predictor = adapt(model, 1);
  help_space *space = NULL;
  MUST(help_model_space(model, &space));
  int32_t row[GENES];
  double accuracy, latency;
  size_t found;
#define SEARCH \
  help_search(predictor, INFINITY, score_macs, space, &o.search, 1, row, GENES, &accuracy, &latency, &found, NULL)
  memset(&o, 0, sizeof o);
  CHECK_OK(help_search_options_init(&o.search, sizeof o.search));
  o.search.strategy = HELP_SEARCH_EVOLVE;
  o.search.generations = 1;
  o.search.struct_size = sizeof o.search + ROOM;
  CHECK_OK(SEARCH);
  o.bytes[sizeof o.search + ROOM - 1] = 1;
  CHECK_STATUS(HELP_ERR_ABI, SEARCH);
#undef SEARCH
  searches_of_other_headers(predictor, space);

  help_dataset *dataset = make_dataset(space, 200, 3);
  help_model *trained = NULL;
  memset(&o, 0, sizeof o);
  o.train = quick_training();
  o.train.struct_size = sizeof o.train + ROOM;
  CHECK_OK(help_meta_train(dataset, &o.train, &trained));
  o.bytes[sizeof o.train] = 1;
  CHECK_STATUS(HELP_ERR_ABI, help_meta_train(dataset, &o.train, &trained));
  help_model_free(trained);
  help_dataset_free(dataset);
  help_space_free(space);
  help_predictor_free(predictor);
}

/* Structs the library fills: no byte beyond the size the caller has. */
static void filled(void) {
  static const double a[5] = {1, 2, 3, 4, 5}, b[5] = {1, 3, 2, 4, 5};
  newer o;
  help_scores ours = {.struct_size = sizeof ours};
  CHECK_OK(help_score(a, b, 5, &ours));
  CHECK(fabs(ours.spearman - 0.9) < 1e-12 && fabs(ours.kendall - 0.8) < 1e-12);
  for (size_t size = 16; size <= sizeof ours; size += 8) {
    memset(&o, 0xA5, sizeof o);
    o.scores.struct_size = size;
    CHECK_OK(help_score(a, b, 5, &o.scores));
    CHECK(memcmp(&o.bytes[8], (unsigned char *)&ours + 8, size - 8) == 0);
    for (size_t i = size; i < sizeof o; i++) CHECK(o.bytes[i] == 0xA5);
  }

  help_proxy_report proxy = {.struct_size = sizeof proxy};
  CHECK_OK(help_proxy_test(a, b, 5, 0.9, 0.9, &proxy));
  CHECK(fabs(proxy.spearman - 0.9) < 1e-12 && proxy.rows == 5 && proxy.verdict == HELP_PROXY_OPEN);
  CHECK(proxy.lower < 0.9 && proxy.upper > 0.9 && proxy.reserved == 0);
  for (size_t size = 16; size <= sizeof proxy; size += 8) {
    memset(&o, 0xA5, sizeof o);
    o.proxy.struct_size = size;
    CHECK_OK(help_proxy_test(a, b, 5, 0.9, 0.9, &o.proxy));
    CHECK(memcmp(&o.bytes[8], (unsigned char *)&proxy + 8, size - 8) == 0);
    for (size_t i = size; i < sizeof o; i++) CHECK(o.bytes[i] == 0xA5);
  }
}

int main(int argc, char **argv) {
  start();
  model = load_model(argc, argv);
  m = measure_references(model, 1);
  defaults();
  initialising(init_adapt, sizeof(help_adapt_options));
  initialising(init_search, sizeof(help_search_options));
  initialising(init_preset, sizeof(help_search_options));
  initialising(init_train, sizeof(help_train_options));
  smaller();
  larger();
  limits_of_other_headers();
  filled();
  help_model_free(model);
  return finish();
}

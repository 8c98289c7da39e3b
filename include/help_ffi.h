/* help_ffi.h - help.h 1.0.0 for readers of plain declarations, such as cffi and LuaJIT's
 * ffi.  C programs include help.h, which documents every declaration.  int32_t, size_t and
 * their like must be known: cffi and LuaJIT know them.
 * Written by scripts/interface.py from help.h. */

enum help_number { HELP_VERSION_MAJOR = 1, HELP_VERSION_MINOR = 0, HELP_VERSION_PATCH = 0,
    HELP_ABI_VERSION = 1 };

/* version and errors (stable) */
typedef int32_t help_status;
enum help_status_code {
  HELP_OK = 0,
  HELP_ERR_ARGUMENT = 1,
  HELP_ERR_HANDLE = 2,
  HELP_ERR_ABI = 3,
  HELP_ERR_ARCHITECTURE = 4,
  HELP_ERR_IO = 5,
  HELP_ERR_FORMAT = 6,
  HELP_ERR_VERSION = 7,
  HELP_ERR_MISMATCH = 8,
  HELP_ERR_MEASUREMENTS = 9,
  HELP_ERR_INFEASIBLE = 10,
  HELP_ERR_CALLBACK = 11,
  HELP_ERR_CANCELLED = 12,
  HELP_ERR_DIVERGED = 13,
  HELP_ERR_UNSUPPORTED = 14,
  HELP_ERR_MEMORY = 15,
  HELP_ERR_INTERNAL = 99
};
uint32_t help_version(void);
uint32_t help_abi_version(void);
const char *help_version_string(void);
const char *help_status_name(help_status status);
const char *help_last_error(void);

/* handles, buffers, cancelling (stable) */
typedef struct help_space help_space;
typedef struct help_model help_model;
typedef struct help_predictor help_predictor;
typedef struct help_accuracy help_accuracy;
typedef struct help_evolver help_evolver;
typedef struct help_dataset help_dataset;
typedef struct help_cancel help_cancel;
typedef struct help_buffer {
  char *data;
  size_t size;
} help_buffer;
void help_buffer_free(help_buffer *buffer);
help_status help_cancel_new(help_cancel **out);
void help_cancel_request(help_cancel *cancel);
void help_cancel_free(help_cancel *cancel);
typedef struct help_progress {
  size_t struct_size;
  uint64_t done, total;
  double best;
  double best_latency_ms;
  double loss;
} help_progress;
typedef help_status (*help_progress_fn)(void *user, const help_progress *progress);

/* search spaces (stable) */
help_status help_space_open(const char *name, help_space **out);
help_status help_space_from_json(const char *json, size_t size, help_space **out);
void help_space_free(help_space *space);
const char *help_space_name(const help_space *space);
size_t help_space_width(const help_space *space);
size_t help_space_feature_count(const help_space *space);
uint64_t help_space_count(const help_space *space);
help_status help_space_describe(const help_space *space, help_buffer *out);
help_status help_space_sample(const help_space *space, uint64_t seed, int32_t *out_archs,
    size_t n, size_t stride);

/* architectures (stable) */
help_status help_arch_check(const help_space *space, const int32_t *archs, size_t n,
    size_t stride, size_t *out_bad);
help_status help_arch_canonicalize(const help_space *space, int32_t *archs, size_t n,
    size_t stride);
help_status help_arch_parse(const help_space *space, const char *text, size_t size,
    int32_t *out_arch);
help_status help_arch_format(const help_space *space, const int32_t *arch, help_buffer *out);
help_status help_arch_from_index(const help_space *space, const uint64_t *indices, size_t n,
    int32_t *out_archs, size_t stride);
help_status help_arch_to_index(const help_space *space, const int32_t *archs, size_t n,
    size_t stride, uint64_t *out_indices);
help_status help_arch_encode(const help_space *space, const int32_t *archs, size_t n,
    size_t stride, float *out, size_t out_stride);
help_status help_arch_macs(const help_space *space, const int32_t *archs, size_t n,
    size_t stride, double *out_macs);
help_status help_arch_costs(const help_space *space, const int32_t *archs, size_t n,
    size_t stride, const char *cost, double *out_costs);
help_status help_arch_layers(const help_space *space, const int32_t *arch, help_buffer *out);
help_status help_arch_mutate(const help_space *space, const int32_t *archs, size_t n,
    size_t stride, double probability, uint64_t seed, int32_t *out_archs, size_t out_stride);
help_status help_arch_crossover(const help_space *space, const int32_t *parents_a,
    const int32_t *parents_b, size_t n, size_t stride, uint64_t seed, int32_t *out_archs,
    size_t out_stride);

/* meta-trained models (stable) */
help_status help_load(const char *path, help_model **out);
help_status help_load_memory(const void *data, size_t size, help_model **out);
help_status help_model_from_space(const help_space *space, help_model **out);
help_status help_model_save(const help_model *model, const char *path);
help_status help_model_write(const help_model *model, help_buffer *out);
void help_model_free(help_model *model);
help_status help_model_space(const help_model *model, help_space **out);
help_status help_model_describe(const help_model *model, help_buffer *out);
size_t help_model_reference_count(const help_model *model);
help_status help_model_references(const help_model *model, int32_t *out_archs, size_t stride);
size_t help_model_noise_count(const help_model *model);

/* adapting to a device (stable) */
enum help_method {
  HELP_METHOD_DEFAULT = 0,
  HELP_METHOD_BAYES = 1,
  HELP_METHOD_HELP = 2,
  HELP_METHOD_MACS = 3,
  HELP_METHOD_PARAMETERS = 4,
  HELP_METHOD_RIDGE = 5,
  HELP_METHOD_NEAREST = 6,
  HELP_METHOD_PROXY = 7
};
help_status help_methods(help_buffer *out);
enum help_support {
  HELP_SUPPORT_EXTRA = 0,
  HELP_SUPPORT_ALL = 1
};
typedef struct help_adapt_options {
  size_t struct_size;
  int32_t method;
  double repeatability;
  const char *proxy;
  int32_t support;
  int32_t steps;
  double label_min_ms;
  double label_max_ms;
  size_t samples;
  uint64_t seed;
  const double *noise;
  size_t noise_count;
} help_adapt_options;
help_status help_adapt_options_init(help_adapt_options *options, size_t struct_size);
help_status help_adapt(const help_model *model, const int32_t *archs, size_t n, size_t stride,
    const double *latency_ms, const help_adapt_options *options, help_predictor **out);
help_status help_predictor_update(const help_predictor *predictor, const int32_t *archs,
    size_t n, size_t stride, const double *latency_ms, help_predictor **out);
help_status help_predictor_save(const help_predictor *predictor, const char *path);
help_status help_predictor_write(const help_predictor *predictor, help_buffer *out);
help_status help_predictor_load(const char *path, help_predictor **out);
help_status help_predictor_load_memory(const void *data, size_t size, help_predictor **out);
void help_predictor_free(help_predictor *predictor);
help_status help_predictor_space(const help_predictor *predictor, help_space **out);
help_status help_predictor_describe(const help_predictor *predictor, help_buffer *out);

/* predicting (stable) */
help_status help_predict(const help_predictor *predictor, const int32_t *archs, size_t n,
    size_t stride, double *out_latency_ms, double *out_std_ms);
help_status help_predict_interval(const help_predictor *predictor, const int32_t *archs,
    size_t n, size_t stride, double level, double *out_lower_ms, double *out_upper_ms);
help_status help_predict_compare(const help_predictor *predictor, const int32_t *archs_a,
    const int32_t *archs_b, size_t n, size_t stride, double *out_probability);
help_status help_predictor_table(const help_predictor *predictor, help_buffer *out);

/* choosing what to measure (stable) */
help_status help_select(const help_model *model, const int32_t *pool, size_t n, size_t stride,
    const int32_t *measured, size_t measured_count, size_t measured_stride, size_t want,
    size_t *out_rows);
help_status help_predictor_select(const help_predictor *predictor, const int32_t *pool,
    size_t n, size_t stride, size_t want, size_t *out_rows);

/* searching (stable) */
typedef help_status (*help_accuracy_fn)(void *user, const int32_t *archs, size_t n,
    size_t stride, double *out_accuracy);
enum help_search_strategy {
  HELP_SEARCH_AUTO = 0,
  HELP_SEARCH_EVOLVE = 1,
  HELP_SEARCH_EXHAUSTIVE = 2,
  HELP_SEARCH_CANDIDATES = 3
};
enum help_objective {
  HELP_OBJECTIVE_ACCURACY = 0,
  HELP_OBJECTIVE_PARETO = 1
};
enum help_limit_kind {
  HELP_LIMIT_LATENCY = 0,
  HELP_LIMIT_MACS = 1,
  HELP_LIMIT_PARAMETERS = 2
};
typedef struct help_limit {
  size_t struct_size;
  int32_t kind;
  int32_t reserved;
  double minimum;
  double maximum;
  const help_predictor *predictor;
  double confidence;
} help_limit;
typedef struct help_search_options {
  size_t struct_size;
  int32_t objective;
  int32_t strategy;
  double confidence;
  const help_limit *limits;
  size_t limit_count;
  const int32_t *candidates;
  size_t candidate_count;
  size_t candidate_stride;
  double reference_latency_ms;
  double reference_accuracy;
  uint64_t seed;
  size_t population;
  size_t generations;
  double parent_ratio;
  double mutation_ratio;
  double mutation_probability;
  size_t attempts;
  size_t patience;
  const int32_t *warm_start;
  size_t warm_start_count;
  size_t warm_start_stride;
  help_progress_fn progress;
  void *progress_user;
  const help_cancel *cancel;
} help_search_options;
help_status help_search_options_init(help_search_options *options, size_t struct_size);
enum help_preset {
  HELP_PRESET_STANDARD = 0,
  HELP_PRESET_OFA = 1,
  HELP_PRESET_HAT = 2
};
help_status help_search_options_preset(help_search_options *options, size_t struct_size,
    int32_t preset);
typedef struct help_search_report {
  size_t struct_size;
  uint64_t evaluations;
  uint64_t predictions;
  uint64_t generations;
  double smallest_latency_ms;
  double hypervolume;
  double reference_latency_ms;
  double reference_accuracy;
  int32_t strategy;
  int32_t reserved;
} help_search_report;
help_status help_search(const help_predictor *predictor, double limit_ms,
    help_accuracy_fn accuracy, void *user, const help_search_options *options, size_t top_k,
    int32_t *out_archs, size_t stride, double *out_accuracy, double *out_latency_ms,
    size_t *out_count, help_search_report *out_report);

/* searching step by step (experimental) */
help_status help_evolver_new(const help_predictor *predictor, double limit_ms,
    const help_search_options *options, size_t top_k, help_evolver **out);
void help_evolver_free(help_evolver *evolver);
help_status help_evolver_set_cancel(help_evolver *evolver, const help_cancel *cancel);
size_t help_evolver_batch(const help_evolver *evolver);
help_status help_evolver_ask(help_evolver *evolver, int32_t *out_archs, size_t capacity,
    size_t stride, double *out_latency_ms, size_t *out_count);
help_status help_evolver_tell(help_evolver *evolver, const double *accuracy, size_t n);
help_status help_evolver_results(const help_evolver *evolver, size_t top_k, int32_t *out_archs,
    size_t stride, double *out_accuracy, double *out_latency_ms, size_t *out_count,
    help_search_report *out_report);
help_status help_evolver_space(const help_evolver *evolver, help_space **out);
help_status help_evolver_predictor(const help_evolver *evolver, help_predictor **out);
help_status help_evolver_describe(const help_evolver *evolver, help_buffer *out);
help_status help_evolver_save(const help_evolver *evolver, const char *path);
help_status help_evolver_write(const help_evolver *evolver, help_buffer *out);
help_status help_evolver_load(const char *path, help_evolver **out);
help_status help_evolver_load_memory(const void *data, size_t size, help_evolver **out);

/* accuracy models (experimental) */
help_status help_accuracy_load(const char *path, help_accuracy **out);
help_status help_accuracy_load_memory(const void *data, size_t size, help_accuracy **out);
help_status help_accuracy_save(const help_accuracy *accuracy, const char *path);
help_status help_accuracy_write(const help_accuracy *accuracy, help_buffer *out);
void help_accuracy_free(help_accuracy *accuracy);
help_status help_accuracy_space(const help_accuracy *accuracy, help_space **out);
help_status help_accuracy_describe(const help_accuracy *accuracy, help_buffer *out);
help_status help_accuracy_predict(const help_accuracy *accuracy, const int32_t *archs, size_t n,
    size_t stride, double *out_accuracy);
help_status help_accuracy_score(void *accuracy, const int32_t *archs, size_t n, size_t stride,
    double *out_accuracy);

/* meta-training (experimental) */
enum help_device_role {
  HELP_DEVICE_TRAIN = 0,
  HELP_DEVICE_VALID = 1
};
help_status help_dataset_new(const help_space *space, const int32_t *archs, size_t n,
    size_t stride, help_dataset **out);
help_status help_dataset_add_device(help_dataset *dataset, const char *name, int32_t role,
    const double *latency_ms);
help_status help_dataset_set_references(help_dataset *dataset, const size_t *rows,
    size_t count);
void help_dataset_free(help_dataset *dataset);
typedef struct help_train_options {
  size_t struct_size;
  int32_t bayes;
  int32_t help;
  uint64_t seed;
  size_t threads;
  size_t train_rows;
  size_t valid_rows;
  size_t episodes;
  size_t tasks;
  size_t support;
  size_t query;
  size_t valid_interval;
  size_t hidden;
  int32_t inner_steps;
  int32_t second_order;
  int32_t learn_rates;
  int32_t modulation;
  double inner_rate;
  double meta_rate;
  double kl_weight;
  double modulation_scale;
  double trim;
  help_progress_fn progress;
  void *progress_user;
  const help_cancel *cancel;
} help_train_options;
help_status help_train_options_init(help_train_options *options, size_t struct_size);
help_status help_meta_train(const help_dataset *dataset, const help_train_options *options,
    help_model **out);

/* scores (stable) */
typedef struct help_scores {
  size_t struct_size;
  double spearman;
  double kendall;
  double pearson;
  double rmse;
  double mape;
  double within10;
} help_scores;
help_status help_score(const double *predicted, const double *truth, size_t n,
    help_scores *out);
help_status help_monotonicity(const double *latency_ms, size_t m, size_t n, size_t stride,
    double *out);
enum help_proxy_verdict {
  HELP_PROXY_OPEN = 0,
  HELP_PROXY_SIMILAR = 1,
  HELP_PROXY_DIFFERENT = 2
};
typedef struct help_proxy_report {
  size_t struct_size;
  double spearman;
  double lower;
  double upper;
  uint64_t rows;
  int32_t verdict;
  int32_t reserved;
} help_proxy_report;
help_status help_proxy_test(const double *proxy_ms, const double *target_ms, size_t n,
    double threshold, double level, help_proxy_report *out);

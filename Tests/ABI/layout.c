/* Numbers that programs already built rely on; a failure here is a new major version. */
#include <help.h>

#define PIN(what, value) _Static_assert((what) == (value), #what " is " #value)
/* The field is at this offset and nothing lies between it and the one before. */
#define FIELD(type, field, offset) PIN(offsetof(type, field), offset)
#define NEXT(type, before, field, offset)                                             \
  FIELD(type, field, offset);                                                         \
  PIN(offsetof(type, before) + sizeof((type){0}.before), offset)
#define LAST(type, field, size)                                                       \
  PIN(sizeof(type), size);                                                            \
  PIN(offsetof(type, field) + sizeof((type){0}.field), size)

PIN(HELP_VERSION_MAJOR, 1);
PIN(HELP_ABI_VERSION, 1);
PIN(HELP_VERSION_NUMBER, HELP_VERSION_MAJOR * 1000000 + HELP_VERSION_MINOR * 1000 + HELP_VERSION_PATCH);
PIN(sizeof(help_status), 4);
PIN((help_status)-1 < 0, 1);

PIN(HELP_OK, 0);
PIN(HELP_ERR_ARGUMENT, 1);
PIN(HELP_ERR_HANDLE, 2);
PIN(HELP_ERR_ABI, 3);
PIN(HELP_ERR_ARCHITECTURE, 4);
PIN(HELP_ERR_IO, 5);
PIN(HELP_ERR_FORMAT, 6);
PIN(HELP_ERR_VERSION, 7);
PIN(HELP_ERR_MISMATCH, 8);
PIN(HELP_ERR_MEASUREMENTS, 9);
PIN(HELP_ERR_INFEASIBLE, 10);
PIN(HELP_ERR_CALLBACK, 11);
PIN(HELP_ERR_CANCELLED, 12);
PIN(HELP_ERR_DIVERGED, 13);
PIN(HELP_ERR_UNSUPPORTED, 14);
PIN(HELP_ERR_MEMORY, 15);
PIN(HELP_ERR_INTERNAL, 99);

PIN(HELP_METHOD_DEFAULT, 0);
PIN(HELP_METHOD_BAYES, 1);
PIN(HELP_METHOD_HELP, 2);
PIN(HELP_METHOD_MACS, 3);
PIN(HELP_METHOD_PARAMETERS, 4);
PIN(HELP_METHOD_RIDGE, 5);
PIN(HELP_METHOD_NEAREST, 6);
PIN(HELP_METHOD_PROXY, 7);
PIN(HELP_SUPPORT_EXTRA, 0);
PIN(HELP_SUPPORT_ALL, 1);
PIN(HELP_SEARCH_AUTO, 0);
PIN(HELP_SEARCH_EVOLVE, 1);
PIN(HELP_SEARCH_EXHAUSTIVE, 2);
PIN(HELP_SEARCH_CANDIDATES, 3);
PIN(HELP_OBJECTIVE_ACCURACY, 0);
PIN(HELP_OBJECTIVE_PARETO, 1);
PIN(HELP_LIMIT_LATENCY, 0);
PIN(HELP_LIMIT_MACS, 1);
PIN(HELP_LIMIT_PARAMETERS, 2);
PIN(HELP_PRESET_STANDARD, 0);
PIN(HELP_PRESET_OFA, 1);
PIN(HELP_PRESET_HAT, 2);
PIN(HELP_DEVICE_TRAIN, 0);
PIN(HELP_DEVICE_VALID, 1);
PIN(HELP_PROXY_OPEN, 0);
PIN(HELP_PROXY_SIMILAR, 1);
PIN(HELP_PROXY_DIFFERENT, 2);

/* 64-bit targets. */
PIN(sizeof(void *), 8);
PIN(sizeof(size_t), 8);
PIN(sizeof(help_progress_fn), 8);

FIELD(help_buffer, data, 0);
NEXT(help_buffer, data, size, 8);
LAST(help_buffer, size, 16);

FIELD(help_progress, struct_size, 0);
NEXT(help_progress, struct_size, done, 8);
NEXT(help_progress, done, total, 16);
NEXT(help_progress, total, best, 24);
NEXT(help_progress, best, best_latency_ms, 32);
NEXT(help_progress, best_latency_ms, loss, 40);
LAST(help_progress, loss, 48);

FIELD(help_adapt_options, struct_size, 0);
NEXT(help_adapt_options, struct_size, method, 8);
FIELD(help_adapt_options, repeatability, 16); /* 4 bytes of padding before it */
NEXT(help_adapt_options, repeatability, proxy, 24);
NEXT(help_adapt_options, proxy, support, 32);
NEXT(help_adapt_options, support, steps, 36);
NEXT(help_adapt_options, steps, label_min_ms, 40);
NEXT(help_adapt_options, label_min_ms, label_max_ms, 48);
NEXT(help_adapt_options, label_max_ms, samples, 56);
NEXT(help_adapt_options, samples, seed, 64);
NEXT(help_adapt_options, seed, noise, 72);
NEXT(help_adapt_options, noise, noise_count, 80);
LAST(help_adapt_options, noise_count, 88);

FIELD(help_search_options, struct_size, 0);
NEXT(help_search_options, struct_size, objective, 8);
NEXT(help_search_options, objective, strategy, 12);
NEXT(help_search_options, strategy, confidence, 16);
NEXT(help_search_options, confidence, limits, 24);
NEXT(help_search_options, limits, limit_count, 32);
NEXT(help_search_options, limit_count, candidates, 40);
NEXT(help_search_options, candidates, candidate_count, 48);
NEXT(help_search_options, candidate_count, candidate_stride, 56);
NEXT(help_search_options, candidate_stride, reference_latency_ms, 64);
NEXT(help_search_options, reference_latency_ms, reference_accuracy, 72);
NEXT(help_search_options, reference_accuracy, seed, 80);
NEXT(help_search_options, seed, population, 88);
NEXT(help_search_options, population, generations, 96);
NEXT(help_search_options, generations, parent_ratio, 104);
NEXT(help_search_options, parent_ratio, mutation_ratio, 112);
NEXT(help_search_options, mutation_ratio, mutation_probability, 120);
NEXT(help_search_options, mutation_probability, attempts, 128);
NEXT(help_search_options, attempts, patience, 136);
NEXT(help_search_options, patience, warm_start, 144);
NEXT(help_search_options, warm_start, warm_start_count, 152);
NEXT(help_search_options, warm_start_count, warm_start_stride, 160);
NEXT(help_search_options, warm_start_stride, progress, 168);
NEXT(help_search_options, progress, progress_user, 176);
NEXT(help_search_options, progress_user, cancel, 184);
LAST(help_search_options, cancel, 192);

FIELD(help_limit, struct_size, 0);
NEXT(help_limit, struct_size, kind, 8);
NEXT(help_limit, kind, reserved, 12);
NEXT(help_limit, reserved, maximum, 16);
NEXT(help_limit, maximum, predictor, 24);
NEXT(help_limit, predictor, confidence, 32);
LAST(help_limit, confidence, 40);

FIELD(help_search_report, struct_size, 0);
NEXT(help_search_report, struct_size, evaluations, 8);
NEXT(help_search_report, evaluations, predictions, 16);
NEXT(help_search_report, predictions, generations, 24);
NEXT(help_search_report, generations, smallest_latency_ms, 32);
NEXT(help_search_report, smallest_latency_ms, hypervolume, 40);
NEXT(help_search_report, hypervolume, reference_latency_ms, 48);
NEXT(help_search_report, reference_latency_ms, reference_accuracy, 56);
NEXT(help_search_report, reference_accuracy, strategy, 64);
NEXT(help_search_report, strategy, reserved, 68);
LAST(help_search_report, reserved, 72);

FIELD(help_train_options, struct_size, 0);
NEXT(help_train_options, struct_size, bayes, 8);
NEXT(help_train_options, bayes, help, 12);
NEXT(help_train_options, help, seed, 16);
NEXT(help_train_options, seed, threads, 24);
NEXT(help_train_options, threads, train_rows, 32);
NEXT(help_train_options, train_rows, valid_rows, 40);
NEXT(help_train_options, valid_rows, episodes, 48);
NEXT(help_train_options, episodes, tasks, 56);
NEXT(help_train_options, tasks, support, 64);
NEXT(help_train_options, support, query, 72);
NEXT(help_train_options, query, valid_interval, 80);
NEXT(help_train_options, valid_interval, hidden, 88);
NEXT(help_train_options, hidden, inner_steps, 96);
NEXT(help_train_options, inner_steps, second_order, 100);
NEXT(help_train_options, second_order, learn_rates, 104);
NEXT(help_train_options, learn_rates, modulation, 108);
NEXT(help_train_options, modulation, inner_rate, 112);
NEXT(help_train_options, inner_rate, meta_rate, 120);
NEXT(help_train_options, meta_rate, kl_weight, 128);
NEXT(help_train_options, kl_weight, modulation_scale, 136);
NEXT(help_train_options, modulation_scale, trim, 144);
NEXT(help_train_options, trim, progress, 152);
NEXT(help_train_options, progress, progress_user, 160);
NEXT(help_train_options, progress_user, cancel, 168);
LAST(help_train_options, cancel, 176);

FIELD(help_scores, struct_size, 0);
NEXT(help_scores, struct_size, spearman, 8);
NEXT(help_scores, spearman, kendall, 16);
NEXT(help_scores, kendall, pearson, 24);
NEXT(help_scores, pearson, rmse, 32);
NEXT(help_scores, rmse, mape, 40);
NEXT(help_scores, mape, within10, 48);
LAST(help_scores, within10, 56);

FIELD(help_proxy_report, struct_size, 0);
NEXT(help_proxy_report, struct_size, spearman, 8);
NEXT(help_proxy_report, spearman, lower, 16);
NEXT(help_proxy_report, lower, upper, 24);
NEXT(help_proxy_report, upper, rows, 32);
NEXT(help_proxy_report, rows, verdict, 40);
NEXT(help_proxy_report, verdict, reserved, 44);
LAST(help_proxy_report, reserved, 48);

int main(void) { return 0; }

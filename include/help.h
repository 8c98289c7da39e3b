/* help.h - latency of neural architectures on a device, learnt from about ten
 * measurements.
 *
 * A model has learnt from many devices.  Give it the latencies of about ten
 * architectures on a device it has never seen and it predicts every architecture of
 * the search space in milliseconds, with an interval.  By default a Bayesian linear
 * predictor does it; HELP's network (NeurIPS 2021) is the other method.
 *
 *   help_load     read a meta-trained model
 *   help_adapt    fit it to one device from (architecture, latency) pairs
 *   help_predict  latency in milliseconds of a batch of architectures
 *   help_search   the most accurate architectures under a latency limit, or a Pareto front
 *
 *     help_model *model;
 *     help_predictor *phone;
 *     help_load("nasbench201.safetensors", &model);
 *     size_t n = help_model_reference_count(model);       // measure these
 *     help_model_references(model, archs, 6);
 *     ...                                                  // ms[i] of row i
 *     help_adapt(model, archs, n, 6, ms, NULL, &phone);
 *     help_predict(phone, rows, 1000, 6, latency, NULL);
 *     help_predict_interval(phone, rows, 1000, 6, 0.9, low, high);
 *
 * What is not declared in this file is not part of the interface.
 *
 * ARCHITECTURES.  An architecture is a row of int32_t genes, help_space_width()
 * wide.  A batch is (archs, n, stride): n rows, row i at archs + i * stride,
 * stride counted in elements and at least the width.  n is at most 100 million;
 * with n = 0 nothing is read or written.  Layouts:
 *   nasbench201   6  operation on edges 1<-0 2<-0 2<-1 3<-0 3<-1 3<-2; 0 none,
 *                    1 skip_connect, 2 nor_conv_1x1, 3 nor_conv_3x3,
 *                    4 avg_pool_3x3
 *   fbnet        22  operation of each layer: 0 k3_e1, 1 k3_e1_g2, 2 k3_e3, 3 k3_e6,
 *                    4 k5_e1, 5 k5_e1_g2, 6 k5_e3, 7 k5_e6, 8 skip
 *   ofa-mbv3     46  kernel[20] of 3 5 7, expansion[20] of 3 4 6, depth[5] of 2 3 4,
 *                    resolution 128..224 by 4 (searches: 160..224 by 16)
 *   hat-*        40  HAT's config2gene: encoder width, layers, FFN[6], heads[6];
 *                    decoder width, layers, FFN[6], heads[6], cross heads[6],
 *                    arbitrary attention[6] of -1 1 2
 * Genes of blocks beyond the depth (OFA) or layer number (HAT) are dead: any choice is
 * accepted and none matters.  Rows the library writes hold one canonical value there.
 *
 * ERRORS.  A function that can fail returns help_status: 0 is success, positive
 * is a HELP_ERR_ code.  Negative codes belong to the host: a callback may return
 * one and gets it back from the function that called it.  On failure out
 * parameters are left untouched and help_last_error() says which argument, its
 * value, and what is allowed.  Any function may return HELP_ERR_ARGUMENT for a
 * NULL or impossible argument, HELP_ERR_HANDLE for a handle that is freed or of
 * another type, and HELP_ERR_ARCHITECTURE for a row outside the space; comments
 * name what else to expect.
 *
 * OWNERSHIP.  A handle or buffer written through an out parameter belongs to the
 * caller, who frees it once with the function named after its type; NULL is
 * accepted.  Handles may be freed in any order.  Inputs are copied or only read
 * during the call.  Never free() what the library returned.
 *
 * THREADS.  help_space, help_model, help_predictor and help_accuracy never change
 * once made: any thread may use one at any time except while it is freed.
 * help_dataset and help_evolver are for one thread at a time.  The library keeps no threads
 * between calls, so a process may fork.  Callbacks run on the calling thread, never
 * under a lock; they must return (no exception, no longjmp) and must not free a handle
 * in use.
 *
 * THE HOST'S PROCESS.  The library writes nothing to stdout or stderr, installs
 * no signal handler, reads no environment variable, changes no locale, and has
 * no state but the thread's last error.  (The Swift runtime inside looks for its
 * own debugging variables, SWIFT_*.)  Same build, machine, inputs and seed: same
 * bits, whatever the number of threads.
 *
 * OPTIONS.  Call the _init function (it writes every default), then change what
 * you want; or pass NULL for all defaults.  struct_size lets a field be added at
 * the end without breaking callers built earlier: a smaller struct gets defaults
 * for the fields it lacks, a larger one (up to 4096 bytes) is accepted while the
 * bytes this library does not know are zero, else HELP_ERR_ABI.
 */
#ifndef HELP_H
#define HELP_H

#include <stddef.h>
#include <stdint.h>

#define HELP_VERSION_MAJOR 1
#define HELP_VERSION_MINOR 0
#define HELP_VERSION_PATCH 0
#define HELP_VERSION_NUMBER \
  (HELP_VERSION_MAJOR * 1000000 + HELP_VERSION_MINOR * 1000 + HELP_VERSION_PATCH)
#define HELP_ABI_VERSION 1

#if defined(__GNUC__)
#define HELP_API extern __attribute__((visibility("default")))
#define HELP_CHECKED __attribute__((warn_unused_result))
#else
#define HELP_API extern
#define HELP_CHECKED
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- version and errors -------------------------------------------------- */

typedef int32_t help_status;
enum help_status_code {
  HELP_OK = 0,
  HELP_ERR_ARGUMENT = 1,      /* NULL, bad size, out of range, not finite */
  HELP_ERR_HANDLE = 2,        /* freed, or of another type */
  HELP_ERR_ABI = 3,           /* struct_size from a newer header, new fields set */
  HELP_ERR_ARCHITECTURE = 4,  /* outside the search space */
  HELP_ERR_IO = 5,            /* the system's reason is in the message */
  HELP_ERR_FORMAT = 6,        /* malformed file or text */
  HELP_ERR_VERSION = 7,       /* file written by a newer library */
  HELP_ERR_MISMATCH = 8,      /* objects of different search spaces */
  HELP_ERR_MEASUREMENTS = 9,  /* a reference is missing, a row is given twice,
                                 a latency is not positive, or all are equal */
  HELP_ERR_INFEASIBLE = 10,   /* nothing found within the limits */
  HELP_ERR_CALLBACK = 11,     /* a callback left a result unwritten or NaN */
  HELP_ERR_CANCELLED = 12,    /* help_cancel_request was called */
  HELP_ERR_DIVERGED = 13,     /* training or adapting left the finite numbers */
  HELP_ERR_UNSUPPORTED = 14,  /* unknown space or method, or not in this space */
  HELP_ERR_MEMORY = 15,       /* for a buffer or a flag; where the Swift runtime itself
                                 cannot allocate, the process ends */
  HELP_ERR_INTERNAL = 99      /* a bug in the library */
};

/* Library version as HELP_VERSION_NUMBER; compare with the header's. */
HELP_API uint32_t help_version(void);
/* ABI of the loaded library; a binding refuses one that is not HELP_ABI_VERSION. */
HELP_API uint32_t help_abi_version(void);
/* "libhelp 1.0.0", for logs; static. */
HELP_API const char *help_version_string(void);
/* "HELP_ERR_IO" for 5, "HELP_ERR_UNKNOWN" for a code not listed; static. */
HELP_API const char *help_status_name(help_status status);
/* Why this thread's last failing call failed, "" before the first; valid until
 * this thread's next failing call. */
HELP_API const char *help_last_error(void);

/* ---- handles, buffers, cancelling ----------------------------------------- */

typedef struct help_space help_space;         /* a search space; immutable */
typedef struct help_model help_model;         /* meta-trained; immutable */
typedef struct help_predictor help_predictor; /* adapted to a device; immutable */
typedef struct help_accuracy help_accuracy;   /* accuracy of architectures; immutable */
typedef struct help_evolver help_evolver;     /* a search, step by step */
typedef struct help_dataset help_dataset;     /* latencies of many devices */
typedef struct help_cancel help_cancel;       /* a flag another thread can set */

/* Bytes the library allocated; text is also NUL-terminated, not counted in size. */
typedef struct help_buffer {
  char *data;
  size_t size;
} help_buffer;
#define HELP_BUFFER_INIT { NULL, 0 }
/* Frees the bytes and empties the struct; NULL and empty buffers are accepted. */
HELP_API void help_buffer_free(help_buffer *buffer);

HELP_API HELP_CHECKED help_status help_cancel_new(help_cancel **out);
/* Ask the calls that were given this flag to stop; from any thread. */
HELP_API void help_cancel_request(help_cancel *cancel);
HELP_API void help_cancel_free(help_cancel *cancel);

typedef struct help_progress {
  size_t struct_size;
  uint64_t done, total;   /* generations or episodes */
  double best;            /* best accuracy, or validation Spearman; NaN: none yet */
  double best_latency_ms; /* predicted, of that architecture; NaN in training */
  double loss;            /* the episode's loss; NaN in search */
} help_progress;
/* Called once an episode, or once a generation (done = 0: the first population; an
 * exhaustive search counts batches).  HELP_OK goes on; anything else stops the call,
 * which returns it.  progress is valid during the callback only. */
typedef help_status (*help_progress_fn)(void *user, const help_progress *progress);

/* ---- search spaces --------------------------------------------------------- */

/* Open a built-in space: "nasbench201", "fbnet", "ofa-mbv3", "hat-wmt14-en-de",
 * "hat-wmt14-en-fr", "hat-wmt19-en-de", "hat-iwslt14-de-en".  HELP_ERR_UNSUPPORTED
 * lists the names. */
HELP_API HELP_CHECKED help_status help_space_open(const char *name, help_space **out);
/* A space of your own from its description (docs/guide/own-spaces.md): genes with their
 * choices and the conditions under which they matter, features, costs.  size bytes of
 * JSON, at most 4 MB.  HELP_ERR_FORMAT says where. */
HELP_API HELP_CHECKED help_status help_space_from_json(const char *json, size_t size,
                                                       help_space **out);
HELP_API void help_space_free(help_space *space);
/* Name; valid while the handle is.  NULL for a bad handle. */
HELP_API const char *help_space_name(const help_space *space);
/* Genes in a row; 0 for a bad handle. */
HELP_API size_t help_space_width(const help_space *space);
/* Floats in an architecture's encoding; 0 for a bad handle. */
HELP_API size_t help_space_feature_count(const help_space *space);
/* Architectures that sampling and searching draw from; UINT64_MAX when more, 0 for a
 * bad handle. */
HELP_API uint64_t help_space_count(const help_space *space);
/* Genes with their choices, features, and size, as JSON; help_space_from_json reads what
 * this writes of a space of your own. */
HELP_API HELP_CHECKED help_status help_space_describe(const help_space *space, help_buffer *out);
/* n different architectures, each gene uniform over its choices; n at most
 * help_space_count(). */
HELP_API HELP_CHECKED help_status help_space_sample(const help_space *space, uint64_t seed,
                                                    int32_t *out_archs, size_t n, size_t stride);

/* ---- architectures ---------------------------------------------------------- */

/* Check rows: HELP_ERR_ARCHITECTURE and the first bad row in *out_bad (may be
 * NULL; n when all are good, and written in both cases). */
HELP_API HELP_CHECKED help_status help_arch_check(const help_space *space, const int32_t *archs,
                                                  size_t n, size_t stride, size_t *out_bad);
/* Make rows canonical in place: genes that do not matter get one value.  Two rows are
 * the same architecture when they are equal after this.  Every function does it to
 * what it reads. */
HELP_API HELP_CHECKED help_status help_arch_canonicalize(const help_space *space, int32_t *archs,
                                                         size_t n, size_t stride);
/* Read the space's own text, size bytes of it.  HELP_ERR_FORMAT.
 *   nasbench201  |nor_conv_3x3~0|+|none~0|skip_connect~1|+|...|
 *   fbnet        [7, 8, 1, ...], or the operations' names
 *   ofa-mbv3     {"ks": [...], "e": [...], "d": [...], "r": 224}
 *   hat-*        {"encoder-embed-dim-subtransformer": 512, ...} as in HAT's YAML files, or
 *                its evolution's {"encoder": {...}, "decoder": {...}}
 *   own spaces   {"gene": choice, ...} */
HELP_API HELP_CHECKED help_status help_arch_parse(const help_space *space, const char *text,
                                                  size_t size, int32_t *out_arch);
/* The inverse of help_arch_parse; equal architectures give equal text. */
HELP_API HELP_CHECKED help_status help_arch_format(const help_space *space, const int32_t *arch,
                                                   help_buffer *out);
/* Benchmark number <-> row, where the space has a numbering (NAS-Bench-201:
 * 0..15624); else HELP_ERR_UNSUPPORTED. */
HELP_API HELP_CHECKED help_status help_arch_from_index(const help_space *space,
                                                       const uint64_t *indices, size_t n,
                                                       int32_t *out_archs, size_t stride);
HELP_API HELP_CHECKED help_status help_arch_to_index(const help_space *space, const int32_t *archs,
                                                     size_t n, size_t stride,
                                                     uint64_t *out_indices);
/* The network's input: help_space_feature_count() floats a row, at out_stride.
 * NAS-Bench-201: 9 nodes (input, six operations, output, global) x 8 one-hot.
 * FBNet 132, OFA 145, HAT 10: HELP's and HAT's own features. */
HELP_API HELP_CHECKED help_status help_arch_encode(const help_space *space, const int32_t *archs,
                                                   size_t n, size_t stride, float *out,
                                                   size_t out_stride);
/* Multiply-accumulate operations of each network, the field's FLOPs baseline
 * (NAS-Bench-201: CIFAR-10, FBNet: CIFAR-100, HAT: 30 tokens in and out).
 * HELP_ERR_UNSUPPORTED for a space of your own without the cost "macs". */
HELP_API HELP_CHECKED help_status help_arch_macs(const help_space *space, const int32_t *archs,
                                                 size_t n, size_t stride, double *out_macs);
/* Change each gene with this probability to another of its choices; genes that come to
 * matter are drawn anew. */
HELP_API HELP_CHECKED help_status help_arch_mutate(const help_space *space, const int32_t *archs,
                                                   size_t n, size_t stride, double probability,
                                                   uint64_t seed, int32_t *out_archs,
                                                   size_t out_stride);
/* Child i takes each gene from row i of one parent or the other, evenly. */
HELP_API HELP_CHECKED help_status help_arch_crossover(const help_space *space, const int32_t *parents_a,
                                                  const int32_t *parents_b, size_t n, size_t stride,
                                                  uint64_t seed, int32_t *out_archs,
                                                  size_t out_stride);

/* ---- meta-trained models ------------------------------------------------------ */

/* Read a model file.  HELP_ERR_IO, HELP_ERR_FORMAT, HELP_ERR_VERSION. */
HELP_API HELP_CHECKED help_status help_load(const char *path, help_model **out);
/* The same from bytes, which are copied. */
HELP_API HELP_CHECKED help_status help_load_memory(const void *data, size_t size,
                                                   help_model **out);
/* Write a model file: to a temporary name beside it, then renamed.  HELP_ERR_IO. */
HELP_API HELP_CHECKED help_status help_model_save(const help_model *model, const char *path);
HELP_API HELP_CHECKED help_status help_model_write(const help_model *model, help_buffer *out);
HELP_API void help_model_free(help_model *model);
/* The model's search space, as a handle of the caller's own. */
HELP_API HELP_CHECKED help_status help_model_space(const help_model *model, help_space **out);
/* Training devices, settings, validation scores, provenance, as JSON. */
HELP_API HELP_CHECKED help_status help_model_describe(const help_model *model, help_buffer *out);
/* The reference architectures: measure these on a device, or what help_select chooses,
 * then call help_adapt.  0 for a model without HELP's network. */
HELP_API size_t help_model_reference_count(const help_model *model);
HELP_API HELP_CHECKED help_status help_model_references(const help_model *model,
                                                        int32_t *out_archs, size_t stride);
/* Standard normal numbers in one draw of the task modulation z. */
HELP_API size_t help_model_noise_count(const help_model *model);

/* ---- adapting to a device ------------------------------------------------------ */

enum help_method {
  HELP_METHOD_DEFAULT = 0, /* HELP_METHOD_BAYES if the model has it, else HELP_METHOD_HELP */
  HELP_METHOD_BAYES = 1,   /* Bayesian linear predictor with an interval; any rows, at least 3 */
  HELP_METHOD_HELP = 2,    /* HELP's meta-trained network; needs every reference measured */
  /* Baselines; any rows, at least 2: */
  HELP_METHOD_MACS = 3,       /* latency proportional to multiply-accumulates */
  HELP_METHOD_PARAMETERS = 4, /* latency proportional to parameters */
  HELP_METHOD_RIDGE = 5,      /* ridge regression on counts of operations */
  HELP_METHOD_NEAREST = 6,    /* the training device with the highest rank correlation, scaled */
  HELP_METHOD_PROXY = 7       /* that device, or the one named `proxy`, adapted by AdaProxy
                                 (OneProxy, Lu et al., SIGMETRICS 2022) */
};
/* Every method as a JSON array of {"name", "number", "minimum_rows", "needs", "summary"}.
 * "needs" is "bayes" (training devices), "references", "costs", or null. */
HELP_API HELP_CHECKED help_status help_methods(help_buffer *out);

enum help_support {
  HELP_SUPPORT_EXTRA = 0, /* the rows that are not references, if there are any */
  HELP_SUPPORT_ALL = 1    /* every row */
};

/* An option that the chosen method does not use is HELP_ERR_ARGUMENT when it is set. */
typedef struct help_adapt_options {
  size_t struct_size;
  int32_t method;       /* enum help_method; HELP_METHOD_DEFAULT */

  /* HELP_METHOD_BAYES */
  double repeatability; /* standard deviation between two measurements of one architecture,
                           as a share of its latency, in [0, 1]; NaN (default): 0.003.
                           Increase it if intervals should hold on another day or under
                           another load. */
  /* HELP_METHOD_PROXY */
  const char *proxy;    /* name of a training device; NULL (default): the nearest one */

  /* HELP_METHOD_HELP */
  int32_t support;      /* enum help_support: the rows that the inner steps fit;
                           HELP_SUPPORT_EXTRA */
  int32_t steps;        /* inner gradient steps, 0 to 100; -1 (default): those of training,
                           or 0 if leave-one-out shows that they hurt and no label range is
                           given */
  double label_min_ms;  /* Label range in ms, as in the paper; set both or neither.  Left 0, */
  double label_max_ms;  /* the range is that of the latencies given, and predictions are
                           recalibrated by a line fitted to them (kept positive below the
                           smallest). */
  size_t samples;       /* draws of the task modulation z that are averaged, up to 100;
                           0 (default): z at its mean */
  uint64_t seed;        /* random seed of those draws; 0 */
  const double *noise;  /* `samples` rows of help_model_noise_count() standard normal numbers
                           to use instead; NULL (default): drawn from seed */
  size_t noise_count;   /* length of noise */
} help_adapt_options;
HELP_API HELP_CHECKED help_status help_adapt_options_init(help_adapt_options *options,
                                                          size_t struct_size);

/* Fit model to one device.  Rows are n different architectures, in any order;
 * latency_ms > 0.  For HELP_METHOD_HELP they include every reference: the references
 * give the device embedding, the support rows are what the inner gradient steps fit.
 * steps, samples, support, labels and noise are of that method only, repeatability
 * of HELP_METHOD_BAYES: set for another, they are HELP_ERR_ARGUMENT.
 * HELP_ERR_MEASUREMENTS, HELP_ERR_UNSUPPORTED, HELP_ERR_DIVERGED. */
HELP_API HELP_CHECKED help_status help_adapt(const help_model *model, const int32_t *archs,
                                             size_t n, size_t stride, const double *latency_ms,
                                             const help_adapt_options *options,
                                             help_predictor **out);
HELP_API HELP_CHECKED help_status help_predictor_save(const help_predictor *predictor,
                                                      const char *path);
HELP_API HELP_CHECKED help_status help_predictor_write(const help_predictor *predictor,
                                                       help_buffer *out);
HELP_API HELP_CHECKED help_status help_predictor_load(const char *path, help_predictor **out);
HELP_API HELP_CHECKED help_status help_predictor_load_memory(const void *data, size_t size,
                                                             help_predictor **out);
HELP_API void help_predictor_free(help_predictor *predictor);
HELP_API HELP_CHECKED help_status help_predictor_space(const help_predictor *predictor,
                                                       help_space **out);
/* How it was made: method, measurements, settings, fit error, as JSON.  Of
 * HELP_METHOD_BAYES also diagnostics: leave-one-out error, suspicious rows, how unlike
 * the training devices this one is, a verdict and a sentence; of HELP_METHOD_HELP, whether its
 * inner steps help rows left out.  Of every method "warnings": a clock too coarse, latencies
 * that are probably not milliseconds. */
HELP_API HELP_CHECKED help_status help_predictor_describe(const help_predictor *predictor,
                                                          help_buffer *out);

/* ---- predicting ------------------------------------------------------------------ */

/* Latency of n rows, in milliseconds.  out_std_ms (may be NULL) is the standard
 * deviation of what a measurement would give (HELP_METHOD_BAYES), or the spread over the
 * draws of z, NaN where there are fewer than two (HELP_METHOD_HELP); NaN for the
 * methods to compare with.  Rows are checked; a bad one
 * fails the call and nothing is written.  The hot path: no I/O, no lock.  A row's
 * latency does not depend on the rows beside it. */
HELP_API HELP_CHECKED help_status help_predict(const help_predictor *predictor,
                                               const int32_t *archs, size_t n, size_t stride,
                                               double *out_latency_ms, double *out_std_ms);

/* Between which milliseconds a measurement of each row falls with probability level,
 * in (0, 1), also where n is 0: 0.9 leaves a twentieth on either side.  Lower ends are
 * above 0.
 * HELP_ERR_UNSUPPORTED where the method has no deviations. */
HELP_API HELP_CHECKED help_status help_predict_interval(const help_predictor *predictor,
                                                        const int32_t *archs, size_t n,
                                                        size_t stride, double level,
                                                        double *out_lower_ms,
                                                        double *out_upper_ms);

/* ---- choosing what to measure ------------------------------------------------------ */

/* Choose `want` (up to 1000) of the pool's rows to measure: those that tell most of all
 * others (greedy A-optimal design; no latencies are used).  measured (may be NULL) are
 * rows that have been, whose count and stride follow: what to measure next.  Numbers of
 * rows of the pool go to out_rows, best first.  HELP_ERR_UNSUPPORTED for a model without
 * HELP_METHOD_BAYES. */
HELP_API HELP_CHECKED help_status help_select(const help_model *model, const int32_t *pool,
                                              size_t n, size_t stride, const int32_t *measured,
                                              size_t measured_count, size_t measured_stride,
                                              size_t want, size_t *out_rows);

/* ---- searching ------------------------------------------------------------------- */

/* Score n rows: higher is better, and -INFINITY for a row that failed, which is never a
 * result.  out_accuracy comes filled with NaN; one left NaN is HELP_ERR_CALLBACK.
 * Anything but HELP_OK stops the search. */
typedef help_status (*help_accuracy_fn)(void *user, const int32_t *archs, size_t n,
                                        size_t stride, double *out_accuracy);

enum help_search_strategy {
  HELP_SEARCH_AUTO = 0,       /* candidates if given; exhaustive if the space is no larger than
                                 what evolution would evaluate; otherwise evolve */
  HELP_SEARCH_EVOLVE = 1,     /* evolution as in once-for-all: scores the fewest architectures,
                                 so best where scoring is expensive */
  HELP_SEARCH_EXHAUSTIVE = 2, /* every architecture; spaces up to 10 million */
  HELP_SEARCH_CANDIDATES = 3  /* the rows in candidates */
};
enum help_objective {
  HELP_OBJECTIVE_ACCURACY = 0, /* the most accurate architectures within the limits */
  HELP_OBJECTIVE_PARETO = 1    /* those that no other beats in both accuracy and predicted
                                  latency; evolution is NSGA-II (Deb et al., 2002) */
};
enum help_limit_kind {
  HELP_LIMIT_LATENCY = 0,   /* on another device: its predictor, of the same space */
  HELP_LIMIT_MACS = 1,      /* multiply-accumulate operations, as help_arch_macs */
  HELP_LIMIT_PARAMETERS = 2 /* weights, biases, and scales and shifts of normalization, as papers
                               count them (HAT: without embeddings and the output layer) */
};
/* A limit in addition to limit_ms: a largest value, a smallest, or both. */
typedef struct help_limit {
  size_t struct_size; /* sizeof(help_limit), in every element of an array */
  int32_t kind;       /* enum help_limit_kind */
  int32_t reserved;   /* 0 */
  double minimum;     /* milliseconds or a count below maximum; 0: none.  Of a latency, what a
                         measurement stays above with the confidence */
  double maximum;     /* milliseconds or a count, greater than 0; INFINITY: none */
  const help_predictor *predictor; /* for HELP_LIMIT_LATENCY, otherwise NULL */
  double confidence;  /* for HELP_LIMIT_LATENCY, as in the search options; 0 */
} help_limit;

/* HELP_SEARCH_EXHAUSTIVE and HELP_SEARCH_CANDIDATES score every architecture within the
 * limits, so they miss nothing.  Options that only evolution uses are still validated, but
 * have no effect.  The report's strategy says what HELP_SEARCH_AUTO chose. */
typedef struct help_search_options {
  size_t struct_size;

  /* What to find */
  int32_t objective;           /* enum help_objective; HELP_OBJECTIVE_ACCURACY */
  int32_t strategy;            /* enum help_search_strategy; HELP_SEARCH_AUTO */
  double confidence;           /* probability with which a measurement of what is found stays
                                  within limit_ms, from 0.5 to below 1; 0.5 limits the
                                  prediction itself.  0 (default): 0.95, or 0.5 for a
                                  predictor without deviations (see help_predict) */
  const help_limit *limits;    /* further limits, up to 64; NULL (default): none */
  size_t limit_count;
  const int32_t *candidates;   /* rows to choose from; NULL (default): the whole space */
  size_t candidate_count;
  size_t candidate_stride;
  double reference_latency_ms; /* Reference point of the hypervolume.  NaN (default): limit_ms,
                                  or the slowest architecture scored if there is no limit */
  double reference_accuracy;   /* NaN (default): the least accurate architecture scored */

  /* How evolution searches */
  uint64_t seed;               /* 0 */
  size_t population;           /* architectures alive, parents and children; 100 */
  size_t generations;          /* maximum number of generations; 500 */
  double parent_ratio;         /* share of the population that survives and breeds; 0.25.
                                  HELP_OBJECTIVE_PARETO keeps all of it and adds as many
                                  children */
  double mutation_ratio;       /* share of the children made by mutation, the others by
                                  crossover; 0.5 */
  double mutation_probability; /* probability that a mutation changes a gene; 0.05 */
  size_t attempts;             /* tries in a row for one new architecture within the limits,
                                  after which the search ends; 10000 */
  size_t patience;             /* generations in a row without a better architecture (or a new
                                  one on the front) after which evolution ends; 0 (default):
                                  never */
  const int32_t *warm_start;   /* rows that the first population begins with, if they are
                                  within the limits; NULL (default): none */
  size_t warm_start_count;
  size_t warm_start_stride;

  /* While it runs */
  help_progress_fn progress;   /* NULL */
  void *progress_user;
  const help_cancel *cancel;   /* NULL */
} help_search_options;
HELP_API HELP_CHECKED help_status help_search_options_init(help_search_options *options,
                                                           size_t struct_size);
enum help_preset {
  HELP_PRESET_STANDARD = 0, /* the defaults above */
  HELP_PRESET_OFA = 1,      /* once-for-all's finder: 25 parents, 50 mutants (0.1 a gene) and
                               50 crossovers a generation, 500 generations */
  HELP_PRESET_HAT = 2       /* HAT's: the same with 0.3 a gene, 30 generations */
};
/* The same with the settings of a published search. */
HELP_API HELP_CHECKED help_status help_search_options_preset(help_search_options *options,
                                                             size_t struct_size, int32_t preset);

typedef struct help_search_report {
  size_t struct_size;         /* set it before the call */
  uint64_t evaluations;       /* rows given to the accuracy callback */
  uint64_t predictions;       /* rows whose latency was predicted */
  uint64_t generations;       /* finished after the first; batches where none evolve */
  double smallest_latency_ms; /* at the confidence: a limit that is feasible, were it the
                                 only one; NaN: none yet */
  double hypervolume;         /* milliseconds times accuracy between the front and the
                                 reference that follows; NaN for HELP_OBJECTIVE_ACCURACY */
  double reference_latency_ms;
  double reference_accuracy;
  int32_t strategy;           /* what was done: HELP_SEARCH_EVOLVE, _EXHAUSTIVE or _CANDIDATES */
  int32_t reserved;           /* 0 */
} help_search_report;

/* Find the top_k most accurate different architectures of which a measurement stays
 * within limit_ms (INFINITY: no limit) with the options' confidence, and which are within
 * all other limits.  accuracy is called with batches of such rows, none twice.  Writes the
 * best found, best first (ties: the faster, then the smaller genes), their predicted
 * latencies, and how many to *out_count; help_predict_interval tells how sure they are.
 * HELP_OBJECTIVE_PARETO writes the front, most accurate and slowest first; of a larger
 * front top_k that are spread along it.
 * HELP_ERR_INFEASIBLE after `attempts` tries, and where all rows failed; its message and the
 * report name the smallest latency seen.  HELP_ERR_UNSUPPORTED for a confidence or a limit
 * that predictor or space cannot give.
 * A search stopped by cancel, progress or accuracy returns that code and still
 * writes the best it has, none perhaps; in that one case outputs are written on
 * failure.
 * Only out_report may be NULL; it is written whenever the search ran. */
HELP_API HELP_CHECKED help_status help_search(const help_predictor *predictor, double limit_ms,
                                              help_accuracy_fn accuracy, void *user,
                                              const help_search_options *options, size_t top_k,
                                              int32_t *out_archs, size_t stride,
                                              double *out_accuracy, double *out_latency_ms,
                                              size_t *out_count, help_search_report *out_report);

/* ---- searching step by step --------------------------------------------------------- */

/* The same evolution where the host holds the loop, because scoring is slow, runs
 * elsewhere, or has to survive a restart:
 *
 *   help_evolver_new(phone, 20.0, NULL, 10, &evolver);
 *   for (;;) {
 *     help_evolver_ask(evolver, rows, capacity, width, NULL, &n);
 *     if (n == 0) break;
 *     ...                                              // accuracy[i] of row i
 *     help_evolver_tell(evolver, accuracy, n);
 *     help_evolver_save(evolver, "search.safetensors");  // help_evolver_load goes on
 *   }
 *   help_evolver_results(evolver, 10, rows, width, accuracy, latency, &n, NULL);
 *
 * It finds what help_search finds, bit for bit.  Options as for help_search; strategy is
 * HELP_SEARCH_EVOLVE or HELP_SEARCH_AUTO, progress is not called, and cancel ends an ask.
 * It keeps the predictors and the flag it was made with.  top_k, up to 100 million, is how
 * many results it remembers. */
HELP_API HELP_CHECKED help_status help_evolver_new(const help_predictor *predictor,
                                                   double limit_ms,
                                                   const help_search_options *options,
                                                   size_t top_k, help_evolver **out);
HELP_API void help_evolver_free(help_evolver *evolver);
/* From now on this flag ends an ask, in place of the options'; NULL: none does.  What is
 * loaded has none, and one that is raised stays so: to go on, give another. */
HELP_API HELP_CHECKED help_status help_evolver_set_cancel(help_evolver *evolver,
                                                          const help_cancel *cancel);
/* Most rows that one ask writes; 0 for a bad handle. */
HELP_API size_t help_evolver_batch(const help_evolver *evolver);
/* Architectures to score, none asked before: the same until they are told, and *out_count 0
 * at the end.  capacity is at least help_evolver_batch().  out_latency_ms (may be NULL) are
 * their predicted latencies.  HELP_ERR_INFEASIBLE, HELP_ERR_CANCELLED. */
HELP_API HELP_CHECKED help_status help_evolver_ask(help_evolver *evolver, int32_t *out_archs,
                                                   size_t capacity, size_t stride,
                                                   double *out_latency_ms, size_t *out_count);
/* The accuracies of the n rows asked last, higher is better, -INFINITY for one that failed.
 * HELP_ERR_CALLBACK for a NaN or another n; nothing is told then. */
HELP_API HELP_CHECKED help_status help_evolver_tell(help_evolver *evolver, const double *accuracy,
                                                    size_t n);
/* The best so far, as help_search writes them; top_k at most what the evolver remembers. */
HELP_API HELP_CHECKED help_status help_evolver_results(const help_evolver *evolver, size_t top_k,
                                                       int32_t *out_archs, size_t stride,
                                                       double *out_accuracy,
                                                       double *out_latency_ms, size_t *out_count,
                                                       help_search_report *out_report);
HELP_API HELP_CHECKED help_status help_evolver_space(const help_evolver *evolver,
                                                     help_space **out);
/* The predictor it was made with, or one equal to it. */
HELP_API HELP_CHECKED help_status help_evolver_predictor(const help_evolver *evolver,
                                                         help_predictor **out);
/* Limits, settings, and how far it is, as JSON. */
HELP_API HELP_CHECKED help_status help_evolver_describe(const help_evolver *evolver,
                                                        help_buffer *out);
/* Everything but the cancel flag, predictors and settings too: what is loaded goes on as if
 * nothing had been (help_evolver_set_cancel gives it a flag).
 * HELP_ERR_IO, HELP_ERR_FORMAT, HELP_ERR_VERSION. */
HELP_API HELP_CHECKED help_status help_evolver_save(const help_evolver *evolver, const char *path);
HELP_API HELP_CHECKED help_status help_evolver_write(const help_evolver *evolver,
                                                     help_buffer *out);
HELP_API HELP_CHECKED help_status help_evolver_load(const char *path, help_evolver **out);
HELP_API HELP_CHECKED help_status help_evolver_load_memory(const void *data, size_t size,
                                                           help_evolver **out);

/* ---- accuracy models ------------------------------------------------------------- */

/* A network that has learnt the accuracy of a space's architectures, for searches that
 * call nothing outside the library:
 *   help_accuracy_load("ofa-accuracy.safetensors", &accuracy);
 *   help_search(predictor, 20.0, help_accuracy_score, accuracy, ...);
 * Read a file of one (docs/internals/file-format.md; helpnas.import_accuracy_model makes one of
 * once-for-all's).  HELP_ERR_IO, HELP_ERR_FORMAT, HELP_ERR_VERSION. */
HELP_API HELP_CHECKED help_status help_accuracy_load(const char *path, help_accuracy **out);
HELP_API HELP_CHECKED help_status help_accuracy_load_memory(const void *data, size_t size,
                                                            help_accuracy **out);
HELP_API HELP_CHECKED help_status help_accuracy_save(const help_accuracy *accuracy,
                                                     const char *path);
HELP_API HELP_CHECKED help_status help_accuracy_write(const help_accuracy *accuracy,
                                                      help_buffer *out);
HELP_API void help_accuracy_free(help_accuracy *accuracy);
HELP_API HELP_CHECKED help_status help_accuracy_space(const help_accuracy *accuracy,
                                                      help_space **out);
/* Space, layers, features, and where it comes from, as JSON. */
HELP_API HELP_CHECKED help_status help_accuracy_describe(const help_accuracy *accuracy,
                                                         help_buffer *out);
/* Accuracy of n rows, in the unit the model was trained on (once-for-all: a fraction).
 * Rows are checked as by help_predict, and a row's accuracy does not depend on the rows
 * beside it. */
HELP_API HELP_CHECKED help_status help_accuracy_predict(const help_accuracy *accuracy,
                                                        const int32_t *archs, size_t n,
                                                        size_t stride, double *out_accuracy);
/* The same as a help_accuracy_fn: pass it to help_search, and as user a help_accuracy of
 * the predictor's space. */
HELP_API HELP_CHECKED help_status help_accuracy_score(void *accuracy, const int32_t *archs,
                                                      size_t n, size_t stride,
                                                      double *out_accuracy);

/* ---- meta-training ------------------------------------------------------------------ */

enum help_device_role { HELP_DEVICE_TRAIN = 0, HELP_DEVICE_VALID = 1 };

/* A table of n different architectures; devices are added as columns. */
HELP_API HELP_CHECKED help_status help_dataset_new(const help_space *space, const int32_t *archs,
                                                   size_t n, size_t stride, help_dataset **out);
/* One device: n latencies > 0 in the rows' order, NaN where not measured. */
HELP_API HELP_CHECKED help_status help_dataset_add_device(help_dataset *dataset, const char *name,
                                                          int32_t role, const double *latency_ms);
/* Which rows are the references (2 to 1000 of them), measured on every device. */
HELP_API HELP_CHECKED help_status help_dataset_set_references(help_dataset *dataset,
                                                              const size_t *rows, size_t count);
HELP_API void help_dataset_free(help_dataset *dataset);

typedef struct help_train_options {
  size_t struct_size;

  /* What to train */
  int32_t bayes;           /* 1 (default): fit HELP_METHOD_BAYES */
  int32_t help;            /* 1 (default): meta-train HELP_METHOD_HELP; 0: references are not
                              needed */
  uint64_t seed;           /* 0 */
  size_t threads;          /* 1; the result does not depend on it */
  size_t train_rows;       /* number of rows, from the first, that training uses; 0 (default):
                              all */
  size_t valid_rows;       /* Number of rows after the training rows on which validation
                              devices are scored; 0 (default): all that remain.  If none
                              remain, the training rows are used. */

  /* HELP_METHOD_HELP */
  size_t episodes;         /* 2000 */
  size_t tasks;            /* devices in an episode, at most those for training; 8 */
  size_t support;          /* architectures that a task adapts on; 10 */
  size_t query;            /* architectures that a task is judged on; 200 */
  size_t valid_interval;   /* episodes between validations; 50 */
  size_t hidden;           /* width of the network's layers; 100 */
  int32_t inner_steps;     /* gradient steps of a task; 2 */
  int32_t second_order;    /* 1 (default): differentiate through the inner steps */
  int32_t learn_rates;     /* 1 (default): a learnt rate for each weight (Meta-SGD); 0: MAML */
  int32_t modulation;      /* 1 (default): sample and learn the task modulation z */
  double inner_rate;       /* learning rate of the inner steps, or where learnt ones start;
                              1e-3 */
  double meta_rate;        /* Adam's learning rate; 1e-4 */
  double kl_weight;        /* weight of z's divergence from its prior; 0.1 */
  double modulation_scale; /* factor on z in the modulated weights; 0.01 */
  double trim;             /* share of the slowest and of the fastest rows left out of a
                              device's pool, in [0, 0.45]; 0.1 */

  /* While it runs */
  help_progress_fn progress; /* NULL */
  void *progress_user;
  const help_cancel *cancel; /* NULL */
} help_train_options;
HELP_API HELP_CHECKED help_status help_train_options_init(help_train_options *options,
                                                          size_t struct_size);

/* Train a model: fit HELP_METHOD_BAYES to the training devices, then meta-train HELP's
 * network, of which the one with the best mean Spearman correlation on the validation
 * devices is kept, or the last one where there are none.  A training device that lacks
 * references gets estimates of them, from at least 100 others of its latencies.
 * HELP_ERR_MEASUREMENTS for a device with too few latencies, HELP_ERR_DIVERGED,
 * HELP_ERR_CANCELLED (no model is made). */
HELP_API HELP_CHECKED help_status help_meta_train(const help_dataset *dataset,
                                                  const help_train_options *options,
                                                  help_model **out);

/* ---- scores --------------------------------------------------------------------------- */

typedef struct help_scores {
  size_t struct_size; /* set it before the call */
  double spearman;    /* rank correlations; NaN where one side is constant */
  double kendall;     /* tau-b */
  double pearson;
  double rmse;        /* in the unit of the inputs */
  double mape;        /* mean |predicted - truth| / |truth|, a fraction */
  double within10;    /* share of predictions within 10 % of the truth */
} help_scores;
/* How well n predictions follow the truth; n at least 2, all finite, truth not 0. */
HELP_API HELP_CHECKED help_status help_score(const double *predicted, const double *truth,
                                             size_t n, help_scores *out);
/* Spearman correlation of every two of m devices, over the architectures measured on
 * both: row d of latency_ms, at stride, holds n latencies, NaN where not measured; out
 * is m by m.  At 0.9 and more one device can stand for the other in a search (OneProxy);
 * NaN where fewer than three are common or one side is constant. */
HELP_API HELP_CHECKED help_status help_monotonicity(const double *latency_ms, size_t m, size_t n,
                                                    size_t stride, double *out);

enum help_proxy_verdict {
  HELP_PROXY_OPEN = 0,     /* the threshold is inside the interval: measure more */
  HELP_PROXY_ALIKE = 1,    /* the interval lies at the threshold and above, */
  HELP_PROXY_DIFFERENT = 2 /* below it */
};

typedef struct help_proxy_report {
  size_t struct_size; /* set it before the call */
  double spearman;    /* over the rows measured on both; NaN as of help_monotonicity */
  double lower;       /* the interval of that over all architectures */
  double upper;
  uint64_t rows;      /* how many are measured on both */
  int32_t verdict;    /* HELP_PROXY_... */
  int32_t reserved;   /* 0 */
} help_proxy_report;
/* What n latencies of two devices, NaN where not measured, tell of whether one can stand
 * for the other: their rank correlation, its interval of probability level in (0, 1) were
 * the common rows drawn at random, and on which side of threshold in (-1, 1) that lies
 * (Fisher's z with Bonett and Wright's variance).  Up to three common rows tell nothing. */
HELP_API HELP_CHECKED help_status help_proxy_test(const double *proxy_ms, const double *target_ms,
                                                  size_t n, double threshold, double level,
                                                  help_proxy_report *out);

#ifdef __cplusplus
}
#endif
#endif /* HELP_H */

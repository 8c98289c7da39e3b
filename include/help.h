/* help.h - latency of neural architectures on a device, learnt from about ten
 * measurements.
 *
 * A model has learnt from many devices.  Give it the latencies of about ten
 * architectures on a device it has never seen and it predicts every architecture of
 * the search space in milliseconds, with an interval.  By default a Bayesian linear
 * predictor does it; HELP's network (NeurIPS 2021) and simple baselines are the other
 * methods (enum help_method).
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
 * ARGUMENTS.  Names that begin with out are written; everything else is only read, unless
 * its comment says that it changes in place.  Names that end in _ms are milliseconds.  An
 * array has n elements (or rows) unless the comment gives another number in brackets, as in
 * out_rows[want]; a size_t pointer without brackets is to one number.  A pointer must not be
 * NULL unless the comment says that it may be; options and what is freed always may.
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
 * no state but the thread's last error.  Same build, machine, inputs and seed: same
 * bits, whatever the number of threads.
 *
 * OPTIONS.  Call the _init function (it writes every default), then change what
 * you want; or pass NULL for all defaults.  struct_size lets a field be added at
 * the end without breaking callers built earlier: a smaller struct gets defaults
 * for the fields it lacks, a larger one (up to 4096 bytes) is accepted while the
 * bytes this library does not know are zero, else HELP_ERR_ABI.  The comment of an
 * option gives its meaning, then after a semicolon its default.
 *
 * STABILITY.  Each section is marked.  Stable: kept, with the same meaning, until
 * HELP_VERSION_MAJOR grows.  Experimental: a later HELP_VERSION_MINOR may change or
 * remove it; CHANGELOG.md says so.
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

/* ---- version and errors (stable) --------------------------------------------------- */

/* HELP_OK, a HELP_ERR_ code, or a negative code of the host. */
typedef int32_t help_status;
enum help_status_code {
  HELP_OK = 0,
  HELP_ERR_ARGUMENT = 1,      /* NULL, bad size, out of range, not finite */
  HELP_ERR_HANDLE = 2,        /* freed, or of another type */
  HELP_ERR_ABI = 3,           /* struct_size from a newer header whose new fields are set */
  HELP_ERR_ARCHITECTURE = 4,  /* outside the search space */
  HELP_ERR_IO = 5,            /* reading or writing a file; the message has the reason */
  HELP_ERR_FORMAT = 6,        /* malformed file or text */
  HELP_ERR_VERSION = 7,       /* file written by a newer library */
  HELP_ERR_MISMATCH = 8,      /* objects of different search spaces */
  HELP_ERR_MEASUREMENTS = 9,  /* a reference is missing, a latency is not positive,
                                 or all are equal */
  HELP_ERR_INFEASIBLE = 10,   /* nothing found within the limits */
  HELP_ERR_CALLBACK = 11,     /* a callback left a result unwritten or wrote NaN */
  HELP_ERR_CANCELLED = 12,    /* help_cancel_request was called */
  HELP_ERR_DIVERGED = 13,     /* numbers of a training or a fit became non-finite */
  HELP_ERR_UNSUPPORTED = 14,  /* unknown space or method, or not in this space */
  HELP_ERR_MEMORY = 15,       /* no memory for a buffer, or for what a count of the caller's
                                 needs; any other allocation that fails ends the process
                                 (abort) */
  HELP_ERR_INTERNAL = 99      /* a bug in the library */
};

/* Library version as HELP_VERSION_NUMBER; compare with the header's. */
HELP_API uint32_t help_version(void);
/* ABI of the loaded library; a binding refuses one that is not HELP_ABI_VERSION. */
HELP_API uint32_t help_abi_version(void);
/* Name and version for logs, such as "libhelp 1.0.0"; static. */
HELP_API const char *help_version_string(void);
/* Name of a status: "HELP_ERR_IO" for 5, "HELP_ERR_UNKNOWN" for a code not listed above;
 * static. */
HELP_API const char *help_status_name(help_status status);
/* Message of this thread's last failed call, "" before the first; valid until this
 * thread's next failed call. */
HELP_API const char *help_last_error(void);

/* ---- handles, buffers, cancelling (stable) ----------------------------------------- */

typedef struct help_space help_space;         /* a search space; immutable */
typedef struct help_model help_model;         /* meta-trained; immutable */
typedef struct help_predictor help_predictor; /* adapted to a device; immutable */
typedef struct help_accuracy help_accuracy;   /* accuracy of architectures; immutable */
typedef struct help_evolver help_evolver;     /* a search, step by step */
typedef struct help_dataset help_dataset;     /* latencies of many devices */
typedef struct help_cancel help_cancel;       /* a flag another thread can set */

/* Bytes the library allocated; text is also NUL-terminated, not counted in size. */
typedef struct help_buffer {
  char *data; /* NULL while it is empty */
  size_t size;
} help_buffer;
#define HELP_BUFFER_INIT { NULL, 0 }
/* Frees the bytes and empties the struct; NULL and empty buffers are accepted. */
HELP_API void help_buffer_free(help_buffer *buffer);

/* Make a cancel flag, to be given to calls in their options. */
HELP_API HELP_CHECKED help_status help_cancel_new(help_cancel **out);
/* Ask the calls that were given this flag to stop; any thread may. */
HELP_API void help_cancel_request(help_cancel *cancel);
HELP_API void help_cancel_free(help_cancel *cancel);

typedef struct help_progress {
  size_t struct_size;
  uint64_t done, total;   /* generations of a search, episodes of a training */
  double best;            /* best accuracy, or best validation Spearman correlation; NaN: none
                             yet */
  double best_latency_ms; /* predicted latency of the most accurate; NaN in training */
  double loss;            /* loss of the episode; NaN in a search */
} help_progress;
/* Called after every episode, and after every generation with done = 0 for the first
 * population (a search that does not evolve counts batches).  HELP_OK continues; any other
 * code stops the call, which returns that code.  progress is valid during the callback only. */
typedef help_status (*help_progress_fn)(void *user, const help_progress *progress);

/* ---- search spaces (stable) -------------------------------------------------------- */

/* Open a built-in space: "nasbench201", "fbnet", "ofa-mbv3", "hat-wmt14-en-de",
 * "hat-wmt14-en-fr", "hat-wmt19-en-de", "hat-iwslt14-de-en".  HELP_ERR_UNSUPPORTED
 * lists the names. */
HELP_API HELP_CHECKED help_status help_space_open(const char *name, help_space **out);
/* Make a space of your own from size bytes of JSON, at most 4 MB: genes with their choices
 * and the conditions under which they matter, features, and costs
 * (docs/guide/own-spaces.md).  The message of HELP_ERR_FORMAT says where the mistake is. */
HELP_API HELP_CHECKED help_status help_space_from_json(const char *json, size_t size,
                                                       help_space **out);
HELP_API void help_space_free(help_space *space);
/* Name of the space, valid as long as the handle; NULL for a bad handle. */
HELP_API const char *help_space_name(const help_space *space);
/* Number of genes in a row; 0 for a bad handle. */
HELP_API size_t help_space_width(const help_space *space);
/* Number of floats that help_arch_encode writes for a row; 0 for a bad handle. */
HELP_API size_t help_space_feature_count(const help_space *space);
/* Number of architectures that sampling and searching draw from; UINT64_MAX if it is
 * larger, 0 for a bad handle. */
HELP_API uint64_t help_space_count(const help_space *space);
/* Genes with their choices, features, and size of the space, as JSON.  For a space of your
 * own help_space_from_json reads it back. */
HELP_API HELP_CHECKED help_status help_space_describe(const help_space *space, help_buffer *out);
/* Draw n different architectures, each gene uniform over its choices; n is at most
 * help_space_count(). */
HELP_API HELP_CHECKED help_status help_space_sample(const help_space *space, uint64_t seed,
                                                    int32_t *out_archs, size_t n, size_t stride);

/* ---- architectures (stable) -------------------------------------------------------- */

/* Check that rows belong to the space; HELP_ERR_ARCHITECTURE if one does not.  *out_bad (may
 * be NULL) is the first bad row, or n; it is written on success and on this failure. */
HELP_API HELP_CHECKED help_status help_arch_check(const help_space *space, const int32_t *archs,
                                                  size_t n, size_t stride, size_t *out_bad);
/* Make rows canonical in place: genes that do not matter get one fixed value.  Two rows
 * are the same architecture if they are equal afterwards.  Every function does this to its
 * copy of the rows it reads. */
HELP_API HELP_CHECKED help_status help_arch_canonicalize(const help_space *space, int32_t *archs,
                                                         size_t n, size_t stride);
/* Read one architecture from size bytes of the space's usual text.  HELP_ERR_FORMAT.
 *   nasbench201  |nor_conv_3x3~0|+|none~0|skip_connect~1|+|...|
 *   fbnet        [7, 8, 1, ...], or the operations' names
 *   ofa-mbv3     {"ks": [...], "e": [...], "d": [...], "r": 224}
 *   hat-*        {"encoder-embed-dim-subtransformer": 512, ...} as in HAT's YAML files, or
 *                its evolution's {"encoder": {...}, "decoder": {...}}
 *   own spaces   {"gene": choice, ...} */
HELP_API HELP_CHECKED help_status help_arch_parse(const help_space *space, const char *text,
                                                  size_t size, int32_t *out_arch);
/* Write one architecture as the text that help_arch_parse reads; equal architectures give
 * equal text. */
HELP_API HELP_CHECKED help_status help_arch_format(const help_space *space, const int32_t *arch,
                                                   help_buffer *out);
/* Rows of architectures with these numbers in the benchmark.  HELP_ERR_UNSUPPORTED if the
 * space has no numbering (NAS-Bench-201 has: 0 to 15624). */
HELP_API HELP_CHECKED help_status help_arch_from_index(const help_space *space,
                                                       const uint64_t *indices, size_t n,
                                                       int32_t *out_archs, size_t stride);
/* Numbers of these rows in the benchmark; the inverse of help_arch_from_index. */
HELP_API HELP_CHECKED help_status help_arch_to_index(const help_space *space, const int32_t *archs,
                                                     size_t n, size_t stride,
                                                     uint64_t *out_indices);
/* Input of HELP's network: out[n][help_space_feature_count()] floats, row i at
 * out + i * out_stride.  NAS-Bench-201: 9 nodes (input, six operations, output, global) x 8
 * one-hot.  FBNet 132, OFA 145 and HAT 10 floats: the features of HELP's and HAT's code. */
HELP_API HELP_CHECKED help_status help_arch_encode(const help_space *space, const int32_t *archs,
                                                   size_t n, size_t stride, float *out,
                                                   size_t out_stride);
/* Multiply-accumulate operations of each network, which the field often calls FLOPs
 * (NAS-Bench-201 on CIFAR-10, FBNet on CIFAR-100, HAT with 30 tokens in and out).
 * HELP_ERR_UNSUPPORTED for a space of your own without the cost "macs". */
HELP_API HELP_CHECKED help_status help_arch_macs(const help_space *space, const int32_t *archs,
                                                 size_t n, size_t stride, double *out_macs);
/* One cost of each network, by its name in "cost_names" of help_space_describe: "macs",
 * "parameters", "activations" (numbers that layers read and write), "operations" (layers), and
 * what a space of your own names besides.  Experimental.  HELP_ERR_UNSUPPORTED for a name that
 * the space does not have. */
HELP_API HELP_CHECKED help_status help_arch_costs(const help_space *space, const int32_t *archs,
                                                  size_t n, size_t stride, const char *cost,
                                                  double *out_costs);
/* Layers of one network as a JSON list, in the order of the description, groups written out,
 * dead layers left out: {"kind": "linear", "path": "space.layers[2]", "tokens": 64, ...}, with a
 * number for every size of the kind.  HELP_ERR_UNSUPPORTED for a space that is not described by
 * layers. */
HELP_API HELP_CHECKED help_status help_arch_layers(const help_space *space, const int32_t *arch,
                                                   help_buffer *out);
/* Mutate rows: each gene changes with this probability to another of its choices.  A gene
 * that starts to matter because of such a change is drawn at random. */
HELP_API HELP_CHECKED help_status help_arch_mutate(const help_space *space, const int32_t *archs,
                                                   size_t n, size_t stride, double probability,
                                                   uint64_t seed, int32_t *out_archs,
                                                   size_t out_stride);
/* Uniform crossover: child i takes each gene from row i of parents_a or of parents_b, with
 * equal probability. */
HELP_API HELP_CHECKED help_status help_arch_crossover(const help_space *space,
                                                      const int32_t *parents_a,
                                                      const int32_t *parents_b, size_t n,
                                                      size_t stride, uint64_t seed,
                                                      int32_t *out_archs, size_t out_stride);

/* ---- meta-trained models (stable) -------------------------------------------------- */

/* Read a model file.  HELP_ERR_IO, HELP_ERR_FORMAT, HELP_ERR_VERSION. */
HELP_API HELP_CHECKED help_status help_load(const char *path, help_model **out);
/* Read a model file from memory; the bytes are copied. */
HELP_API HELP_CHECKED help_status help_load_memory(const void *data, size_t size,
                                                   help_model **out);
/* Make a model of a space from its description alone, without a training device: costs and
 * choices are what it expects latency to depend on.  It adapts by bayes, macs, parameters and
 * ridge, selects, and is saved like any other.  Experimental. */
HELP_API HELP_CHECKED help_status help_model_from_space(const help_space *space,
                                                        help_model **out);
/* Write a model file: under a temporary name in the same folder, then renamed.
 * HELP_ERR_IO. */
HELP_API HELP_CHECKED help_status help_model_save(const help_model *model, const char *path);
/* Write a model file to memory. */
HELP_API HELP_CHECKED help_status help_model_write(const help_model *model, help_buffer *out);
HELP_API void help_model_free(help_model *model);
/* The model's search space, as a new handle that the caller frees. */
HELP_API HELP_CHECKED help_status help_model_space(const help_model *model, help_space **out);
/* Training devices, settings, validation scores, and origin, as JSON. */
HELP_API HELP_CHECKED help_status help_model_describe(const help_model *model, help_buffer *out);
/* Number of reference architectures; 0 for a model without HELP's network. */
HELP_API size_t help_model_reference_count(const help_model *model);
/* The reference architectures, out_archs[help_model_reference_count()].  Measure these on a
 * device, or what help_select chooses, then call help_adapt. */
HELP_API HELP_CHECKED help_status help_model_references(const help_model *model,
                                                        int32_t *out_archs, size_t stride);
/* Length of one draw of the task modulation z; 0 for a model that has none. */
HELP_API size_t help_model_noise_count(const help_model *model);

/* ---- adapting to a device (stable) ------------------------------------------------- */

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
/* Every method, as a JSON array of {"name", "number", "minimum_rows", "needs", "summary"}.
 * "needs" is "bayes" (a model fitted for HELP_METHOD_BAYES), "references" (HELP's network and
 * every reference measured), "costs" (a space that has them), or null. */
HELP_API HELP_CHECKED help_status help_methods(help_buffer *out);

enum help_support {
  HELP_SUPPORT_EXTRA = 0, /* rows that are not references; if there are none, the references */
  HELP_SUPPORT_ALL = 1    /* every row */
};

/* An option that the chosen method does not use is HELP_ERR_ARGUMENT when it is set. */
typedef struct help_adapt_options {
  size_t struct_size;   /* set by help_adapt_options_init */
  int32_t method;       /* enum help_method; HELP_METHOD_DEFAULT */

  /* HELP_METHOD_BAYES */
  double repeatability; /* standard deviation between two measurements of one architecture,
                           as a share of its latency, in [0, 1].  Increase it if intervals
                           should hold on another day or under another load; NaN: what
                           architectures measured twice say, else 0.003 */

  /* HELP_METHOD_PROXY */
  const char *proxy;    /* name of a training device; NULL: the nearest one */

  /* HELP_METHOD_HELP */
  int32_t support;      /* enum help_support, the rows that the inner steps fit;
                           HELP_SUPPORT_EXTRA */
  int32_t steps;        /* number of inner gradient steps, 0 to 100; -1: that of training, or
                           0 if leave-one-out shows that they hurt and no label range is
                           given */
  double label_min_ms;  /* lower end of the label range in ms, as in the paper (give both ends
                           or neither); 0: the range is that of the latencies given, and
                           predictions are recalibrated by a line fitted to them (kept
                           positive below the smallest) */
  double label_max_ms;  /* upper end of the label range in ms; 0 */
  size_t samples;       /* number of draws of the task modulation z that are averaged, up to
                           100; 0: z at its mean */
  uint64_t seed;        /* random seed of those draws; 0 */
  const double *noise;  /* `samples` rows of help_model_noise_count() standard normal numbers
                           to use for those draws; NULL: drawn from seed */
  size_t noise_count;   /* length of noise; 0 */
} help_adapt_options;
/* Write every default. */
HELP_API HELP_CHECKED help_status help_adapt_options_init(help_adapt_options *options,
                                                          size_t struct_size);

/* Fit a predictor of one device to n measured rows in any order, latencies greater than 0.
 * An architecture that was measured several times counts once, with the median.  HELP_METHOD_HELP needs every reference among them: it computes
 * the device embedding from the references, and its inner gradient steps fit the support
 * rows.  HELP_ERR_MEASUREMENTS, HELP_ERR_UNSUPPORTED, HELP_ERR_DIVERGED. */
HELP_API HELP_CHECKED help_status help_adapt(const help_model *model, const int32_t *archs,
                                             size_t n, size_t stride, const double *latency_ms,
                                             const help_adapt_options *options,
                                             help_predictor **out);
/* Fit the predictor again to the rows it was fitted to and n more: a new predictor, the old
 * one stays as it is.  The rows may repeat earlier ones.  HELP_ERR_MEASUREMENTS,
 * HELP_ERR_DIVERGED, and HELP_ERR_UNSUPPORTED for a predictor that does not keep its rows:
 * one of help, nearest or proxy, or one that was not fitted.  Experimental. */
HELP_API HELP_CHECKED help_status help_predictor_update(const help_predictor *predictor,
                                                        const int32_t *archs, size_t n,
                                                        size_t stride,
                                                        const double *latency_ms,
                                                        help_predictor **out);
/* Write a predictor file, as help_model_save does.  HELP_ERR_IO. */
HELP_API HELP_CHECKED help_status help_predictor_save(const help_predictor *predictor,
                                                      const char *path);
/* Write a predictor file to memory. */
HELP_API HELP_CHECKED help_status help_predictor_write(const help_predictor *predictor,
                                                       help_buffer *out);
/* Read a predictor file; no model is needed.  HELP_ERR_IO, HELP_ERR_FORMAT,
 * HELP_ERR_VERSION. */
HELP_API HELP_CHECKED help_status help_predictor_load(const char *path, help_predictor **out);
/* Read a predictor file from memory; the bytes are copied. */
HELP_API HELP_CHECKED help_status help_predictor_load_memory(const void *data, size_t size,
                                                             help_predictor **out);
HELP_API void help_predictor_free(help_predictor *predictor);
/* The predictor's search space, as a new handle that the caller frees. */
HELP_API HELP_CHECKED help_status help_predictor_space(const help_predictor *predictor,
                                                       help_space **out);
/* How the predictor was made, as JSON: method, measurements, settings, and error of the fit.
 * "warnings": a clock too coarse to distinguish architectures, latencies that are probably
 * not milliseconds.  Diagnostics follow.  HELP_METHOD_BAYES: leave-one-out error, suspicious
 * rows, how far the device is from the training devices, a verdict, and a sentence that sums
 * them up.  HELP_METHOD_HELP: whether the inner steps improve the prediction of rows left
 * out. */
HELP_API HELP_CHECKED help_status help_predictor_describe(const help_predictor *predictor,
                                                          help_buffer *out);

/* ---- predicting (stable) ----------------------------------------------------------- */

/* Latency of n rows, in milliseconds.  out_std_ms (may be NULL) is a standard deviation: of
 * a new measurement (HELP_METHOD_BAYES), or over the draws of z if there are two or more
 * (HELP_METHOD_HELP); otherwise NaN.  If a row is outside the space, the call fails and
 * writes nothing.  This is the hot path: no I/O, no lock.  The latency of a row does not
 * depend on the other rows of the batch. */
HELP_API HELP_CHECKED help_status help_predict(const help_predictor *predictor,
                                               const int32_t *archs, size_t n, size_t stride,
                                               double *out_latency_ms, double *out_std_ms);

/* Central prediction interval of a new measurement of each row, in milliseconds; lower ends
 * are above 0.  level is in (0, 1), also when n is 0: 0.9 leaves 5 % on each side.
 * HELP_ERR_UNSUPPORTED for a predictor without standard deviations (see help_predict). */
HELP_API HELP_CHECKED help_status help_predict_interval(const help_predictor *predictor,
                                                        const int32_t *archs, size_t n,
                                                        size_t stride, double level,
                                                        double *out_lower_ms,
                                                        double *out_upper_ms);

/* For row i of two batches of n rows, the probability that a new measurement of archs_a is
 * below one of archs_b, with the errors that both predictions share left out; 0.5 where both
 * are the same architecture.  HELP_ERR_UNSUPPORTED for a method other than
 * HELP_METHOD_BAYES.  Experimental. */
HELP_API HELP_CHECKED help_status help_predict_compare(const help_predictor *predictor,
                                                       const int32_t *archs_a,
                                                       const int32_t *archs_b, size_t n,
                                                       size_t stride, double *out_probability);

/* The predictor as a table, as JSON: latency is constant_ms plus, for each of "terms", one number
 * of latency_ms.  A term has the names and "places" of its genes, the values of their "choices",
 * and latency_ms and std_ms (null without deviations) for every combination of them, the last
 * gene's choice changing fastest.  Genes that a row has no use for count like the row they are
 * in, as help_arch_canonicalize writes it.  Exact but for latencies that are kept above 0, below
 * half the smallest measured one.  HELP_ERR_UNSUPPORTED for help, and if genes that interact
 * would make more than a million numbers.  Experimental. */
HELP_API HELP_CHECKED help_status help_predictor_table(const help_predictor *predictor,
                                                       help_buffer *out);

/* ---- choosing what to measure (stable) --------------------------------------------- */

/* Choose which `want` rows of the pool (up to 1000) to measure: those that reduce the
 * uncertainty about all other architectures most (greedy A-optimal design; it needs no
 * latencies).  measured[measured_count] (may be NULL) are rows measured already, at
 * measured_stride.  out_rows[want] receives row numbers of the pool, most informative first.
 * HELP_ERR_UNSUPPORTED for a model without HELP_METHOD_BAYES. */
HELP_API HELP_CHECKED help_status help_select(const help_model *model, const int32_t *pool,
                                              size_t n, size_t stride, const int32_t *measured,
                                              size_t measured_count, size_t measured_stride,
                                              size_t want, size_t *out_rows);

/* The same for a predictor that keeps the rows it was fitted to (help_predictor_update): what to
 * measure next.  HELP_ERR_UNSUPPORTED for any other.  Experimental. */
HELP_API HELP_CHECKED help_status help_predictor_select(const help_predictor *predictor,
                                                        const int32_t *pool, size_t n,
                                                        size_t stride, size_t want,
                                                        size_t *out_rows);

/* ---- searching (stable) ------------------------------------------------------------ */

/* Score n rows; higher is better.  out_accuracy is filled with NaN before the call, and a
 * score that is still NaN after it is HELP_ERR_CALLBACK.  -INFINITY says that scoring a row
 * failed: it is never a result.  Any code but HELP_OK stops the search. */
typedef help_status (*help_accuracy_fn)(void *user, const int32_t *archs, size_t n,
                                        size_t stride, double *out_accuracy);

enum help_search_strategy {
  HELP_SEARCH_AUTO = 0,       /* candidates if given; exhaustive if the space is no larger than
                                 what evolution would evaluate; otherwise evolve */
  HELP_SEARCH_EVOLVE = 1,     /* evolution as in once-for-all: scores the fewest architectures,
                                 so best if scoring is expensive */
  HELP_SEARCH_EXHAUSTIVE = 2, /* every architecture; spaces up to 10 million */
  HELP_SEARCH_CANDIDATES = 3  /* the rows in candidates */
};
enum help_objective {
  HELP_OBJECTIVE_ACCURACY = 0, /* the most accurate architectures within the limits */
  HELP_OBJECTIVE_PARETO = 1    /* those that no other beats in both accuracy and predicted
                                  latency; evolution is NSGA-II (Deb et al., 2002), which has
                                  no parent_ratio: the whole population breeds */
};
enum help_limit_kind {
  HELP_LIMIT_LATENCY = 0,   /* latency on another device, by its predictor of the same space */
  HELP_LIMIT_MACS = 1,      /* multiply-accumulate operations, see help_arch_macs */
  HELP_LIMIT_PARAMETERS = 2 /* weights, biases, and scales and shifts of normalization, as
                               papers count them (HAT: without embeddings and output layer) */
};
/* A limit in addition to limit_ms: a largest value, a smallest, or both. */
typedef struct help_limit {
  size_t struct_size; /* sizeof(help_limit), in every element of an array */
  int32_t kind;       /* enum help_limit_kind */
  int32_t reserved;   /* 0 */
  double minimum;     /* in milliseconds, or a count; below maximum.  A latency's measurement
                         stays above it with the confidence.  0: none */
  double maximum;     /* in milliseconds, or a count; greater than 0.  INFINITY: none */
  const help_predictor *predictor; /* for HELP_LIMIT_LATENCY; otherwise NULL */
  double confidence;  /* for HELP_LIMIT_LATENCY, as in help_search_options; otherwise 0 */
} help_limit;

/* HELP_SEARCH_EXHAUSTIVE and HELP_SEARCH_CANDIDATES score every architecture within the
 * limits, so they miss nothing.  Options that only evolution uses are still validated, but
 * have no effect.  The report's strategy says what HELP_SEARCH_AUTO chose. */
typedef struct help_search_options {
  size_t struct_size;          /* set by help_search_options_init */

  /* What to find */
  int32_t objective;           /* enum help_objective; HELP_OBJECTIVE_ACCURACY */
  int32_t strategy;            /* enum help_search_strategy; HELP_SEARCH_AUTO */
  double confidence;           /* probability that a measurement of a result stays within
                                  limit_ms, from 0.5 (the prediction itself is limited) to
                                  below 1; 0: 0.95, or 0.5 for a predictor without standard
                                  deviations (see help_predict) */
  const help_limit *limits;    /* further limits; NULL: none */
  size_t limit_count;          /* number of limits, up to 64; 0 */
  const int32_t *candidates;   /* rows to choose from; NULL: the whole space */
  size_t candidate_count;      /* number of candidates; 0 */
  size_t candidate_stride;     /* elements from one candidate to the next; 0 */
  double reference_latency_ms; /* latency at the reference point of the hypervolume; NaN:
                                  limit_ms, or without a limit the slowest one scored */
  double reference_accuracy;   /* accuracy at the reference point; NaN: the lowest one scored */

  /* How evolution searches */
  uint64_t seed;               /* random seed; 0 */
  size_t population;           /* number of architectures alive, parents and children; 100 */
  size_t generations;          /* maximum number of generations; 500 */
  double parent_ratio;         /* share of the population that survives and breeds; 0.25 */
  double mutation_ratio;       /* share of the children made by mutation, the others by
                                  crossover; 0.5 */
  double mutation_probability; /* probability that a mutation changes a gene; 0.05 */
  size_t attempts;             /* tries in a row for one new architecture within the limits,
                                  after which the search ends; 10000 */
  size_t patience;             /* generations in a row without a better architecture (or a new
                                  one on the front), after which evolution ends; 0: never */
  const int32_t *warm_start;   /* rows to begin the first population with, except those
                                  beyond the limits; NULL: none */
  size_t warm_start_count;     /* number of those rows; 0 */
  size_t warm_start_stride;    /* elements from one of those rows to the next; 0 */

  /* While it runs */
  help_progress_fn progress;   /* called after every generation; NULL */
  void *progress_user;         /* first argument of progress; NULL */
  const help_cancel *cancel;   /* flag that stops the search; NULL */
} help_search_options;
/* Write every default. */
HELP_API HELP_CHECKED help_status help_search_options_init(help_search_options *options,
                                                           size_t struct_size);
enum help_preset {
  HELP_PRESET_STANDARD = 0, /* the defaults above */
  HELP_PRESET_OFA = 1,      /* as once-for-all: 500 generations of 25 parents, 50 children by
                               mutation (probability 0.1) and 50 by crossover */
  HELP_PRESET_HAT = 2       /* as HAT: 30 such generations, with probability 0.3 */
};
/* Write every default, then the settings of a published search (enum help_preset). */
HELP_API HELP_CHECKED help_status help_search_options_preset(help_search_options *options,
                                                             size_t struct_size, int32_t preset);

typedef struct help_search_report {
  size_t struct_size;         /* set it before the call to sizeof(help_search_report) */
  uint64_t evaluations;       /* number of rows given to the accuracy callback */
  uint64_t predictions;       /* number of rows whose latency was predicted */
  uint64_t generations;       /* generations finished after the first population; without
                                 evolution, batches */
  double smallest_latency_ms; /* smallest upper bound seen: any limit_ms at or above it would
                                 have been feasible on its own; NaN: nothing predicted */
  double hypervolume;         /* area between the front and the reference point, milliseconds
                                 times accuracy; NaN for HELP_OBJECTIVE_ACCURACY */
  double reference_latency_ms; /* latency at the reference point that was used, or NaN */
  double reference_accuracy;  /* accuracy at that point, or NaN */
  int32_t strategy;           /* enum help_search_strategy, what was done: never
                                 HELP_SEARCH_AUTO */
  int32_t reserved;           /* 0 */
} help_search_report;

/* Find the top_k most accurate architectures within all limits.  limit_ms applies to the
 * upper bound of the latency at the options' confidence; INFINITY: no limit.  accuracy is
 * called with batches of rows within the limits, never twice with the same architecture.
 *
 * Writes *out_count results, most accurate first (among equals the faster, then the one with
 * the smaller genes), and their predicted latencies: out_archs[top_k], out_accuracy[top_k],
 * out_latency_ms[top_k].  HELP_OBJECTIVE_PARETO writes the front
 * in the same order; if it is larger than top_k, architectures spread along it.
 *
 * HELP_ERR_INFEASIBLE if nothing within the limits was found, or all rows failed; the message
 * and the report name the smallest latency seen.  HELP_ERR_UNSUPPORTED for a confidence that
 * the predictor, or a limit that the space, does not support.
 *
 * If cancel, progress or accuracy stops the search, it returns their code and still writes
 * the best results so far, perhaps none; in no other case does a failing call write outputs,
 * except *out_report (may be NULL), which is written whenever the search ran. */
HELP_API HELP_CHECKED help_status help_search(const help_predictor *predictor, double limit_ms,
                                              help_accuracy_fn accuracy, void *user,
                                              const help_search_options *options, size_t top_k,
                                              int32_t *out_archs, size_t stride,
                                              double *out_accuracy, double *out_latency_ms,
                                              size_t *out_count, help_search_report *out_report);

/* ---- searching step by step (experimental) ----------------------------------------- */

/* Start an evolution whose loop the host runs, because scoring is slow, happens elsewhere,
 * or must survive a restart:
 *
 *   help_evolver_new(phone, 20.0, NULL, 10, &evolver);
 *   for (;;) {
 *     help_evolver_ask(evolver, rows, capacity, width, NULL, &n);
 *     if (n == 0) break;
 *     ...                                              // accuracy[i] of row i
 *     help_evolver_tell(evolver, accuracy, n);
 *     help_evolver_save(evolver, "search.safetensors");  // help_evolver_load continues
 *   }
 *   help_evolver_results(evolver, 10, rows, width, accuracy, latency, &n, NULL);
 *
 * It finds what help_search finds, bit for bit, with the same options, except that strategy
 * must be HELP_SEARCH_EVOLVE or HELP_SEARCH_AUTO and progress is not called.  cancel stops
 * help_evolver_ask.  The evolver keeps the predictors and the flag, so their handles may be
 * freed.  top_k, up to 100 million, is the number of results it remembers. */
HELP_API HELP_CHECKED help_status help_evolver_new(const help_predictor *predictor,
                                                   double limit_ms,
                                                   const help_search_options *options,
                                                   size_t top_k, help_evolver **out);
HELP_API void help_evolver_free(help_evolver *evolver);
/* Replace the cancel flag; cancel may be NULL: none.  A loaded evolver has none.  A raised
 * flag stays raised, so give a new one to continue. */
HELP_API HELP_CHECKED help_status help_evolver_set_cancel(help_evolver *evolver,
                                                          const help_cancel *cancel);
/* Largest number of rows that help_evolver_ask writes; 0 for a bad handle. */
HELP_API size_t help_evolver_batch(const help_evolver *evolver);
/* Write the architectures to score next, none of which was asked for before.  Until
 * help_evolver_tell is called they stay the same; *out_count is 0 when the search has ended.
 * capacity of out_archs[capacity] is at least help_evolver_batch().  out_latency_ms[capacity]
 * (may be NULL) receives their predicted latencies.  HELP_ERR_INFEASIBLE, HELP_ERR_CANCELLED. */
HELP_API HELP_CHECKED help_status help_evolver_ask(help_evolver *evolver, int32_t *out_archs,
                                                   size_t capacity, size_t stride,
                                                   double *out_latency_ms, size_t *out_count);
/* Give the accuracies of the n rows that help_evolver_ask wrote last: higher is better, and
 * -INFINITY for a row that failed.
 * HELP_ERR_CALLBACK for a NaN or another n; the evolver is unchanged then. */
HELP_API HELP_CHECKED help_status help_evolver_tell(help_evolver *evolver, const double *accuracy,
                                                    size_t n);
/* Write the best results so far, as help_search does: out_archs[top_k], out_accuracy[top_k],
 * out_latency_ms[top_k], and *out_report (may be NULL).  top_k is at most that of
 * help_evolver_new. */
HELP_API HELP_CHECKED help_status help_evolver_results(const help_evolver *evolver, size_t top_k,
                                                       int32_t *out_archs, size_t stride,
                                                       double *out_accuracy,
                                                       double *out_latency_ms, size_t *out_count,
                                                       help_search_report *out_report);
/* The search space, as a new handle that the caller frees. */
HELP_API HELP_CHECKED help_status help_evolver_space(const help_evolver *evolver,
                                                     help_space **out);
/* The predictor, or one equal to it, as a new handle that the caller frees. */
HELP_API HELP_CHECKED help_status help_evolver_predictor(const help_evolver *evolver,
                                                         help_predictor **out);
/* Limits, settings, and progress, as JSON. */
HELP_API HELP_CHECKED help_status help_evolver_describe(const help_evolver *evolver,
                                                        help_buffer *out);
/* Write an evolver file with everything, predictors and settings included, except the cancel
 * flag.  HELP_ERR_IO. */
HELP_API HELP_CHECKED help_status help_evolver_save(const help_evolver *evolver, const char *path);
/* Write an evolver file to memory. */
HELP_API HELP_CHECKED help_status help_evolver_write(const help_evolver *evolver,
                                                     help_buffer *out);
/* Read an evolver file; the search continues as if it had not been interrupted.
 * HELP_ERR_IO, HELP_ERR_FORMAT, HELP_ERR_VERSION. */
HELP_API HELP_CHECKED help_status help_evolver_load(const char *path, help_evolver **out);
/* Read an evolver file from memory; the bytes are copied. */
HELP_API HELP_CHECKED help_status help_evolver_load_memory(const void *data, size_t size,
                                                           help_evolver **out);

/* ---- accuracy models (experimental) ------------------------------------------------ */

/* Read the file of an accuracy model: a network that predicts the accuracy of a space's
 * architectures, so that a search calls nothing outside the library:
 *   help_accuracy_load("ofa-accuracy.safetensors", &accuracy);
 *   help_search(predictor, 20.0, help_accuracy_score, accuracy, ...);
 * docs/internals/file-format.md describes the file; helpnas.import_accuracy_model converts
 * once-for-all's.  HELP_ERR_IO, HELP_ERR_FORMAT, HELP_ERR_VERSION. */
HELP_API HELP_CHECKED help_status help_accuracy_load(const char *path, help_accuracy **out);
/* Read the file of an accuracy model from memory; the bytes are copied. */
HELP_API HELP_CHECKED help_status help_accuracy_load_memory(const void *data, size_t size,
                                                            help_accuracy **out);
/* Write the file of an accuracy model, as help_model_save does.  HELP_ERR_IO. */
HELP_API HELP_CHECKED help_status help_accuracy_save(const help_accuracy *accuracy,
                                                     const char *path);
/* Write the file of an accuracy model to memory. */
HELP_API HELP_CHECKED help_status help_accuracy_write(const help_accuracy *accuracy,
                                                      help_buffer *out);
HELP_API void help_accuracy_free(help_accuracy *accuracy);
/* The model's search space, as a new handle that the caller frees. */
HELP_API HELP_CHECKED help_status help_accuracy_space(const help_accuracy *accuracy,
                                                      help_space **out);
/* Space, layers, features, and origin, as JSON. */
HELP_API HELP_CHECKED help_status help_accuracy_describe(const help_accuracy *accuracy,
                                                         help_buffer *out);
/* Accuracy of n rows, in the unit of the model's training data (once-for-all: a fraction).
 * If a row is outside the space, the call fails and writes nothing.  The accuracy of a row
 * does not depend on the other rows of the batch. */
HELP_API HELP_CHECKED help_status help_accuracy_predict(const help_accuracy *accuracy,
                                                        const int32_t *archs, size_t n,
                                                        size_t stride, double *out_accuracy);
/* help_accuracy_predict as a help_accuracy_fn: pass it to help_search, with a help_accuracy
 * of the predictor's space as user. */
HELP_API HELP_CHECKED help_status help_accuracy_score(void *accuracy, const int32_t *archs,
                                                      size_t n, size_t stride,
                                                      double *out_accuracy);

/* ---- meta-training (experimental) -------------------------------------------------- */

enum help_device_role {
  HELP_DEVICE_TRAIN = 0, /* to learn from */
  HELP_DEVICE_VALID = 1  /* to choose the best network by */
};

/* Make a table of n different architectures as rows; devices are added as columns. */
HELP_API HELP_CHECKED help_status help_dataset_new(const help_space *space, const int32_t *archs,
                                                   size_t n, size_t stride, help_dataset **out);
/* Add a device with its role (enum help_device_role) and its latencies in the rows' order,
 * latency_ms[n] with the n of help_dataset_new: greater than 0, or NaN where not measured. */
HELP_API HELP_CHECKED help_status help_dataset_add_device(help_dataset *dataset, const char *name,
                                                          int32_t role, const double *latency_ms);
/* Choose which rows are the references: rows[count], 2 to 1000 of them. */
HELP_API HELP_CHECKED help_status help_dataset_set_references(help_dataset *dataset,
                                                              const size_t *rows, size_t count);
HELP_API void help_dataset_free(help_dataset *dataset);

typedef struct help_train_options {
  size_t struct_size;      /* set by help_train_options_init */

  /* What to train */
  int32_t bayes;           /* whether to fit HELP_METHOD_BAYES; 1 */
  int32_t help;            /* whether to meta-train HELP_METHOD_HELP, which needs references; 1 */
  uint64_t seed;           /* random seed; 0 */
  size_t threads;          /* number of threads, which does not change the result; 1 */
  size_t train_rows;       /* number of rows, from the first, to train on; 0: all */
  size_t valid_rows;       /* number of rows after those on which validation devices are
                              scored; 0: all that remain, or the training rows if none do */

  /* HELP_METHOD_HELP */
  size_t episodes;         /* number of episodes; 2000 */
  size_t tasks;            /* devices in an episode, at most all that are for training; 8 */
  size_t support;          /* architectures on which a task adapts; 10 */
  size_t query;            /* architectures on which a task's loss is computed; 200 */
  size_t valid_interval;   /* episodes between validations; 50 */
  size_t hidden;           /* width of the network's layers; 100 */
  int32_t inner_steps;     /* gradient steps of a task; 2 */
  int32_t second_order;    /* whether to differentiate through the inner steps; 1 */
  int32_t learn_rates;     /* whether to learn a rate for each weight (Meta-SGD; 0: MAML); 1 */
  int32_t modulation;      /* whether to sample and learn the task modulation z; 1 */
  double inner_rate;       /* learning rate of the inner steps, or the first value of learnt
                              ones; 1e-3 */
  double meta_rate;        /* learning rate of Adam; 1e-4 */
  double kl_weight;        /* weight of the divergence of z from its prior; 0.1 */
  double modulation_scale; /* factor on z in the modulated weights; 0.01 */
  double trim;             /* share of a device's slowest rows, and of its fastest, that
                              episodes leave out, in [0, 0.45]; 0.1 */

  /* While it runs */
  help_progress_fn progress; /* called after every episode; NULL */
  void *progress_user;       /* first argument of progress; NULL */
  const help_cancel *cancel; /* flag that stops training; NULL */
} help_train_options;
/* Write every default. */
HELP_API HELP_CHECKED help_status help_train_options_init(help_train_options *options,
                                                          size_t struct_size);

/* Train a model: fit HELP_METHOD_BAYES to the training devices, then meta-train HELP's
 * network.  The network with the best mean Spearman correlation on the validation devices is
 * kept, or the last one if there are none.  If a training device lacks latencies of
 * references, they are estimated from its other latencies, of which it needs at least 100.
 * HELP_ERR_MEASUREMENTS for a device with too few latencies, HELP_ERR_DIVERGED,
 * HELP_ERR_CANCELLED (no model is made). */
HELP_API HELP_CHECKED help_status help_meta_train(const help_dataset *dataset,
                                                  const help_train_options *options,
                                                  help_model **out);

/* ---- scores (stable) --------------------------------------------------------------- */

typedef struct help_scores {
  size_t struct_size; /* set it before the call */
  double spearman;    /* rank correlation; NaN if one side is constant */
  double kendall;     /* rank correlation tau-b; NaN if one side is constant */
  double pearson;     /* linear correlation; NaN if one side is constant */
  double rmse;        /* root mean squared error, in the unit of the inputs */
  double mape;        /* mean |predicted - truth| / |truth|, a fraction */
  double within10;    /* share of predictions within 10 % of the truth */
} help_scores;
/* Scores of n predictions against the truth; n is at least 2, every number finite, and no
 * truth 0. */
HELP_API HELP_CHECKED help_status help_score(const double *predicted, const double *truth,
                                             size_t n, help_scores *out);
/* Spearman correlation between every two of m devices, over the architectures measured on
 * both.  Row d of latency_ms[m][n], at d * stride, holds n latencies, NaN where not measured;
 * out[m][m] is NaN where fewer than three are common or one side is constant.  From
 * 0.9 one device can stand in for the other in a search (OneProxy, Lu et al., 2022). */
HELP_API HELP_CHECKED help_status help_monotonicity(const double *latency_ms, size_t m, size_t n,
                                                    size_t stride, double *out);

enum help_proxy_verdict {
  HELP_PROXY_OPEN = 0,     /* the interval contains the threshold: measure more rows */
  HELP_PROXY_SIMILAR = 1,  /* the interval lies at or above the threshold */
  HELP_PROXY_DIFFERENT = 2 /* the interval lies below the threshold */
};

typedef struct help_proxy_report {
  size_t struct_size; /* set it before the call */
  double spearman;    /* over the rows measured on both; NaN as in help_monotonicity */
  double lower;       /* lower end of its confidence interval over all architectures */
  double upper;       /* upper end of that interval */
  uint64_t rows;      /* number of rows measured on both */
  int32_t verdict;    /* enum help_proxy_verdict */
  int32_t reserved;   /* 0 */
} help_proxy_report;
/* Test whether one device can serve as a proxy for another: the rank correlation over the
 * rows measured on both, its confidence interval, and whether that lies above, below or
 * across threshold.  n latencies of each device, NaN where not measured; threshold in
 * (-1, 1); level in (0, 1) is the probability of the interval if the common rows were drawn
 * at random (Fisher's z with Bonett and Wright's variance).  With up to three common rows the
 * interval is [-1, 1]. */
HELP_API HELP_CHECKED help_status help_proxy_test(const double *proxy_ms, const double *target_ms,
                                                  size_t n, double threshold, double level,
                                                  help_proxy_report *out);

#ifdef __cplusplus
}
#endif
#endif /* HELP_H */

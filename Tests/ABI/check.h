/* What the tests of the shared library have in common.  A test is a program that
 * gets the path of a NAS-Bench-201 model, writes what failed to its first stdout,
 * and returns non-zero when something did.  While it runs, fds 1 and 2 lead to a
 * file that must stay empty: the library writes nothing. */
#ifndef CHECK_H
#define CHECK_H

#define _GNU_SOURCE
#include <help.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GENES = 6, MAX_REFERENCES = 64 };

static FILE *report;
static int silence_fd = -1;
static unsigned long checks, failures;
/* Set under valgrind: fewer repetitions, and no use of freed memory on purpose. */
static int brief;

static inline void check_failed(const char *file, int line, const char *format, ...) {
  failures++;
  fprintf(report, "%s:%d: ", file, line);
  va_list arguments;
  va_start(arguments, format);
  vfprintf(report, format, arguments);
  va_end(arguments);
  fputc('\n', report);
  fflush(report);
}

#define CHECK(condition)                                                          \
  do {                                                                            \
    checks++;                                                                     \
    if (!(condition)) check_failed(__FILE__, __LINE__, "not true: %s", #condition); \
  } while (0)

/* The call returns this status; failures also leave a message naming the function. */
#define CHECK_STATUS(expected, call) check_status(__FILE__, __LINE__, expected, call, TEXT(call))
#define TEXT(call) TEXT_(call)
#define TEXT_(...) #__VA_ARGS__
#define CHECK_OK(call) CHECK_STATUS(HELP_OK, call)

static inline int message_names(const char *call) {
  size_t length = strcspn(call, "(");
  const char *found = help_last_error();
  while ((found = strstr(found, "help_")) != NULL) {
    if (strncmp(found, call, length) == 0) return 1;
    found++;
  }
  return 0;
}

static inline int check_status(const char *file, int line, help_status expected, help_status status,
                               const char *call) {
  checks++;
  if (status != expected)
    check_failed(file, line, "%s gave %s (%s), not %s", call, help_status_name(status),
                 status > 0 ? help_last_error() : "", help_status_name(expected));
  else if (status > 0 && !message_names(call))
    check_failed(file, line, "%s: the message does not name it: \"%s\"", call, help_last_error());
  return status == expected;
}

/* For what the rest of a test cannot do without. */
#define MUST(call)                                                 \
  do {                                                             \
    if (!CHECK_OK(call)) exit(finish());                           \
  } while (0)

static inline void start(void) {
  char name[] = "/tmp/libhelp-silence-XXXXXX";
  brief = getenv("ABI_BRIEF") != NULL;
  int out = dup(1);
  silence_fd = mkstemp(name);
  if (out < 0 || silence_fd < 0 || (report = fdopen(out, "w")) == NULL) {
    perror("start");
    exit(2);
  }
  unlink(name);
  dup2(silence_fd, 1);
  dup2(silence_fd, 2);
}

static inline int finish(void) {
  struct stat written;
  fflush(NULL);
  checks++;
  if (fstat(silence_fd, &written) != 0 || written.st_size != 0) {
    char text[200] = "";
    if (pread(silence_fd, text, sizeof text - 1, 0) < 0) text[0] = '\0';
    check_failed(__FILE__, __LINE__, "something was written to stdout or stderr: %s", text);
  }
  fprintf(report, "%lu checks\n", checks);
  fclose(report);
  return failures != 0;
}

static inline help_model *load_model(int argc, char **argv) {
  help_model *model = NULL;
  if (argc < 2) {
    fprintf(report, "usage: %s MODEL\n", argv[0]);
    exit(2);
  }
  MUST(help_load(argv[1], &model));
  return model;
}

/* Milliseconds of a made-up device that is slower for heavier networks; different
 * devices differ in what an operation costs. */
static inline double measure(const int32_t *arch, int device) {
  static const double cost[5] = {0.0, 0.1, 1.0, 3.0, 0.6};
  double sum = 2.0 + 0.1 * device;
  for (int i = 0; i < GENES; i++) sum += cost[arch[i]] * (1.0 + 0.15 * ((device + i) % 4));
  return sum;
}

typedef struct {
  int32_t archs[MAX_REFERENCES * GENES];
  double ms[MAX_REFERENCES];
  size_t n;
} measurements;

static inline measurements measure_references(const help_model *model, int device) {
  measurements m = {.n = help_model_reference_count(model)};
  if (m.n > MAX_REFERENCES || m.n == 0) {
    check_failed(__FILE__, __LINE__, "%zu references", m.n);
    exit(finish());
  }
  MUST(help_model_references(model, m.archs, GENES));
  for (size_t i = 0; i < m.n; i++) m.ms[i] = measure(m.archs + i * GENES, device);
  return m;
}

static inline help_predictor *adapt(const help_model *model, int device) {
  measurements m = measure_references(model, device);
  help_predictor *predictor = NULL;
  MUST(help_adapt(model, m.archs, m.n, GENES, m.ms, NULL, &predictor));
  return predictor;
}

static inline help_status score_macs(void *user, const int32_t *archs, size_t n, size_t stride,
                                     double *out_accuracy) {
  return help_arch_macs(user, archs, n, stride, out_accuracy);
}

/* A table of this many rows and devices that training can start from; the first ten
 * rows are the references, the last device is for validation. */
static inline help_dataset *make_dataset(const help_space *space, size_t rows, int devices) {
  enum { MOST = 400, REFERENCES = 10 };
  static int32_t archs[MOST * GENES];
  static double ms[MOST];
  help_dataset *dataset = NULL;
  MUST(help_space_sample(space, 7, archs, rows, GENES));
  MUST(help_dataset_new(space, archs, rows, GENES, &dataset));
  for (int d = 0; d < devices; d++) {
    char name[] = "device A";
    name[7] = (char)('A' + d);
    for (size_t i = 0; i < rows; i++) ms[i] = measure(archs + i * GENES, d);
    MUST(help_dataset_add_device(dataset, name, d + 1 < devices ? HELP_DEVICE_TRAIN : HELP_DEVICE_VALID,
                                 ms));
  }
  size_t references[REFERENCES];
  for (size_t i = 0; i < REFERENCES; i++) references[i] = i;
  MUST(help_dataset_set_references(dataset, references, REFERENCES));
  return dataset;
}

static inline uint32_t add_crc32(uint32_t crc, const void *data, size_t size) {
  const unsigned char *bytes = data;
  crc = ~crc;
  for (size_t i = 0; i < size; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

/* A file of the library, with ' for " in its description: how many bytes it has. */
static inline size_t put_file(char *file, size_t room, const char *format, const char *description,
                              const char *tensors, const void *data, size_t size) {
  char plain[2000], escaped[2 * sizeof plain], *end = escaped;
  size_t length = strlen(description);
  for (size_t i = 0; i < length; i++) {
    plain[i] = description[i] == '\'' ? '"' : description[i];
    if (plain[i] == '"') *end++ = '\\';
    *end++ = plain[i];
  }
  *end = '\0';
  uint32_t crc = add_crc32(add_crc32(0, plain, length), data, size);
  int header = snprintf(file + 8, room - 8,
                        "{\"__metadata__\":{\"format\":\"libhelp-%s\",\"description\":\"%s\","
                        "\"checksum\":\"crc32:%08x\"},%s}",
                        format, escaped, crc, tensors);
  for (int i = 0; i < 8; i++) file[i] = (char)((uint64_t)header >> 8 * i);
  memcpy(file + 8 + header, data, size);
  return 8 + (size_t)header + size;
}

/* A small accuracy model: a layer of one output over the genes' choices, one-hot. */
static inline help_accuracy *make_accuracy(void) {
  enum { FEATURES = 5 * GENES };
  char file[1200], tensors[300];
  float weights[FEATURES + 1];
  for (int i = 0; i <= FEATURES; i++) weights[i] = (float)(i % 7) / 8;
  snprintf(tensors, sizeof tensors,
           "\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,%d],\"data_offsets\":[0,%d]},"
           "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}",
           FEATURES, 4 * FEATURES, 4 * FEATURES, 4 * FEATURES + 4);
  size_t size = put_file(file, sizeof file, "accuracy",
                         "{'format_version':1,'space':'nasbench201','layers':[1],"
                         "'features':[{'kind':'one_hot'}],'base':0.5,'record':null}",
                         tensors, weights, sizeof weights);
  help_accuracy *accuracy = NULL;
  MUST(help_accuracy_load_memory(file, size, &accuracy));
  return accuracy;
}

/* A predictor of a space, a name or a description in quotes of ', that gives so many
 * milliseconds for a multiply-accumulate.  It has no deviations. */
static inline help_predictor *make_predictor(const char *space, double weight) {
  char file[4000], description[1500];
  snprintf(description, sizeof description,
           "{'format_version':1,'space':%s,'method':'macs','record':null,'tail_ms':1e-6}", space);
  size_t size = put_file(file, sizeof file, "predictor", description,
                         "\"weights\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}", &weight,
                         sizeof weight);
  help_predictor *predictor = NULL;
  MUST(help_predictor_load_memory(file, size, &predictor));
  return predictor;
}

/* Options of a training run that takes a moment. */
static inline help_train_options quick_training(void) {
  help_train_options options;
  MUST(help_train_options_init(&options, sizeof options));
  if (brief) options.bayes = 0; /* slow under valgrind; other runs do it */
  options.episodes = 4;
  options.tasks = 2;
  options.query = 20;
  options.train_rows = 120;
  options.hidden = 8;
  options.valid_interval = 2;
  return options;
}

#endif

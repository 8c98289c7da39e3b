/* Damaged and hostile files through help_load_memory and its like for predictors, accuracy
 * models and evolvers: cut short, a bit changed, headers that lie.  None crashes; what loads all the same
 * has the content of the undamaged file. */
#include "check.h"

#include <malloc.h>

/* Only every so many-th damage is tried. */
static size_t stride = 1;

/* A kind of file: how it is read, and written again. */
typedef struct {
  const char *name;
  help_buffer good;
  help_status (*copy)(const void *data, size_t size, help_buffer *out);
} kind;

static help_status copy_model(const void *data, size_t size, help_buffer *out) {
  help_model *model = NULL;
  help_status status = help_load_memory(data, size, &model);
  CHECK((status == HELP_OK) == (model != NULL));
  if (status == HELP_OK) CHECK_OK(help_model_write(model, out));
  help_model_free(model);
  return status;
}

static help_status copy_predictor(const void *data, size_t size, help_buffer *out) {
  help_predictor *predictor = NULL;
  help_status status = help_predictor_load_memory(data, size, &predictor);
  CHECK((status == HELP_OK) == (predictor != NULL));
  if (status == HELP_OK) CHECK_OK(help_predictor_write(predictor, out));
  help_predictor_free(predictor);
  return status;
}

static help_status copy_accuracy(const void *data, size_t size, help_buffer *out) {
  help_accuracy *accuracy = NULL;
  help_status status = help_accuracy_load_memory(data, size, &accuracy);
  CHECK((status == HELP_OK) == (accuracy != NULL));
  if (status == HELP_OK) CHECK_OK(help_accuracy_write(accuracy, out));
  help_accuracy_free(accuracy);
  return status;
}

static help_status copy_evolver(const void *data, size_t size, help_buffer *out) {
  help_evolver *evolver = NULL;
  help_status status = help_evolver_load_memory(data, size, &evolver);
  CHECK((status == HELP_OK) == (evolver != NULL));
  if (status == HELP_OK) CHECK_OK(help_evolver_write(evolver, out));
  help_evolver_free(evolver);
  return status;
}

static int refused(help_status status) {
  return status == HELP_ERR_FORMAT || status == HELP_ERR_VERSION || status == HELP_ERR_UNSUPPORTED ||
         status == HELP_ERR_ARGUMENT;
}

/* Reads bytes in an allocation of exactly their size, where valgrind sees each read
 * beyond it. */
static help_status read_exactly(const kind *k, const char *data, size_t size, help_buffer *out) {
  char *bytes = malloc(size ? size : 1);
  memcpy(bytes, data, size);
  help_status status = k->copy(bytes, size, out);
  free(bytes);
  CHECK(status == HELP_OK || (refused(status) && *help_last_error()));
  return status;
}

/* Refused, or the same content. */
static void try_damaged(const kind *k, const char *data, size_t size, const char *what, size_t where) {
  help_buffer copy = HELP_BUFFER_INIT;
  if (read_exactly(k, data, size, &copy) != HELP_OK) return;
  checks++;
  if (copy.size != k->good.size || memcmp(copy.data, k->good.data, copy.size) != 0)
    check_failed(__FILE__, __LINE__, "a %s %s at byte %zu loads with another content", k->name, what, where);
  help_buffer_free(&copy);
}

/* Only a crash is wrong: an edited description may well be a valid file. */
static void try_edited(const kind *k, const char *data, size_t size) {
  help_buffer copy = HELP_BUFFER_INIT;
  read_exactly(k, data, size, &copy);
  help_buffer_free(&copy);
}

static uint64_t get_length(const char *file) {
  uint64_t length = 0;
  for (int i = 7; i >= 0; i--) length = length << 8 | (unsigned char)file[i];
  return length;
}

static void put_length(char *file, uint64_t length) {
  for (int i = 0; i < 8; i++) file[i] = (char)(length >> 8 * i);
}

static void truncated(const kind *k) {
  size_t header = 8 + get_length(k->good.data);
  for (size_t size = 0; size < k->good.size; size += size < header + 64 ? stride : 97 * stride)
    try_damaged(k, k->good.data, size, "cut", size);
  char *longer = malloc(k->good.size + 1);
  memcpy(longer, k->good.data, k->good.size);
  longer[k->good.size] = 0;
  try_damaged(k, longer, k->good.size + 1, "longer", k->good.size);
  free(longer);
}

static void flipped(const kind *k) {
  size_t header = 8 + get_length(k->good.data);
  char *bytes = malloc(k->good.size);
  memcpy(bytes, k->good.data, k->good.size);
  for (size_t i = 0; i < k->good.size; i += i < header ? stride : 97 * stride) {
    bytes[i] = (char)(bytes[i] ^ 1 << i / stride % 8);
    try_damaged(k, bytes, k->good.size, "flipped", i);
    bytes[i] = k->good.data[i];
  }
  free(bytes);
}

static void lengths(const kind *k) {
  uint64_t good = get_length(k->good.data);
  const uint64_t wrong[] = {0,         1,         2,         good - 1,      good + 1,        k->good.size,
                            INT32_MAX, UINT32_MAX, INT64_MAX, INT64_MAX - 7, (uint64_t)INT64_MAX + 1,
                            UINT64_MAX, UINT64_MAX - 7, k->good.size - 8, k->good.size - 7};
  char *bytes = malloc(k->good.size);
  memcpy(bytes, k->good.data, k->good.size);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    put_length(bytes, wrong[i]);
    try_damaged(k, bytes, k->good.size, "with a wrong header length", i);
  }
  free(bytes);
}

/* ---- headers ------------------------------------------------------------------------ */

/* The good file with `size` bytes of its header at `where` replaced. */
static void edit(const kind *k, size_t where, size_t size, const char *text, size_t text_size) {
  size_t rest = k->good.size - where - size;
  char *bytes = malloc(where + text_size + rest);
  memcpy(bytes, k->good.data, where);
  memcpy(bytes + where, text, text_size);
  memcpy(bytes + where + text_size, k->good.data + where + size, rest);
  put_length(bytes, get_length(k->good.data) - size + text_size);
  try_edited(k, bytes, where + text_size + rest);
  free(bytes);
}

/* The end of the JSON value that starts here. */
static size_t value_end(const char *data, size_t i, size_t end) {
  for (int depth = 0, quoted = 0; i < end; i++) {
    if (quoted) {
      if (data[i] == '\\') i++;
      else if (data[i] == '"') quoted = 0;
      if (!quoted && depth == 0) return i + 1;
      continue;
    }
    switch (data[i]) {
      case '"': quoted = 1; break;
      case '[': case '{': depth++; break;
      case ']': case '}':
        if (depth == 0) return i;
        if (--depth == 0) return i + 1;
        break;
      case ',': if (depth == 0) return i; break;
      default: break;
    }
  }
  return end;
}

/* Each value of the header in turn, and of the JSON inside its strings, becomes
 * something else. */
static void replaced_values(const kind *k) {
  static const char *const hostile[] = {
      "null", "true", "-1", "0", "1e999", "-1e999", "NaN", "Infinity", "-0.5", "18446744073709551616",
      "9223372036854775807", "9223372036854775800", "-9223372036854775808", "4294967296", "1e308", "\"\"",
      "\"x\"", "[]", "{}", "[[[[]]]]", "[9223372036854775807,9223372036854775807]", "[-4,-1]", "[8,4]",
      "\"\\ud800\"", "\"\\u0000\"", "", ",", "}", "\\\"", "\\\"x\\\""};
  size_t end = 8 + get_length(k->good.data);
  for (size_t i = 8; i + 1 < end; i++) {
    char before = k->good.data[i];
    if (before != ':' && before != '[' && before != ',') continue;
    size_t stop = value_end(k->good.data, i + 1, end);
    size_t step = brief ? 30 : 3; /* not each with each; neighbours get others */
    for (size_t h = i % step; h < sizeof hostile / sizeof *hostile; h += step)
      edit(k, i + 1, stop - i - 1, hostile[h], strlen(hostile[h]));
  }
}

/* A file with this header and n bytes of data. */
static void try_header(const kind *k, const char *header, size_t size, size_t n) {
  char *bytes = calloc(1, 8 + size + n);
  put_length(bytes, size);
  memcpy(bytes + 8, header, size);
  try_edited(k, bytes, 8 + size + n);
  free(bytes);
}

static void headers(const kind *k) {
#define TENSOR(shape, offsets) \
  "{\"a\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
  static const char *const texts[] = {
      "", " ", "{", "}", "{}", "[]", "null", "1", "\"\"", "{\"a\"", "{\"a\":", "{\"a\":}", "{,}", "{}{}", "{} x",
      "{\"__metadata__\":null}", "{\"__metadata__\":[]}", "{\"__metadata__\":{}}", "{\"__metadata__\":{\"format\":1}}",
      "{\"__metadata__\":{},\"__metadata__\":{}}",
      TENSOR("[2]", "[0,8]"), TENSOR("[2]", "[8,0]"), TENSOR("[2]", "[-8,0]"), TENSOR("[-2]", "[0,8]"),
      TENSOR("[2]", "[0,16]"), TENSOR("[2]", "[0,9223372036854775807]"), TENSOR("[2]", "[0]"), TENSOR("[2]", "{}"),
      TENSOR("[4294967296,4294967296]", "[0,0]"), TENSOR("[9223372036854775807,4]", "[0,8]"),
      TENSOR("[1e999]", "[0,8]"), TENSOR("[NaN]", "[0,8]"), TENSOR("[2.5]", "[0,8]"), TENSOR("2", "[0,8]"),
      TENSOR("[0,9223372036854775807]", "[0,0]"), TENSOR("[[2]]", "[0,8]"), TENSOR("[null]", "[null,null]"),
      "{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"shape\":[1],\"data_offsets\":[0,8]}}", "{\"a\":{}}", "{\"a\":1}", "{\"\":{}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
      "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"\xff\xfe\":1}", "{\"a\":\"\x01\"}", "{'a':1}", "{/*c*/}", "{\"a\":01}", "{\"a\":+1}"};
#undef TENSOR
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    for (size_t n = 0; n <= 8; n += 8) try_header(k, texts[i], strlen(texts[i]), n);
  try_header(k, "{\"a\":\0}", 7, 0);

  enum { DEPTH = 500000 };
  static char deep[2 * DEPTH + 8];
  static const char opening[] = "[{";
  for (int i = 0; i < 2; i++) {
    memcpy(deep, "{\"a\":", 5);
    for (size_t at = 5; at < sizeof deep;)
      at += (size_t)snprintf(deep + at, sizeof deep - at, i ? "{\"a\":" : "%c", opening[i]);
    try_header(k, deep, sizeof deep - 1, 0);
    try_header(k, deep, 4000, 0);
  }
  memset(deep, ' ', sizeof deep);
  try_header(k, deep, sizeof deep, 0);
  memset(deep, '9', sizeof deep);
  memcpy(deep, "{\"a\":", 5);
  try_header(k, deep, sizeof deep, 0);
}

/* ---- through the file system ----------------------------------------------------------- */

static void saved_files(const help_model *model, const help_predictor *predictor) {
  char directory[] = "/tmp/libhelp-files-XXXXXX", path[64], other[64];
  if (mkdtemp(directory) == NULL) {
    check_failed(__FILE__, __LINE__, "mkdtemp");
    return;
  }
  snprintf(path, sizeof path, "%s/model", directory);
  snprintf(other, sizeof other, "%s/predictor", directory);
  help_model *model_again = NULL;
  help_predictor *predictor_again = NULL;
  help_buffer first = HELP_BUFFER_INIT, second = HELP_BUFFER_INIT;
  for (int overwrite = 0; overwrite < 2; overwrite++) {
    CHECK_OK(help_model_save(model, path));
    CHECK_OK(help_predictor_save(predictor, other));
  }
  CHECK_OK(help_load(path, &model_again));
  CHECK_OK(help_predictor_load(other, &predictor_again));
  CHECK_OK(help_model_write(model, &first));
  CHECK_OK(help_model_write(model_again, &second));
  CHECK(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
  CHECK_STATUS(HELP_ERR_FORMAT, help_load(other, &model_again));
  help_buffer_free(&first);
  help_buffer_free(&second);
  help_predictor_free(predictor_again);
  help_model_free(model_again);
  CHECK(unlink(path) == 0 && unlink(other) == 0);
  CHECK(rmdir(directory) == 0); /* no temporary name is left */
}

static void saved_accuracy(const help_accuracy *accuracy) {
  char path[] = "/tmp/libhelp-files-XXXXXX";
  int file = mkstemp(path);
  CHECK(file >= 0 && close(file) == 0);
  static const int32_t arch[GENES] = {3, 1, 2, 3, 4, 0};
  double first = NAN, second = NAN;
  help_accuracy *again = NULL;
  help_model *model = NULL;
  CHECK_OK(help_accuracy_save(accuracy, path));
  CHECK_OK(help_accuracy_load(path, &again));
  CHECK_OK(help_accuracy_predict(accuracy, arch, 1, GENES, &first));
  CHECK_OK(help_accuracy_predict(again, arch, 1, GENES, &second));
  CHECK(first == second && isfinite(first));
  CHECK_STATUS(HELP_ERR_FORMAT, help_load(path, &model));
  help_accuracy_free(again);
  CHECK(unlink(path) == 0);
}

/* A search with everything in its file that there can be, and rows that are asked. */
static help_evolver *make_evolver(void) {
  static const int32_t start_rows[2 * GENES] = {1, 1, 1, 1, 1, 1, 0, 1, 2, 3, 4, 0};
  help_predictor *plain = make_predictor("'nasbench201'", 1e-7);
  help_limit limits[2] = {{sizeof *limits, HELP_LIMIT_LATENCY, 0, 0, 1e6, plain, 0},
                          {sizeof *limits, HELP_LIMIT_MACS, 0, 0, 1e12, NULL, 0}};
  help_search_options options;
  help_evolver *evolver = NULL;
  int32_t rows[6 * GENES];
  double accuracy[6];
  size_t n = 1;
  MUST(help_search_options_init(&options, sizeof options));
  options.strategy = HELP_SEARCH_EVOLVE;
  options.objective = HELP_OBJECTIVE_PARETO;
  options.population = 6;
  options.limits = limits;
  options.limit_count = 2;
  options.warm_start = start_rows;
  options.warm_start_count = 2;
  options.warm_start_stride = GENES;
  MUST(help_evolver_new(plain, INFINITY, &options, 3, &evolver));
  help_predictor_free(plain);
  for (int step = 0; step < 3; step++) {
    MUST(help_evolver_ask(evolver, rows, 6, GENES, NULL, &n));
    for (size_t i = 0; i < n; i++) accuracy[i] = measure(rows + i * GENES, 3);
    accuracy[0] = step ? INFINITY : -INFINITY;
    MUST(help_evolver_tell(evolver, accuracy, n));
  }
  MUST(help_evolver_ask(evolver, rows, 6, GENES, NULL, &n));
  return evolver;
}

/* Saved, overwritten, loaded; a save that fails leaves what was there. */
static void saved_evolver(help_evolver *evolver) {
  char directory[] = "/tmp/libhelp-files-XXXXXX", path[64], nowhere[80];
  if (mkdtemp(directory) == NULL) {
    check_failed(__FILE__, __LINE__, "mkdtemp");
    return;
  }
  snprintf(path, sizeof path, "%s/search", directory);
  snprintf(nowhere, sizeof nowhere, "%s/search/search", directory);
  help_evolver *again = NULL;
  help_buffer first = HELP_BUFFER_INIT, second = HELP_BUFFER_INIT;
  for (int overwrite = 0; overwrite < 2; overwrite++) CHECK_OK(help_evolver_save(evolver, path));
  CHECK_STATUS(HELP_ERR_IO, help_evolver_save(evolver, nowhere));
  CHECK_STATUS(HELP_ERR_IO, help_evolver_save(evolver, directory));
  CHECK_OK(help_evolver_load(path, &again));
  CHECK_OK(help_evolver_write(evolver, &first));
  CHECK_OK(help_evolver_write(again, &second));
  CHECK(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
  CHECK(truncate(path, (off_t)first.size / 2) == 0);
  help_evolver *untouched = again;
  CHECK_STATUS(HELP_ERR_FORMAT, help_evolver_load(path, &untouched));
  CHECK(untouched == again);
  CHECK_OK(help_evolver_save(evolver, path)); /* over what is damaged */
  help_evolver_free(again);
  CHECK_OK(help_evolver_load(path, &again));
  help_evolver_free(again);
  help_buffer_free(&first);
  help_buffer_free(&second);
  CHECK(unlink(path) == 0);
  CHECK(rmdir(directory) == 0); /* no temporary name is left */
}

int main(int argc, char **argv) {
  start();
  if (brief) stride = 200;
  /* A megabyte for each of 100000 copies: to be used again, not given back and faulted in anew. */
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  help_model *model = load_model(argc, argv);
  help_predictor *predictor = adapt(model, 1);
  help_accuracy *accuracy = make_accuracy();
  kind kinds[] = {{"model", HELP_BUFFER_INIT, copy_model},
                  {"predictor", HELP_BUFFER_INIT, copy_predictor},
                  {"accuracy model", HELP_BUFFER_INIT, copy_accuracy},
                  {"evolver", HELP_BUFFER_INIT, copy_evolver}};
  help_evolver *evolver = make_evolver();
  MUST(help_model_write(model, &kinds[0].good));
  MUST(help_predictor_write(predictor, &kinds[1].good));
  MUST(help_accuracy_write(accuracy, &kinds[2].good));
  MUST(help_evolver_write(evolver, &kinds[3].good));
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    help_buffer copy = HELP_BUFFER_INIT;
    MUST(kinds[i].copy(kinds[i].good.data, kinds[i].good.size, &copy));
    CHECK(copy.size == kinds[i].good.size && memcmp(copy.data, kinds[i].good.data, copy.size) == 0);
    help_buffer_free(&copy);
    truncated(&kinds[i]);
    flipped(&kinds[i]);
    lengths(&kinds[i]);
    replaced_values(&kinds[i]);
    headers(&kinds[i]);
    help_buffer_free(&kinds[i].good);
  }
  saved_files(model, predictor);
  saved_accuracy(accuracy);
  saved_evolver(evolver);
  help_evolver_free(evolver);
  help_accuracy_free(accuracy);
  help_predictor_free(predictor);
  help_model_free(model);
  return finish();
}

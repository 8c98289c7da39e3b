/* libhelp for Node.js, as a Node-API addon; help.js gives it its classes.  Handles are externals
 * that are freed when they are collected. */
#include <help.h>
#include <node_api.h>
#include <stdlib.h>
#include <string.h>

/* Returns from the function if a Node-API call fails; the exception is pending. */
#define TRY(call)                                                     \
  do {                                                                \
    if ((call) != napi_ok) return throw_if_none(env, #call " failed"); \
  } while (0)

static napi_value throw_if_none(napi_env env, const char *message) {
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
    napi_throw_error(env, NULL, message);
  return NULL;
}

/* Throws an Error whose code is the status's name, such as HELP_ERR_IO. */
static napi_value throw_status(napi_env env, help_status status) {
  napi_throw_error(env, help_status_name(status), help_last_error());
  return NULL;
}

static void free_model(napi_env env, void *raw, void *hint) {
  (void)env, (void)hint;
  help_model_free(raw);
}
static void free_space(napi_env env, void *raw, void *hint) {
  (void)env, (void)hint;
  help_space_free(raw);
}
static void free_predictor(napi_env env, void *raw, void *hint) {
  (void)env, (void)hint;
  help_predictor_free(raw);
}

static napi_value owned(napi_env env, void *raw, napi_finalize release) {
  napi_value external;
  if (napi_create_external(env, raw, release, NULL, &external) == napi_ok) return external;
  release(env, raw, NULL);
  return throw_if_none(env, "no handle could be made");
}

/* A typed array's elements. */
static bool elements(napi_env env, napi_value value, napi_typedarray_type wanted, void **data,
                     size_t *count) {
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env, value, &type, count, data, NULL, NULL) == napi_ok &&
      type == wanted)
    return true;
  napi_throw_type_error(env, NULL,
                        wanted == napi_int32_array ? "rows are an Int32Array"
                                                   : "numbers are a Float64Array");
  return false;
}

/* A new typed array of count elements, and its memory. */
static napi_value array(napi_env env, napi_typedarray_type type, size_t count, void **data) {
  napi_value buffer, result;
  size_t size = type == napi_int32_array ? sizeof(int32_t) : sizeof(double);
  TRY(napi_create_arraybuffer(env, count * size, data, &buffer));
  TRY(napi_create_typedarray(env, type, count, buffer, 0, &result));
  return result;
}

static napi_value version(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value text;
  TRY(napi_create_string_utf8(env, help_version_string(), NAPI_AUTO_LENGTH, &text));
  return text;
}

/* load(path) */
static napi_value load(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1, length;
  TRY(napi_get_cb_info(env, info, &count, &argument, NULL, NULL));
  TRY(napi_get_value_string_utf8(env, argument, NULL, 0, &length));
  char *path = malloc(length + 1);
  if (!path) return throw_if_none(env, "no memory");
  help_model *model;
  napi_status read = napi_get_value_string_utf8(env, argument, path, length + 1, NULL);
  help_status status = read == napi_ok ? help_load(path, &model) : HELP_ERR_ARGUMENT;
  free(path);
  return status ? throw_status(env, status) : owned(env, model, free_model);
}

/* space(model) */
static napi_value space(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  help_model *model;
  help_space *made;
  TRY(napi_get_cb_info(env, info, &count, &argument, NULL, NULL));
  TRY(napi_get_value_external(env, argument, (void **)&model));
  help_status status = help_model_space(model, &made);
  return status ? throw_status(env, status) : owned(env, made, free_space);
}

/* width(space) */
static napi_value width(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  size_t count = 1;
  help_space *raw;
  TRY(napi_get_cb_info(env, info, &count, &argument, NULL, NULL));
  TRY(napi_get_value_external(env, argument, (void **)&raw));
  TRY(napi_create_double(env, (double)help_space_width(raw), &result));
  return result;
}

/* references(model, width) */
static napi_value references(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  help_model *model;
  uint32_t genes;
  void *rows;
  TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  TRY(napi_get_value_external(env, arguments[0], (void **)&model));
  TRY(napi_get_value_uint32(env, arguments[1], &genes));
  napi_value result =
      array(env, napi_int32_array, help_model_reference_count(model) * genes, &rows);
  if (!result) return NULL;
  help_status status = help_model_references(model, rows, genes);
  return status ? throw_status(env, status) : result;
}

/* sample(space, n, seed, width) */
static napi_value sample(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  size_t count = 4;
  help_space *raw;
  uint32_t n, seed, genes;
  void *rows;
  TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  TRY(napi_get_value_external(env, arguments[0], (void **)&raw));
  TRY(napi_get_value_uint32(env, arguments[1], &n));
  TRY(napi_get_value_uint32(env, arguments[2], &seed));
  TRY(napi_get_value_uint32(env, arguments[3], &genes));
  napi_value result = array(env, napi_int32_array, (size_t)n * genes, &rows);
  if (!result) return NULL;
  help_status status = help_space_sample(raw, seed, rows, n, genes);
  return status ? throw_status(env, status) : result;
}

/* format(space, row); help.js has checked the row's length */
static napi_value format(napi_env env, napi_callback_info info) {
  napi_value arguments[2], text;
  size_t count = 2, length;
  help_space *raw;
  void *row;
  TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  TRY(napi_get_value_external(env, arguments[0], (void **)&raw));
  if (!elements(env, arguments[1], napi_int32_array, &row, &length)) return NULL;
  help_buffer buffer = HELP_BUFFER_INIT;
  help_status status = help_arch_format(raw, row, &buffer);
  if (status) return throw_status(env, status);
  napi_status made = napi_create_string_utf8(env, buffer.data, buffer.size, &text);
  help_buffer_free(&buffer);
  TRY(made);
  return text;
}

/* adapt(model, rows, milliseconds, width); help.js has checked that the lengths agree */
static napi_value adapt(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  size_t count = 4, length, n;
  help_model *model;
  help_predictor *made;
  uint32_t genes;
  void *rows, *ms;
  TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  TRY(napi_get_value_external(env, arguments[0], (void **)&model));
  TRY(napi_get_value_uint32(env, arguments[3], &genes));
  if (!elements(env, arguments[1], napi_int32_array, &rows, &length) ||
      !elements(env, arguments[2], napi_float64_array, &ms, &n))
    return NULL;
  help_status status = help_adapt(model, rows, n, genes, ms, NULL, &made);
  return status ? throw_status(env, status) : owned(env, made, free_predictor);
}

/* predict(predictor, rows, width) */
static napi_value predict(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3, length;
  help_predictor *raw;
  uint32_t genes;
  void *rows, *ms;
  TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  TRY(napi_get_value_external(env, arguments[0], (void **)&raw));
  TRY(napi_get_value_uint32(env, arguments[2], &genes));
  if (!elements(env, arguments[1], napi_int32_array, &rows, &length)) return NULL;
  napi_value result = array(env, napi_float64_array, length / genes, &ms);
  if (!result) return NULL;
  help_status status = help_predict(raw, rows, length / genes, genes, ms, NULL);
  return status ? throw_status(env, status) : result;
}

typedef struct scorer {
  napi_env env;
  napi_value accuracy; /* a function of an Int32Array of rows that returns a Float64Array */
  uint32_t width;
} scorer;

/* A help_accuracy_fn.  Node-API reports what the function throws as a status, so nothing unwinds
 * into the library; the exception stays pending until search returns to JavaScript. */
static help_status score(void *user, const int32_t *archs, size_t n, size_t stride, double *out) {
  const scorer *self = user;
  napi_env env = self->env;
  napi_value rows, nothing, scores;
  void *data, *numbers;
  size_t count;
  if (!(rows = array(env, napi_int32_array, n * self->width, &data))) return -1;
  for (size_t i = 0; i < n; i++)
    memcpy((int32_t *)data + i * self->width, archs + i * stride, self->width * sizeof *archs);
  if (napi_get_undefined(env, &nothing) != napi_ok ||
      napi_call_function(env, nothing, self->accuracy, 1, &rows, &scores) != napi_ok ||
      !elements(env, scores, napi_float64_array, &numbers, &count))
    return -1;
  memcpy(out, numbers, (count < n ? count : n) * sizeof *out); /* too few are the library's error */
  return HELP_OK;
}

/* search(predictor, limit, accuracy, width, rows, accuracies, milliseconds): how many were found;
 * the three arrays receive them */
static napi_value search(napi_env env, napi_callback_info info) {
  napi_value arguments[7], result;
  size_t count = 7, length, top_k, found;
  help_predictor *raw;
  double limit;
  void *rows, *accuracies, *ms;
  scorer self = {.env = env};
  TRY(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  TRY(napi_get_value_external(env, arguments[0], (void **)&raw));
  TRY(napi_get_value_double(env, arguments[1], &limit));
  self.accuracy = arguments[2];
  TRY(napi_get_value_uint32(env, arguments[3], &self.width));
  if (!elements(env, arguments[4], napi_int32_array, &rows, &length) ||
      !elements(env, arguments[5], napi_float64_array, &accuracies, &top_k) ||
      !elements(env, arguments[6], napi_float64_array, &ms, &top_k))
    return NULL;
  help_status status = help_search(raw, limit, score, &self, NULL, top_k, rows, self.width,
                                   accuracies, ms, &found, NULL);
  if (status < 0) return throw_if_none(env, "the accuracy function failed");
  if (status) return throw_status(env, status);
  TRY(napi_create_double(env, (double)found, &result));
  return result;
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback call;
  } functions[] = {{"version", version}, {"load", load},       {"space", space},
                   {"width", width},     {"sample", sample},   {"format", format},
                   {"adapt", adapt},     {"predict", predict}, {"search", search},
                   {"references", references}};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    TRY(napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL,
                             &function));
    TRY(napi_set_named_property(env, exports, functions[i].name, function));
  }
  return exports;
}

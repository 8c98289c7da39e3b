/* libhelp for R, by .Call; help.R gives these their R functions.  Handles are external pointers
 * that are freed when they are collected. */
#include <R.h>
#include <Rinternals.h>
#include <R_ext/Rdynload.h>
#include <help.h>
#include <string.h>

static void check(help_status status) {
  if (status) error("%s", help_last_error());
}

/* The pointer is made first, so that nothing is lost if R has no memory. */
static SEXP owned(R_CFinalizer_t release) {
  SEXP pointer = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
  R_RegisterCFinalizerEx(pointer, release, TRUE);
  return pointer; /* the caller unprotects it */
}

static void free_model(SEXP pointer) { help_model_free(R_ExternalPtrAddr(pointer)); }
static void free_space(SEXP pointer) { help_space_free(R_ExternalPtrAddr(pointer)); }
static void free_predictor(SEXP pointer) { help_predictor_free(R_ExternalPtrAddr(pointer)); }

static SEXP version(void) { return mkString(help_version_string()); }

static SEXP load(SEXP path) {
  help_model *model;
  SEXP pointer = owned(free_model);
  check(help_load(CHAR(STRING_ELT(path, 0)), &model));
  R_SetExternalPtrAddr(pointer, model);
  UNPROTECT(1);
  return pointer;
}

static SEXP space(SEXP model) {
  help_space *space;
  SEXP pointer = owned(free_space);
  check(help_model_space(R_ExternalPtrAddr(model), &space));
  R_SetExternalPtrAddr(pointer, space);
  UNPROTECT(1);
  return pointer;
}

static int width_of(SEXP space) { return (int)help_space_width(R_ExternalPtrAddr(space)); }

static SEXP references(SEXP model, SEXP space) {
  help_model *raw = R_ExternalPtrAddr(model);
  int width = width_of(space);
  SEXP archs = PROTECT(allocMatrix(INTSXP, width, (int)help_model_reference_count(raw)));
  check(help_model_references(raw, INTEGER(archs), width));
  UNPROTECT(1);
  return archs;
}

static SEXP sample(SEXP space, SEXP n, SEXP seed) {
  int width = width_of(space), count = asInteger(n);
  SEXP archs = PROTECT(allocMatrix(INTSXP, width, count));
  check(help_space_sample(R_ExternalPtrAddr(space), (uint64_t)asReal(seed), INTEGER(archs), count,
                          width));
  UNPROTECT(1);
  return archs;
}

static SEXP format(SEXP space, SEXP archs) {
  int n = ncols(archs), width = nrows(archs);
  SEXP text = PROTECT(allocVector(STRSXP, n));
  for (int i = 0; i < n; i++) {
    help_buffer buffer = HELP_BUFFER_INIT;
    check(help_arch_format(R_ExternalPtrAddr(space), INTEGER(archs) + (size_t)i * width, &buffer));
    char *copy = memcpy(R_alloc(buffer.size + 1, 1), buffer.data, buffer.size + 1);
    help_buffer_free(&buffer);
    SET_STRING_ELT(text, i, mkCharCE(copy, CE_UTF8));
  }
  UNPROTECT(1);
  return text;
}

static SEXP adapt(SEXP model, SEXP archs, SEXP ms) {
  help_predictor *predictor;
  SEXP pointer = owned(free_predictor);
  check(help_adapt(R_ExternalPtrAddr(model), INTEGER(archs), ncols(archs), nrows(archs), REAL(ms),
                   NULL, &predictor));
  R_SetExternalPtrAddr(pointer, predictor);
  UNPROTECT(1);
  return pointer;
}

static SEXP predict(SEXP predictor, SEXP archs) {
  int n = ncols(archs);
  SEXP ms = PROTECT(allocVector(REALSXP, n));
  check(help_predict(R_ExternalPtrAddr(predictor), INTEGER(archs), n, nrows(archs), REAL(ms),
                     NULL));
  UNPROTECT(1);
  return ms;
}

typedef struct scorer {
  SEXP function, environment;
  int width;
} scorer;

/* A help_accuracy_fn.  An error in R is a jump, which must not cross the library: help.R's function
 * catches it and returns NULL, and R_tryEvalSilent stops what is left, such as an interrupt. */
static help_status score(void *user, const int32_t *archs, size_t n, size_t stride, double *out) {
  const scorer *self = user;
  int failed = 0;
  SEXP batch = PROTECT(allocMatrix(INTSXP, self->width, (int)n));
  for (size_t i = 0; i < n; i++)
    memcpy(INTEGER(batch) + i * self->width, archs + i * stride, self->width * sizeof *archs);
  SEXP call = PROTECT(lang2(self->function, batch));
  SEXP scores = PROTECT(R_tryEvalSilent(call, self->environment, &failed));
  int usable = !failed && isReal(scores) && (size_t)XLENGTH(scores) == n;
  if (usable) memcpy(out, REAL(scores), n * sizeof *out);
  UNPROTECT(3);
  return usable ? HELP_OK : -1;
}

/* A list of archs, accuracy and ms; NULL if the accuracy function failed. */
static SEXP search(SEXP predictor, SEXP limit, SEXP top_k, SEXP function, SEXP environment,
                   SEXP space) {
  scorer self = {function, environment, width_of(space)};
  int rows = asInteger(top_k);
  size_t found;
  SEXP archs = PROTECT(allocMatrix(INTSXP, self.width, rows));
  SEXP accuracy = PROTECT(allocVector(REALSXP, rows)), ms = PROTECT(allocVector(REALSXP, rows));
  help_status status =
      help_search(R_ExternalPtrAddr(predictor), asReal(limit), score, &self, NULL, rows,
                  INTEGER(archs), self.width, REAL(accuracy), REAL(ms), &found, NULL);
  if (status < 0) {
    UNPROTECT(3);
    return R_NilValue;
  }
  check(status);
  const char *names[] = {"archs", "accuracy", "ms", "count", ""};
  SEXP result = PROTECT(mkNamed(VECSXP, names));
  SET_VECTOR_ELT(result, 0, archs);
  SET_VECTOR_ELT(result, 1, accuracy);
  SET_VECTOR_ELT(result, 2, ms);
  SET_VECTOR_ELT(result, 3, ScalarInteger((int)found));
  UNPROTECT(4);
  return result;
}

void R_init_help(DllInfo *library) {
  static const R_CallMethodDef functions[] = {
      {"version", (DL_FUNC)&version, 0}, {"load", (DL_FUNC)&load, 1},
      {"space", (DL_FUNC)&space, 1},     {"references", (DL_FUNC)&references, 2},
      {"sample", (DL_FUNC)&sample, 3},   {"format", (DL_FUNC)&format, 2},
      {"adapt", (DL_FUNC)&adapt, 3},     {"predict", (DL_FUNC)&predict, 2},
      {"search", (DL_FUNC)&search, 6},   {NULL, NULL, 0}};
  R_registerRoutines(library, NULL, functions, NULL, NULL);
  R_useDynamicSymbols(library, FALSE);
}

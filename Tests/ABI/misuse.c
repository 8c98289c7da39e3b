/* Every function with every argument wrong, in turn: NULL, sizes that cannot be,
 * numbers out of range or not finite, handles of another type, handles freed.  Each
 * must return, say why, and leave its outputs alone.
 *
 * The cases run in a child process.  A case that kills it is reported, and a new
 * child goes on behind it. */
#include "check.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* ---- cases ------------------------------------------------------------------ */

static struct {
  volatile unsigned long current; /* number of the case being run */
  char name[300];
  unsigned long checks, failures;
} *progress;

static unsigned long next_case, first_case;

/* Outputs live here; a failing call must not change a byte. */
static struct {
  union {
    void *handle;
    int32_t archs[64 * GENES];
    float floats[256];
    uint64_t indices[64];
    size_t count;
    help_buffer buffer;
  } a;
  double b[64], c[64];
  size_t count;
} out, pattern;

/* What a call that may succeed has made, is freed with this. */
static void (*release)(void *);
static void release_model(void *handle) { help_model_free(handle); }
static void release_predictor(void *handle) { help_predictor_free(handle); }
static void release_evolver(void *handle) { help_evolver_free(handle); }

static int enter(const char *name) {
  if (next_case++ < first_case) return 0;
  progress->current = next_case - 1;
  snprintf(progress->name, sizeof progress->name, "%s", name);
  out = pattern;
  return 1;
}

#define E(code) (1u << HELP_ERR_##code)
#define ANY_ERROR 0xfffeu
#define ANYTHING 0xffffu

static void judge(int line, unsigned allowed, help_status status, const char *call) {
  checks++;
  if (status < 0 || status > HELP_ERR_MEMORY || !(allowed >> status & 1))
    check_failed(__FILE__, line, "%s gave %s (%s)", call, help_status_name(status),
                 status ? help_last_error() : "");
  else if (status != HELP_OK && !message_names(call))
    check_failed(__FILE__, line, "%s: the message does not name it: \"%s\"", call, help_last_error());
  if (status != HELP_OK && memcmp(&out, &pattern, sizeof out) != 0)
    check_failed(__FILE__, line, "%s failed (%s) and changed its outputs", call,
                 help_status_name(status));
  if (status == HELP_OK && release != NULL) release(out.a.handle);
}

/* The call fails with one of these codes. */
#define FAILS(allowed, call) FAILS_WHERE(allowed, "", call)
/* The same, with what was spoilt for it. */
#define FAILS_WHERE(allowed, spoilt, call)                                 \
  do {                                                                     \
    if (enter(TEXT(call) " " spoilt))                                      \
      judge(__LINE__, allowed, call, TEXT(call) " " spoilt);               \
  } while (0)
#define REFUSED(call) FAILS(E(ARGUMENT), call)
/* The call may succeed; it returns. */
#define RETURNS(call) FAILS(ANYTHING, call)
/* A function without a status gives this for what is not a handle. */
#define GIVES(value, call)                                         \
  do {                                                             \
    if (enter(#call)) CHECK((call) == (value));                    \
  } while (0)
#define HARMLESS(call)                                             \
  do {                                                             \
    if (enter(#call)) call;                                        \
  } while (0)

/* The call with `wrong` standing for a handle of each other type, then for NULL. */
enum { SPACE, MODEL, PREDICTOR, DATASET, CANCEL, ACCURACY, EVOLVER, PLAIN_MEMORY, HANDLES };
static void *handles[HANDLES];
#define FOR_OTHER_HANDLES(kind) \
  for (int other = 0; other < HANDLES; other++) \
    for (void *wrong = other == (kind) ? NULL : handles[other], *once = &once; once; once = NULL)
#define WRONG(kind, call)                                                      \
  do {                                                                         \
    FOR_OTHER_HANDLES(kind) FAILS(wrong ? E(HANDLE) : E(ARGUMENT), call);      \
  } while (0)
#define WRONG_GIVES(kind, value, call)                                         \
  do {                                                                         \
    FOR_OTHER_HANDLES(kind) GIVES(value, call);                                \
  } while (0)

/* ---- good arguments, to be spoilt one at a time -------------------------------- */

static help_space *space;
static help_model *model;
static help_predictor *predictor;
static help_predictor *plain_predictor;   /* without deviations */
static help_predictor *foreign_predictor; /* of another space */
static help_evolver *evolver;
static help_dataset *dataset;
static help_accuracy *accuracy_model;
static help_cancel *cancel;
static help_train_options quick;
static int32_t rows[16 * GENES];
static int32_t outside[GENES] = {0, 1, 2, 3, 4, 5};
static int32_t negative[GENES] = {0, -1, 2, 3, 4, 0};
static int32_t largest[GENES] = {INT32_MAX, INT32_MIN, 0, 0, 0, 0};
static uint64_t indices[4] = {0, 1, 2, 15624};
static measurements device;
static const char *model_path;
static const char no_file[] = "/nonexistent-directory/file";

/* Counts whose bytes overflow however they are multiplied. */
static const size_t huge[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4, SIZE_MAX / 2 + 1};
#define FOR_HUGE for (size_t k = 0, n = huge[0]; k < 4; k++, n = huge[k % 4])
/* A count can be impossible, or only too large for memory. */
#define TOO_LARGE (E(ARGUMENT) | E(MEMORY))
static const double strange[] = {NAN, INFINITY, -INFINITY, -1.0};
#define FOR_STRANGE for (size_t k = 0, more = 1; more; more = 0) \
  for (double x = strange[0]; k < 4; k++, x = strange[k % 4])

static help_search_options small_search(void) {
  help_search_options options;
  MUST(help_search_options_init(&options, sizeof options));
  options.strategy = HELP_SEARCH_EVOLVE;
  options.population = 8;
  options.generations = 2;
  return options;
}

static help_evolver *small_evolver(void) {
  help_search_options options = small_search();
  help_evolver *made = NULL;
  MUST(help_evolver_new(predictor, INFINITY, &options, 3, &made));
  return made;
}

static void prepare(int argc, char **argv) {
  model = load_model(argc, argv);
  model_path = argv[1];
  MUST(help_model_space(model, &space));
  predictor = adapt(model, 1);
  accuracy_model = make_accuracy();
  plain_predictor = make_predictor("'nasbench201'", 1e-7);
  foreign_predictor = make_predictor("'fbnet'", 1e-7);
  evolver = small_evolver();
  dataset = make_dataset(space, 200, 4);
  MUST(help_cancel_new(&cancel));
  MUST(help_space_sample(space, 3, rows, 16, GENES));
  device = measure_references(model, 1);
  quick = quick_training();
  quick.episodes = 1;
  memset(&pattern, 0xA5, sizeof pattern);
  static uint64_t memory[16];
  void *all[] = {space, model, predictor, dataset, cancel, accuracy_model, evolver, memory};
  memcpy(handles, all, sizeof handles);
}

/* ---- the functions, in the order of help.h --------------------------------------- */

static void versions_and_errors(void) {
  GIVES(HELP_VERSION_NUMBER, help_version());
  GIVES(HELP_ABI_VERSION, help_abi_version());
  GIVES(0, strcmp(help_version_string(), "") == 0);
  static const help_status strangers[] = {-1, 16, 98, 100, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < 6; i++) GIVES(0, strcmp(help_status_name(strangers[i]), "HELP_ERR_UNKNOWN"));
  GIVES(0, strcmp(help_status_name(5), "HELP_ERR_IO"));
  GIVES(0, help_last_error() == NULL);
}

static void buffers_and_cancelling(void) {
  help_buffer empty = HELP_BUFFER_INIT;
  HARMLESS(help_buffer_free(NULL));
  HARMLESS(help_buffer_free(&empty));
  REFUSED(help_cancel_new(NULL));
  FOR_OTHER_HANDLES(CANCEL) HARMLESS(help_cancel_request(wrong));
  FOR_OTHER_HANDLES(CANCEL) HARMLESS(help_cancel_free(wrong));
}

static void spaces(void) {
  help_space **handle = (help_space **)&out.a.handle;
  REFUSED(help_space_open(NULL, handle));
  REFUSED(help_space_open("nasbench201", NULL));
  FAILS(E(UNSUPPORTED), help_space_open("", handle));
  FAILS(E(UNSUPPORTED), help_space_open("NASBENCH201", handle));
  FAILS(E(UNSUPPORTED), help_space_open("nasbench201 ", handle));
  FAILS(E(UNSUPPORTED) | E(ARGUMENT), help_space_open("\xff\xfe\x80", handle));
  static char endless[100001];
  memset(endless, 'x', sizeof endless - 1);
  FAILS(E(UNSUPPORTED), help_space_open(endless, handle));
  static const char own[] = "{\"name\": \"own\", \"genes\": [{\"name\": \"a\", \"choices\": [1]}]}";
  const size_t length = sizeof own - 1;
  REFUSED(help_space_from_json(NULL, length, handle));
  REFUSED(help_space_from_json(own, length, NULL));
  REFUSED(help_space_from_json(own, SIZE_MAX, handle));
  REFUSED(help_space_from_json(own, 0, handle));
  for (size_t size = 1; size < length; size++)
    FAILS(E(FORMAT), help_space_from_json(own, size, handle));
  FAILS(E(FORMAT), help_space_from_json(own, length + 1, handle));
  FAILS(E(FORMAT), help_space_from_json("\xff\xfe", 2, handle));
  FOR_OTHER_HANDLES(SPACE) HARMLESS(help_space_free(wrong));
  WRONG_GIVES(SPACE, NULL, help_space_name(wrong));
  WRONG_GIVES(SPACE, 0, help_space_width(wrong));
  WRONG_GIVES(SPACE, 0, help_space_feature_count(wrong));
  WRONG_GIVES(SPACE, 0, help_space_count(wrong));
  WRONG(SPACE, help_space_describe(wrong, &out.a.buffer));
  REFUSED(help_space_describe(space, NULL));
  WRONG(SPACE, help_space_sample(wrong, 0, out.a.archs, 2, GENES));
  REFUSED(help_space_sample(space, 0, NULL, 2, GENES));
  for (size_t stride = 0; stride < GENES; stride++)
    REFUSED(help_space_sample(space, 0, out.a.archs, 2, stride));
  REFUSED(help_space_sample(space, 0, out.a.archs, 15626, GENES));
  REFUSED(help_space_sample(space, 0, out.a.archs, 2, SIZE_MAX));
  REFUSED(help_space_sample(space, 0, out.a.archs, 2, SIZE_MAX / 2));
  RETURNS(help_space_sample(space, UINT64_MAX, out.a.archs, 0, GENES));
  FOR_HUGE FAILS(TOO_LARGE, help_space_sample(space, 0, out.a.archs, n, GENES));
}

/* What every function that takes rows refuses; `archs`, `n` and `stride` stand in the call. */
#define BAD_BATCHES(call)                                                            \
  do {                                                                               \
    static int32_t *const bad_rows[] = {outside, negative, largest};                 \
    const int32_t *archs = NULL;                                                     \
    size_t n = 2, stride = GENES;                                                    \
    REFUSED(call);                                                                   \
    archs = rows;                                                                    \
    for (stride = 0; stride < GENES; stride++) REFUSED(call);                        \
    stride = SIZE_MAX;                                                               \
    REFUSED(call);                                                                   \
    stride = SIZE_MAX / 2;                                                           \
    REFUSED(call);                                                                   \
    stride = GENES;                                                                  \
    for (size_t k = 0; k < 4; k++) {                                                 \
      n = huge[k];                                                                   \
      FAILS(TOO_LARGE, call);                                                        \
    }                                                                                \
    n = 0;                                                                           \
    RETURNS(call);                                                                   \
    n = 1;                                                                           \
    for (size_t k = 0; k < 3; k++) {                                                 \
      archs = bad_rows[k];                                                           \
      FAILS(E(ARCHITECTURE), call);                                                  \
    }                                                                                \
  } while (0)

static void architectures(void) {
  /* help_arch_check writes the row it found, so that one is not an output left alone. */
  size_t bad;
  WRONG(SPACE, help_arch_check(wrong, rows, 2, GENES, &out.count));
  BAD_BATCHES(help_arch_check(space, archs, n, stride, NULL));
  if (enter("help_arch_check writes the bad row")) {
    int32_t two[2 * GENES];
    memcpy(two, rows, sizeof rows[0] * GENES);
    memcpy(two + GENES, outside, sizeof outside);
    CHECK_STATUS(HELP_ERR_ARCHITECTURE, help_arch_check(space, two, 2, GENES, &bad));
    CHECK(bad == 1);
    CHECK_OK(help_arch_check(space, rows, 16, GENES, &bad));
    CHECK(bad == 16);
  }

  static const char text[] =
      "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|avg_pool_3x3~1|nor_conv_1x1~2|";
  const size_t size = sizeof text - 1;
  WRONG(SPACE, help_arch_canonicalize(wrong, out.a.archs, 1, GENES));
  REFUSED(help_arch_canonicalize(space, NULL, 1, GENES));
  REFUSED(help_arch_canonicalize(space, out.a.archs, SIZE_MAX, GENES));
  REFUSED(help_arch_canonicalize(space, out.a.archs, 1, GENES - 1));
  WRONG(SPACE, help_arch_parse(wrong, text, size, out.a.archs));
  REFUSED(help_arch_parse(space, NULL, size, out.a.archs));
  REFUSED(help_arch_parse(space, text, size, NULL));
  FAILS(E(ARGUMENT) | E(FORMAT), help_arch_parse(space, text, SIZE_MAX, out.a.archs));
  FAILS(E(ARGUMENT) | E(FORMAT), help_arch_parse(space, text, SIZE_MAX / 2 + 1, out.a.archs));
  FAILS(E(FORMAT), help_arch_parse(space, text, sizeof text, out.a.archs));
  for (size_t length = 0; length < size; length++)
    FAILS(E(FORMAT), help_arch_parse(space, text, length, out.a.archs));
  char changed[sizeof text];
  for (size_t i = 0; i < size; i++) {
    memcpy(changed, text, sizeof text);
    changed[i] = '\xff';
    FAILS(E(FORMAT), help_arch_parse(space, changed, size, out.a.archs));
  }
  static const char *const hostile[] = {
      "[0,1,2,3,4,0]", "||||||", "|none~1|+|none~0|none~1|+|none~0|none~1|none~2|",
      "|none~0|+|none~0|none~1|+|none~0|none~1|none~99999999999999999999|",
      "|nope~0|+|none~0|none~1|+|none~0|none~1|none~2|", "%s%n%s%n", "\n\n\n"};
  for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
    FAILS(E(FORMAT), help_arch_parse(space, hostile[i], strlen(hostile[i]), out.a.archs));

  WRONG(SPACE, help_arch_format(wrong, rows, &out.a.buffer));
  REFUSED(help_arch_format(space, NULL, &out.a.buffer));
  REFUSED(help_arch_format(space, rows, NULL));
  FAILS(E(ARCHITECTURE), help_arch_format(space, outside, &out.a.buffer));
  FAILS(E(ARCHITECTURE), help_arch_format(space, largest, &out.a.buffer));

  WRONG(SPACE, help_arch_from_index(wrong, indices, 4, out.a.archs, GENES));
  REFUSED(help_arch_from_index(space, NULL, 4, out.a.archs, GENES));
  REFUSED(help_arch_from_index(space, indices, 4, NULL, GENES));
  REFUSED(help_arch_from_index(space, indices, 4, out.a.archs, 5));
  REFUSED(help_arch_from_index(space, indices, 4, out.a.archs, 0));
  REFUSED(help_arch_from_index(space, indices, 4, out.a.archs, SIZE_MAX));
  FOR_HUGE FAILS(TOO_LARGE, help_arch_from_index(space, indices, n, out.a.archs, GENES));
  static const uint64_t too_high[] = {15625, UINT64_MAX, (uint64_t)INT64_MAX + 1};
  for (size_t i = 0; i < 3; i++)
    FAILS(E(ARGUMENT) | E(ARCHITECTURE), help_arch_from_index(space, too_high + i, 1, out.a.archs, GENES));

  WRONG(SPACE, help_arch_to_index(wrong, rows, 2, GENES, out.a.indices));
  REFUSED(help_arch_to_index(space, rows, 2, GENES, NULL));
  BAD_BATCHES(help_arch_to_index(space, archs, n, stride, out.a.indices));

  WRONG(SPACE, help_arch_encode(wrong, rows, 2, GENES, out.a.floats, 72));
  REFUSED(help_arch_encode(space, rows, 2, GENES, NULL, 72));
  REFUSED(help_arch_encode(space, rows, 2, GENES, out.a.floats, 71));
  REFUSED(help_arch_encode(space, rows, 2, GENES, out.a.floats, 0));
  REFUSED(help_arch_encode(space, rows, 2, GENES, out.a.floats, SIZE_MAX));
  REFUSED(help_arch_encode(space, rows, 2, GENES, out.a.floats, SIZE_MAX / 2));
  BAD_BATCHES(help_arch_encode(space, archs, n, stride, out.a.floats, 72));

  WRONG(SPACE, help_arch_macs(wrong, rows, 2, GENES, out.b));
  REFUSED(help_arch_macs(space, rows, 2, GENES, NULL));
  BAD_BATCHES(help_arch_macs(space, archs, n, stride, out.b));

  WRONG(SPACE, help_arch_costs(wrong, rows, 2, GENES, "macs", out.b));
  REFUSED(help_arch_costs(space, rows, 2, GENES, NULL, out.b));
  REFUSED(help_arch_costs(space, rows, 2, GENES, "\xff", out.b));
  REFUSED(help_arch_costs(space, rows, 2, GENES, "macs", NULL));
  FAILS(E(UNSUPPORTED), help_arch_costs(space, rows, 2, GENES, "joules", out.b));
  BAD_BATCHES(help_arch_costs(space, archs, n, stride, "macs", out.b));
  WRONG(SPACE, help_arch_layers(wrong, rows, &out.a.buffer));
  REFUSED(help_arch_layers(space, NULL, &out.a.buffer));
  REFUSED(help_arch_layers(space, rows, NULL));
  FAILS(E(ARCHITECTURE), help_arch_layers(space, outside, &out.a.buffer));
  FAILS(E(UNSUPPORTED), help_arch_layers(space, rows, &out.a.buffer));

  WRONG(SPACE, help_arch_mutate(wrong, rows, 2, GENES, 0.1, 0, out.a.archs, GENES));
  REFUSED(help_arch_mutate(space, rows, 2, GENES, 0.1, 0, NULL, GENES));
  REFUSED(help_arch_mutate(space, rows, 2, GENES, 0.1, 0, out.a.archs, 5));
  REFUSED(help_arch_mutate(space, rows, 2, GENES, 0.1, 0, out.a.archs, SIZE_MAX));
  REFUSED(help_arch_mutate(space, rows, 2, GENES, 1.5, 0, out.a.archs, GENES));
  FOR_STRANGE REFUSED(help_arch_mutate(space, rows, 2, GENES, x, 0, out.a.archs, GENES));
  BAD_BATCHES(help_arch_mutate(space, archs, n, stride, 0.1, 0, out.a.archs, GENES));

  WRONG(SPACE, help_arch_crossover(wrong, rows, rows, 2, GENES, 0, out.a.archs, GENES));
  REFUSED(help_arch_crossover(space, rows, rows, 2, GENES, 0, NULL, GENES));
  REFUSED(help_arch_crossover(space, rows, rows, 2, GENES, 0, out.a.archs, 0));
  REFUSED(help_arch_crossover(space, rows, rows, 2, GENES, 0, out.a.archs, SIZE_MAX / 2));
  BAD_BATCHES(help_arch_crossover(space, archs, rows, n, stride, 0, out.a.archs, GENES));
  BAD_BATCHES(help_arch_crossover(space, rows, archs, n, stride, 0, out.a.archs, GENES));
}

static void models(void) {
  help_model **handle = (help_model **)&out.a.handle;
  const char *path = progress->name; /* any text that is not a model */
  REFUSED(help_load(NULL, handle));
  REFUSED(help_load("/dev/null", NULL));
  FAILS(E(IO) | E(ARGUMENT), help_load("", handle));
  FAILS(E(IO), help_load(no_file, handle));
  FAILS(E(IO) | E(FORMAT), help_load("/", handle));
  FAILS(E(IO) | E(FORMAT), help_load("/dev/null", handle));
  FAILS(E(IO) | E(FORMAT), help_load("/dev/zero", handle));
  FAILS(E(IO) | E(FORMAT), help_load("/proc/self/maps", handle));
  REFUSED(help_load_memory(NULL, 100, handle));
  REFUSED(help_load_memory(path, 100, NULL));
  FAILS(E(FORMAT) | E(ARGUMENT), help_load_memory(path, 0, handle));
  FAILS(E(FORMAT) | E(ARGUMENT), help_load_memory(NULL, 0, handle));
  FAILS(E(FORMAT), help_load_memory(path, 100, handle));
  FAILS(E(FORMAT) | E(ARGUMENT), help_load_memory(path, SIZE_MAX, handle));
  FAILS(E(FORMAT) | E(ARGUMENT), help_load_memory(path, SIZE_MAX / 2 + 1, handle));
  WRONG(SPACE, help_model_from_space(wrong, handle));
  REFUSED(help_model_from_space(space, NULL));
  WRONG(MODEL, help_model_save(wrong, no_file));
  REFUSED(help_model_save(model, NULL));
  FAILS(E(IO) | E(ARGUMENT), help_model_save(model, ""));
  FAILS(E(IO), help_model_save(model, no_file));
  FAILS(E(IO), help_model_save(model, "/"));
  FAILS(E(IO), help_model_save(model, "/proc/model"));
  WRONG(MODEL, help_model_write(wrong, &out.a.buffer));
  REFUSED(help_model_write(model, NULL));
  FOR_OTHER_HANDLES(MODEL) HARMLESS(help_model_free(wrong));
  WRONG(MODEL, help_model_space(wrong, (help_space **)&out.a.handle));
  REFUSED(help_model_space(model, NULL));
  WRONG(MODEL, help_model_describe(wrong, &out.a.buffer));
  REFUSED(help_model_describe(model, NULL));
  WRONG_GIVES(MODEL, 0, help_model_reference_count(wrong));
  WRONG_GIVES(MODEL, 0, help_model_noise_count(wrong));
  size_t *chosen = (size_t *)out.a.indices;
  WRONG(MODEL, help_select(wrong, rows, 16, GENES, NULL, 0, 0, 4, chosen));
  REFUSED(help_select(model, NULL, 16, GENES, NULL, 0, 0, 4, chosen));
  REFUSED(help_select(model, rows, 16, GENES, NULL, 0, 0, 4, NULL));
  REFUSED(help_select(model, rows, 16, GENES, NULL, 0, 0, 17, chosen));
  REFUSED(help_select(model, rows, 16, GENES, NULL, 0, 0, SIZE_MAX, chosen));
  REFUSED(help_select(model, rows, 16, GENES - 1, NULL, 0, 0, 4, chosen));
  REFUSED(help_select(model, rows, 16, GENES, NULL, 2, GENES, 4, chosen));
  REFUSED(help_select(model, rows, 16, GENES, rows, 2, 1, 4, chosen));
  FOR_HUGE FAILS(TOO_LARGE, help_select(model, rows, n, GENES, NULL, 0, 0, 4, chosen));
  if (enter("help_select's names")) {
    CHECK(help_select(model, rows, 16, GENES, rows, SIZE_MAX, GENES, 4, chosen) == HELP_ERR_ARGUMENT);
    CHECK(strstr(help_last_error(), "measured_count is") != NULL);
    CHECK(help_select(model, rows, 16, GENES, rows, 2, 1, 4, chosen) == HELP_ERR_ARGUMENT);
    CHECK(strstr(help_last_error(), "measured_stride is 1") != NULL);
  }
  WRONG(MODEL, help_model_references(wrong, out.a.archs, GENES));
  REFUSED(help_model_references(model, NULL, GENES));
  REFUSED(help_model_references(model, out.a.archs, 5));
  REFUSED(help_model_references(model, out.a.archs, 0));
  REFUSED(help_model_references(model, out.a.archs, SIZE_MAX));
  REFUSED(help_model_references(model, out.a.archs, SIZE_MAX / 2));
}

/* The struct_size of a call that takes versioned options, which `size` stands for. */
#define BAD_STRUCT_SIZES(set, call)                                                  \
  do {                                                                               \
    static const size_t sizes[] = {0, 1, 7, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1}; \
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {                      \
      size_t size = sizes[k];                                                        \
      set;                                                                           \
      FAILS(E(ARGUMENT) | E(ABI), call);                                             \
    }                                                                                \
  } while (0)

#define INIT_MISUSE(type, init)                                                      \
  do {                                                                               \
    type *options = (type *)&out;                                                    \
    REFUSED(init(NULL, sizeof *options));                                            \
    BAD_STRUCT_SIZES((void)0, init(options, size));                                  \
  } while (0)

static void adapting(void) {
  REFUSED(help_methods(NULL));
  if (enter("help_methods lists every method")) {
    static const char *const methods[] = {"bayes", "help", "macs", "parameters", "ridge", "nearest", "proxy"};
    char name[32];
    help_buffer text = HELP_BUFFER_INIT;
    CHECK_OK(help_methods(&text));
    const char *at = text.data;
    for (size_t i = 0; i < 7 && at != NULL; i++) { /* in the order of their numbers */
      snprintf(name, sizeof name, "\"name\":\"%s\"", methods[i]);
      CHECK((at = strstr(at, name)) != NULL);
    }
    help_buffer_free(&text);
  }
  INIT_MISUSE(help_adapt_options, help_adapt_options_init);
  help_predictor **handle = (help_predictor **)&out.a.handle;
  const size_t n = device.n;
  help_adapt_options good, o;
  MUST(help_adapt_options_init(&good, sizeof good));
  good.method = HELP_METHOD_HELP; /* the one that needs every reference */
  release = release_predictor;

  WRONG(MODEL, help_adapt(wrong, device.archs, n, GENES, device.ms, &good, handle));
  REFUSED(help_adapt(model, device.archs, n, GENES, NULL, &good, handle));
  REFUSED(help_adapt(model, device.archs, n, GENES, device.ms, NULL, NULL));
  { /* not BAD_BATCHES: fewer rows than references are HELP_ERR_MEASUREMENTS */
    REFUSED(help_adapt(model, NULL, n, GENES, device.ms, &good, handle));
    for (size_t stride = 0; stride < GENES; stride++)
      REFUSED(help_adapt(model, device.archs, n, stride, device.ms, &good, handle));
    REFUSED(help_adapt(model, device.archs, n, SIZE_MAX, device.ms, &good, handle));
    REFUSED(help_adapt(model, device.archs, n, SIZE_MAX / 2, device.ms, &good, handle));
    for (size_t k = 0; k < 4; k++)
      FAILS(TOO_LARGE, help_adapt(model, device.archs, huge[k], GENES, device.ms, &good, handle));
    FAILS(E(MEASUREMENTS) | E(ARGUMENT), help_adapt(model, device.archs, 0, GENES, device.ms, &good, handle));
    FAILS(E(MEASUREMENTS), help_adapt(model, device.archs, 1, GENES, device.ms, &good, handle));
    FAILS(E(MEASUREMENTS), help_adapt(model, device.archs, n - 1, GENES, device.ms, &good, handle));
  }
  measurements m = device;
  m.archs[n * GENES - 1] = 5;
  FAILS(E(ARCHITECTURE), help_adapt(model, m.archs, n, GENES, m.ms, &good, handle));
  static const double unmeasured[] = {0.0, -1.0, NAN, INFINITY, -INFINITY};
  for (size_t i = 0; i < 5; i++) {
    m = device;
    m.ms[n - 1] = unmeasured[i];
    FAILS(E(MEASUREMENTS) | E(ARGUMENT), help_adapt(model, m.archs, n, GENES, m.ms, &good, handle));
  }
  static const double uncommon[] = {5e-324, 1e-300, 1e300, 1.7e308};
  for (size_t i = 0; i < 4; i++) { /* positive and finite, yet far from a latency */
    m = device;
    m.ms[0] = uncommon[i];
    RETURNS(help_adapt(model, m.archs, n, GENES, m.ms, &good, handle));
  }
  m = device;
  for (size_t i = 0; i < n; i++) m.ms[i] = 3.0;
  RETURNS(help_adapt(model, m.archs, n, GENES, m.ms, &good, handle));

#define ADAPT help_adapt(model, device.archs, n, GENES, device.ms, &o, handle)
#define SPOILT(allowed, change) \
  do {                          \
    o = good;                   \
    change;                     \
    FAILS_WHERE(allowed, #change, ADAPT);      \
  } while (0)
  o = good;
  BAD_STRUCT_SIZES(o.struct_size = size, ADAPT);
  SPOILT(E(UNSUPPORTED) | E(ARGUMENT), o.method = 99);
  SPOILT(E(UNSUPPORTED) | E(ARGUMENT), o.method = -1);
  SPOILT(E(ARGUMENT), (o.method = HELP_METHOD_PROXY, o.proxy = "no such device"));
  SPOILT(E(ARGUMENT), (o.method = HELP_METHOD_PROXY, o.proxy = "\xff"));
  for (size_t i = 1; i < 4; i++) /* NaN, the first, is the default */
    SPOILT(E(ARGUMENT), (o.method = HELP_METHOD_BAYES, o.repeatability = strange[i]));
  SPOILT(E(ARGUMENT), (o.method = HELP_METHOD_BAYES, o.repeatability = 1.1));
  SPOILT(E(ARGUMENT), (o.method = HELP_METHOD_RIDGE, o.repeatability = 0.1));
  SPOILT(E(ARGUMENT), o.repeatability = 0.1);
  SPOILT(E(ARGUMENT), o.repeatability = 0.003); /* also when it is the default's value */
  SPOILT(E(ARGUMENT), o.proxy = "pixel2");
  for (int32_t method = HELP_METHOD_BAYES; method <= HELP_METHOD_PROXY; method++) {
    o = good;
    o.method = method;
    FAILS(E(MEASUREMENTS), help_adapt(model, device.archs, 1, GENES, device.ms, &o, handle));
    m = device;
    m.ms[0] = 1.7e308;
    RETURNS(help_adapt(model, m.archs, n, GENES, m.ms, &o, handle));
    for (size_t i = 0; i < n; i++) m.ms[i] = 3.0;
    RETURNS(help_adapt(model, m.archs, n, GENES, m.ms, &o, handle));
    RETURNS(help_adapt(model, device.archs, 3, GENES, device.ms, &o, handle));
  }
  SPOILT(E(ARGUMENT), o.steps = 101);
  SPOILT(E(ARGUMENT), o.steps = -2);
  SPOILT(E(ARGUMENT), o.steps = INT32_MAX);
  SPOILT(E(ARGUMENT), o.steps = INT32_MIN);
  SPOILT(E(ARGUMENT), o.samples = SIZE_MAX);
  SPOILT(E(ARGUMENT), o.samples = 1001);
  SPOILT(E(ARGUMENT), o.samples = SIZE_MAX / 2 + 1);
  SPOILT(E(ARGUMENT), o.support = 2);
  SPOILT(E(ARGUMENT), o.support = -1);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.label_min_ms = x);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.label_max_ms = x);
  SPOILT(E(ARGUMENT), (o.label_min_ms = 5, o.label_max_ms = 5));
  SPOILT(E(ARGUMENT), (o.label_min_ms = 9, o.label_max_ms = 5));
  SPOILT(ANYTHING, (o.label_min_ms = 1, o.label_max_ms = 1.7e308));
  static double noise[2000];
  const size_t draw = help_model_noise_count(model);
  SPOILT(E(ARGUMENT), (o.noise = noise, o.samples = 2, o.noise_count = 2 * draw - 1));
  SPOILT(E(ARGUMENT), (o.noise = noise, o.samples = 2, o.noise_count = 0));
  SPOILT(E(ARGUMENT), (o.noise = noise, o.samples = 2, o.noise_count = SIZE_MAX));
  SPOILT(E(ARGUMENT), (o.noise = NULL, o.samples = 2, o.noise_count = 2 * draw));
  if (draw <= 2000) {
    noise[draw / 2] = NAN;
    SPOILT(E(ARGUMENT) | E(DIVERGED), (o.noise = noise, o.samples = 1, o.noise_count = draw));
    noise[draw / 2] = 1e300;
    SPOILT(ANYTHING, (o.noise = noise, o.samples = 1, o.noise_count = draw));
  }
#undef SPOILT
#undef ADAPT
  release = NULL;
}

static void predictors(void) {
  help_predictor **handle = (help_predictor **)&out.a.handle;
  WRONG(PREDICTOR, help_predictor_save(wrong, no_file));
  REFUSED(help_predictor_save(predictor, NULL));
  FAILS(E(IO), help_predictor_save(predictor, no_file));
  FAILS(E(IO), help_predictor_save(predictor, "/"));
  WRONG(PREDICTOR, help_predictor_write(wrong, &out.a.buffer));
  REFUSED(help_predictor_write(predictor, NULL));
  REFUSED(help_predictor_load(NULL, handle));
  REFUSED(help_predictor_load(no_file, NULL));
  FAILS(E(IO), help_predictor_load(no_file, handle));
  FAILS(E(IO) | E(FORMAT), help_predictor_load("/dev/zero", handle));
  REFUSED(help_predictor_load_memory(NULL, 10, handle));
  REFUSED(help_predictor_load_memory("0123456789", 10, NULL));
  FAILS(E(FORMAT), help_predictor_load_memory("0123456789", 10, handle));
  FAILS(E(FORMAT) | E(ARGUMENT), help_predictor_load_memory("0123456789", 0, handle));
  FAILS(E(FORMAT) | E(ARGUMENT), help_predictor_load_memory("0123456789", SIZE_MAX, handle));
  if (enter("help_predictor_load_memory of a model, and the reverse")) {
    help_buffer bytes = HELP_BUFFER_INIT;
    help_predictor *other = NULL;
    CHECK_OK(help_model_write(model, &bytes));
    CHECK_STATUS(HELP_ERR_FORMAT, help_predictor_load_memory(bytes.data, bytes.size, &other));
    help_buffer_free(&bytes);
    CHECK(bytes.data == NULL && bytes.size == 0);
    CHECK_OK(help_predictor_write(predictor, &bytes));
    help_model *as_model = NULL;
    CHECK_STATUS(HELP_ERR_FORMAT, help_load_memory(bytes.data, bytes.size, &as_model));
    help_buffer_free(&bytes);
  }
  FOR_OTHER_HANDLES(PREDICTOR) HARMLESS(help_predictor_free(wrong));
  WRONG(PREDICTOR, help_predictor_space(wrong, (help_space **)&out.a.handle));
  REFUSED(help_predictor_space(predictor, NULL));
  WRONG(PREDICTOR, help_predictor_describe(wrong, &out.a.buffer));
  REFUSED(help_predictor_describe(predictor, NULL));
  WRONG(PREDICTOR, help_predict(wrong, rows, 2, GENES, out.b, out.c));
  REFUSED(help_predict(predictor, rows, 2, GENES, NULL, out.c));
  BAD_BATCHES(help_predict(predictor, archs, n, stride, out.b, out.c));
  WRONG(PREDICTOR, help_predict_interval(wrong, rows, 2, GENES, 0.9, out.b, out.c));
  REFUSED(help_predict_interval(predictor, rows, 2, GENES, 0.9, NULL, out.c));
  REFUSED(help_predict_interval(predictor, rows, 2, GENES, 0.9, out.b, NULL));
  BAD_BATCHES(help_predict_interval(predictor, archs, n, stride, 0.9, out.b, out.c));
  static const double no_level[] = {0, 1, -1, 2, NAN, INFINITY};
  for (size_t i = 0; i < 6; i++)
    for (size_t n = 0; n <= 2; n += 2)
      REFUSED(help_predict_interval(predictor, rows, n, GENES, no_level[i], out.b, out.c));
  FAILS(E(UNSUPPORTED), help_predict_interval(plain_predictor, rows, 0, GENES, 0.9, out.b, out.c));
  static const double two_ms[] = {3, 4}, no_ms[] = {3, 0};
  release = release_predictor;
  WRONG(PREDICTOR, help_predictor_update(wrong, rows, 2, GENES, two_ms, handle));
  REFUSED(help_predictor_update(predictor, rows, 2, GENES, NULL, handle));
  REFUSED(help_predictor_update(predictor, rows, 2, GENES, two_ms, NULL));
  BAD_BATCHES(help_predictor_update(predictor, archs, n, stride, two_ms, handle));
  FAILS(E(MEASUREMENTS), help_predictor_update(predictor, rows, 2, GENES, no_ms, handle));
  FAILS(E(UNSUPPORTED), help_predictor_update(plain_predictor, rows, 2, GENES, two_ms, handle));
  release = NULL;
  WRONG(PREDICTOR, help_predict_compare(wrong, rows, rows, 2, GENES, out.b));
  REFUSED(help_predict_compare(predictor, rows, rows, 2, GENES, NULL));
  BAD_BATCHES(help_predict_compare(predictor, archs, rows, n, stride, out.b));
  BAD_BATCHES(help_predict_compare(predictor, rows, archs, n, stride, out.b));
  FAILS(E(UNSUPPORTED), help_predict_compare(plain_predictor, rows, rows, 2, GENES, out.b));
  WRONG(PREDICTOR, help_predictor_table(wrong, &out.a.buffer));
  REFUSED(help_predictor_table(predictor, NULL));
  static size_t chosen[16];
  WRONG(PREDICTOR, help_predictor_select(wrong, rows, 16, GENES, 2, chosen));
  REFUSED(help_predictor_select(predictor, rows, 16, GENES, 2, NULL));
  REFUSED(help_predictor_select(predictor, rows, 16, GENES, 17, chosen));
  FAILS(E(UNSUPPORTED), help_predictor_select(plain_predictor, rows, 16, GENES, 2, chosen));
  if (enter("help_predict with a bad row at the end")) {
    int32_t sixteen[16 * GENES];
    memcpy(sixteen, rows, sizeof rows);
    sixteen[16 * GENES - 1] = 5;
    judge(__LINE__, E(ARCHITECTURE), help_predict(predictor, sixteen, 16, GENES, out.b, out.c),
          "help_predict(a bad row at the end)");
    CHECK(strstr(help_last_error(), "15") != NULL); /* the row's number */
  }
}

static void searching(void) {
  INIT_MISUSE(help_search_options, help_search_options_init);
  REFUSED(help_search_options_preset(NULL, sizeof(help_search_options), HELP_PRESET_HAT));
  BAD_STRUCT_SIZES((void)0, help_search_options_preset((help_search_options *)&out, size, HELP_PRESET_OFA));
  static const int32_t presets[] = {-1, 3, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < 4; i++)
    REFUSED(help_search_options_preset((help_search_options *)&out, sizeof(help_search_options), presets[i]));
  const help_search_options good = small_search();
  help_search_options o;
  double limit = INFINITY;
  void *handle = predictor;
  help_accuracy_fn accuracy = score_macs;
  size_t top = 2, stride = GENES;
  int32_t *archs = out.a.archs;
  double *scores = out.b, *latency = out.c;
  size_t *count = &out.count;
  help_search_report *no_report = NULL;
#define SEARCH \
  help_search(handle, limit, accuracy, space, &o, top, archs, stride, scores, latency, count, no_report)
#define SPOILT(allowed, change) \
  do {                          \
    o = good;                   \
    change;                     \
    FAILS_WHERE(allowed, #change, SEARCH);     \
  } while (0)
/* The message says this. */
#define NAMES(text, change)                                           \
  do {                                                                \
    o = good;                                                         \
    change;                                                           \
    if (enter(text " by " #change)) CHECK(SEARCH != HELP_OK && strstr(help_last_error(), text)); \
  } while (0)
  o = good;
  FOR_OTHER_HANDLES(PREDICTOR) {
    handle = wrong;
    FAILS(wrong ? E(HANDLE) : E(ARGUMENT), SEARCH);
  }
  handle = predictor;
  SPOILT(E(ARGUMENT), limit = NAN);
  limit = 0.0;
  SPOILT(E(ARGUMENT) | E(INFEASIBLE), (o.attempts = 10));
  limit = -1.0;
  SPOILT(E(ARGUMENT) | E(INFEASIBLE), (o.attempts = 10));
  limit = -INFINITY;
  SPOILT(E(ARGUMENT) | E(INFEASIBLE), (o.attempts = 10));
  limit = INFINITY;
  accuracy = NULL;
  SPOILT(E(ARGUMENT), (void)0);
  accuracy = score_macs;
  top = 0;
  SPOILT(E(ARGUMENT), (void)0);
  for (size_t k = 0; k < 4; k++) {
    top = huge[k];
    SPOILT(TOO_LARGE, (void)0);
  }
  top = 2;
  archs = NULL;
  SPOILT(E(ARGUMENT), (void)0);
  archs = out.a.archs;
  scores = NULL;
  SPOILT(ANYTHING, (void)0); /* the header does not say whether it may be NULL */
  scores = out.b;
  latency = NULL;
  SPOILT(ANYTHING, (void)0);
  latency = out.c;
  count = NULL;
  SPOILT(E(ARGUMENT), (void)0);
  count = &out.count;
  static const size_t strides[] = {0, 1, 5, SIZE_MAX, SIZE_MAX / 2};
  for (size_t k = 0; k < 5; k++) {
    stride = strides[k];
    SPOILT(E(ARGUMENT), (void)0);
  }
  stride = GENES;
  o = good;
  BAD_STRUCT_SIZES(o.struct_size = size, SEARCH);
  SPOILT(E(ARGUMENT) | E(UNSUPPORTED), o.strategy = 4);
  SPOILT(E(ARGUMENT) | E(UNSUPPORTED), o.strategy = -1);
  SPOILT(E(ARGUMENT), o.objective = 2);
  SPOILT(E(ARGUMENT), o.objective = -1);
  SPOILT(E(ARGUMENT), o.objective = INT32_MIN);
  SPOILT(E(ARGUMENT), o.population = 0);
  SPOILT(ANYTHING, o.population = 1);
  SPOILT(TOO_LARGE, o.population = SIZE_MAX);
  SPOILT(TOO_LARGE, o.population = SIZE_MAX / 2);
  SPOILT(ANYTHING, o.generations = 0);
  SPOILT(TOO_LARGE, o.generations = SIZE_MAX);
  SPOILT(E(ARGUMENT), o.attempts = 0);
  SPOILT(TOO_LARGE, o.attempts = SIZE_MAX);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.parent_ratio = x);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.mutation_ratio = x);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.mutation_probability = x);
  SPOILT(E(ARGUMENT), o.parent_ratio = 1.01);
  SPOILT(ANYTHING, o.parent_ratio = 0);
  SPOILT(ANYTHING, o.parent_ratio = 1e-300);
  SPOILT(E(ARGUMENT), o.mutation_ratio = 1.01);
  SPOILT(E(ARGUMENT), o.mutation_probability = 1.01);
  SPOILT(ANYTHING, o.mutation_probability = 0);
#define CANDIDATES(rows_, count_, stride_)                                           \
  (o.strategy = HELP_SEARCH_CANDIDATES, o.candidates = (rows_), o.candidate_count = (count_), \
   o.candidate_stride = (stride_))
  SPOILT(E(ARGUMENT), CANDIDATES(NULL, 3, GENES));
  SPOILT(E(ARGUMENT), CANDIDATES(NULL, 0, 0));
  SPOILT(E(ARGUMENT) | E(INFEASIBLE), CANDIDATES(rows, 0, GENES));
  SPOILT(E(ARGUMENT), CANDIDATES(rows, 3, 5));
  SPOILT(E(ARGUMENT), CANDIDATES(rows, 3, SIZE_MAX));
  SPOILT(TOO_LARGE, CANDIDATES(rows, SIZE_MAX, GENES));
  SPOILT(TOO_LARGE, CANDIDATES(rows, SIZE_MAX / 4, GENES));
  SPOILT(E(ARCHITECTURE), CANDIDATES(outside, 1, GENES));
  NAMES("options.candidates is NULL", CANDIDATES(NULL, 3, GENES));
  NAMES("options.candidate_count is 100000001", CANDIDATES(rows, 100000001, GENES));
  NAMES("options.candidate_stride is 5", CANDIDATES(rows, 3, 5));
  NAMES("row 0 of options.candidates is outside", CANDIDATES(outside, 1, GENES));
  o = good;
  FOR_OTHER_HANDLES(CANCEL) {
    if (wrong == NULL) continue; /* NULL: no flag */
    o.cancel = wrong;
    FAILS(E(HANDLE), SEARCH);
  }
#define ROWS_TO_START(rows_, count_, stride_) \
  (o.warm_start = (rows_), o.warm_start_count = (count_), o.warm_start_stride = (stride_))
  SPOILT(E(ARGUMENT), ROWS_TO_START(NULL, 3, GENES));
  SPOILT(E(ARGUMENT), ROWS_TO_START(rows, 3, 5));
  SPOILT(E(ARGUMENT), ROWS_TO_START(rows, 3, 0));
  SPOILT(E(ARGUMENT), ROWS_TO_START(rows, 3, SIZE_MAX));
  FOR_HUGE SPOILT(TOO_LARGE, ROWS_TO_START(rows, n, GENES));
  SPOILT(E(ARCHITECTURE), ROWS_TO_START(outside, 1, GENES));
  SPOILT(E(ARCHITECTURE), ROWS_TO_START(negative, 1, GENES));
  NAMES("options.warm_start is NULL", ROWS_TO_START(NULL, 3, GENES));
  NAMES("options.warm_start_count is 18446744073709551615", ROWS_TO_START(rows, SIZE_MAX, GENES));
  NAMES("options.warm_start_stride is 0", ROWS_TO_START(rows, 3, 0));
  NAMES("row 0 of options.warm_start is outside", ROWS_TO_START(negative, 1, GENES));
  SPOILT(1u << HELP_OK, ROWS_TO_START(rows, 0, GENES));
  SPOILT(1u << HELP_OK, ROWS_TO_START(rows, 16, GENES)); /* more than the population */
#undef ROWS_TO_START
  FOR_STRANGE SPOILT(E(ARGUMENT), o.confidence = x);
  static const double unsure[] = {0.4, 0.49999, 1, 1.5, 5e-324, -0.5};
  for (size_t i = 0; i < 6; i++) SPOILT(E(ARGUMENT), o.confidence = unsure[i]);
  SPOILT(1u << HELP_OK, o.confidence = 0.5);
  SPOILT(1u << HELP_OK, o.confidence = 1 - 1e-16);
  handle = plain_predictor;
  SPOILT(E(UNSUPPORTED), o.confidence = 0.9);
  SPOILT(1u << HELP_OK, o.confidence = 0.5);
  SPOILT(1u << HELP_OK, o.confidence = 0);
  handle = predictor;
  SPOILT(1u << HELP_OK, o.patience = 1);
  SPOILT(E(ARGUMENT), o.patience = 1000000001);
  FOR_HUGE SPOILT(E(ARGUMENT), o.patience = n);
  for (size_t k = 1; k < 3; k++) { /* infinities; NaN is the default */
    SPOILT(E(ARGUMENT), o.reference_latency_ms = strange[k]);
    SPOILT(E(ARGUMENT), o.reference_accuracy = strange[k]);
  }
  for (int32_t objective = 0; objective < 2; objective++) {
    for (double ratio = 0; ratio <= 1; ratio += 0.5)
      SPOILT(1u << HELP_OK, (o.objective = objective, o.population = 2, o.parent_ratio = ratio,
                             o.mutation_ratio = ratio, o.patience = 2));
    SPOILT(1u << HELP_OK, (o.objective = objective, CANDIDATES(rows, 16, GENES)));
  }
  help_search_report bad_report = {0};
  no_report = &bad_report;
  o = good;
  BAD_STRUCT_SIZES(bad_report.struct_size = size, SEARCH);
#undef CANDIDATES
#undef NAMES
#undef SPOILT
#undef SEARCH
}

static void limits(void) {
  help_search_options o = small_search();
  help_limit all[3], *l = &all[0];
  size_t n = 1;
#define SEARCH                                                                                      \
  help_search(predictor, INFINITY, score_macs, space, &o, 2, out.a.archs, GENES, out.b, out.c, \
              &out.count, NULL)
#define SPOILT(allowed, change)                                                         \
  do {                                                                                  \
    for (int i = 0; i < 3; i++)                                                         \
      all[i] = (help_limit){sizeof *l, HELP_LIMIT_LATENCY, 0, 0, 1e6, plain_predictor, 0}; \
    o.limits = all;                                                                     \
    n = 1;                                                                              \
    change;                                                                             \
    o.limit_count = n;                                                                  \
    FAILS_WHERE(allowed, #change, SEARCH);                                              \
  } while (0)
  SPOILT(1u << HELP_OK, (void)0);
  SPOILT(1u << HELP_OK, n = 3);
  SPOILT(1u << HELP_OK, n = 0);
  SPOILT(E(ARGUMENT), n = 65);
  SPOILT(E(ARGUMENT), o.limits = NULL);
  for (size_t k = 0; k < 4; k++) SPOILT(E(ARGUMENT), n = huge[k]);
  static const size_t sizes[] = {0, 1, 7, 8, 4097, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    SPOILT(E(ARGUMENT) | E(ABI), l->struct_size = sizes[k]);
    SPOILT(E(ARGUMENT) | E(ABI), (n = 3, all[2].struct_size = sizes[k]));
  }
  /* The first element tells the size of all: here the last is taken for the newer part of
   * the first, which it would have to be zero for. */
  SPOILT(E(ABI), l->struct_size = 2 * sizeof *l);
  SPOILT(E(ABI), (n = 2, all[1].struct_size += 8));
  SPOILT(E(ARGUMENT), l->kind = 3);
  SPOILT(E(ARGUMENT), l->kind = -1);
  SPOILT(E(ARGUMENT), (l->kind = INT32_MIN, l->predictor = NULL));
  SPOILT(E(ARGUMENT), l->reserved = 1);
  SPOILT(E(ARGUMENT), l->maximum = 0);
  SPOILT(E(ARGUMENT), l->maximum = -1);
  SPOILT(E(ARGUMENT), l->maximum = NAN);
  SPOILT(E(ARGUMENT), l->maximum = -INFINITY);
  SPOILT(1u << HELP_OK, l->maximum = INFINITY);
  SPOILT(1u << HELP_OK, l->minimum = 5e-324);
  SPOILT(1u << HELP_OK, (l->minimum = 5e-324, l->maximum = INFINITY));
  SPOILT(E(ARGUMENT), l->minimum = l->maximum);
  SPOILT(E(ARGUMENT), l->minimum = 2e6);
  SPOILT(E(ARGUMENT), l->minimum = -1);
  SPOILT(E(ARGUMENT), l->minimum = NAN);
  SPOILT(E(ARGUMENT), l->minimum = -INFINITY);
  SPOILT(E(ARGUMENT), l->minimum = l->maximum = INFINITY);
  SPOILT(E(INFEASIBLE), (l->minimum = 1e300, l->maximum = INFINITY, o.attempts = 20));
  o.attempts = 10000;
  SPOILT(E(INFEASIBLE), (l->maximum = 5e-324, o.attempts = 20));
  o.attempts = 10000;
  FOR_OTHER_HANDLES(PREDICTOR) SPOILT(wrong ? E(HANDLE) : E(ARGUMENT), l->predictor = wrong);
  SPOILT(E(MISMATCH), l->predictor = foreign_predictor);
  SPOILT(E(UNSUPPORTED), l->confidence = 0.9);
  SPOILT(1u << HELP_OK, l->confidence = 0.5);
  SPOILT(1u << HELP_OK, (l->predictor = predictor, l->confidence = 0.9));
  static const double unsure[] = {0.4, 1, 1.5, -1, NAN, INFINITY};
  for (size_t k = 0; k < 6; k++)
    SPOILT(E(ARGUMENT), (l->predictor = predictor, l->confidence = unsure[k]));
  for (int32_t kind = HELP_LIMIT_MACS; kind <= HELP_LIMIT_PARAMETERS; kind++) {
    SPOILT(1u << HELP_OK, (l->kind = kind, l->maximum = 1e12, l->predictor = NULL));
    SPOILT(E(INFEASIBLE), (l->kind = kind, l->maximum = 1, l->predictor = NULL, o.attempts = 20));
    o.attempts = 10000;
    SPOILT(E(ARGUMENT), (l->kind = kind, l->maximum = 1e12));
    SPOILT(E(ARGUMENT), (l->kind = kind, l->maximum = 1e12, l->predictor = NULL, l->confidence = 0.9));
  }
#undef SPOILT
#undef SEARCH
}

/* ---- evolvers ---------------------------------------------------------------------- */

static void making_evolvers(void) {
  help_evolver **made = (help_evolver **)&out.a.handle;
  const help_search_options good = small_search();
  help_search_options o = good;
  help_limit limit = {sizeof limit, HELP_LIMIT_LATENCY, 0, 0, 1e6, NULL, 0};
  release = release_evolver;
  WRONG(PREDICTOR, help_evolver_new(wrong, INFINITY, &o, 3, made));
  REFUSED(help_evolver_new(predictor, INFINITY, &o, 3, NULL));
  static const double impossible[] = {0, -1, NAN, -INFINITY};
  for (size_t i = 0; i < 4; i++) REFUSED(help_evolver_new(predictor, impossible[i], &o, 3, made));
  REFUSED(help_evolver_new(predictor, INFINITY, &o, 0, made));
  REFUSED(help_evolver_new(predictor, INFINITY, &o, 100000001, made));
  FOR_HUGE REFUSED(help_evolver_new(predictor, INFINITY, &o, n, made));
  RETURNS(help_evolver_new(predictor, INFINITY, &o, 100000000, made));
  RETURNS(help_evolver_new(predictor, 5e-324, NULL, 1, made));
#define SPOILT(allowed, change)                                                        \
  do {                                                                                 \
    o = good;                                                                          \
    change;                                                                            \
    FAILS_WHERE(allowed, #change, help_evolver_new(predictor, INFINITY, &o, 3, made)); \
  } while (0)
  BAD_STRUCT_SIZES(o.struct_size = size, help_evolver_new(predictor, INFINITY, &o, 3, made));
  SPOILT(1u << HELP_OK, o.strategy = HELP_SEARCH_AUTO);
  SPOILT(E(ARGUMENT), o.strategy = HELP_SEARCH_EXHAUSTIVE);
  SPOILT(E(ARGUMENT), o.strategy = HELP_SEARCH_CANDIDATES);
  SPOILT(E(ARGUMENT), o.strategy = 4);
  SPOILT(E(ARGUMENT), o.objective = 2);
  SPOILT(E(ARGUMENT), (o.strategy = HELP_SEARCH_AUTO, o.candidates = rows, o.candidate_count = 3,
                       o.candidate_stride = GENES));
  SPOILT(E(ARGUMENT), o.population = 1);
  SPOILT(E(ARGUMENT), o.population = SIZE_MAX);
  SPOILT(1u << HELP_OK, (o.population = 1000000, o.generations = 1000000000, o.attempts = 1000000000,
                         o.patience = 1000000000));
  SPOILT(E(ARGUMENT), o.confidence = 0.3);
  SPOILT(E(MISMATCH), (limit.predictor = foreign_predictor, o.limits = &limit, o.limit_count = 1));
  SPOILT(E(ARGUMENT), (o.warm_start = NULL, o.warm_start_count = 1, o.warm_start_stride = GENES));
  FOR_OTHER_HANDLES(CANCEL) {
    if (wrong == NULL) continue;
    SPOILT(E(HANDLE), o.cancel = wrong);
  }
#undef SPOILT
  release = NULL;
  FOR_OTHER_HANDLES(EVOLVER) HARMLESS(help_evolver_free(wrong));
  WRONG(EVOLVER, help_evolver_set_cancel(wrong, cancel));
  FOR_OTHER_HANDLES(CANCEL) FAILS(wrong ? E(HANDLE) : 1u << HELP_OK, help_evolver_set_cancel(evolver, wrong));
  WRONG(EVOLVER, help_evolver_space(wrong, (help_space **)&out.a.handle));
  REFUSED(help_evolver_space(evolver, NULL));
  WRONG(EVOLVER, help_evolver_predictor(wrong, (help_predictor **)&out.a.handle));
  REFUSED(help_evolver_predictor(evolver, NULL));
  WRONG(EVOLVER, help_evolver_describe(wrong, &out.a.buffer));
  REFUSED(help_evolver_describe(evolver, NULL));
  WRONG(EVOLVER, help_evolver_save(wrong, no_file));
  REFUSED(help_evolver_save(evolver, NULL));
  FAILS(E(IO), help_evolver_save(evolver, no_file));
  FAILS(E(IO), help_evolver_save(evolver, "/"));
  WRONG(EVOLVER, help_evolver_write(wrong, &out.a.buffer));
  REFUSED(help_evolver_write(evolver, NULL));
  REFUSED(help_evolver_load(NULL, made));
  REFUSED(help_evolver_load(no_file, NULL));
  FAILS(E(IO), help_evolver_load(no_file, made));
  FAILS(E(IO) | E(FORMAT), help_evolver_load("/dev/zero", made));
  FAILS(E(FORMAT), help_evolver_load(model_path, made));
  REFUSED(help_evolver_load_memory(NULL, 10, made));
  REFUSED(help_evolver_load_memory("0123456789", 10, NULL));
  FAILS(E(FORMAT), help_evolver_load_memory("0123456789", 10, made));
  FAILS(E(FORMAT) | E(ARGUMENT), help_evolver_load_memory("0123456789", 0, made));
  FAILS(E(FORMAT) | E(ARGUMENT), help_evolver_load_memory("0123456789", SIZE_MAX, made));
}

/* Whatever takes several rows names the bad one. */
static void bad_rows_are_named(void) {
  if (!enter("the number of a bad row")) return;
  int32_t three[3 * GENES], written[3 * GENES];
  uint64_t indices[3] = {0, 15625, 0};
  float features[3 * 72];
  double a[3], b[3], ms[3] = {4, 5, 6};
  size_t chosen[3];
  help_dataset *dataset = NULL;
  help_predictor *made = NULL;
  help_evolver *search = NULL;
  help_search_options o = small_search();
  memcpy(three, rows, sizeof three);
  memcpy(three + GENES, outside, sizeof outside);
#define NAMES(text, call)                              \
  do {                                                 \
    CHECK_STATUS(HELP_ERR_ARCHITECTURE, call);         \
    CHECK(strstr(help_last_error(), text) != NULL);    \
  } while (0)
  NAMES("row 1 ", help_arch_check(space, three, 3, GENES, NULL));
  NAMES("row 1 ", help_arch_canonicalize(space, three, 3, GENES));
  NAMES("row 1 ", help_arch_to_index(space, three, 3, GENES, indices));
  NAMES("row 1 ", help_arch_encode(space, three, 3, GENES, features, 72));
  NAMES("row 1 ", help_arch_macs(space, three, 3, GENES, a));
  NAMES("row 1 ", help_arch_costs(space, three, 3, GENES, "macs", a));
  NAMES("row 1 ", help_arch_mutate(space, three, 3, GENES, 0.1, 0, written, GENES));
  NAMES("row 1 of parents_a", help_arch_crossover(space, three, rows, 3, GENES, 0, written, GENES));
  NAMES("row 1 of parents_b", help_arch_crossover(space, rows, three, 3, GENES, 0, written, GENES));
  NAMES("row 1 ", help_adapt(model, three, 3, GENES, ms, NULL, &made));
  NAMES("row 1 ", help_predict(predictor, three, 3, GENES, a, b));
  NAMES("row 1 ", help_predict_interval(predictor, three, 3, GENES, 0.9, a, b));
  NAMES("row 1 ", help_accuracy_predict(accuracy_model, three, 3, GENES, a));
  NAMES("row 1 ", help_accuracy_score(accuracy_model, three, 3, GENES, a));
  NAMES("row 1 of pool", help_select(model, three, 3, GENES, NULL, 0, GENES, 1, chosen));
  NAMES("row 1 of measured", help_select(model, rows, 3, GENES, three, 3, GENES, 1, chosen));
  NAMES("row 1 ", help_dataset_new(space, three, 3, GENES, &dataset));
  o.warm_start = three;
  o.warm_start_count = 3;
  o.warm_start_stride = GENES;
  NAMES("row 1 of options.warm_start", help_evolver_new(predictor, 20, &o, 3, &search));
  o = small_search();
  o.strategy = HELP_SEARCH_CANDIDATES;
  o.candidates = three;
  o.candidate_count = 3;
  o.candidate_stride = GENES;
  NAMES("row 1 of options.candidates", help_evolver_new(predictor, 20, &o, 3, &search));
#undef NAMES
  indices[1] = 15625;
  CHECK_STATUS(HELP_ERR_ARGUMENT, help_arch_from_index(space, indices, 3, written, GENES));
  CHECK(strstr(help_last_error(), "indices[1]") != NULL);
  ms[1] = -1;
  CHECK_STATUS(HELP_ERR_MEASUREMENTS, help_adapt(model, rows, 3, GENES, ms, NULL, &made));
  CHECK(strstr(help_last_error(), "latency_ms[1]") != NULL);
  CHECK(dataset == NULL && made == NULL && search == NULL);
}

/* A clock that told nothing apart: refused by every method. */
static void equal_latencies(void) {
  if (!enter("equal latencies")) return;
  measurements flat = device;
  help_adapt_options o;
  help_predictor *made = NULL;
  for (size_t i = 0; i < flat.n; i++) flat.ms[i] = 15.6;
  for (int32_t method = HELP_METHOD_DEFAULT; method <= HELP_METHOD_PROXY; method++) {
    CHECK_OK(help_adapt_options_init(&o, sizeof o));
    o.method = method;
    CHECK_STATUS(HELP_ERR_MEASUREMENTS, help_adapt(model, flat.archs, flat.n, GENES, flat.ms, &o, &made));
    CHECK(strstr(help_last_error(), "15.6 ms") != NULL);
  }
  CHECK(made == NULL);
}

/* What people have in hand instead of a file of the library's. */
static void foreign_files(void) {
  if (!enter("foreign files")) return;
  static const char *const files[][2] = {
      {"PK\3\4........archive/data.pkl", "PyTorch checkpoint"},
      {"\x80\2ccollections\nOrderedDict", "PyTorch checkpoint"},
      {"\b\a\022\apytorch..", "ONNX"},
      {"arch,latency_ms\n1,2\n", "CSV"},
      {"{\"name\": \"own\", \"genes\": []}", "search space"}};
  help_model *m = NULL;
  help_predictor *p = NULL;
  help_accuracy *a = NULL;
  help_evolver *e = NULL;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    const size_t size = strlen(files[i][0]);
#define NAMES(call)                                           \
  do {                                                        \
    CHECK_STATUS(HELP_ERR_FORMAT, call);                      \
    CHECK(strstr(help_last_error(), files[i][1]) != NULL);    \
  } while (0)
    NAMES(help_load_memory(files[i][0], size, &m));
    NAMES(help_predictor_load_memory(files[i][0], size, &p));
    NAMES(help_accuracy_load_memory(files[i][0], size, &a));
    NAMES(help_evolver_load_memory(files[i][0], size, &e));
#undef NAMES
  }
  help_space *s = NULL;
  CHECK_STATUS(HELP_ERR_FORMAT, help_space_from_json("arch,latency_ms\n", 16, &s));
  CHECK(strstr(help_last_error(), "json is CSV text") != NULL);
  CHECK(m == NULL && p == NULL && a == NULL && e == NULL && s == NULL);
}

static void other_kinds_of_file(void) {
  if (!enter("files of one kind as another")) return;
  help_buffer files[4] = {HELP_BUFFER_INIT, HELP_BUFFER_INIT, HELP_BUFFER_INIT, HELP_BUFFER_INIT};
  CHECK_OK(help_model_write(model, &files[0]));
  CHECK_OK(help_predictor_write(predictor, &files[1]));
  CHECK_OK(help_accuracy_write(accuracy_model, &files[2]));
  CHECK_OK(help_evolver_write(evolver, &files[3]));
  help_model *m = NULL;
  help_predictor *p = NULL;
  help_accuracy *a = NULL;
  help_evolver *e = NULL;
  for (int i = 0; i < 4; i++) {
    const char *data = files[i].data;
    const size_t size = files[i].size;
    if (i != 0) CHECK_STATUS(HELP_ERR_FORMAT, help_load_memory(data, size, &m));
    if (i != 1) CHECK_STATUS(HELP_ERR_FORMAT, help_predictor_load_memory(data, size, &p));
    if (i != 2) CHECK_STATUS(HELP_ERR_FORMAT, help_accuracy_load_memory(data, size, &a));
    if (i != 3) CHECK_STATUS(HELP_ERR_FORMAT, help_evolver_load_memory(data, size, &e));
    help_buffer_free(&files[i]);
  }
  CHECK(m == NULL && p == NULL && a == NULL && e == NULL);
}

static void steps(void) {
  help_evolver *own = small_evolver(); /* each child begins with a fresh one */
  int32_t asked[8 * GENES], again[8 * GENES];
  double scores[9] = {0, 1, 2, 3, 4, 5, 6, 7, NAN};
  size_t n = 0;
  WRONG_GIVES(EVOLVER, 0, help_evolver_batch(wrong));
  WRONG(EVOLVER, help_evolver_ask(wrong, out.a.archs, 8, GENES, out.b, &out.count));
  REFUSED(help_evolver_ask(own, NULL, 8, GENES, out.b, &out.count));
  REFUSED(help_evolver_ask(own, out.a.archs, 8, GENES, out.b, NULL));
  REFUSED(help_evolver_ask(own, out.a.archs, 7, GENES, out.b, &out.count));
  REFUSED(help_evolver_ask(own, out.a.archs, 0, GENES, out.b, &out.count));
  FOR_HUGE FAILS(TOO_LARGE, help_evolver_ask(own, out.a.archs, n, GENES, out.b, &out.count));
  static const size_t strides[] = {0, 1, GENES - 1, SIZE_MAX, SIZE_MAX / 2};
  for (size_t k = 0; k < 5; k++)
    REFUSED(help_evolver_ask(own, out.a.archs, 8, strides[k], out.b, &out.count));
  WRONG(EVOLVER, help_evolver_tell(wrong, scores, 8));
  for (size_t k = 0; k < 9; k++) REFUSED(help_evolver_tell(own, scores, k)); /* before asking */
  FOR_HUGE FAILS(E(ARGUMENT) | E(CALLBACK), help_evolver_tell(own, scores, n));

  MUST(help_evolver_ask(own, asked, 8, GENES, NULL, &n));
  REFUSED(help_evolver_tell(own, NULL, 8));
  for (size_t k = 0; k < 10; k++)
    if (k != 8) FAILS(E(CALLBACK), help_evolver_tell(own, scores, k));
  FAILS(E(CALLBACK), help_evolver_tell(own, scores, 100000000)); /* far more than there are */
  FOR_HUGE FAILS(E(ARGUMENT) | E(CALLBACK), help_evolver_tell(own, scores, n));
  FAILS(E(CALLBACK), help_evolver_tell(own, scores + 1, 8));
  if (enter("rows asked stay asked after accuracies that were refused")) {
    CHECK_OK(help_evolver_ask(own, again, 100, GENES, out.b, &n));
    CHECK(n == 8 && memcmp(asked, again, sizeof asked) == 0);
    CHECK_OK(help_evolver_tell(own, scores, 8));
    CHECK_STATUS(HELP_ERR_ARGUMENT, help_evolver_tell(own, scores, 8));
  }

  help_search_report report = {.struct_size = sizeof report};
#define RESULTS(top, archs, stride, b, c, count) \
  help_evolver_results(own, top, archs, stride, b, c, count, NULL)
  WRONG(EVOLVER, help_evolver_results(wrong, 3, out.a.archs, GENES, out.b, out.c, &out.count, NULL));
  REFUSED(RESULTS(0, out.a.archs, GENES, out.b, out.c, &out.count));
  REFUSED(RESULTS(4, out.a.archs, GENES, out.b, out.c, &out.count)); /* it remembers three */
  FOR_HUGE FAILS(TOO_LARGE, RESULTS(n, out.a.archs, GENES, out.b, out.c, &out.count));
  REFUSED(RESULTS(3, NULL, GENES, out.b, out.c, &out.count));
  REFUSED(RESULTS(3, out.a.archs, GENES, NULL, out.c, &out.count));
  REFUSED(RESULTS(3, out.a.archs, GENES, out.b, NULL, &out.count));
  REFUSED(RESULTS(3, out.a.archs, GENES, out.b, out.c, NULL));
  for (size_t k = 0; k < 5; k++) REFUSED(RESULTS(3, out.a.archs, strides[k], out.b, out.c, &out.count));
#undef RESULTS
  BAD_STRUCT_SIZES(report.struct_size = size, help_evolver_results(own, 3, out.a.archs, GENES, out.b, out.c,
                                                                   &out.count, &report));
  help_evolver_free(own);
}

static void accuracy_models(void) {
  help_accuracy **handle = (help_accuracy **)&out.a.handle;
  REFUSED(help_accuracy_load(NULL, handle));
  REFUSED(help_accuracy_load(model_path, NULL));
  FAILS(E(IO), help_accuracy_load(no_file, handle));
  FAILS(E(IO) | E(FORMAT), help_accuracy_load("/dev/zero", handle));
  FAILS(E(FORMAT), help_accuracy_load(model_path, handle));
  REFUSED(help_accuracy_load_memory(NULL, 10, handle));
  REFUSED(help_accuracy_load_memory("0123456789", 10, NULL));
  FAILS(E(FORMAT), help_accuracy_load_memory("0123456789", 10, handle));
  FAILS(E(FORMAT) | E(ARGUMENT), help_accuracy_load_memory("0123456789", 0, handle));
  FAILS(E(FORMAT) | E(ARGUMENT), help_accuracy_load_memory("0123456789", SIZE_MAX, handle));
  WRONG(ACCURACY, help_accuracy_save(wrong, no_file));
  REFUSED(help_accuracy_save(accuracy_model, NULL));
  FAILS(E(IO), help_accuracy_save(accuracy_model, no_file));
  FAILS(E(IO), help_accuracy_save(accuracy_model, "/"));
  WRONG(ACCURACY, help_accuracy_write(wrong, &out.a.buffer));
  REFUSED(help_accuracy_write(accuracy_model, NULL));
  FOR_OTHER_HANDLES(ACCURACY) HARMLESS(help_accuracy_free(wrong));
  WRONG(ACCURACY, help_accuracy_space(wrong, (help_space **)&out.a.handle));
  REFUSED(help_accuracy_space(accuracy_model, NULL));
  WRONG(ACCURACY, help_accuracy_describe(wrong, &out.a.buffer));
  REFUSED(help_accuracy_describe(accuracy_model, NULL));
  WRONG(ACCURACY, help_accuracy_predict(wrong, rows, 2, GENES, out.b));
  REFUSED(help_accuracy_predict(accuracy_model, rows, 2, GENES, NULL));
  BAD_BATCHES(help_accuracy_predict(accuracy_model, archs, n, stride, out.b));
  WRONG(ACCURACY, help_accuracy_score(wrong, rows, 2, GENES, out.b));
  REFUSED(help_accuracy_score(accuracy_model, rows, 2, GENES, NULL));
  BAD_BATCHES(help_accuracy_score(accuracy_model, archs, n, stride, out.b));
}

static void training(void) {
  INIT_MISUSE(help_train_options, help_train_options_init);
  help_dataset **handle = (help_dataset **)&out.a.handle;
  WRONG(SPACE, help_dataset_new(wrong, rows, 16, GENES, handle));
  REFUSED(help_dataset_new(space, rows, 16, GENES, NULL));
  {
    const int32_t *archs = rows;
    REFUSED(help_dataset_new(space, NULL, 16, GENES, handle));
    for (size_t stride = 0; stride < GENES; stride++)
      REFUSED(help_dataset_new(space, archs, 16, stride, handle));
    for (size_t k = 0; k < 4; k++)
      FAILS(TOO_LARGE, help_dataset_new(space, archs, huge[k], GENES, handle));
    FAILS(E(ARCHITECTURE), help_dataset_new(space, outside, 1, GENES, handle));
    FAILS(E(ARGUMENT) | E(MEASUREMENTS), help_dataset_new(space, archs, 0, GENES, handle));
    int32_t twice[2 * GENES] = {0};
    FAILS(E(ARGUMENT) | E(MEASUREMENTS), help_dataset_new(space, twice, 2, GENES, handle));
  }
  double ms[16];
  for (size_t i = 0; i < 16; i++) ms[i] = 1.0 + (double)i;
  help_dataset *own = NULL;
  MUST(help_dataset_new(space, rows, 16, GENES, &own));
  WRONG(DATASET, help_dataset_add_device(wrong, "a", HELP_DEVICE_TRAIN, ms));
  REFUSED(help_dataset_add_device(own, NULL, HELP_DEVICE_TRAIN, ms));
  REFUSED(help_dataset_add_device(own, "a", HELP_DEVICE_TRAIN, NULL));
  REFUSED(help_dataset_add_device(own, "a", 2, ms));
  REFUSED(help_dataset_add_device(own, "a", -1, ms));
  RETURNS(help_dataset_add_device(own, "", HELP_DEVICE_TRAIN, ms));
  RETURNS(help_dataset_add_device(own, "\xff\xfe", HELP_DEVICE_TRAIN, ms));
  static const double unmeasured[] = {0.0, -1.0, INFINITY, -INFINITY};
  for (size_t i = 0; i < 4; i++) {
    ms[3] = unmeasured[i];
    FAILS(E(ARGUMENT) | E(MEASUREMENTS), help_dataset_add_device(own, "b", HELP_DEVICE_TRAIN, ms));
  }
  ms[3] = 4.0;
  if (enter("help_dataset_add_device with a name twice")) {
    (void)!help_dataset_add_device(own, "twice", HELP_DEVICE_TRAIN, ms);
    judge(__LINE__, ANYTHING, help_dataset_add_device(own, "twice", HELP_DEVICE_TRAIN, ms),
          "help_dataset_add_device(twice)");
  }
  static const size_t reference_rows[3] = {0, 1, 2};
  static const size_t repeated[3] = {0, 1, 1}, beyond[3] = {0, 1, 16}, far[2] = {0, SIZE_MAX};
  static size_t many[1001];
  WRONG(DATASET, help_dataset_set_references(wrong, reference_rows, 3));
  REFUSED(help_dataset_set_references(own, NULL, 3));
  REFUSED(help_dataset_set_references(own, reference_rows, 0));
  REFUSED(help_dataset_set_references(own, reference_rows, 1));
  REFUSED(help_dataset_set_references(own, many, 1001));
  REFUSED(help_dataset_set_references(own, reference_rows, SIZE_MAX));
  REFUSED(help_dataset_set_references(own, repeated, 3));
  REFUSED(help_dataset_set_references(own, beyond, 3));
  REFUSED(help_dataset_set_references(own, far, 2));
  FOR_OTHER_HANDLES(DATASET) HARMLESS(help_dataset_free(wrong));

  help_model **made = (help_model **)&out.a.handle;
  help_train_options o = quick;
  release = release_model;
  WRONG(DATASET, help_meta_train(wrong, &o, made));
  REFUSED(help_meta_train(dataset, &o, NULL));
  if (enter("help_meta_train of tables that lack something")) {
    help_dataset *bare = NULL;
    MUST(help_dataset_new(space, rows, 16, GENES, &bare));
    judge(__LINE__, ANY_ERROR, help_meta_train(bare, &o, made), "help_meta_train(no device)");
    MUST(help_dataset_add_device(bare, "a", HELP_DEVICE_TRAIN, ms));
    judge(__LINE__, ANY_ERROR, help_meta_train(bare, &o, made), "help_meta_train(no references)");
    MUST(help_dataset_set_references(bare, reference_rows, 3));
    judge(__LINE__, ANY_ERROR, help_meta_train(bare, &o, made), "help_meta_train(too few rows)");
    help_dataset_free(bare);
  }
#define TRAIN help_meta_train(dataset, &o, made)
#define SPOILT(allowed, change) \
  do {                          \
    o = quick;                  \
    change;                     \
    FAILS_WHERE(allowed, #change, TRAIN);      \
  } while (0)
  BAD_STRUCT_SIZES(o.struct_size = size, TRAIN);
  SPOILT(ANY_ERROR, o.episodes = 0);
  SPOILT(ANY_ERROR, o.tasks = 0);
  SPOILT(ANY_ERROR, o.support = 0);
  SPOILT(ANY_ERROR, o.query = 0);
  SPOILT(ANY_ERROR, o.hidden = 0);
  SPOILT(ANY_ERROR, o.threads = 0);
  SPOILT(ANY_ERROR, o.valid_interval = 0);
  SPOILT(ANY_ERROR, o.episodes = SIZE_MAX);
  SPOILT(ANYTHING, o.tasks = SIZE_MAX); /* "at most those for training" may cap it */
  SPOILT(ANY_ERROR, o.support = SIZE_MAX);
  SPOILT(ANY_ERROR, o.query = SIZE_MAX);
  SPOILT(ANY_ERROR, o.support = 500);
  SPOILT(ANY_ERROR, o.query = 500);
  SPOILT(ANY_ERROR, o.hidden = SIZE_MAX);
  SPOILT(ANY_ERROR, o.hidden = 100000000);
  SPOILT(ANY_ERROR, o.threads = SIZE_MAX);
  SPOILT(ANYTHING, o.valid_interval = SIZE_MAX);
  SPOILT(E(ARGUMENT), o.train_rows = 201);
  SPOILT(ANY_ERROR, o.train_rows = SIZE_MAX);
  SPOILT(ANY_ERROR, o.valid_rows = SIZE_MAX);
  SPOILT(E(ARGUMENT), o.valid_rows = 201);
  SPOILT(E(ARGUMENT), o.inner_steps = -1);
  SPOILT(E(ARGUMENT), o.inner_steps = INT32_MAX);
  SPOILT(E(ARGUMENT), o.second_order = 2);
  SPOILT(E(ARGUMENT), o.learn_rates = -1);
  SPOILT(E(ARGUMENT), o.modulation = 2);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.inner_rate = x);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.meta_rate = x);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.kl_weight = x);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.modulation_scale = x);
  FOR_STRANGE SPOILT(E(ARGUMENT), o.trim = x);
  SPOILT(E(ARGUMENT), o.trim = 0.46);
  SPOILT(ANYTHING, o.inner_rate = 1e300);
  SPOILT(ANYTHING, o.meta_rate = 1e300);
  o = quick;
  FOR_OTHER_HANDLES(CANCEL) {
    if (wrong == NULL) continue;
    o.cancel = wrong;
    FAILS(E(HANDLE), TRAIN);
  }
#undef SPOILT
#undef TRAIN
  release = NULL;
  help_dataset_free(own);
}

static void scores(void) {
  static const double predicted[4] = {1, 2, 3, 4}, zero[4] = {1, 0, 2, 3};
  help_scores *s = (help_scores *)&out;
  const size_t size = sizeof *s;
  memcpy(&pattern, &size, sizeof size); /* struct_size is an input */
  REFUSED(help_monotonicity(NULL, 2, 2, 2, out.b));
  REFUSED(help_monotonicity(predicted, 2, 2, 2, NULL));
  REFUSED(help_monotonicity(predicted, 2, 2, 1, out.b));
  REFUSED(help_monotonicity(predicted, 0, 2, 2, out.b));
  FOR_HUGE FAILS(TOO_LARGE, help_monotonicity(predicted, n, 2, 2, out.b));
  FOR_HUGE FAILS(TOO_LARGE, help_monotonicity(predicted, 2, n, n, out.b));
  REFUSED(help_score(NULL, predicted, 4, s));
  REFUSED(help_score(predicted, NULL, 4, s));
  REFUSED(help_score(predicted, predicted, 4, NULL));
  REFUSED(help_score(predicted, predicted, 0, s));
  REFUSED(help_score(predicted, predicted, 1, s));
  REFUSED(help_score(predicted, zero, 4, s));
  FOR_HUGE FAILS(TOO_LARGE, help_score(predicted, predicted, n, s));
  for (size_t k = 0; k < 3; k++) { /* NaN and infinities */
    double spoilt[4] = {1, 2, strange[k], 4};
    REFUSED(help_score(spoilt, predicted, 4, s));
    REFUSED(help_score(predicted, spoilt, 4, s));
  }
  static const double big[4] = {1e308, -1e308, 1.7e308, 5e-324};
  RETURNS(help_score(big, predicted, 4, s));
  RETURNS(help_score(predicted, big, 4, s));
  BAD_STRUCT_SIZES(memcpy(&pattern, &size, sizeof size), help_score(predicted, predicted, 4, s));
  help_proxy_report *p = (help_proxy_report *)&out;
  REFUSED(help_proxy_test(NULL, predicted, 4, 0.9, 0.9, p));
  REFUSED(help_proxy_test(predicted, NULL, 4, 0.9, 0.9, p));
  REFUSED(help_proxy_test(predicted, predicted, 4, 0.9, 0.9, NULL));
  REFUSED(help_proxy_test(predicted, predicted, 0, 0.9, 0.9, p));
  FOR_HUGE FAILS(TOO_LARGE, help_proxy_test(predicted, predicted, n, 0.9, 0.9, p));
  FOR_STRANGE REFUSED(help_proxy_test(predicted, predicted, 4, x, 0.9, p));
  FOR_STRANGE REFUSED(help_proxy_test(predicted, predicted, 4, 0.9, x, p));
  REFUSED(help_proxy_test(predicted, predicted, 4, 1, 0.9, p));
  REFUSED(help_proxy_test(predicted, predicted, 4, -1, 0.9, p));
  REFUSED(help_proxy_test(predicted, predicted, 4, 0.9, 0, p));
  REFUSED(help_proxy_test(predicted, predicted, 4, 0.9, 1, p));
  for (size_t k = 1; k < 3; k++) { /* infinities; NaN is not measured */
    double spoilt[4] = {1, 2, strange[k], 4};
    REFUSED(help_proxy_test(spoilt, predicted, 4, 0.9, 0.9, p));
    REFUSED(help_proxy_test(predicted, spoilt, 4, 0.9, 0.9, p));
  }
  RETURNS(help_proxy_test(big, predicted, 4, 0.9, 0.9, p));
  BAD_STRUCT_SIZES(memcpy(&pattern, &size, sizeof size),
                   help_proxy_test(predicted, predicted, 4, 0.9, 0.9, p));
  memset(&pattern, 0xA5, sizeof pattern);
}

/* A freed handle is recognised until its memory is used again: straight after. */
static void freed_handles(void) {
#define FREED(type, make, free_it, call)              \
  do {                                                \
    type *handle = NULL;                              \
    if (!enter("a freed " #type)) break;              \
    MUST(make);                                       \
    free_it(handle);                                  \
    judge(__LINE__, E(HANDLE), call, #call);          \
    free_it(handle);                                  \
  } while (0)
  FREED(help_space, help_space_open("nasbench201", &handle), help_space_free,
        help_space_describe(handle, &out.a.buffer));
  FREED(help_model, help_load(model_path, &handle), help_model_free,
        help_model_describe(handle, &out.a.buffer));
  FREED(help_predictor, help_adapt(model, device.archs, device.n, GENES, device.ms, NULL, &handle),
        help_predictor_free, help_predict(handle, rows, 2, GENES, out.b, NULL));
  FREED(help_accuracy, (handle = make_accuracy()) ? HELP_OK : HELP_ERR_INTERNAL, help_accuracy_free,
        help_accuracy_predict(handle, rows, 2, GENES, out.b));
  FREED(help_evolver, (handle = small_evolver()) ? HELP_OK : HELP_ERR_INTERNAL, help_evolver_free,
        help_evolver_describe(handle, &out.a.buffer));
  if (enter("a limit's predictor that is freed")) {
    help_search_options o = small_search();
    help_limit limit = {sizeof limit, HELP_LIMIT_LATENCY, 0, 0, 1e6, NULL, 0};
    help_predictor *freed = make_predictor("'nasbench201'", 1);
    help_evolver *made = NULL;
    limit.predictor = freed;
    o.limits = &limit;
    o.limit_count = 1;
    help_predictor_free(freed);
    CHECK_STATUS(HELP_ERR_HANDLE, help_evolver_new(predictor, 1, &o, 3, &made));
  }
  FREED(help_dataset, help_dataset_new(space, rows, 16, GENES, &handle), help_dataset_free,
        help_dataset_add_device(handle, "a", 0, device.ms));
#undef FREED
}

/* Nothing above has harmed the good ones. */
static void good_handles(void) {
  if (!enter("the good handles, after all that")) return;
  double latency[16];
  CHECK(help_space_width(space) == GENES);
  CHECK(help_model_reference_count(model) == device.n);
  CHECK_OK(help_predict(predictor, rows, 16, GENES, latency, NULL));
  for (int i = 0; i < 16; i++) CHECK(isfinite(latency[i]));
  CHECK_OK(help_accuracy_predict(accuracy_model, rows, 16, GENES, latency));
  for (int i = 0; i < 16; i++) CHECK(latency[i] >= 0.5);
  int32_t asked[8 * GENES];
  size_t n = 1;
  for (int steps = 0; n > 0 && steps < 10; steps++) {
    CHECK_OK(help_evolver_ask(evolver, asked, 8, GENES, NULL, &n));
    CHECK_OK(help_arch_macs(space, asked, n, GENES, latency));
    if (n > 0) CHECK_OK(help_evolver_tell(evolver, latency, n));
  }
  CHECK_OK(help_evolver_results(evolver, 3, asked, GENES, latency, latency + 3, &n, NULL));
  CHECK(n == 3 && latency[0] >= latency[1]);
  double ms[200];
  for (int i = 0; i < 200; i++) ms[i] = 1.0 + i;
  CHECK_OK(help_dataset_add_device(dataset, "one more", HELP_DEVICE_VALID, ms));
  help_cancel_request(cancel);
}

static void run_cases(void) {
  versions_and_errors();
  buffers_and_cancelling();
  spaces();
  architectures();
  models();
  adapting();
  predictors();
  searching();
  limits();
  making_evolvers();
  bad_rows_are_named();
  equal_latencies();
  foreign_files();
  other_kinds_of_file();
  steps();
  accuracy_models();
  training();
  scores();
  if (!brief) freed_handles();
  good_handles();
}

/* ---- the child and who watches it ---------------------------------------------------- */

static void free_all(void) {
  help_cancel_free(cancel);
  help_dataset_free(dataset);
  help_accuracy_free(accuracy_model);
  help_evolver_free(evolver);
  help_predictor_free(foreign_predictor);
  help_predictor_free(plain_predictor);
  help_predictor_free(predictor);
  help_space_free(space);
  help_model_free(model);
}

static void child(void) {
  alarm(600); /* an endless loop is a death too */
  run_cases();
  progress->checks += checks;
  progress->failures += failures;
  free_all();
}

int main(int argc, char **argv) {
  start();
  progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  prepare(argc, argv);
  for (unsigned deaths = 0;;) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
      child();
      fflush(NULL);
      exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status)) {
      CHECK(WEXITSTATUS(status) == 0);
      break;
    }
    check_failed(__FILE__, __LINE__, "killed by signal %d (%s) in: %s", WTERMSIG(status),
                 strsignal(WTERMSIG(status)), progress->name);
    first_case = progress->current + 1;
    if (++deaths == 40) break;
  }
  checks += progress->checks;
  failures += progress->failures;
  free_all();
  return finish();
}

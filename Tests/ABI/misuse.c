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
static void *handles[7];
enum { SPACE, MODEL, PREDICTOR, DATASET, CANCEL, ACCURACY, PLAIN_MEMORY };
#define FOR_OTHER_HANDLES(kind) \
  for (int other = 0; other < 7; other++) \
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

static void prepare(int argc, char **argv) {
  model = load_model(argc, argv);
  model_path = argv[1];
  MUST(help_model_space(model, &space));
  predictor = adapt(model, 1);
  accuracy_model = make_accuracy();
  dataset = make_dataset(space, 200, 4);
  MUST(help_cancel_new(&cancel));
  MUST(help_space_sample(space, 3, rows, 16, GENES));
  device = measure_references(model, 1);
  quick = quick_training();
  quick.episodes = 1;
  memset(&pattern, 0xA5, sizeof pattern);
  static uint64_t memory[16];
  void *all[] = {space, model, predictor, dataset, cancel, accuracy_model, memory};
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

  WRONG(SPACE, help_arch_mutate(wrong, rows, 2, GENES, 0.1, 0, out.a.archs, GENES));
  REFUSED(help_arch_mutate(space, rows, 2, GENES, 0.1, 0, NULL, GENES));
  REFUSED(help_arch_mutate(space, rows, 2, GENES, 0.1, 0, out.a.archs, 5));
  REFUSED(help_arch_mutate(space, rows, 2, GENES, 0.1, 0, out.a.archs, SIZE_MAX));
  REFUSED(help_arch_mutate(space, rows, 2, GENES, 1.5, 0, out.a.archs, GENES));
  FOR_STRANGE REFUSED(help_arch_mutate(space, rows, 2, GENES, x, 0, out.a.archs, GENES));
  BAD_BATCHES(help_arch_mutate(space, archs, n, stride, 0.1, 0, out.a.archs, GENES));

  WRONG(SPACE, help_arch_cross(wrong, rows, rows, 2, GENES, 0, out.a.archs, GENES));
  REFUSED(help_arch_cross(space, rows, rows, 2, GENES, 0, NULL, GENES));
  REFUSED(help_arch_cross(space, rows, rows, 2, GENES, 0, out.a.archs, 0));
  REFUSED(help_arch_cross(space, rows, rows, 2, GENES, 0, out.a.archs, SIZE_MAX / 2));
  BAD_BATCHES(help_arch_cross(space, archs, rows, n, stride, 0, out.a.archs, GENES));
  BAD_BATCHES(help_arch_cross(space, rows, archs, n, stride, 0, out.a.archs, GENES));
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
  memcpy(m.archs + GENES, m.archs, GENES * sizeof *m.archs);
  FAILS(E(MEASUREMENTS), help_adapt(model, m.archs, n, GENES, m.ms, &good, handle));
  m = device;
  memcpy(m.archs + n * GENES, m.archs, GENES * sizeof *m.archs);
  m.ms[n] = 7;
  FAILS(E(MEASUREMENTS), help_adapt(model, m.archs, n + 1, GENES, m.ms, &good, handle));
  m = device;
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
  SPOILT(E(ARGUMENT), o.samples = -1);
  SPOILT(E(ARGUMENT), o.samples = 1001);
  SPOILT(E(ARGUMENT), o.samples = INT32_MIN);
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
    REFUSED(help_predict_interval(predictor, rows, 2, GENES, no_level[i], out.b, out.c));
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
  help_search_options good, o;
  MUST(help_search_options_init(&good, sizeof good));
  good.strategy = HELP_SEARCH_EVOLVE;
  good.population = 8;
  good.generations = 2;
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
  SPOILT(E(ARGUMENT) | E(ABI), o.reserved = 1);
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
  o = good;
  FOR_OTHER_HANDLES(CANCEL) {
    if (wrong == NULL) continue; /* NULL: no flag */
    o.cancel = wrong;
    FAILS(E(HANDLE), SEARCH);
  }
  help_search_report bad_report = {0};
  no_report = &bad_report;
  o = good;
  BAD_STRUCT_SIZES(bad_report.struct_size = size, SEARCH);
#undef CANDIDATES
#undef SPOILT
#undef SEARCH
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
  accuracy_models();
  training();
  scores();
  if (!brief) freed_handles();
  good_handles();
}

/* ---- the child and who watches it ---------------------------------------------------- */

static void child(void) {
  alarm(600); /* an endless loop is a death too */
  run_cases();
  progress->checks += checks;
  progress->failures += failures;
  help_cancel_free(cancel);
  help_dataset_free(dataset);
  help_accuracy_free(accuracy_model);
  help_predictor_free(predictor);
  help_space_free(space);
  help_model_free(model);
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
  return finish();
}

/* What loading does to a process: no signal handler, no thread, no open file; and
 * again after calls; and it can be loaded over and over.   load LIBRARY MODEL */
#include "check.h"

#include <dirent.h>
#include <dlfcn.h>

typedef struct {
  char caught[64]; /* signals with a handler */
  char threads[64];
  int files;
} process_state;

static process_state look(void) {
  process_state state = {.files = 0};
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status)) {
    if (sscanf(line, "SigCgt: %63s", state.caught) == 1) continue;
    if (sscanf(line, "Threads: %63s", state.threads) == 1) continue;
  }
  if (status) fclose(status);
  DIR *directory = opendir("/proc/self/fd");
  while (directory && readdir(directory)) state.files++;
  if (directory) closedir(directory);
  return state;
}

static void check_unchanged(process_state before, const char *when) {
  process_state now = look();
  checks += 3;
  if (strcmp(before.caught, now.caught) != 0)
    check_failed(__FILE__, __LINE__, "%s: signal handlers %s became %s", when, before.caught, now.caught);
  if (strcmp(before.threads, now.threads) != 0)
    check_failed(__FILE__, __LINE__, "%s: threads %s became %s", when, before.threads, now.threads);
  if (before.files != now.files)
    check_failed(__FILE__, __LINE__, "%s: open files %d became %d", when, before.files, now.files);
}

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found == NULL) check_failed(__FILE__, __LINE__, "%s is missing", name);
  return found;
}

/* ISO C has no conversion from void * to a function pointer; POSIX promises it. */
#define FIND(library, function)                          \
  __typeof__(function) *function##_ = NULL;              \
  *(void **)&function##_ = symbol(library, #function)

static void use(void *library, const char *path) {
  FIND(library, help_load);
  FIND(library, help_model_reference_count);
  FIND(library, help_model_references);
  FIND(library, help_adapt);
  FIND(library, help_predict);
  FIND(library, help_model_free);
  FIND(library, help_predictor_free);
  FIND(library, help_abi_version);
  if (failures) return;
  help_model *model = NULL;
  help_predictor *predictor = NULL;
  measurements m;
  double latency;
  CHECK(help_abi_version_() == HELP_ABI_VERSION);
  CHECK(help_load_("/nonexistent", &model) == HELP_ERR_IO);
  if (help_load_(path, &model) != HELP_OK) {
    check_failed(__FILE__, __LINE__, "cannot load %s", path);
    return;
  }
  m.n = help_model_reference_count_(model);
  CHECK(m.n <= MAX_REFERENCES && help_model_references_(model, m.archs, GENES) == HELP_OK);
  for (size_t i = 0; i < m.n; i++) m.ms[i] = measure(m.archs + i * GENES, 1);
  CHECK(help_adapt_(model, m.archs, m.n, GENES, m.ms, NULL, &predictor) == HELP_OK);
  CHECK(help_predict_(predictor, m.archs, 1, GENES, &latency, NULL) == HELP_OK);
  CHECK(isfinite(latency));
  help_predictor_free_(predictor);
  help_model_free_(model);
}

int main(int argc, char **argv) {
  start();
  if (argc < 3) return 2;
  process_state before = look();
  for (int i = 0; i < 50; i++) {
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
      check_failed(__FILE__, __LINE__, "%s", dlerror());
      break;
    }
    check_unchanged(before, "after dlopen");
    if (i % 10 == 0) use(library, argv[2]);
    check_unchanged(before, "after calls");
    CHECK(dlclose(library) == 0);
    check_unchanged(before, "after dlclose");
  }
  return finish();
}

#include "CHelpSupport.h"

#include <errno.h>
#include <stdatomic.h>

static _Thread_local char last_error[1024];

void helpsupport_set_error(const char *text, size_t size) {
  if (size >= sizeof last_error) {
    size = sizeof last_error - 1;
    /* Not in the middle of a UTF-8 sequence. */
    while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80) size--;
  }
  memcpy(last_error, text, size);
  last_error[size] = '\0';
}

const char *helpsupport_error(void) { return last_error; }

struct helpsupport_flag {
  atomic_int raised;
};

helpsupport_flag *helpsupport_flag_new(void) { return calloc(1, sizeof(helpsupport_flag)); }
void helpsupport_flag_free(helpsupport_flag *flag) { free(flag); }

void helpsupport_flag_raise(helpsupport_flag *flag) {
  atomic_store_explicit(&flag->raised, 1, memory_order_relaxed);
}

int helpsupport_flag_is_raised(const helpsupport_flag *flag) {
  return atomic_load_explicit(&((helpsupport_flag *)flag)->raised, memory_order_relaxed);
}

int helpsupport_has_memory(size_t size) {
  /* volatile: a compiler may leave out a malloc that is only freed. */
  void *volatile memory = malloc(size);
  int has = memory != NULL;
  free(memory);
  return has;
}

/* Without O_NONBLOCK, opening a pipe would wait for its writer. */
int helpsupport_open_to_read(const char *path) { return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); }

int helpsupport_create(const char *path) {
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

int helpsupport_errno(void) { return errno; }
int helpsupport_is_taken(int number) { return number == EEXIST; }
int helpsupport_is_interrupted(int number) { return number == EINTR; }
int helpsupport_is_regular(mode_t mode) { return S_ISREG(mode); }

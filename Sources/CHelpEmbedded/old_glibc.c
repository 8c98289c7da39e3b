/* Binds what glibc renamed after 2.28 to the version that 2.28 has, so that a library
 * linked on a newer system runs on an older one.  Each name is defined here, hidden, as a
 * jump to the old version; all references inside the library come here. */
#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>

#define HIDDEN __attribute__((visibility("hidden")))

#if defined(__x86_64__)
#define OLDEST "GLIBC_2.2.5"
#define JUMP(name) "jmp " name "@PLT"
enum { STAT_VERSION = 1 };
#elif defined(__aarch64__)
#define OLDEST "GLIBC_2.17"
#define JUMP(name) "b " name
enum { STAT_VERSION = 0 };
#else
#error "the first glibc of this processor is not known"
#endif

#define OLD_VERSION(local, name) __asm__(".symver " local ", " name "@" OLDEST)
#define JUMPING_TO_OLD(name)                                        \
  OLD_VERSION("old_" name, name);                                   \
  __asm__(".text\n.globl " name "\n.hidden " name "\n"              \
          ".type " name ", %function\n" name ":\n" JUMP("old_" name) \
          "\n.size " name ", . - " name)

/* 2.29: without the error handling of SVID. */
JUMPING_TO_OLD("exp");
JUMPING_TO_OLD("log");
/* 2.34: in libc.so.6 itself. */
JUMPING_TO_OLD("pthread_create");
JUMPING_TO_OLD("pthread_join");

/* 2.33: functions, no longer inline. */
struct stat;
OLD_VERSION("old_xstat", "__xstat");
OLD_VERSION("old_fxstat", "__fxstat");
extern int old_xstat(int version, const char *path, struct stat *to);
extern int old_fxstat(int version, int descriptor, struct stat *to);
HIDDEN int stat(const char *path, struct stat *to) { return old_xstat(STAT_VERSION, path, to); }
HIDDEN int fstat(int descriptor, struct stat *to) { return old_fxstat(STAT_VERSION, descriptor, to); }

/* 2.36.  Seeds of Swift's hash tables and random numbers. */
HIDDEN void arc4random_buf(void *to, size_t size) {
  enum { MOST = 256 }; /* never cut short */
  for (char *at = to, *end = at + size; at < end;) {
    size_t rest = (size_t)(end - at);
    ssize_t n = getrandom(at, rest < MOST ? rest : MOST, 0);
    if (n < 0) abort();
    at += n;
  }
}

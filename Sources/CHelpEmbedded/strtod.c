/* Double(String) calls this; the full Swift runtime has it, the embedded one leaves it out. */
#define _GNU_SOURCE
#include <ctype.h>
#include <locale.h>
#include <stdlib.h>

__attribute__((visibility("hidden"))) const char *_swift_stdlib_strtod_clocale(const char *text,
                                                                               double *out);

/* Not the process's locale, which may write 0,5. */
static locale_t c_locale(void) {
  static locale_t made;
  locale_t locale = __atomic_load_n(&made, __ATOMIC_ACQUIRE);
  if (locale != NULL) return locale;
  locale_t other = NULL;
  locale = newlocale(LC_ALL_MASK, "C", NULL);
  if (__atomic_compare_exchange_n(&made, &other, locale, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return locale;
  freelocale(locale);
  return other;
}

/* The end of the number that text begins with; NULL: it begins with none. */
const char *_swift_stdlib_strtod_clocale(const char *text, double *out) {
  if (isspace((unsigned char)*text)) return NULL;
  locale_t locale = c_locale();
  if (locale == NULL) return NULL;
  char *end;
  *out = strtod_l(text, &end, locale);
  return end;
}

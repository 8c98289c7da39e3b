/* What Swift cannot say portably: a thread-local message and an atomic flag. */
#ifndef CHELPSUPPORT_H
#define CHELPSUPPORT_H

#include <stddef.h>
#include <stdint.h>

/* Keep the first bytes of text as this thread's last error. */
void helpsupport_set_error(const char *text, size_t size);
const char *helpsupport_error(void);

/* A flag that any thread may raise; zero is lowered. */
typedef struct helpsupport_flag helpsupport_flag;
helpsupport_flag *helpsupport_flag_new(void);
void helpsupport_flag_free(helpsupport_flag *flag);
void helpsupport_flag_raise(helpsupport_flag *flag);
int helpsupport_flag_is_raised(const helpsupport_flag *flag);

#endif

/* The C library as the core sees it, and what Swift cannot say portably: a thread-local
 * message, an atomic flag, variadic functions and macros.  Embedded Swift has no module of
 * the C library, so both builds take it from here. */
#ifndef CHELPSUPPORT_H
#define CHELPSUPPORT_H

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Keep the first bytes of text as this thread's last error. */
void helpsupport_set_error(const char *text, size_t size);
const char *helpsupport_error(void);

/* A flag that any thread may raise; zero is lowered. */
typedef struct helpsupport_flag helpsupport_flag;
helpsupport_flag *helpsupport_flag_new(void);
void helpsupport_flag_free(helpsupport_flag *flag);
void helpsupport_flag_raise(helpsupport_flag *flag);
int helpsupport_flag_is_raised(const helpsupport_flag *flag);

/* Whether malloc has so many bytes at this moment; they are given back. */
int helpsupport_has_memory(size_t size);

/* open(2) for reading a file that is perhaps a pipe, and for a new file; -1: see errno. */
int helpsupport_open_to_read(const char *path);
int helpsupport_create(const char *path);
int helpsupport_errno(void);
/* Of errno: the name is there already; a signal came first. */
int helpsupport_is_taken(int number);
int helpsupport_is_interrupted(int number);
int helpsupport_is_regular(mode_t mode);

#endif

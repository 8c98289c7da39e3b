/* What the examples share: stop with the library's reason when a call fails, and
 * the device they adapt to. */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <help.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(call)                                                             \
  do {                                                                          \
    help_status status_ = (call);                                               \
    if (status_ != HELP_OK) {                                                   \
      fprintf(stderr, "%s: %s\n", help_status_name(status_), help_last_error()); \
      exit(EXIT_FAILURE);                                                       \
    }                                                                           \
  } while (0)

enum { GENES = 6, REFERENCES = 10 };

/* Milliseconds of the model's ten references on a Raspberry Pi 4, in their order,
 * from the NAS-Bench-201 table of the HELP paper's repository (Lee et al., NeurIPS
 * 2021).  On a device of your own: run the ten networks and write down the times. */
static const double raspberry_pi_4[REFERENCES] = {
    8.069698,  19.551933, 2.826915,  20.097734, 25.759504,
    25.596895, 24.430082, 57.129456, 10.544924, 98.88752};

/* A model that asks for more references than the device above has is not for these
 * examples. */
static inline void read_references(const help_model *model, int32_t rows[REFERENCES * GENES]) {
  if (help_model_reference_count(model) != REFERENCES) {
    fprintf(stderr, "this model does not have %d references\n", REFERENCES);
    exit(EXIT_FAILURE);
  }
  CHECK(help_model_references(model, rows, GENES));
}

#endif

/* A program outside this tree; CMakeLists.txt finds the library with find_package(libhelp),
 * Makefile with pkg-config. */
#include <help.h>
#include <stdio.h>

int main(int argc, char **argv) {
  help_model *model;
  if (argc != 2 || help_load(argv[1], &model) != HELP_OK) {
    fprintf(stderr, "%s\n", argc == 2 ? help_last_error() : "usage: consumer MODEL");
    return 1;
  }
  printf("%s: measure %zu architectures\n", help_version_string(),
         help_model_reference_count(model));
  help_model_free(model);
  return 0;
}

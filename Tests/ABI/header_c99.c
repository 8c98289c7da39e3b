/* The header stands on its own in C99. */
#include <help.h>
int main(void) { return HELP_OK; }

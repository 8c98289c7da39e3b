// The header stands on its own in C++11.
#include <help.h>
int main() { return HELP_OK; }

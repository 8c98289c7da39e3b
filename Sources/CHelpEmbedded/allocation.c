/* All that Swift allocates comes from here.  Embedded Swift writes to what it asked for
 * without looking whether it got it, or runs into an illegal instruction: end the process
 * before that, in a way that names the cause in a backtrace. */
#include <stddef.h>
#include <stdlib.h>

__attribute__((visibility("hidden"))) int posix_memalign(void **out, size_t alignment, size_t size);
__attribute__((noinline, noreturn)) static void libhelp_out_of_memory(void) { abort(); }

int posix_memalign(void **out, size_t alignment, size_t size) {
  /* malloc's own alignment is max_align_t's; a multiple of its alignment is what C asks of
   * aligned_alloc. */
  void *memory = alignment <= _Alignof(max_align_t)
                     ? malloc(size)
                     : aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == NULL && size > 0) libhelp_out_of_memory();
  *out = memory;
  return 0;
}

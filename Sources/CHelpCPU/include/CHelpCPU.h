/* Which of the compiled kernels this processor can run. */
#ifndef CHELPCPU_H
#define CHELPCPU_H

static inline int help_cpu_has_avx2_fma(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return 0;
#endif
}

#endif

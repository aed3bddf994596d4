/* Where instructions of x86 can be written down: what is written with them is compiled for processors that have them, and
   taken where `__builtin_cpu_supports` finds them. */

#if defined(__x86_64__) && defined(__GNUC__)
#define X86
#include <immintrin.h>
#endif

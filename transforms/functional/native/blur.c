/* Blurring a plane; see `keypoints/scale_space.py`. */

#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "x86.h"

/* all sums are exact, fused or not */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")
#endif

/* adding and subtracting it rounds to whole numbers, to even where that is a tie, as rint does */
static const float ROUNDS = 12582912.0f;
static const float SHARE = 1.0f / 512;

/* of floats, one cache line */
#define LINE 16

/* WEIGHED: of 2 reach + 1 rows the sum, weighed, divided by what the taps add up to, rounded. `reach` is a constant, so
   that the sum over taps is unrolled and all places along are computed side by side.
   SUM_OF: the same of any reach. */
#define WEIGHED(name, Value)                                                                                          \
    INLINE void name(const float *const *rows, const float *restrict taps, const int reach, int width,                \
                     Value *restrict out) {                                                                           \
        for (int x = 0; x < width; x++) {                                                                             \
            float sum = rows[reach][x] * taps[0];                                                                     \
            _Pragma("GCC unroll 12") for (int k = 1; k <= reach; k++) sum +=                                          \
                (rows[reach - k][x] + rows[reach + k][x]) * taps[k];                                                  \
            out[x] = (Value)(sum * SHARE + ROUNDS - ROUNDS);                                                          \
        }                                                                                                             \
    }
#define SUM_OF(name, weighed, Value)                                                                                  \
    EVERY_PROCESSOR static void name(const float *const *rows, const float *taps, int reach, int width, Value *out) { \
        switch (reach) {                                                                                              \
            CASE(weighed, 0) CASE(weighed, 1) CASE(weighed, 2) CASE(weighed, 3) CASE(weighed, 4) CASE(weighed, 5)     \
            CASE(weighed, 6) CASE(weighed, 7) CASE(weighed, 8) CASE(weighed, 9) CASE(weighed, 10) CASE(weighed, 11)   \
            CASE(weighed, 12)                                                                                         \
        }                                                                                                             \
    }
#define CASE(weighed, n)                                                                                              \
    case n: weighed(rows, taps, n, width, out); break;

WEIGHED(weighed_down, float)
WEIGHED(weighed_along, short)
SUM_OF(down, weighed_down, float)
SUM_OF(along, weighed_along, short)

#ifdef X86
/* The same where vectors are as long as cache lines: what is read from beside a line's start comes from two of them, and
   takes twice as long. Here each line is read once, and shifted. `row` starts with a line, and has one more on either
   side. */
#define SHIFTED(k)                                                                                    \
    if (reach >= k) {                                                                                 \
        __m512i left = _mm512_alignr_epi32(here, before, LINE - k), right = _mm512_alignr_epi32(behind, here, k); \
        sum = _mm512_fmadd_ps(_mm512_add_ps(_mm512_castsi512_ps(left), _mm512_castsi512_ps(right)),   \
                              _mm512_set1_ps(taps[k]), sum);                                          \
    }

__attribute__((target("avx512f"), always_inline)) static inline void shifted(const float *row, const float *taps,
                                                                              const int reach, int width, short *out) {
    __m512i before = _mm512_load_si512(row - LINE), here = _mm512_load_si512(row);
    for (int x = 0; x < width; x += LINE) {
        __m512i behind = _mm512_load_si512(row + x + LINE);
        __m512 sum = _mm512_mul_ps(_mm512_castsi512_ps(here), _mm512_set1_ps(taps[0]));
        SHIFTED(1) SHIFTED(2) SHIFTED(3) SHIFTED(4) SHIFTED(5) SHIFTED(6)
        SHIFTED(7) SHIFTED(8) SHIFTED(9) SHIFTED(10) SHIFTED(11) SHIFTED(12)
        __m256i whole = _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(_mm512_mul_ps(sum, _mm512_set1_ps(SHARE))));
        if (x + LINE <= width)
            _mm256_storeu_si256((void *)(out + x), whole);
        else
            memcpy(out + x, &whole, (width - x) * sizeof(short));
        before = here;
        here = behind;
    }
}

__attribute__((target("avx512f"))) static void along_lines(const float *row, const float *taps, int reach, int width,
                                                           short *out) {
    switch (reach) {
#define LINES(n) case n: shifted(row, taps, n, width, out); break;
        LINES(0) LINES(1) LINES(2) LINES(3) LINES(4) LINES(5) LINES(6) LINES(7) LINES(8) LINES(9) LINES(10) LINES(11)
        LINES(12)
    }
}
#endif

EVERY_PROCESSOR static void widened(const short *restrict from, int width, float *restrict to) {
    for (int x = 0; x < width; x++) to[x] = from[x];
}

static int reflected(int at, int size) {
    if (size == 1) return 0;
    while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
    return at;
}

int blurred(const short *from, short *to, int height, int width, const float *taps, int reach) {
    /* Every row is read by 2 reach + 1 sums: where it starts with a cache line, that is twice as fast. So the last rows
       are kept that way. */
    int held = 2 * reach + 1;
    size_t line = ((size_t)width + LINE - 1) / LINE * LINE, beside = LINE;
    float *memory = malloc((line * (held + 1) + 2 * beside + LINE) * sizeof(float));
    if (!memory) return -1;
    float *kept = memory + (LINE - ((size_t)memory / sizeof(float)) % LINE) % LINE, *row = kept + line * held + beside;
    const float *rows[2 * MOST_REACH + 1];
#ifdef X86
    int lines = __builtin_cpu_supports("avx512f");
#endif
    int read = -reach; /* rows from here on are not kept yet */
    for (int y = 0; y < height; y++) {
        for (; read <= y + reach; read++)
            widened(from + (size_t)reflected(read, height) * width, width, kept + (size_t)((read + reach) % held) * line);
        for (int k = 0; k < held; k++) rows[k] = kept + (size_t)((y + k) % held) * line;
        down(rows, taps, reach, width, row);
        for (int k = 1; k <= reach; k++) {
            row[-k] = row[reflected(-k, width)];
            row[width - 1 + k] = row[reflected(width - 1 + k, width)];
        }
#ifdef X86
        if (lines) {
            along_lines(row, taps, reach, width, to + (size_t)y * width);
            continue;
        }
#endif
        for (int k = 0; k < held; k++) rows[k] = row + k - reach;
        along(rows, taps, reach, width, to + (size_t)y * width);
    }
    free(memory);
    return 0;
}

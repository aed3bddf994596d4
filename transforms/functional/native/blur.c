/* Blurring a plane; see `keypoints/scale_space.py`. In floats; in whole numbers of 16 bits, twice as fast, where a
   processor has vectors of 512 bits for them. */

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

EVERY_PROCESSOR static void widened(const short *restrict from, int width, float *restrict to) {
    for (int x = 0; x < width; x++) to[x] = from[x];
}

static int reflected(int at, int size) {
    if (size == 1) return 0;
    while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
    return at;
}

static int by_floats(const short *from, short *to, int height, int width, const float *taps, int reach) {
    /* Every row is read by 2 reach + 1 sums: where it starts with a cache line, that is twice as fast. So the last rows
       are kept that way. */
    int held = 2 * reach + 1;
    size_t line = ((size_t)width + LINE - 1) / LINE * LINE, beside = LINE;
    float *memory = malloc((line * (held + 1) + 2 * beside + LINE) * sizeof(float));
    if (!memory) return -1;
    float *kept = memory + (LINE - ((size_t)memory / sizeof(float)) % LINE) % LINE, *row = kept + line * held + beside;
    const float *rows[2 * MOST_REACH + 1];
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
        for (int k = 0; k < held; k++) rows[k] = row + k - reach;
        along(rows, taps, reach, width, to + (size_t)y * width);
    }
    free(memory);
    return 0;
}

#ifdef X86

/* One instruction multiplies 32 whole numbers and adds up neighbours. Of two sums side by side both are of the same
   neighbours, with taps that lie one apart: what is read serves both. */

#define WHOLE __attribute__((target("avx512bw")))
/* in one vector */
#define SHORTS 32

/* of neighbours 2 k and 2 k + 1, for the first sum and the second */
typedef struct {
    __m512i first[MOST_REACH + 1], second[MOST_REACH + 1];
} Taps;

WHOLE static void paired(const float *taps, int reach, Taps *out) {
    short all[2 * MOST_REACH + 4] = {0}, *middle = all + 1 + reach;
    for (int k = -reach; k <= reach; k++) middle[k] = (short)taps[k < 0 ? -k : k];
    for (int k = 0; k <= reach; k++) {
        const short *at = all + 2 * k;
        out->second[k] = _mm512_set1_epi32((int)((unsigned)at[1] << 16 | (unsigned)at[0]));
        out->first[k] = _mm512_set1_epi32((int)((unsigned)at[2] << 16 | (unsigned)at[1]));
    }
}

WHOLE INLINE __m512i plus(__m512i sum, __m512i pairs, __m512i taps) {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, taps));
}

/* divided by what the taps add up to, rounded, to even where that is a tie */
WHOLE INLINE __m512i shared(__m512i sum) {
    return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_set1_ps(SHARE)));
}

WHOLE INLINE __mmask32 left_of(int x, int width) { return width - x < SHORTS ? (1u << (width - x)) - 1 : ~0u; }

/* two rows, each place of the one beside that of the other, as unpacking leaves them */
WHOLE static void interleaved(const short *upper, const short *lower, int width, __m512i *out) {
    for (int x = 0; x < width; x += SHORTS, out += 2) {
        __mmask32 there = left_of(x, width);
        __m512i a = _mm512_maskz_loadu_epi16(there, upper + x), b = _mm512_maskz_loadu_epi16(there, lower + x);
        out[0] = _mm512_unpacklo_epi16(a, b);
        out[1] = _mm512_unpackhi_epi16(a, b);
    }
}

/* pairs of rows -> two rows of sums */
WHOLE static void down_whole(const __m512i *const *pairs, const Taps *taps, int reach, int width, short *upper,
                             short *lower) {
    for (int x = 0; x < width; x += SHORTS, upper += SHORTS, lower += SHORTS) {
        __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
        for (int k = 0; k <= reach; k++) {
            const __m512i *at = pairs[k] + 2 * (x / SHORTS);
            a = plus(a, at[0], taps->first[k]);
            b = plus(b, at[1], taps->first[k]);
            c = plus(c, at[0], taps->second[k]);
            d = plus(d, at[1], taps->second[k]);
        }
        _mm512_storeu_si512(upper, _mm512_packs_epi32(shared(a), shared(b)));
        _mm512_storeu_si512(lower, _mm512_packs_epi32(shared(c), shared(d)));
    }
}

/* row: from `reach` before the first place on. `reach` is a constant, so that taps stay in registers. */
WHOLE INLINE void along_reach(const short *row, const Taps *restrict taps, const int reach, int width,
                              short *restrict out) {
    for (int x = 0; x < width; x += SHORTS) {
        __m512i even = _mm512_setzero_si512(), odd = even;
#pragma GCC unroll 13
        for (int k = 0; k <= reach; k++) {
            __m512i pairs = _mm512_loadu_si512(row + x + 2 * k);
            even = plus(even, pairs, taps->first[k]);
            odd = plus(odd, pairs, taps->second[k]);
        }
        __m512i both = _mm512_or_si512(shared(even), _mm512_slli_epi32(shared(odd), 16));
        _mm512_mask_storeu_epi16(out + x, left_of(x, width), both);
    }
}

WHOLE static void along_whole(const short *row, const Taps *taps, int reach, int width, short *out) {
    switch (reach) {
#define ALONG(n) case n: along_reach(row, taps, n, width, out); break;
        ALONG(0) ALONG(1) ALONG(2) ALONG(3) ALONG(4) ALONG(5) ALONG(6) ALONG(7) ALONG(8) ALONG(9) ALONG(10) ALONG(11)
        ALONG(12)
    }
}

WHOLE static int by_whole_numbers(const short *from, short *to, int height, int width, const float *taps, int reach) {
    size_t vectors = ((size_t)width + SHORTS - 1) / SHORTS, line = (vectors + 1) * SHORTS;
    size_t kept = 2 * vectors * (reach + 1), rows = 2 * (line + MOST_REACH);
    __m512i *memory;
    if (posix_memalign((void **)&memory, sizeof(__m512i), sizeof(Taps) + kept * sizeof(__m512i) + rows * sizeof(short)))
        return -1;
    Taps *of_pairs = (Taps *)memory;
    __m512i *held = (__m512i *)(of_pairs + 1);
    short *sums = (short *)(held + kept);
    paired(taps, reach, of_pairs);
    /* rows -reach + 2 n and the next are the n-th pair, and those that the n-th two rows ask for first */
    int read = 0;
    for (int n = 0; 2 * n < height; n++) {
        const __m512i *pairs[MOST_REACH + 1];
        for (; read <= n + reach; read++) {
            int upper = reflected(2 * read - reach, height), lower = reflected(2 * read - reach + 1, height);
            interleaved(from + (size_t)upper * width, from + (size_t)lower * width, width,
                        held + 2 * vectors * (read % (reach + 1)));
        }
        for (int k = 0; k <= reach; k++) pairs[k] = held + 2 * vectors * ((n + k) % (reach + 1));
        short *row = sums + reach, *next = row + line + MOST_REACH;
        down_whole(pairs, of_pairs, reach, width, row, next);
        for (int y = 2 * n; y < 2 * n + 2 && y < height; y++, row = next) {
            for (int k = 1; k <= reach; k++) {
                row[-k] = row[reflected(-k, width)];
                row[width - 1 + k] = row[reflected(width - 1 + k, width)];
            }
            along_whole(row - reach, of_pairs, reach, width, to + (size_t)y * width);
        }
    }
    free(memory);
    return 0;
}

#endif

int blurred(const short *from, short *to, int height, int width, const float *taps, int reach) {
#ifdef X86
    if (__builtin_cpu_supports("avx512bw")) return by_whole_numbers(from, to, height, width, taps, reach);
#endif
    return by_floats(from, to, height, width, taps, reach);
}

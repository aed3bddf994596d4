/* Blurring a plane; see `keypoints/scale_space.py`. */

#include <stdlib.h>
#include <string.h>

#include "native.h"

/* all sums are exact, fused or not */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")
#endif

/* adding and subtracting it rounds to whole numbers, to even where that is a tie, as rint does */
static const float ROUNDS = 12582912.0f;
static const float SHARE = 1.0f / 512;

/* of `reach` a constant, so that the sum over taps is unrolled and all places along are computed side by side */
INLINE void weighed(const float *const *rows, const float *restrict taps, const int reach, int width,
                    float *restrict out) {
    for (int x = 0; x < width; x++) {
        float sum = rows[reach][x] * taps[0];
#pragma GCC unroll 12
        for (int k = 1; k <= reach; k++) sum += (rows[reach - k][x] + rows[reach + k][x]) * taps[k];
        out[x] = sum * SHARE + ROUNDS - ROUNDS;
    }
}

/* rows: 2 reach + 1 of them -> their sum, weighed, divided by what the taps add up to, rounded */
EVERY_PROCESSOR static void sum_of(const float *const *rows, const float *taps, int reach, int width, float *out) {
    switch (reach) {
#define CASE(n) case n: weighed(rows, taps, n, width, out); break;
        CASE(0) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#undef CASE
    }
}

static int reflected(int at, int size) {
    if (size == 1) return 0;
    while (at < 0 || at >= size) at = at < 0 ? -at : 2 * (size - 1) - at;
    return at;
}

/* of floats, one cache line */
#define LINE 16

int blurred(const float *from, float *to, int height, int width, const float *taps, int reach) {
    /* Every row is read by 2 reach + 1 sums: where it starts with a cache line, that is twice as fast. So the last rows
       are kept that way. */
    int held = 2 * reach + 1;
    size_t line = ((size_t)width + LINE - 1) / LINE * LINE, beside = ((size_t)reach + LINE - 1) / LINE * LINE;
    float *memory = malloc((line * (held + 1) + 2 * beside + LINE) * sizeof(float));
    if (!memory) return -1;
    float *kept = memory + (LINE - ((size_t)memory / sizeof(float)) % LINE) % LINE, *row = kept + line * held + beside;
    const float *rows[2 * MOST_REACH + 1];
    int read = -reach; /* rows from here on are not kept yet */
    for (int y = 0; y < height; y++) {
        for (; read <= y + reach; read++)
            memcpy(kept + (size_t)((read + reach) % held) * line, from + (size_t)reflected(read, height) * width,
                   width * sizeof(float));
        for (int k = 0; k < held; k++) rows[k] = kept + (size_t)((y + k) % held) * line;
        sum_of(rows, taps, reach, width, row);
        for (int k = 1; k <= reach; k++) {
            row[-k] = row[reflected(-k, width)];
            row[width - 1 + k] = row[reflected(width - 1 + k, width)];
        }
        for (int k = 0; k < held; k++) rows[k] = row + k - reach;
        sum_of(rows, taps, reach, width, to + (size_t)y * width);
    }
    free(memory);
    return 0;
}

/* A plane made smaller: the means of areas that need not be whole pixels; see `images/pixels/areas.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "rows.h"

#define COLOURS 3

/* of each of the places along a side: the first that it covers, and what share each of `most` of them has of it. The last
   shares may be 0, so that as many are added everywhere: to guess how many costs more. */
typedef struct {
    int *first, most;
    float *share;
} Areas;

/* from `size` places to `into`, fewer; the order of all operations is OpenCV's */
static int divided(Areas *areas, int size, int into) {
    double scale = 1.0 / ((double)into / size);
    areas->most = (int)ceil(scale) + 1;
    areas->first = malloc((size_t)into * sizeof(int));
    areas->share = calloc((size_t)into * areas->most, sizeof(float));
    if (!areas->first || !areas->share) return -1;
    for (int at = 0; at < into; at++) {
        double from = at * scale, to = from + scale, width = scale < size - from ? scale : size - from;
        int last = (int)floor(to) < size - 1 ? (int)floor(to) : size - 1;
        int whole = (int)ceil(from) < last ? (int)ceil(from) : last;
        float *share = areas->share + (size_t)at * areas->most;
        int count = 0;
        areas->first[at] = whole;
        if (whole - from > 1e-3) {
            areas->first[at]--;
            share[count++] = (float)((whole - from) / width);
        }
        for (int k = whole; k < last; k++) share[count++] = (float)(1.0 / width);
        if (to - last > 1e-3) {
            double rest = to - last < 1.0 ? to - last : 1.0;
            share[count++] = (float)((rest < width ? rest : width) / width);
        }
    }
    return 0;
}

EVERY_PROCESSOR static void apart(const float *restrict from, size_t count, float *restrict means) {
    for (int row = 0; row < ROWS; row++)
        for (size_t k = 0; k < count; k++) means[row * count + k] = from[ROWS * k + row];
}

/* of a place in rows that lie side by side, the values of one channel, or of COLOURS and something */
#define OF_GREY ROWS
#define OF_COLOUR (4 * ROWS)

/* such rows -> of each place the means, and something behind the last; `most` is a constant where it is small, so that the
   sum is unrolled */
#define MEANS(name, values, channels)                                                                        \
    INLINE void name(const unsigned char *restrict rows, const Areas *areas, const int most, int into,       \
                     float *restrict out) {                                                                  \
        const float *restrict share = areas->share;                                                          \
        for (int at = 0; at < into; at++, share += most) {                                                   \
            const unsigned char *restrict from = rows + (size_t)areas->first[at] * channels * ROWS;          \
            float sum[values] = {0};                                                                         \
            _Pragma("GCC unroll 8") for (int k = 0; k < most; k++)                                           \
                for (int i = 0; i < values; i++) sum[i] += from[k * channels * ROWS + i] * share[k];         \
            memcpy(out + (size_t)at * channels * ROWS, sum, sizeof sum);                                     \
        }                                                                                                    \
    }

MEANS(greys, OF_GREY, 1)
MEANS(colours, OF_COLOUR, COLOURS)

#define ALONG(name, means)                                                                                     \
    EVERY_PROCESSOR static void name(const unsigned char *rows, const Areas *areas, int into, float *out) {    \
        switch (areas->most) {                                                                                 \
        case 2: means(rows, areas, 2, into, out); break;                                                       \
        case 3: means(rows, areas, 3, into, out); break;                                                       \
        case 4: means(rows, areas, 4, into, out); break;                                                       \
        case 5: means(rows, areas, 5, into, out); break;                                                       \
        case 6: means(rows, areas, 6, into, out); break;                                                       \
        case 7: means(rows, areas, 7, into, out); break;                                                       \
        case 8: means(rows, areas, 8, into, out); break;                                                       \
        default: means(rows, areas, areas->most, into, out);                                                   \
        }                                                                                                      \
    }

ALONG(along_colours, colours)
ALONG(along_greys, greys)

EVERY_PROCESSOR static void added(const float *restrict row, float share, size_t count, float *restrict sums) {
    for (size_t k = 0; k < count; k++) sums[k] += row[k] * share;
}

/* adding and subtracting it rounds to whole numbers, to even where that is a tie */
static const float ROUNDS = 12582912.0f;

EVERY_PROCESSOR static void stored(const float *restrict sums, size_t count, unsigned char *restrict out) {
    for (size_t k = 0; k < count; k++) out[k] = (unsigned char)(int)(sums[k] + ROUNDS - ROUNDS);
}

int averaged(const unsigned char *from, int height, int width, int channels, unsigned char *to, int rows,
             int columns) {
    Areas across = {0}, down = {0};
    int failed = divided(&across, width, columns) || divided(&down, height, rows), read = -1;
    size_t line = (size_t)width * channels, count = (size_t)columns * channels;
    /* what has no share is read all the same, and vectors are longer than colours */
    size_t beyond = (size_t)(across.most + 2) * COLOURS * ROWS;
    float *sums = calloc((count * (1 + 2 * ROWS) + beyond) * sizeof(float) + line * ROWS + beyond, 1);
    float *means = sums + count, *together = means + count * ROWS;
    unsigned char *beside = (unsigned char *)(together + count * ROWS + beyond);
    for (int y = 0; y < rows && sums && !failed; y++) {
        const float *share = down.share + (size_t)y * down.most;
        memset(sums, 0, count * sizeof(float));
        for (int k = 0; k < down.most && share[k] != 0; k++) {
            int at = down.first[y] + k;
            /* neighbours share a row */
            if (at / ROWS != read) {
                read = at / ROWS;
                const unsigned char *four[ROWS];
                for (int r = 0; r < ROWS; r++) {
                    int row = read * ROWS + r;
                    four[r] = from + (size_t)(row < height ? row : height - 1) * line;
                }
                side_by_side(four, line, beside);
                (channels == 1 ? along_greys : along_colours)(beside, &across, columns, together);
                apart(together, count, means);
            }
            added(means + at % ROWS * count, share[k], count, sums);
        }
        stored(sums, count, to + (size_t)y * count);
    }
    failed |= !sums;
    free(sums);
    free(across.first);
    free(across.share);
    free(down.first);
    free(down.share);
    return failed ? -1 : 0;
}

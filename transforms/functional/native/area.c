/* A plane made smaller: the means of areas that need not be whole pixels; see `images/pixels/areas.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

#define COLOURS 3

typedef float Pixel __attribute__((vector_size(4 * sizeof(float))));

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

EVERY_PROCESSOR static void widened(const unsigned char *restrict bytes, size_t count, float *restrict out) {
    for (size_t k = 0; k < count; k++) out[k] = bytes[k];
}

/* a row of colours -> of each place the three means, and something; `most` is a constant where it is small, so that the
   sum is unrolled */
INLINE void colours(const float *row, const Areas *areas, const int most, int into, float *out) {
    const float *share = areas->share;
    for (int at = 0; at < into; at++, share += most) {
        const float *from = row + (size_t)areas->first[at] * COLOURS;
        Pixel sum = {0};
#pragma GCC unroll 8
        for (int k = 0; k < most; k++) {
            Pixel here;
            memcpy(&here, from + k * COLOURS, sizeof here);
            sum += here * share[k];
        }
        memcpy(out + 4 * (size_t)at, &sum, sizeof sum);
    }
}

INLINE void greys(const float *row, const Areas *areas, const int most, int into, float *out) {
    const float *share = areas->share;
    for (int at = 0; at < into; at++, share += most) {
        const float *from = row + areas->first[at];
        float sum = 0;
#pragma GCC unroll 8
        for (int k = 0; k < most; k++) sum += from[k] * share[k];
        out[at] = sum;
    }
}

#define ALONG(name, means)                                                                                     \
    EVERY_PROCESSOR static void name(const float *row, const Areas *areas, int into, float *out) {             \
        switch (areas->most) {                                                                                 \
        case 2: means(row, areas, 2, into, out); break;                                                        \
        case 3: means(row, areas, 3, into, out); break;                                                        \
        case 4: means(row, areas, 4, into, out); break;                                                        \
        case 5: means(row, areas, 5, into, out); break;                                                        \
        case 6: means(row, areas, 6, into, out); break;                                                        \
        case 7: means(row, areas, 7, into, out); break;                                                        \
        case 8: means(row, areas, 8, into, out); break;                                                        \
        default: means(row, areas, areas->most, into, out);                                                    \
        }                                                                                                      \
    }

ALONG(along_colours, colours)
ALONG(along_greys, greys)

EVERY_PROCESSOR static void added(const float *restrict row, float share, size_t count, float *restrict sums) {
    for (size_t k = 0; k < count; k++) sums[k] += row[k] * share;
}

/* adding and subtracting it rounds to whole numbers, to even where that is a tie */
static const float ROUNDS = 12582912.0f;

EVERY_PROCESSOR static void stored(const float *restrict sums, int into, int channels, unsigned char *restrict out) {
    if (channels == 1)
        for (int at = 0; at < into; at++) out[at] = (unsigned char)(sums[at] + ROUNDS - ROUNDS);
    else
        for (int at = 0; at < into; at++)
            for (int c = 0; c < COLOURS; c++)
                out[at * COLOURS + c] = (unsigned char)(sums[4 * at + c] + ROUNDS - ROUNDS);
}

int averaged(const unsigned char *from, int height, int width, int channels, unsigned char *to, int rows,
             int columns) {
    Areas across = {0}, down = {0};
    int failed = divided(&across, width, columns) || divided(&down, height, rows), read = -1;
    size_t line = (size_t)width * channels, lanes = (size_t)columns * (channels == 1 ? 1 : 4);
    /* what has no share is read all the same */
    float *sums = calloc(2 * lanes + line + (size_t)(across.most + 1) * COLOURS, sizeof(float));
    float *means = sums + lanes, *row = means + lanes;
    for (int y = 0; y < rows && sums && !failed; y++) {
        const float *share = down.share + (size_t)y * down.most;
        memset(sums, 0, lanes * sizeof(float));
        for (int k = 0; k < down.most && share[k] != 0; k++) {
            int at = down.first[y] + k;
            /* neighbours share a row */
            if (at != read) {
                widened(from + at * line, line, row);
                if (channels == 1)
                    along_greys(row, &across, columns, means);
                else
                    along_colours(row, &across, columns, means);
                read = at;
            }
            added(means, share[k], lanes, sums);
        }
        stored(sums, columns, channels, to + (size_t)y * columns * channels);
    }
    failed |= !sums;
    free(sums);
    free(across.first);
    free(across.share);
    free(down.first);
    free(down.share);
    return failed ? -1 : 0;
}

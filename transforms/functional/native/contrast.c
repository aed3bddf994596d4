/* Local contrast; see `registration/refine.py`. */

#include <math.h>
#include <stdlib.h>

#include "native.h"

#define AROUND 7
#define WINDOW (2 * AROUND + 1)

/* adding and subtracting it rounds to whole numbers, to even where that is a tie */
static const float ROUNDS = 12582912.0f;

/* what comes into the window of a column, and what leaves it */
EVERY_PROCESSOR static void slid(const unsigned char *restrict in, const unsigned char *restrict out, int width,
                                 int *restrict sums, int *restrict squares) {
    for (int x = 0; x < width; x++) {
        sums[x] += in[x] - out[x];
        squares[x] += in[x] * in[x] - out[x] * out[x];
    }
}

/* rows that go on by AROUND at either end -> sums of WINDOW neighbours */
static void windowed(const int *restrict one, const int *restrict other, int width, int *restrict of_one,
                     int *restrict of_other) {
    int first = 0, second = 0;
    for (int x = 0; x < WINDOW; x++) first += one[x], second += other[x];
    of_one[0] = first, of_other[0] = second;
    for (int x = 1; x < width; x++) {
        first += one[x + WINDOW - 1] - one[x - 1];
        second += other[x + WINDOW - 1] - other[x - 1];
        of_one[x] = first, of_other[x] = second;
    }
}

EVERY_PROCESSOR static void against(const unsigned char *restrict row, const int *restrict sums,
                                    const int *restrict squares, int width, const float *rules, float *restrict out) {
    const double each = 1.0 / (WINDOW * WINDOW);
    const float noise = rules[0], unit = rules[1], most = rules[2];
    for (int x = 0; x < width; x++) {
        float mean = (float)(sums[x] * each), square = (float)(squares[x] * each), value = row[x];
        float variance = square - mean * mean;
        float told = (value - mean) / (sqrtf(variance > 0 ? variance : 0) + noise) * unit;
        told = told < -most ? -most : told > most ? most : told;
        out[x] = told + ROUNDS - ROUNDS;
    }
}

static void went_on(int *row, int width) {
    for (int k = 1; k <= AROUND; k++) {
        row[AROUND - k] = row[AROUND + mirrored_at(-k, width)];
        row[AROUND + width - 1 + k] = row[AROUND + mirrored_at(width - 1 + k, width)];
    }
}

int local_contrast(const unsigned char *grey, int height, int width, const float *rules, float *out) {
    int all = width + 2 * AROUND;
    int *memory = calloc((size_t)4 * all, sizeof(int));
    if (!memory) return -1;
    int *sums = memory, *squares = memory + all, *of_sums = memory + 2 * all, *of_squares = memory + 3 * all;
    for (int k = -AROUND; k <= AROUND; k++) {
        const unsigned char *row = grey + (size_t)mirrored_at(k, height) * width;
        for (int x = 0; x < width; x++) {
            sums[AROUND + x] += row[x];
            squares[AROUND + x] += row[x] * row[x];
        }
    }
    for (int y = 0; y < height; y++) {
        if (y)
            slid(grey + (size_t)mirrored_at(y + AROUND, height) * width,
                 grey + (size_t)mirrored_at(y - 1 - AROUND, height) * width, width, sums + AROUND, squares + AROUND);
        went_on(sums, width);
        went_on(squares, width);
        windowed(sums, squares, width, of_sums, of_squares);
        against(grey + (size_t)y * width, of_sums, of_squares, width, rules, out + (size_t)y * width);
    }
    free(memory);
    return 0;
}

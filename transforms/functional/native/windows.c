/* Sums of two planes under windows; see `images/ssim.py`. */

#include <stdlib.h>

#include "native.h"

/* all sums are exact, fused or not */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")
#endif

/* of a and of b: values, squares, and the product of both */
#define FIELDS 5
/* rows of these that are held: those under a window */
#define KEPT (2 * REACH + 1)

static int reflected(int at, int size) {
    while (at < 0 || at >= size) at = at < 0 ? -1 - at : 2 * size - 1 - at;
    return at;
}

/* whole numbers below 2^15 */
EVERY_PROCESSOR static void centred(const unsigned char *restrict a, const unsigned char *restrict b, size_t size,
                                    float *restrict fields) {
    for (size_t k = 0; k < size; k++) {
        float one = (float)(a[k] - MIDDLE), other = (float)(b[k] - MIDDLE);
        fields[k] = one;
        fields[k + size] = other;
        fields[k + 2 * size] = one * one;
        fields[k + 3 * size] = other * other;
        fields[k + 4 * size] = one * other;
    }
}

EVERY_PROCESSOR static void squared(const unsigned char *restrict grey, size_t size, float *restrict fields) {
    for (size_t k = 0; k < size; k++) {
        float value = (float)(grey[k] - MIDDLE);
        fields[k] = value;
        fields[k + size] = value * value;
    }
}

/* below 2^24 */
EVERY_PROCESSOR static void down(const float *const *rows, const float *restrict taps, int width,
                                 float *restrict out) {
    for (int x = 0; x < width; x++) {
        float sum = rows[REACH][x] * taps[0];
        for (int k = 1; k <= REACH; k++) sum += (rows[REACH - k][x] + rows[REACH + k][x]) * taps[k];
        out[x] = sum;
    }
}

INLINE void spread(const float *restrict row, const size_t stride, size_t count, double *restrict out) {
    for (size_t k = 0; k < count; k++) out[k] = row[k * stride];
}

/* below 2^33: doubles. of `stride` a constant, so that places are computed side by side */
INLINE void summed(const float *row, const double *restrict taps, const int stride, int columns, double *phases,
                   double *restrict out) {
    size_t each = columns + 2 * REACH / stride + 1;
    for (int phase = 0; phase < stride; phase++) spread(row + phase, stride, each, phases + phase * each);
    const double *at[2 * REACH + 1];
    for (int k = 0; k <= 2 * REACH; k++) at[k] = phases + k % stride * each + k / stride;
    for (size_t x = 0; x < (size_t)columns; x++) {
        double sum = at[REACH][x] * taps[0];
#pragma GCC unroll 5
        for (int k = 1; k <= REACH; k++) sum += (at[REACH - k][x] + at[REACH + k][x]) * taps[k];
        out[x] = sum;
    }
}

/* row: starts REACH before the first place; phases: room for it, every stride-th value side by side */
EVERY_PROCESSOR static void along(const float *row, const double *taps, int stride, int columns, double *phases,
                                  double *out) {
    if (stride == 1)
        summed(row, taps, 1, columns, phases, out);
    else if (stride == 2)
        summed(row, taps, 2, columns, phases, out);
    else
        summed(row, taps, stride, columns, phases, out);
}

/* rows of a field, of which KEPT are held in turn, `fields` of each -> one, filtered down around the y-th and continued at
   both ends */
static void window(const float *rows, int fields, int y, int height, int width, const float *taps, float *row) {
    const float *around[2 * REACH + 1];
    for (int k = -REACH; k <= REACH; k++)
        around[k + REACH] = rows + (size_t)(reflected(y + k, height) % KEPT) * fields * width;
    down(around, taps, width, row + REACH);
    for (int k = 1; k <= REACH; k++) {
        row[REACH - k] = row[REACH + reflected(-k, width)];
        row[REACH + width - 1 + k] = row[REACH + reflected(width - 1 + k, width)];
    }
}

int compared(const unsigned char *a, const unsigned char *b, int height, int width, int stride, const float *taps,
             float *maps) {
    int rows = (height - 1) / stride + 1, columns = (width - 1) / stride + 1;
    /* a row is as long as the last window asks for, in every phase */
    size_t padded = (size_t)(columns + 2 * REACH / stride + 1) * stride;
    float *fields = malloc((FIELDS * (size_t)KEPT * width + padded + 2 * REACH + width) * sizeof(float));
    double *phases = malloc((padded + (size_t)FIELDS * columns) * sizeof(double));
    if (fields && phases) {
        float *row = fields + FIELDS * (size_t)KEPT * width;
        double *means = phases + padded;
        for (size_t k = 0; k < padded + 2 * REACH + width; k++) row[k] = 0;
        double exact[REACH + 1];
        for (int k = 0; k <= REACH; k++) exact[k] = taps[k];
        int read = 0;
        for (int y = 0; y < rows; y++) {
            for (; read < height && read <= y * stride + REACH; read++)
                centred(a + (size_t)read * width, b + (size_t)read * width, width,
                        fields + (size_t)(read % KEPT) * FIELDS * width);
            for (int field = 0; field < FIELDS; field++) {
                window(fields + (size_t)field * width, FIELDS, y * stride, height, width, taps, row);
                along(row, exact, stride, columns, phases, means + (size_t)field * columns);
            }
            ssim_terms(means, columns, (size_t)rows * columns, maps + (size_t)y * columns);
        }
    }
    int failed = !fields || !phases;
    free(fields);
    free(phases);
    return failed ? -1 : 0;
}

/* sums of values and of squares, below 2^25 and 2^33 -> variances: differences of whole numbers of 2^-36 below 2^14 */
EVERY_PROCESSOR static void varied(const double *restrict sums, const double *restrict squares, int width,
                                   float *restrict out) {
    for (int x = 0; x < width; x++) {
        double mean = sums[x] / (SUM * SUM), variance = squares[x] / (SUM * SUM) - mean * mean;
        out[x] = (float)(variance > 0 ? variance : 0);
    }
}

int variances(const unsigned char *grey, int height, int width, const float *taps, float *out) {
    size_t padded = (size_t)width + 2 * REACH + 1;
    float *fields = malloc((2 * (size_t)KEPT * width + padded) * sizeof(float));
    double *phases = malloc((padded + 2 * (size_t)width) * sizeof(double));
    if (fields && phases) {
        float *row = fields + 2 * (size_t)KEPT * width;
        double *sums = phases + padded, exact[REACH + 1];
        for (size_t k = 0; k < padded; k++) row[k] = 0;
        for (int k = 0; k <= REACH; k++) exact[k] = taps[k];
        int read = 0;
        for (int y = 0; y < height; y++) {
            for (; read < height && read <= y + REACH; read++)
                squared(grey + (size_t)read * width, width, fields + (size_t)(read % KEPT) * 2 * width);
            for (int field = 0; field < 2; field++) {
                window(fields + (size_t)field * width, 2, y, height, width, taps, row);
                along(row, exact, 1, width, phases, sums + (size_t)field * width);
            }
            varied(sums, sums + width, width, out + (size_t)y * width);
        }
    }
    int failed = !fields || !phases;
    free(fields);
    free(phases);
    return failed ? -1 : 0;
}

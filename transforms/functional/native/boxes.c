/* What small boxes of windows show; see `verification/measures/boxes.py`. */

#include <math.h>
#include <stdlib.h>

#include "native.h"

#define AROUND 3
#define SIDE (2 * AROUND + 1)
#define STEP 2
/* means that are compared side by side */
#define LANES 16

/* the last is repeated */
INLINE int clamped(int at, int size) { return at < 0 ? 0 : at >= size ? size - 1 : at; }

/* rows of structure, weight and inner under the boxes of a row, from above to below -> sums of the weight, of structure
   times that, and of inner */
EVERY_PROCESSOR static void down(const float *const *structure, const float *const *weight,
                                 const unsigned char *const *inner, int width, double *restrict around,
                                 double *restrict agreeing, int *restrict within) {
    for (int x = 0; x < width; x++) {
        double sum = 0, product = 0;
        int count = 0;
#pragma GCC unroll 16
        for (int k = 0; k < SIDE; k++) {
            sum += (double)weight[k][x];
            product += (double)(structure[k][x] * weight[k][x]);
            count += inner[k][x];
        }
        around[x] = sum;
        agreeing[x] = product;
        within[x] = count;
    }
}

EVERY_PROCESSOR static void along(const double *restrict around, const double *restrict agreeing,
                                  const int *restrict within, int width, float textured, int least,
                                  float *restrict means, int *restrict there) {
    const double each = 1.0 / (SIDE * SIDE);
    for (int x = 0; x < width; x++) {
        double sum = 0, product = 0;
        int count = 0;
#pragma GCC unroll 16
        for (int k = -AROUND; k <= AROUND; k++) {
            sum += around[x + k];
            product += agreeing[x + k];
            count += within[x + k];
        }
        float mean = (float)(sum * each);
        means[x] = (float)(product * each) / (mean > 1e-3f ? mean : 1e-3f);
        there[x] = (count > least) & (mean > textured);
    }
}

/* the least of a row of boxes */
EVERY_PROCESSOR static float least_of(const float *restrict means, int width) {
    float lowest[LANES], least = INFINITY;
    for (int i = 0; i < LANES; i++) lowest[i] = INFINITY;
    int x = 0;
    for (; x + LANES <= width; x += LANES)
        for (int i = 0; i < LANES; i++) lowest[i] = means[x + i] < lowest[i] ? means[x + i] : lowest[i];
    for (; x < width; x++) least = means[x] < least ? means[x] : least;
    for (int i = 0; i < LANES; i++) least = lowest[i] < least ? lowest[i] : least;
    return least;
}

/* how many boxes of a row are there; the others' means become infinite */
EVERY_PROCESSOR static int counted(const int *restrict there, int width, float *restrict means) {
    int count = 0;
    for (int x = 0; x < width; x++) {
        count += there[x];
        means[x] = there[x] ? means[x] : INFINITY;
    }
    return count;
}

ptrdiff_t boxed(const float *structure, const float *weight, const unsigned char *inner, int height, int width,
                const float *rules, float *sampled, double *found) {
    size_t row = (size_t)width + 2 * AROUND;
    double *around = malloc(2 * row * sizeof(double)), *agreeing = around + row;
    int *within = calloc(row + width, sizeof(int)), *there = within + row;
    float *means = malloc(width * sizeof(float));
    /* outside there is nothing inside */
    unsigned char *nothing = calloc(width, 1);
    int failed = !around || !within || !means || !nothing;
    ptrdiff_t samples = 0, count = 0;
    found[1] = INFINITY, found[2] = found[3] = 0;
    for (int y = 0; y < height && !failed; y++) {
        const float *structures[SIDE], *weights[SIDE];
        const unsigned char *inners[SIDE];
        for (int k = -AROUND; k <= AROUND; k++) {
            size_t at = (size_t)clamped(y + k, height) * width;
            structures[k + AROUND] = structure + at;
            weights[k + AROUND] = weight + at;
            inners[k + AROUND] = y + k < 0 || y + k >= height ? nothing : inner + at;
        }
        down(structures, weights, inners, width, around + AROUND, agreeing + AROUND, within + AROUND);
        for (int k = 0; k < AROUND; k++) {
            around[k] = around[AROUND], agreeing[k] = agreeing[AROUND];
            around[row - 1 - k] = around[row - 1 - AROUND], agreeing[row - 1 - k] = agreeing[row - 1 - AROUND];
        }
        along(around + AROUND, agreeing + AROUND, within + AROUND, width, rules[0], (int)rules[1], means, there);
        count += counted(there, width, means);
        float least = least_of(means, width);
        if (least < found[1]) {
            int x = 0;
            while (means[x] != least) x++;
            found[1] = least, found[2] = x, found[3] = y;
        }
        for (int x = 0; x < width && y % STEP == 0; x += STEP) {
            sampled[samples] = means[x];
            samples += means[x] < INFINITY;
        }
    }
    found[0] = (double)count;
    free(around);
    free(within);
    free(means);
    free(nothing);
    return failed ? -1 : samples;
}

/* Is one picture made of the other's edges? See `verification/measures/derivatives.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

#define AROUND 7
#define WINDOW (2 * AROUND + 1)
/* Sobel's slopes are so many times the derivative */
#define SLOPES 8
/* slopes along and down, strength of edges, and what is shown */
#define FIELDS 4

EVERY_PROCESSOR static void multiplied(const unsigned char *restrict plane, size_t size, float *restrict out) {
    for (size_t k = 0; k < size; k++) out[k] = (float)(SLOPES * plane[k]);
}

/* three rows, from above to below; smooth, steep: room for a place more at either end */
EVERY_PROCESSOR static void sloped(const unsigned char *const *rows, int width, int *restrict smooth, int *restrict steep,
                                   float *restrict along, float *restrict down, float *restrict strength) {
    const unsigned char *above = rows[0], *here = rows[1], *below = rows[2];
    for (int x = 0; x < width; x++) {
        smooth[x] = above[x] + 2 * here[x] + below[x];
        steep[x] = below[x] - above[x];
    }
    smooth[-1] = smooth[mirrored_at(-1, width)], smooth[width] = smooth[mirrored_at(width, width)];
    steep[-1] = steep[mirrored_at(-1, width)], steep[width] = steep[mirrored_at(width, width)];
    for (int x = 0; x < width; x++) {
        float by_x = (float)(smooth[x + 1] - smooth[x - 1]), by_y = (float)(steep[x - 1] + 2 * steep[x] + steep[x + 1]);
        along[x] = by_x, down[x] = by_y;
        strength[x] = sqrtf(by_x * by_x + by_y * by_y);
    }
}

EVERY_PROCESSOR static void slid(const float *restrict in, const float *restrict out, int width, double *restrict sums) {
    for (int x = 0; x < width; x++) sums[x] += (double)in[x] - (double)out[x];
}

/* from sums of columns, WINDOW of which start with the first place */
EVERY_PROCESSOR static void against(const float *restrict row, const double *restrict sums, int width,
                                    float *restrict out) {
    double sum = 0;
    for (int k = 0; k < WINDOW - 1; k++) sum += sums[k];
    for (int x = 0; x < width; x++) {
        sum += sums[x + WINDOW - 1];
        out[x] = rintf(row[x] - (float)(sum * (1.0 / (WINDOW * WINDOW))));
        sum -= sums[x];
    }
}

/* A plane against the means around its places, in whole numbers. Sums of roots of whole numbers that are no larger, to 24
   bits, are exact in any order. sums: room for a row and AROUND at either end. */
static void about_its_surroundings(const float *plane, int height, int width, double *sums, float *out) {
    double *own = sums + AROUND;
    memset(own, 0, width * sizeof(double));
    for (int k = -AROUND; k <= AROUND; k++) {
        const float *row = plane + (size_t)mirrored_at(k, height) * width;
        for (int x = 0; x < width; x++) own[x] += row[x];
    }
    for (int y = 0; y < height; y++) {
        if (y)
            slid(plane + (size_t)mirrored_at(y + AROUND, height) * width,
                 plane + (size_t)mirrored_at(y - 1 - AROUND, height) * width, width, own);
        for (int k = 1; k <= AROUND; k++) {
            own[-k] = own[mirrored_at(-k, width)];
            own[width - 1 + k] = own[mirrored_at(width - 1 + k, width)];
        }
        against(plane + (size_t)y * width, sums, width, out + (size_t)y * width);
    }
}

/* of all places in the mask, sums of the fields and of their products, of which those below the diagonal are left out */
EVERY_PROCESSOR static void added_up(const float *const *fields, const unsigned char *restrict mask, size_t size,
                                     long long *sums, long long (*products)[FIELDS]) {
    for (int i = 0; i < FIELDS; i++)
        for (int j = i; j < FIELDS; j++) {
            const float *restrict one = fields[i], *restrict other = fields[j];
            long long sum = 0, product = 0;
            for (size_t k = 0; k < size; k++) {
                int value = mask[k] ? (int)one[k] : 0;
                sum += value;
                product += value * (int)other[k];
            }
            sums[i] = sum, products[i][j] = product;
        }
}

/* how much of what is shown derivatives of the source explain. memory: room for FIELDS + 1 planes; rows: for sums */
static double explained(const unsigned char *shown, const unsigned char *source, const unsigned char *mask, int height,
                        int width, float *memory, double *rows) {
    size_t size = (size_t)height * width;
    float *fields[FIELDS], *plane = memory + FIELDS * size;
    int *smooth = (int *)rows + 1, *steep = smooth + width + 2;
    for (int k = 0; k < FIELDS; k++) fields[k] = memory + k * size;
    for (int y = 0; y < height; y++) {
        const unsigned char *around[3];
        for (int k = -1; k <= 1; k++) around[k + 1] = source + (size_t)mirrored_at(y + k, height) * width;
        size_t at = (size_t)y * width;
        sloped(around, width, smooth, steep, fields[0] + at, fields[1] + at, plane + at);
    }
    about_its_surroundings(plane, height, width, rows, fields[2]);
    multiplied(shown, size, plane);
    about_its_surroundings(plane, height, width, rows, fields[3]);
    long long sums[FIELDS], products[FIELDS][FIELDS], there = 0;
    for (size_t k = 0; k < size; k++) there += mask[k] != 0;
    added_up((const float *const *)fields, mask, size, sums, products);
    double count = there ? (double)there : 1.0, moments[FIELDS][FIELDS], system[3 * FIELDS], found = 0;
    for (int i = 0; i < FIELDS; i++)
        for (int j = i; j < FIELDS; j++) {
            double mean = (double)sums[i] * (double)sums[j] / (count * count);
            moments[i][j] = moments[j][i] = ((double)products[i][j] / count - mean) / (SLOPES * SLOPES);
        }
    /* the ridge, one grey level, is for planes without edges */
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < FIELDS; j++) system[FIELDS * i + j] = moments[i][j] + (i == j);
    normal_solved(system, 3, 1);
    for (int i = 0; i < 3; i++) found += moments[i][3] * system[FIELDS * i + 3];
    found /= moments[3][3] + 1.0;
    return sqrt(found < 0 ? 0 : found > 1 ? 1 : found);
}

int mutually_derived(const unsigned char *a, const unsigned char *b, const unsigned char *mask, int height, int width,
            double *found) {
    size_t room = 2 * ((size_t)width + 2 * AROUND);
    float *memory = malloc((FIELDS + 1) * (size_t)height * width * sizeof(float));
    double *rows = malloc(room * sizeof(double));
    int failed = !memory || !rows;
    if (!failed) {
        double one = explained(a, b, mask, height, width, memory, rows);
        double other = explained(b, a, mask, height, width, memory, rows);
        *found = one > other ? one : other;
    }
    free(memory);
    free(rows);
    return failed ? -1 : 0;
}

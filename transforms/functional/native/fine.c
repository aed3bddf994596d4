/* What places of 3 x 3 windows of large thumbnails show; see `verification/measures/fine.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

/* sums of three neighbours along a row, which starts one before the first place and goes on one after the last */
EVERY_PROCESSOR static void along(const float *restrict row, int width, double *restrict sums) {
    for (int x = 0; x < width; x++) sums[x] = (double)row[x - 1] + (double)row[x] + (double)row[x + 1];
}

/* one row more below -> means, and what is left when the row above is taken away, as OpenCV does it */
EVERY_PROCESSOR static void down(const double *restrict above, const double *restrict below, int width,
                                 double *restrict held, float *restrict means) {
    for (int x = 0; x < width; x++) {
        double sum = held[x] + below[x];
        means[x] = (float)(sum * (1.0 / 9));
        held[x] = sum - above[x];
    }
}

/* means over places. rows: room for three of sums and what is held; row: for one, with a place before it and after it */
static void over_places(const float *plane, int height, int width, double *rows, float *row, float *means) {
    double *held = rows + 3 * (size_t)width;
    memset(held, 0, width * sizeof(double));
    for (int y = -1; y <= height; y++) {
        double *here = rows + (size_t)((y + 3) % 3) * width;
        memcpy(row, plane + (size_t)mirrored_at(y, height) * width, width * sizeof(float));
        row[-1] = row[mirrored_at(-1, width)];
        row[width] = row[mirrored_at(width, width)];
        along(row, width, here);
        if (y < 1)
            for (int x = 0; x < width; x++) held[x] += here[x];
        else
            down(rows + (size_t)((y + 1) % 3) * width, here, width, held, means + (size_t)(y - 1) * width);
    }
}

EVERY_PROCESSOR static void multiplied(const float *restrict a, const float *restrict b, size_t size,
                                       float *restrict out) {
    for (size_t k = 0; k < size; k++) out[k] = a[k] * b[k];
}

/* the deviation that no linear map of greys explains, and all of it */
EVERY_PROCESSOR static void left_of(const float *restrict structure, const float *restrict more,
                                    const unsigned char *restrict inner, size_t size, float *restrict left,
                                    float *restrict texture) {
    for (size_t k = 0; k < size; k++) {
        float within = structure[k] < -1 ? -1 : structure[k] > 1 ? 1 : structure[k];
        float rest = 1 - within * fabsf(within);
        left[k] = sqrtf(rest > 0 ? rest : 0) * more[k] * (float)inner[k];
        texture[k] = more[k] * (float)inner[k];
    }
}

int fine_places(const Fine *maps, int height, int width, float textured, float *structures, float *left, double *found) {
    size_t size = (size_t)height * width, count = 0;
    float *memory = malloc((4 * size + width + 2) * sizeof(float));
    double *rows = malloc(4 * (size_t)width * sizeof(double));
    int failed = !memory || !rows;
    if (!failed) {
        float *one = memory, *other = one + size, *first = other + size, *second = first + size, *row = second + size + 1;
        multiplied(maps->structure, maps->weight, size, one);
        over_places(maps->weight, height, width, rows, row, first);
        over_places(one, height, width, rows, row, second);
        for (size_t k = 0; k < size; k++) {
            structures[count] = second[k] / (first[k] > 1e-3f ? first[k] : 1e-3f);
            count += maps->inner[k] & (first[k] > textured);
        }
        found[0] = (double)count;
        left_of(maps->structure, maps->more, maps->inner, size, one, other);
        over_places(one, height, width, rows, row, first);
        over_places(other, height, width, rows, row, second);
        float most = 0;
        count = 0;
        for (size_t k = 0; k < size; k++)
            if (maps->textured[k]) {
                left[count++] = first[k];
                most = second[k] > most ? second[k] : most;
            }
        found[1] = (double)count, found[2] = most;
    }
    free(memory);
    free(rows);
    return failed ? -1 : 0;
}

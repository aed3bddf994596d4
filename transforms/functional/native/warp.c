/* A plane moved by a homography, and where it lies then; see `registration/resampling.py`. In the order of operations of
   OpenCV 5 on processors that multiply and add at once, to the last bit; the last places of a row, fewer than LANES, are
   computed in another order there. */

#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "warp.h"

#define LANES 16
/* from here on, OpenCV takes a place for one far to the left or above */
#define FAR 2147483648.0f

/* what is beyond the plane by more than a place lies one place beyond it: there is as little */
INLINE float near_by(float at, float size) {
    at = at < FAR ? at : -1.0f;
    at = at > -1.0f ? at : -1.0f;
    return at < size ? at : size;
}

/* between a place and the next in either direction */
static int is_between(const Row *row, int x, int height, int width) {
    return row->x[x] >= 0 && row->x[x] < width - 1 && row->y[x] >= 0 && row->y[x] < height - 1;
}

FUSED int places(const double *back, int y, int height, int width, int columns, const Row *row) {
    int *restrict at_x = row->x, *restrict at_y = row->y;
    float *restrict right = row->right, *restrict below = row->below;
    const float wide = (float)width, high = (float)height, down = (float)y;
    float m[9];
    for (int k = 0; k < 9; k++) m[k] = (float)back[k];
    const float by_x = down * m[1], by_y = down * m[4], by_depth = down * m[7];
    int whole = columns - columns % LANES, affine = m[6] == 0 && m[7] == 0;
    if (affine && m[8] == 1)
        for (int x = 0; x < whole; x++) {
            float place = (float)x;
            right[x] = fmaf(m[0], place, by_x + m[2]);
            below[x] = fmaf(m[3], place, by_y + m[5]);
        }
    else
        for (int x = 0; x < whole; x++) {
            float place = (float)x, depth = fmaf(m[6], place, by_depth + m[8]);
            right[x] = fmaf(m[0], place, by_x + m[2]) / depth;
            below[x] = fmaf(m[3], place, by_y + m[5]) / depth;
        }
    for (int x = whole; x < columns; x++) {
        float place = (float)x, depth = fmaf(m[6], place, by_depth) + m[8];
        right[x] = (fmaf(m[0], place, by_x) + m[2]) / depth;
        below[x] = (fmaf(m[3], place, by_y) + m[5]) / depth;
    }
    for (int x = 0; x < columns; x++) {
        float across = near_by(right[x], wide), under = near_by(below[x], high);
        float left = floorf(across), above = floorf(under);
        at_x[x] = (int)left, at_y[x] = (int)above;
        right[x] = across - left, below[x] = under - above;
    }
    return affine;
}

/* there: of the places from `first` to `end`, more than `whole` of 255 of a white plane */
FUSED static void covered_places(const Row *row, int first, int end, int height, int width, float whole,
                                 unsigned char *restrict there) {
    const int *restrict at_x = row->x, *restrict at_y = row->y;
    const float *restrict right = row->right, *restrict below = row->below;
    for (int x = first; x < end; x++) {
        unsigned left = (unsigned)at_x[x], above = (unsigned)at_y[x];
        float white_left = left < (unsigned)width ? 255.0f : 0.0f;
        float white_right = left + 1 < (unsigned)width ? 255.0f : 0.0f;
        float over = between(white_left, white_right, right[x]);
        float upper = above < (unsigned)height ? over : 0.0f, lower = above + 1 < (unsigned)height ? over : 0.0f;
        there[x] = (unsigned char)(between(upper, lower, below[x]) + ROUNDS - ROUNDS > whole);
    }
}

void covered_row(const Row *row, int in_order, int height, int width, int columns, float whole, unsigned char *there) {
    /* places of vectors lie in order, and the last ones: what is between two inside is inside */
    const int ends[3] = {0, columns - columns % LANES, columns};
    for (int part = 0; part < 2; part++) {
        int first = ends[part], last = ends[part + 1];
        if (!in_order || whole >= 255) {
            covered_places(row, first, last, height, width, whole, there);
            continue;
        }
        while (first < last && !is_between(row, first, height, width)) first++;
        while (last > first && !is_between(row, last - 1, height, width)) last--;
        covered_places(row, ends[part], first, height, width, whole, there);
        memset(there + first, 1, last - first);
        covered_places(row, last, ends[part + 1], height, width, whole, there);
    }
}

ONE_BY_ONE void read_near(const unsigned *taps, int columns, unsigned *near) {
    for (int x = 0; x < columns; x++) near[x] = taps[near[x]];
}

/* taps: of each place of the plane itself, the next, and those below */
FUSED static void moved_row(const unsigned *restrict taps, const Row *row, int height, int width, int columns,
                            unsigned char *restrict out) {
    const int *restrict at_x = row->x, *restrict at_y = row->y;
    const float *restrict right = row->right, *restrict below = row->below;
    unsigned *restrict near = row->near;
    for (int x = 0; x < columns; x++) {
        /* beyond the plane its edge goes on */
        int left = at_x[x], above = at_y[x], i = left < width ? left : width - 1, j = above < height ? above : height - 1;
        i = i < 0 ? 0 : i, j = j < 0 ? 0 : j;
        near[x] = (unsigned)(j * width + i);
    }
    read_near(taps, columns, near);
    for (int x = 0; x < columns; x++) {
        float by_x = at_x[x] < 0 ? 0.0f : right[x], by_y = at_y[x] < 0 ? 0.0f : below[x];
        float upper = between((float)(int)(near[x] & 255), (float)(int)(near[x] >> 8 & 255), by_x);
        float lower = between((float)(int)(near[x] >> 16 & 255), (float)(int)(near[x] >> 24), by_x);
        out[x] = (unsigned char)(int)(between(upper, lower, by_y) + ROUNDS - ROUNDS);
    }
}

FUSED static void taps_of(const unsigned char *restrict upper, const unsigned char *restrict lower, int width,
                          unsigned *restrict taps) {
    for (int x = 0; x < width - 1; x++)
        taps[x] = upper[x] | (unsigned)upper[x + 1] << 8 | (unsigned)lower[x] << 16 | (unsigned)lower[x + 1] << 24;
    taps[width - 1] = upper[width - 1] * 0x101u | lower[width - 1] * 0x1010000u;
}

int warped(const unsigned char *plane, int height, int width, const double *back, int rows, int columns, int whole,
           unsigned char *moved, unsigned char *there) {
    size_t size = (size_t)height * width;
    unsigned *taps = malloc((size + OF_A_ROW(columns)) * sizeof(unsigned));
    if (!taps) return -1;
    Row row = row_in(taps + size, columns);
    for (int y = 0; y < height; y++) {
        const unsigned char *here = plane + (size_t)y * width;
        taps_of(here, y < height - 1 ? here + width : here, width, taps + (size_t)y * width);
    }
    for (int y = 0; y < rows; y++) {
        int in_order = places(back, y, height, width, columns, &row);
        moved_row(taps, &row, height, width, columns, moved + (size_t)y * columns);
        covered_row(&row, in_order, height, width, columns, (float)whole, there + (size_t)y * columns);
    }
    free(taps);
    return 0;
}

int covered(int height, int width, const double *back, int rows, int columns, int whole, unsigned char *there) {
    void *memory = malloc(OF_A_ROW(columns) * sizeof(int));
    if (!memory) return -1;
    Row row = row_in(memory, columns);
    for (int y = 0; y < rows; y++) {
        int in_order = places(back, y, height, width, columns, &row);
        covered_row(&row, in_order, height, width, columns, (float)whole, there + (size_t)y * columns);
    }
    free(memory);
    return 0;
}

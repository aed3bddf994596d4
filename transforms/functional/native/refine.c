/* The sums that a step of least squares over greys is made from; see `registration/refine.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "warp.h"

/* all sums are exact, fused or not */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")
#endif

/* so many places side by side */
#define SIDE_BY_SIDE 8
typedef double Lanes __attribute__((vector_size(SIDE_BY_SIDE * sizeof(double))));
typedef float Narrow __attribute__((vector_size(SIDE_BY_SIDE * sizeof(float))));

/* of a row: the slopes along and down, and how far off it is, all 0 where it is not used. -> how many are used */
EVERY_PROCESSOR static long long row_of(const float *restrict moved, const float *const *around,
                                        const unsigned char *restrict inside, int width, float differs,
                                        float *restrict sloped, float *restrict along, float *restrict down,
                                        float *restrict off, long long *error) {
    const float *above = around[0], *here = around[1], *below = around[2];
    float *restrict smooth = sloped + 1, *restrict steep = sloped + width + 3;
    for (int x = 0; x < width; x++) {
        smooth[x] = above[x] + 2 * here[x] + below[x];
        steep[x] = below[x] - above[x];
    }
    smooth[-1] = smooth[mirrored_at(-1, width)], smooth[width] = smooth[mirrored_at(width, width)];
    steep[-1] = steep[mirrored_at(-1, width)], steep[width] = steep[mirrored_at(width, width)];
    int used = 0, missed = 0;
    for (int x = 0; x < width; x++) {
        float apart = moved[x] + ROUNDS - ROUNDS - here[x], distance = fabsf(apart);
        int there = inside[x] != 0, counts = there & (distance < differs);
        float once = (float)counts, least = distance < differs ? distance : differs;
        missed += there * (int)least;
        used += counts;
        along[x] = (smooth[x + 1] - smooth[x - 1]) * once;
        down[x] = (steep[x - 1] + 2 * steep[x] + steep[x + 1]) * once;
        off[x] = apart * once;
    }
    *error += missed;
    return used;
}

/* of a row, whose ends hold zeros: sums of the three products of slopes, times 1, the column and its square, and of
   what is off times either slope, times 1 and the column */
EVERY_PROCESSOR static void added_up(const float *along, const float *down, const float *off, int width,
                                     double middle, double *sums) {
    Lanes of[13] = {{0}}, column;
    for (int k = 0; k < SIDE_BY_SIDE; k++) column[k] = k - middle;
    for (int x = 0; x < width; x += SIDE_BY_SIDE) {
        Narrow at[3];
        memcpy(&at[0], along + x, sizeof at[0]);
        memcpy(&at[1], down + x, sizeof at[1]);
        memcpy(&at[2], off + x, sizeof at[2]);
        Lanes i = __builtin_convertvector(at[0], Lanes), j = __builtin_convertvector(at[1], Lanes);
        Lanes e = __builtin_convertvector(at[2], Lanes);
        Lanes far_i = i * column, far_j = j * column;
        of[0] += i * i;
        of[1] += i * far_i;
        of[2] += far_i * far_i;
        of[3] += i * j;
        of[4] += i * far_j;
        of[5] += far_i * far_j;
        of[6] += j * j;
        of[7] += j * far_j;
        of[8] += far_j * far_j;
        of[9] += i * e;
        of[10] += far_i * e;
        of[11] += j * e;
        of[12] += far_j * e;
        column += SIDE_BY_SIDE;
    }
    for (int s = 0; s < 13; s++) {
        sums[s] = 0;
        for (int k = 0; k < SIDE_BY_SIDE; k++) sums[s] += of[s][k];
    }
}

/* sums: see `added_up` -> of the derivatives by a motion along, then down, by column, row and 1, each with each, and
   with what is off */
static void spread_out(const double *sums, double row, double *system) {
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            const double *product = sums + 3 * (i + j);
            const double block[9] = {product[2], product[1] * row, product[1], product[1] * row, product[0] * row * row,
                                     product[0] * row, product[1], product[0] * row, product[0]};
            for (int k = 0; k < 9; k++) system[(3 * i + k / 3) * 7 + 3 * j + k % 3] += block[k];
        }
        const double *off = sums + 9 + 2 * i;
        system[(3 * i + 0) * 7 + 6] += off[1];
        system[(3 * i + 1) * 7 + 6] += off[0] * row;
        system[(3 * i + 2) * 7 + 6] += off[0];
    }
}

/* of each place of a plane, `wide` a row, of whole numbers of 8 bits: itself, the next, and those below, in one number */
EVERY_PROCESSOR static void packed(const float *restrict taps, size_t wide, size_t count, unsigned *restrict out) {
    for (size_t k = 0; k < count; k++)
        out[k] = ((unsigned)(int)taps[k] & 255) | ((unsigned)(int)taps[k + 1] & 255) << 8 |
                 ((unsigned)(int)taps[k + wide] & 255) << 16 | (unsigned)(int)taps[k + wide + 1] << 24;
}

/* taps: as packed, of a plane that goes on as zeros, one before and two after either edge, `wide` a row */
FUSED static void moved_row(const unsigned *restrict taps, int wide, const Row *row, int columns, float *restrict out) {
    const int *restrict at_x = row->x, *restrict at_y = row->y;
    const float *restrict right = row->right, *restrict below = row->below;
    unsigned *restrict near = row->near;
    for (int x = 0; x < columns; x++) near[x] = (unsigned)((at_y[x] + 1) * wide + at_x[x] + 1);
    read_near(taps, columns, near);
    for (int x = 0; x < columns; x++) {
        /* each with its sign */
        float upper = between((float)((int)(near[x] << 24) >> 24), (float)((int)(near[x] << 16) >> 24), right[x]);
        float lower = between((float)((int)(near[x] << 8) >> 24), (float)((int)near[x] >> 24), right[x]);
        out[x] = between(upper, lower, below[x]);
    }
}

unsigned *motion_taps(const Moved *planes) {
    size_t wide = (size_t)planes->from_width + 3, high = (size_t)planes->from_height + 3;
    float *bordered = calloc(high * wide, sizeof(float));
    unsigned *taps = malloc(high * wide * sizeof(unsigned));
    if (bordered && taps) {
        for (int y = 0; y < planes->from_height; y++)
            memcpy(bordered + (y + 1) * wide + 1, planes->from + (size_t)y * planes->from_width,
                   planes->from_width * sizeof(float));
        packed(bordered, wide, (high - 1) * wide - 1, taps);
    } else {
        free(taps);
        taps = NULL;
    }
    free(bordered);
    return taps;
}

int motion_sums(const Moved *planes, const unsigned *taps, const double *back, const unsigned char *inside,
                float differs, double *found) {
    int height = planes->height, width = planes->width, wide = planes->from_width + 3;
    size_t room = ((size_t)width / SIDE_BY_SIDE + 1) * SIDE_BY_SIDE;
    float *rows = calloc(3 * room + 2 * ((size_t)width + 2) + width + OF_A_ROW(width), sizeof(float));
    float *sloped = rows + 3 * room, *moved = sloped + 2 * ((size_t)width + 2);
    long long used = 0, error = 0;
    double sums[13];
    memset(found, 0, MOTION_SUMS * sizeof(double));
    for (int y = 0; y < height && rows; y++) {
        const float *around[3];
        for (int k = -1; k <= 1; k++) around[k + 1] = planes->plane + (size_t)mirrored_at(y + k, height) * width;
        Row row = row_in(moved + width, width);
        places(back, y, planes->from_height, planes->from_width, width, &row);
        moved_row(taps, wide, &row, width, moved);
        used += row_of(moved, around, inside + (size_t)y * width, width, differs, sloped, rows, rows + room,
                       rows + 2 * room, &error);
        added_up(rows, rows + room, rows + 2 * room, width, width / 2, sums);
        spread_out(sums, y - height / 2, found + 2);
    }
    found[0] = (double)error;
    found[1] = (double)used;
    int failed = !rows;
    free(rows);
    return failed ? -1 : 0;
}

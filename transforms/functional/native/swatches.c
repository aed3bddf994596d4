/* Colours of two registered pictures: the one that is moved, the means of squares that are common, and by how much these
   differ; see `registration/resampling.py`, `verification/colours.py` and `verification/measures/colours.py`. */

#include <math.h>
#include <stdlib.h>

#include "native.h"
#include "warp.h"

#define CHANNELS 3

/* between the colours of four places, of one channel */
INLINE unsigned char mixed(const unsigned *near, int shift, float right, float below) {
    float upper = between((float)(int)(near[0] >> shift & 255), (float)(int)(near[1] >> shift & 255), right);
    float lower = between((float)(int)(near[2] >> shift & 255), (float)(int)(near[3] >> shift & 255), right);
    return (unsigned char)(int)(between(upper, lower, below) + ROUNDS - ROUNDS);
}

/* taps: the colours of every place, and of two beyond each edge, `wide` a row; three channels of a row, one after the
   other */
FUSED static void moved_row(const unsigned *restrict taps, int wide, const Row *row, int columns,
                            unsigned char *restrict out) {
    const int *restrict at_x = row->x, *restrict at_y = row->y;
    const float *restrict right = row->right, *restrict below = row->below;
    unsigned char *restrict second = out + columns, *restrict third = second + columns;
    for (int x = 0; x < columns; x++) {
        int at = (at_y[x] + 1) * wide + at_x[x] + 1;
        const unsigned near[4] = {taps[at], taps[at + 1], taps[at + wide], taps[at + wide + 1]};
        out[x] = mixed(near, 0, right[x], below[x]);
        second[x] = mixed(near, 8, right[x], below[x]);
        third[x] = mixed(near, 16, right[x], below[x]);
    }
}

int warped_colours(const unsigned char *plane, int height, int width, const double *back, int rows, int columns,
                   int whole, unsigned char *moved, unsigned char *there) {
    int wide = width + 3;
    size_t size = (size_t)(height + 3) * wide;
    unsigned *taps = calloc(size + OF_A_ROW(columns) + columns, sizeof(unsigned));
    if (!taps) return -1;
    Row row = row_in(taps + size, columns);
    unsigned char *apart = (unsigned char *)(taps + size + OF_A_ROW(columns));
    for (int y = 0; y < height; y++) {
        const unsigned char *from = plane + (size_t)y * width * CHANNELS;
        unsigned *to = taps + (size_t)(y + 1) * wide + 1;
        for (int x = 0; x < width; x++)
            to[x] = from[CHANNELS * x] | (unsigned)from[CHANNELS * x + 1] << 8 | (unsigned)from[CHANNELS * x + 2] << 16;
    }
    for (int y = 0; y < rows; y++) {
        unsigned char *out = moved + (size_t)y * columns * CHANNELS;
        int in_order = places(back, y, height, width, columns, &row);
        moved_row(taps, wide, &row, columns, apart);
        for (int x = 0; x < columns; x++)
            for (int channel = 0; channel < CHANNELS; channel++)
                out[CHANNELS * x + channel] = apart[channel * columns + x];
        covered_row(&row, in_order, height, width, columns, (float)whole, there + (size_t)y * columns);
    }
    free(taps);
    return 0;
}

EVERY_PROCESSOR static void down(const unsigned char *restrict plane, int line, int side, unsigned short *restrict sums) {
    for (int x = 0; x < line; x++) sums[x] = 0;
    for (int k = 0; k < side; k++)
        for (int x = 0; x < line; x++) sums[x] += plane[(size_t)k * line + x];
}

/* as OpenCV rounds: of four, halves up; of others to even */
INLINE unsigned char mean_of(int sum, int side) {
    if (side == 2) return (unsigned char)((sum + 2) >> 2);
    return (unsigned char)((float)sum * (1.0f / (float)(side * side)) + ROUNDS - ROUNDS);
}

ptrdiff_t swatches(const unsigned char *a, const unsigned char *b, const unsigned char *mask, int height, int width,
                   int side, unsigned char *found) {
    int line = width * CHANNELS;
    unsigned short *sums = malloc((size_t)line * sizeof(unsigned short));
    if (!sums) return -1;
    ptrdiff_t count[2] = {0, 0}, most = (ptrdiff_t)(height / side) * (width / side);
    const unsigned char *planes[2] = {a, b};
    for (int y = 0; y + side <= height; y += side) {
        const unsigned char *first = mask + (size_t)y * width, *last = mask + (size_t)(y + side - 1) * width + side - 1;
        for (int picture = 0; picture < 2; picture++) {
            unsigned char *out = found + picture * most * CHANNELS;
            down(planes[picture] + (size_t)y * line, line, side, sums);
            for (int x = 0; x + side <= width; x += side) {
                if (!first[x] || !last[x]) continue;
                for (int channel = 0; channel < CHANNELS; channel++) {
                    int sum = 0;
                    for (int k = 0; k < side; k++) sum += sums[CHANNELS * (x + k) + channel];
                    out[CHANNELS * count[picture] + channel] = mean_of(sum, side);
                }
                count[picture]++;
            }
        }
    }
    free(sums);
    return count[0];
}

/* lab: one of two pictures' numbers, less the middle; the chroma of what an affine map of `other` leaves of `one` */
typedef struct {
    double terms[4];
} Colour;

static Colour colour_at(const unsigned char *lab, ptrdiff_t at) {
    const unsigned char *own = lab + CHANNELS * at;
    return (Colour){{own[0] - MIDDLE, own[1] - MIDDLE, own[2] - MIDDLE, 1}};
}

static void mapped(const unsigned char *one, const unsigned char *other, ptrdiff_t count, double *left) {
    /* the normal equations, and what they are to give of both channels that are no lightness */
    double rows[4 * 6] = {0};
    for (ptrdiff_t k = 0; k < count; k++) {
        Colour from = colour_at(other, k), to = colour_at(one, k);
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) rows[6 * i + j] += from.terms[i] * from.terms[j];
            for (int j = 0; j < 2; j++) rows[6 * i + 4 + j] += from.terms[i] * to.terms[1 + j];
        }
    }
    for (int i = 0; i < 4; i++) rows[7 * i] += 1;
    solved(rows, 4, 2);
    for (ptrdiff_t k = 0; k < count; k++) {
        Colour from = colour_at(other, k), to = colour_at(one, k);
        double off[2];
        for (int j = 0; j < 2; j++) {
            double sum = 0;
            for (int i = 0; i < 4; i++) sum += from.terms[i] * rows[6 * i + 4 + j];
            off[j] = fabs(to.terms[1 + j] - sum);
        }
        left[k] = off[0] + off[1];
    }
}

void colours_apart(const unsigned char *a, const unsigned char *b, ptrdiff_t count, double *left, double *other,
                   double *apart, double *chroma) {
    mapped(a, b, count, left);
    mapped(b, a, count, other);
    chroma[0] = chroma[1] = 0;
    for (ptrdiff_t k = 0; k < count; k++) {
        const unsigned char *one = a + CHANNELS * k, *two = b + CHANNELS * k;
        left[k] = other[k] < left[k] ? other[k] : left[k];
        apart[k] = abs(one[1] - two[1]) + abs(one[2] - two[2]);
        chroma[0] += abs(one[1] - MIDDLE) + abs(one[2] - MIDDLE);
        chroma[1] += abs(two[1] - MIDDLE) + abs(two[2] - MIDDLE);
    }
}

long long colours_differ(const unsigned char *a, const unsigned char *b, ptrdiff_t count) {
    long long found = 0;
    for (ptrdiff_t k = 0; k < count; k++) {
        int most = 0;
        for (int channel = 0; channel < 3; channel++) {
            int apart = abs(a[3 * k + channel] - b[3 * k + channel]);
            most = apart > most ? apart : most;
        }
        found += most * most;
    }
    return found;
}

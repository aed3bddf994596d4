/* Corners of cross-polytopes that lie nearest to rotated vectors; see `lsh/codes/cross_polytopes.py`. */

#include <math.h>
#include <stdlib.h>

#include "native.h"

/* length above, number below: one maximum tells both */
#define NUMBER 14

/* The fast Walsh-Hadamard transform of all rotations of a vector, a number of each in a row. */
INLINE void transform(short *values, ptrdiff_t side) {
    for (ptrdiff_t half = ROTATIONS; half < side * ROTATIONS; half *= 2)
        for (ptrdiff_t top = 0; top < side * ROTATIONS; top += 2 * half) {
            short *restrict upper = values + top, *restrict lower = values + top + half;
            for (ptrdiff_t at = 0; at < half; at++) {
                short before = upper[at];
                upper[at] = (short)(before + lower[at]);
                lower[at] = (short)(before - lower[at]);
            }
        }
}

INLINE void rotate(const short *vector, int dims, const short *flips, ptrdiff_t side, float scale, short *out) {
    const ptrdiff_t size = side * ROTATIONS;
    for (ptrdiff_t dim = 0; dim < side; dim++)
        for (int k = 0; k < ROTATIONS; k++)
            out[dim * ROTATIONS + k] = dim < dims ? (short)(vector[dim] * flips[dim * ROTATIONS + k]) : 0;
    transform(out, side);
    for (ptrdiff_t at = 0; at < size; at++) out[at] = (short)((short)rintf(out[at] * scale) * flips[size + at]);
    transform(out, side);
}

/* a step of a network that sorts the numbers of every rotation: the less of two stand above */
INLINE void in_order(int *restrict one, int *restrict other) {
    for (int k = 0; k < ROTATIONS; k++) {
        int less = one[k] < other[k] ? one[k] : other[k];
        other[k] = one[k] < other[k] ? other[k] : one[k];
        one[k] = less;
    }
}

INLINE void nearest(const short *rotated, ptrdiff_t side, int count, unsigned *found) {
    int most[MOST_CORNERS][ROTATIONS] = {{0}};
    for (ptrdiff_t row = 0; row < side; row++)
        for (int k = 0; k < ROTATIONS; k++) {
            int value = rotated[row * ROTATIONS + k], size = value < 0 ? -value : value;
            int key = (size << NUMBER) + (int)(2 * row) + (value > 0);
            for (int place = 0; place < count; place++) {
                int here = most[place][k], greater = here > key ? here : key;
                key = here > key ? key : here;
                most[place][k] = greater;
            }
        }
    for (int place = 0; place < count; place++)
        for (int k = 0; k < ROTATIONS; k++) most[place][k] &= (1 << NUMBER) - 1;
    for (int last = count - 1; last > 0; last--)
        for (int place = 0; place < last; place++) in_order(most[place], most[place + 1]);
    for (int place = 0; place < count; place++)
        for (int k = 0; k < ROTATIONS; k++) found[place * ROTATIONS + k] = (unsigned)most[place][k];
}

EVERY_PROCESSOR static void of_a_vector(const short *vector, int dims, const short *flips, ptrdiff_t side, float scale,
                                        int count, short *rotated, unsigned *found) {
    rotate(vector, dims, flips, side, scale, rotated);
    /* what is known of the count lets loops be unrolled */
    if (count == 5)
        nearest(rotated, side, 5, found);
    else if (count == 4)
        nearest(rotated, side, 4, found);
    else if (count == 3)
        nearest(rotated, side, 3, found);
    else
        nearest(rotated, side, count, found);
}

int corners(const short *vectors, ptrdiff_t images, int dims, const short *flips, ptrdiff_t side, float scale,
            int count, unsigned *found) {
    short *rotated = malloc((size_t)side * ROTATIONS * sizeof(short));
    if (!rotated) return -1;
    for (ptrdiff_t k = 0; k < images; k++)
        of_a_vector(vectors + k * dims, dims, flips, side, scale, count, rotated, found + k * count * ROTATIONS);
    free(rotated);
    return 0;
}

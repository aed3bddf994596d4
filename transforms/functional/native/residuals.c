/* What a map of greys leaves of two registered planes, place by place; see `verification/measures/residuals.py`. */

#include <stdlib.h>

#include "native.h"

/* half of a side of what is around a pixel, and of a place: width and height */
#define AROUND 4
#define SIDE (2 * AROUND + 1)
#define WIDE 5
#define HIGH 2
#define AREA ((2 * WIDE + 1) * (2 * HIGH + 1))
#define STEP 2

typedef unsigned short Sum;
/* a row that goes on by `beyond` at either end */
static void went_on(Sum *row, int width, int beyond) {
    for (int k = 1; k <= beyond; k++) {
        row[-k] = row[mirrored_at(-k, width)];
        row[width - 1 + k] = row[mirrored_at(width - 1 + k, width)];
    }
}

/* of `count` a constant, so that columns are added side by side */
INLINE void down(const unsigned char *const *rows, const int count, int width, Sum *restrict sums) {
    for (int x = 0; x < width; x++) {
        Sum sum = 0;
#pragma GCC unroll 16
        for (int k = 0; k < count; k++) sum += rows[k][x];
        sums[x] = sum;
    }
}

EVERY_PROCESSOR static void down_around(const unsigned char *const *rows, int width, Sum *restrict sums) {
    down(rows, SIDE, width, sums);
}

EVERY_PROCESSOR static void down_a_place(const unsigned char *const *rows, int width, Sum *restrict sums) {
    down(rows, 2 * HIGH + 1, width, sums);
}

EVERY_PROCESSOR static void from_around(const unsigned char *restrict row, const Sum *restrict sums, int width,
                                        unsigned char *restrict out) {
    for (int x = 0; x < width; x++) {
        Sum sum = SIDE * SIDE / 2;
#pragma GCC unroll 16
        for (int k = -AROUND; k <= AROUND; k++) sum += sums[x + k];
        /* divided, exactly for what SIDE x SIDE bytes add up to */
        Sum mean = (Sum)(((unsigned)sum * 25891u) >> 16) >> 5, own = row[x];
        out[x] = (unsigned char)(own > mean ? own - mean : mean - own);
    }
}

EVERY_PROCESSOR static void along(const Sum *restrict sums, int width, Sum *restrict out) {
    for (int x = 0; x < width; x++) {
        Sum sum = 0;
#pragma GCC unroll 16
        for (int k = -WIDE; k <= WIDE; k++) sum += sums[x + k];
        out[x] = sum;
    }
}

/* sums over the places of a row, of differences in `plane` */
static void over_places(const unsigned char *plane, int y, int height, int width, Sum *columns, Sum *out) {
    const unsigned char *rows[2 * HIGH + 1];
    for (int k = -HIGH; k <= HIGH; k++) rows[k + HIGH] = plane + (size_t)mirrored_at(y + k, height) * width;
    down_a_place(rows, width, columns);
    went_on(columns, width, WIDE);
    along(columns, width, out);
}

ONE_BY_ONE static void mapped(const unsigned char *greys, const unsigned char *map, size_t size, unsigned char *out) {
    for (size_t k = 0; k < size; k++) out[k] = map[greys[k]];
}

EVERY_PROCESSOR static void apart(const unsigned char *restrict a, size_t size, unsigned char *restrict left) {
    for (size_t k = 0; k < size; k++) left[k] = a[k] > left[k] ? a[k] - left[k] : left[k] - a[k];
}

/* how often each sum occurs -> those of some ranks, in order */
static void values_at_ranks(const int *counted, const ptrdiff_t *ranks, int wanted, int *found) {
    ptrdiff_t below = 0;
    for (int sum = 0, k = 0; k < wanted && sum < PLACES; below += counted[sum++])
        while (k < wanted && below + counted[sum] > ranks[k]) found[k++] = sum;
}

ptrdiff_t left_over(const unsigned char *a, const unsigned char *b, const unsigned char *map,
                    const unsigned char *inner, int height, int width, int textured, const double *shares, int wanted,
                    int *found) {
    size_t size = (size_t)height * width;
    unsigned char *left = malloc(2 * size), *texture = left + size;
    Sum *columns = malloc(((size_t)3 * width + 2 * WIDE) * sizeof(Sum));
    int *counted = calloc(PLACES, sizeof(int)), failed = !left || !columns || !counted;
    ptrdiff_t count = 0;
    if (!failed) {
        Sum *of_left = columns + width + 2 * WIDE, *of_texture = of_left + width;
        columns += WIDE;
        mapped(b, map, size, left);
        apart(a, size, left);
        for (int y = 0; y < height; y++) {
            const unsigned char *rows[SIDE];
            for (int k = -AROUND; k <= AROUND; k++) rows[k + AROUND] = a + (size_t)mirrored_at(y + k, height) * width;
            down_around(rows, width, columns);
            went_on(columns, width, AROUND);
            from_around(a + (size_t)y * width, columns, width, texture + (size_t)y * width);
        }
        for (int y = 0; y < height; y += STEP) {
            over_places(texture, y, height, width, columns, of_texture);
            over_places(left, y, height, width, columns, of_left);
            for (int x = 0; x < width; x += STEP, inner++)
                if (*inner && of_texture[x] > textured) counted[of_left[x]]++, count++;
        }
        columns -= WIDE;
        ptrdiff_t ranks[MOST_RANKS];
        for (int k = 0; k < wanted; k++) ranks[k] = (ptrdiff_t)(shares[k] * (double)(count - 1));
        if (count) values_at_ranks(counted, ranks, wanted, found);
    }
    free(columns);
    free(left);
    free(counted);
    return failed ? -1 : count;
}

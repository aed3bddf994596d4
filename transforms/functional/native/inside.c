/* Windows that lie in a mask; see `registration/agreement.py`. */

#include <stdlib.h>
#include <string.h>

#include "native.h"

#define STRIDE 2
/* places on either side of a row that lie in every mask, for windows that reach beyond it */
#define BEYOND (2 * REACH + STRIDE)
/* bytes, so many of which a byte can count */
#define COUNTED 128

EVERY_PROCESSOR static void both(const unsigned char *restrict one, const unsigned char *restrict other, size_t count,
                                 unsigned char *restrict out) {
    for (size_t k = 0; k < count; k++) out[k] = one[k] & other[k];
}

EVERY_PROCESSOR static void narrowed(unsigned char *restrict row, const unsigned char *restrict by, size_t count) {
    for (size_t k = 0; k < count; k++) row[k] &= by[k];
}

/* ones: 1 for each place that is set. -> how many are */
EVERY_PROCESSOR static size_t set(const unsigned char *restrict values, size_t count, unsigned char *restrict ones) {
    size_t sum = 0;
    for (size_t from = 0; from < count; from += COUNTED) {
        unsigned char few = 0;
        size_t to = count - from < COUNTED ? count : from + COUNTED;
        for (size_t k = from; k < to; k++) {
            ones[k] = values[k] != 0;
            few += ones[k];
        }
        sum += few;
    }
    return sum;
}

/* from each place of a row on, is all of a window set? room: for three rows */
static const unsigned char *along(const unsigned char *row, size_t count, unsigned char *room) {
    unsigned char *even = room, *odd = room + count;
    both(row, row + 1, count - 1, even);
    both(even, even + 2, count - 3, odd);
    both(odd, odd + 4, count - 7, even);
    /* eight, and the last four of eleven */
    both(even, odd + 7, count - 2 * REACH, room + 2 * count);
    return room + 2 * count;
}

ptrdiff_t inside(const unsigned char *mask, int height, int width, unsigned char *inner, ptrdiff_t *windows) {
    size_t size = (size_t)height * width, columns = ((size_t)width + 1) / STRIDE, all = ((size_t)height + 1) / STRIDE * columns;
    size_t wide = (size_t)width + BEYOND;
    unsigned char *ones = malloc(size + 4 * wide), *row = ones + size;
    if (!ones) return -1;
    ptrdiff_t there = (ptrdiff_t)set(mask, size, ones);
    memset(inner, 1, all);
    memset(row, 1, wide);
    *windows = (ptrdiff_t)all;
    if ((size_t)there < size) {
        for (int y = 0; y < height; y += STRIDE) {
            memset(row + REACH, 1, width);
            for (int k = y - REACH; k <= y + REACH; k++)
                if (k >= 0 && k < height) narrowed(row + REACH, ones + (size_t)k * width, width);
            const unsigned char *within = along(row, wide, row + wide);
            for (size_t x = 0; x < columns; x++) inner[x] = within[STRIDE * x];
            inner += columns;
        }
        *windows = (ptrdiff_t)set(inner - all, all, ones);
    }
    free(ones);
    return there;
}

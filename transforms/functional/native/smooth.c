/* A plane of three channels at another size, each place the mean below a triangle; see `images/planes.py`. In the order of
   operations of Pillow, which rounds to bytes along rows first, and then down. */

#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "rows.h"

#define COLOURS 3
#define OF_A_PLACE (4 * ROWS)
/* weights are whole numbers of so small a part */
#define BITS 22

INLINE unsigned char byte_of(int sum) {
    int value = (sum + (1 << (BITS - 1))) >> BITS;
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

EVERY_PROCESSOR static void apart(const int *restrict from, size_t count, unsigned char *restrict rows) {
    for (int row = 0; row < ROWS; row++)
        for (size_t k = 0; k < count; k++) rows[row * count + k] = byte_of(from[ROWS * k + row]);
}

/* rows that lie side by side -> sums of places, and something behind the last; `most` is a constant where it is small, so
   that sums stay in registers */
INLINE void weighed(const unsigned char *restrict rows, const Triangles *across, const int most, int *restrict out) {
    const int *restrict weight = across->weights;
    for (int x = 0; x < across->count; x++, weight += most) {
        const unsigned char *restrict from = rows + (size_t)across->first[x] * COLOURS * ROWS;
        int sum[OF_A_PLACE] = {0};
#pragma GCC unroll 8
        for (int k = 0; k < most; k++)
            for (int i = 0; i < OF_A_PLACE; i++) sum[i] += from[k * COLOURS * ROWS + i] * weight[k];
        memcpy(out + (size_t)x * COLOURS * ROWS, sum, sizeof sum);
    }
}

EVERY_PROCESSOR static void along(const unsigned char *rows, const Triangles *across, int *out) {
    switch (across->most) {
    case 3: weighed(rows, across, 3, out); break;
    case 5: weighed(rows, across, 5, out); break;
    case 7: weighed(rows, across, 7, out); break;
    default: weighed(rows, across, across->most, out);
    }
}

EVERY_PROCESSOR static void added(const unsigned char *restrict row, int weight, size_t count, int *restrict sums) {
    for (size_t k = 0; k < count; k++) sums[k] += row[k] * weight;
}

EVERY_PROCESSOR static void stored(const int *restrict sums, size_t count, unsigned char *restrict out) {
    for (size_t k = 0; k < count; k++) out[k] = byte_of(sums[k]);
}

int smoothed(const unsigned char *from, int height, int width, const Triangles *across, const Triangles *down,
             unsigned char *to) {
    size_t line = (size_t)width * COLOURS, count = (size_t)across->count * COLOURS, rows = ((size_t)height + ROWS - 1) / ROWS;
    /* what has no weight is read all the same, and vectors are longer than colours */
    size_t beyond = (size_t)(across->most + 2) * OF_A_PLACE;
    int *sums = malloc((count + count * ROWS + OF_A_PLACE) * sizeof(int)), *together = sums + count;
    unsigned char *narrow = calloc(rows * ROWS * count + line * ROWS + beyond, 1);
    int failed = !sums || !narrow;
    if (!failed) {
        unsigned char *beside = narrow + rows * ROWS * count;
        for (size_t n = 0; n < rows; n++) {
            const unsigned char *four[ROWS];
            for (size_t r = 0; r < ROWS; r++) {
                size_t row = n * ROWS + r;
                four[r] = from + (row < (size_t)height ? row : (size_t)height - 1) * line;
            }
            side_by_side(four, line, beside);
            along(beside, across, together);
            apart(together, count, narrow + n * ROWS * count);
        }
        for (int y = 0; y < down->count; y++) {
            const int *weight = down->weights + (size_t)y * down->most;
            memset(sums, 0, count * sizeof(int));
            for (int k = 0; k < down->most && down->first[y] + k < height; k++)
                added(narrow + (size_t)(down->first[y] + k) * count, weight[k], count, sums);
            stored(sums, count, to + (size_t)y * count);
        }
    }
    free(sums);
    free(narrow);
    return failed ? -1 : 0;
}

/* Rows of a plane that are worked through at once; see `area.c` and `smooth.c`. */

#ifndef LOOKALIKE_ROWS_H
#define LOOKALIKE_ROWS_H

#include <stddef.h>

#include "native.h"

/* so many: side by side, their values fill vectors */
#define ROWS 4

EVERY_PROCESSOR static void side_by_side(const unsigned char *const *rows, size_t count, unsigned char *restrict out) {
    const unsigned char *restrict a = rows[0], *restrict b = rows[1], *restrict c = rows[2], *restrict d = rows[3];
    for (size_t k = 0; k < count; k++) {
        out[ROWS * k] = a[k];
        out[ROWS * k + 1] = b[k];
        out[ROWS * k + 2] = c[k];
        out[ROWS * k + 3] = d[k];
    }
}

#endif

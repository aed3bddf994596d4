/* What changes across the rows and columns of a plane, and what lies along them; see `images/pixels/panels.py`. */

#include <stdlib.h>
#include <string.h>

#include "native.h"

static void look_along(const unsigned char *row, int width, int *low, int *high) {
    unsigned char least = row[0], most = row[0];
    for (int x = 1; x < width; x++) {
        least = row[x] < least ? row[x] : least;
        most = row[x] > most ? row[x] : most;
    }
    *low = least;
    *high = most;
}

EVERY_PROCESSOR void lines(const unsigned char *restrict grey, int height, int width, int step, int *restrict columns,
                           int *restrict rows) {
    int *change = columns, *held = columns + width, *low = held + width, *high = low + width;
    memset(columns, 0, 2 * (size_t)width * sizeof(int));
    memset(rows, 0, 2 * (size_t)height * sizeof(int));
    for (int x = 0; x < width; x++) low[x] = high[x] = grey[x];
    for (int y = 0; y < height; y++) {
        const unsigned char *row = grey + (size_t)y * width;
        for (int x = 0; x < width; x++) {
            low[x] = row[x] < low[x] ? row[x] : low[x];
            high[x] = row[x] > high[x] ? row[x] : high[x];
        }
        for (int x = 1; x < width - 1; x++) {
            int by = abs(row[x + 1] - row[x - 1]);
            change[x] += by;
            held[x] += by >= step;
        }
        look_along(row, width, rows + 2 * (size_t)height + y, rows + 3 * (size_t)height + y);
        if (y == 0 || y == height - 1) continue;
        int changed = 0, lasting = 0;
        for (int x = 0; x < width; x++) {
            int by = abs(row[x + width] - row[x - width]);
            changed += by;
            lasting += by >= step;
        }
        rows[y] = changed;
        rows[height + y] = lasting;
    }
}

/* A picture without its plain margins; see `verification/relations.py`. */

#include <stdlib.h>
#include <string.h>

#include "native.h"

typedef struct {
    int first, end;
} Range;

/* of whole numbers up to 255, exactly */
static double variance(double total, double squares, int count) { return (squares - total * total / count) / count; }

EVERY_PROCESSOR static void added(const unsigned char *restrict row, int width, unsigned *restrict totals,
                                  unsigned *restrict squares) {
    for (int x = 0; x < width; x++) {
        totals[x] += row[x];
        squares[x] += (unsigned)row[x] * row[x];
    }
}

EVERY_PROCESSOR static double varied(const unsigned char *restrict row, int width) {
    unsigned total = 0, squares = 0;
    for (int x = 0; x < width; x++) {
        total += row[x];
        squares += (unsigned)row[x] * row[x];
    }
    return variance(total, squares, width);
}

/* the lines of a range, from the first to the last, that vary by so much -> are there any? */
static int narrowed(const double *variances, double least, Range *range) {
    int count = range->end - range->first, first = 0;
    while (first < count && !(variances[first] >= least)) first++;
    if (first == count) return 0;
    while (!(variances[count - 1] >= least)) count--;
    *range = (Range){range->first + first, range->first + count};
    return 1;
}

int content(const unsigned char *grey, int height, int width, double least, int *box) {
    Range rows = {0, height}, columns = {0, width};
    double *variances = malloc(((size_t)height + width) * sizeof(double));
    unsigned *totals = malloc(2 * (size_t)width * sizeof(unsigned));
    int failed = !variances || !totals, there = 1, before = 0;
    while (!failed && there && before != rows.end - rows.first + columns.end - columns.first) {
        int high = rows.end - rows.first, wide = columns.end - columns.first;
        double *of_columns = variances + high;
        unsigned *squares = totals + wide;
        before = high + wide;
        memset(totals, 0, 2 * (size_t)wide * sizeof(unsigned));
        for (int y = 0; y < high; y++) {
            const unsigned char *row = grey + (size_t)(rows.first + y) * width + columns.first;
            variances[y] = varied(row, wide);
            added(row, wide, totals, squares);
        }
        for (int x = 0; x < wide; x++) of_columns[x] = variance(totals[x], squares[x], high);
        there = narrowed(variances, least, &rows) && narrowed(of_columns, least, &columns);
    }
    if (!there) rows = (Range){0, height}, columns = (Range){0, width};
    box[0] = columns.first, box[1] = rows.first, box[2] = columns.end, box[3] = rows.end;
    free(variances);
    free(totals);
    return failed ? -1 : 0;
}

/* Extrema of the differences of an octave, refined; see `keypoints/blobs.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

#define DIFFERENCES (LEVELS - 1)

/* one row of a difference, and of its greatest and least values of three neighbours along */
EVERY_PROCESSOR static void difference(const short *restrict finer, const short *restrict coarser, int width,
                                       short *restrict values, short *restrict most, short *restrict least) {
    for (int x = 0; x < width; x++) values[x] = (short)(coarser[x] - finer[x]);
    for (int x = 1; x < width - 1; x++) {
        short before = values[x - 1], here = values[x], after = values[x + 1];
        short high = before > after ? before : after, low = before < after ? before : after;
        most[x] = high > here ? high : here;
        least[x] = low < here ? low : here;
    }
}

typedef const short *Row;

/* of three neighbouring rows, one below the other: the greatest and the least */
EVERY_PROCESSOR static void over_rows(Row a, Row b, Row c, Row d, Row e, Row f, int width, short *restrict most,
                                      short *restrict least) {
    for (int x = 1; x < width - 1; x++) {
        short high = a[x] > b[x] ? a[x] : b[x], low = d[x] < e[x] ? d[x] : e[x];
        most[x] = high > c[x] ? high : c[x];
        least[x] = low < f[x] ? low : f[x];
    }
}

EVERY_PROCESSOR static void extreme(Row values, Row a, Row b, Row c, Row d, Row e, Row f, short threshold, int width,
                                    unsigned char *restrict found) {
    for (int x = 1; x < width - 1; x++) {
        short high = a[x] > b[x] ? a[x] : b[x], low = d[x] < e[x] ? d[x] : e[x];
        high = high > c[x] ? high : c[x];
        low = low < f[x] ? low : f[x];
        short here = values[x];
        found[x] = ((here > threshold) & (here >= high)) | ((here < -threshold) & (here <= low));
    }
}

typedef struct {
    const short *levels;
    int height, width;
    double contrast, edge, far;
    int moves;
} Octave;

/* from a place to the extremum of the parabola there, by layer, row and column -> is it a blob and no edge? */
static int fitted(const Octave *octave, int layer, int row, int column, double *step, double *value) {
    size_t width = octave->width, plane = width * octave->height;
    const short *at = octave->levels + (layer - 1) * plane + (row - 1) * width + column - 1;
    double c[3][3][3];
    for (int s = 0; s < 3; s++)
        for (int y = 0; y < 3; y++)
            for (int x = 0; x < 3; x++) {
                const short *here = at + s * plane + y * width + x;
                c[s][y][x] = (double)here[plane] - (double)here[0];
            }
    double here = c[1][1][1];
    double gs = (c[2][1][1] - c[0][1][1]) / 2, gy = (c[1][2][1] - c[1][0][1]) / 2, gx = (c[1][1][2] - c[1][1][0]) / 2;
    double ss = c[2][1][1] + c[0][1][1] - 2 * here, yy = c[1][2][1] + c[1][0][1] - 2 * here,
           xx = c[1][1][2] + c[1][1][0] - 2 * here;
    double ys = (c[2][2][1] - c[2][0][1] - c[0][2][1] + c[0][0][1]) / 4,
           xs = (c[2][1][2] - c[2][1][0] - c[0][1][2] + c[0][1][0]) / 4,
           xy = (c[1][2][2] - c[1][2][0] - c[1][0][2] + c[1][0][0]) / 4;
    double of_ss = xx * yy - xy * xy, of_ys = xy * xs - xx * ys, of_xs = xy * ys - yy * xs;
    double of_yy = xx * ss - xs * xs, of_xy = xs * ys - xy * ss, of_xx = yy * ss - ys * ys;
    double size = ss * of_ss + ys * of_ys + xs * of_xs;
    if (size == 0) size = NAN;
    step[0] = -(of_ss * gs + of_ys * gy + of_xs * gx) / size;
    step[1] = -(of_ys * gs + of_yy * gy + of_xy * gx) / size;
    step[2] = -(of_xs * gs + of_xy * gy + of_xx * gx) / size;
    *value = here + (gs * step[0] + gy * step[1] + gx * step[2]) / 2;
    double trace = xx + yy, most = octave->edge + 1;
    return of_ss > 0 && trace * trace * octave->edge < most * most * of_ss;
}

/* -> was one found? */
static int refined(const Octave *octave, int layer, int row, int column, double *found) {
    for (int move = 0; move < octave->moves; move++) {
        double step[3], value, whole[3];
        int good = fitted(octave, layer, row, column, step, &value);
        for (int k = 0; k < 3; k++) {
            /* of what is no number as well */
            if (!(fabs(step[k]) < octave->far)) return 0;
            whole[k] = rint(step[k]);
        }
        if (whole[0] == 0 && whole[1] == 0 && whole[2] == 0) {
            if (!good || fabs(value) < octave->contrast) return 0;
            double blob[OF_A_BLOB] = {layer, row, column, step[0], step[1], step[2], value};
            memcpy(found, blob, sizeof blob);
            return 1;
        }
        layer += (int)whole[0];
        row += (int)whole[1];
        column += (int)whole[2];
        if (layer < 1 || layer > LAYERS || row < BORDER || row >= octave->height - BORDER || column < BORDER ||
            column >= octave->width - BORDER)
            return 0;
    }
    return 0;
}

ptrdiff_t blobs(const short *levels, int height, int width, const double *rules, double *found, ptrdiff_t most) {
    Octave octave = {levels, height, width, rules[1], rules[2], rules[3], (int)rules[4]};
    short threshold = (short)rules[0];
    size_t plane = (size_t)height * width;
    /* of each difference three rows of values, and of the greatest and the least along; these over three rows; where */
    short *work = calloc(((size_t)DIFFERENCES * 11 + 1) * width, sizeof(short));
    if (!work) return -1;
    short *rows[3][DIFFERENCES][3], *high[DIFFERENCES], *low[DIFFERENCES], *next = work;
    for (int s = 0; s < DIFFERENCES; s++) {
        for (int kind = 0; kind < 3; kind++)
            for (int k = 0; k < 3; k++, next += width) rows[kind][s][k] = next;
        high[s] = next;
        low[s] = next + width;
        next += 2 * width;
    }
    unsigned char *there = (unsigned char *)next;
    ptrdiff_t count = 0;
    for (int y = BORDER - 1; y <= height - BORDER && width > 2 * BORDER; y++) {
        for (int s = 0; s < DIFFERENCES; s++) {
            const short *finer = levels + s * plane + (size_t)y * width;
            difference(finer, finer + plane, width, rows[0][s][y % 3], rows[1][s][y % 3], rows[2][s][y % 3]);
        }
        int middle = y - 1;
        if (middle < BORDER) continue;
        for (int s = 0; s < DIFFERENCES; s++)
            over_rows(rows[1][s][0], rows[1][s][1], rows[1][s][2], rows[2][s][0], rows[2][s][1], rows[2][s][2], width,
                      high[s], low[s]);
        for (int s = 1; s <= LAYERS; s++) {
            extreme(rows[0][s][middle % 3], high[s - 1], high[s], high[s + 1], low[s - 1], low[s], low[s + 1],
                    threshold, width, there);
            for (int x = BORDER; x < width - BORDER && count < most; x++) {
                const unsigned char *at = memchr(there + x, 1, width - BORDER - x);
                if (!at) break;
                x = (int)(at - there);
                count += refined(&octave, s, middle, x, found + OF_A_BLOB * count);
            }
        }
    }
    free(work);
    return count;
}

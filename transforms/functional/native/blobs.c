/* Extrema of the differences of an octave, refined; see `keypoints/blobs.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

#define DIFFERENCES (LEVELS - 1)

/* places side by side, few of which are blobs: most of them are faint */
#define TOGETHER 32

/* one row of a difference */
EVERY_PROCESSOR static void difference(const short *restrict finer, const short *restrict coarser, int width,
                                       short *restrict values) {
    for (int x = 0; x < width; x++) values[x] = (short)(coarser[x] - finer[x]);
}

INLINE short more(short one, short other) { return one > other ? one : other; }
INLINE short less(short one, short other) { return one < other ? one : other; }

/* rows one below the other, from the first of some places side by side: which of these no neighbour in the rows is beyond */
INLINE void extreme(const short *above, const short *here, const short *below, short threshold,
                    unsigned char *restrict found) {
    const short opposite = (short)-threshold;
    for (int x = 0; x < TOGETHER; x++) {
        short high = more(more(above[x - 1], above[x]), above[x + 1]), low = less(less(above[x - 1], above[x]), above[x + 1]);
        high = more(more(high, here[x - 1]), here[x + 1]), low = less(less(low, here[x - 1]), here[x + 1]);
        high = more(more(high, below[x - 1]), more(below[x], below[x + 1]));
        low = less(less(low, below[x - 1]), less(below[x], below[x + 1]));
        found[x] = ((here[x] > threshold) & (here[x] >= high)) | ((here[x] < opposite) & (here[x] <= low));
    }
}

INLINE int is_nothing(const unsigned char *found) {
    unsigned long long all[TOGETHER / 8];
    memcpy(all, found, TOGETHER);
    return !(all[0] | all[1] | all[2] | all[3]);
}

/* of a row of a difference the places that are extreme in it. Rows and what is found are as long as the last places side
   by side ask for. */
EVERY_PROCESSOR static void extrema(const short *above, const short *here, const short *below, short threshold, int width,
                                    unsigned char *restrict found) {
    const short opposite = (short)-threshold;
    for (int x = 0; x < width; x++) found[x] = (here[x] > threshold) | (here[x] < opposite);
    for (int x = BORDER; x < width - BORDER; x += TOGETHER)
        if (!is_nothing(found + x)) extreme(above + x, here + x, below + x, threshold, found + x);
}

/* is a value on the same side beyond what lies around a place of another difference, three rows of it? */
static int is_beyond(short value, short *const *rows, int x) {
    for (int k = 0; k < 3; k++)
        for (int i = x - 1; i <= x + 1; i++)
            if (value > 0 ? value < rows[k][i] : value > rows[k][i]) return 0;
    return 1;
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
    /* of each difference three rows; where they are extreme */
    size_t line = (size_t)width + TOGETHER;
    short *work = calloc((DIFFERENCES * 3 + 1) * line, sizeof(short));
    if (!work) return -1;
    short *rows[DIFFERENCES][3];
    for (int s = 0; s < DIFFERENCES; s++)
        for (int k = 0; k < 3; k++) rows[s][k] = work + (s * 3 + k) * line;
    unsigned char *there = (unsigned char *)(work + DIFFERENCES * 3 * line);
    ptrdiff_t count = 0;
    for (int y = BORDER - 1; y <= height - BORDER && width > 2 * BORDER; y++) {
        for (int s = 0; s < DIFFERENCES; s++) {
            const short *finer = levels + s * plane + (size_t)y * width;
            difference(finer, finer + plane, width, rows[s][y % 3]);
        }
        int middle = y - 1;
        if (middle < BORDER) continue;
        for (int s = 1; s <= LAYERS; s++) {
            const short *here = rows[s][middle % 3];
            extrema(rows[s][(middle - 1) % 3], here, rows[s][y % 3], threshold, width, there);
            for (int x = BORDER; x < width - BORDER && count < most; x++) {
                const unsigned char *at = memchr(there + x, 1, width - BORDER - x);
                if (!at) break;
                x = (int)(at - there);
                if (is_beyond(here[x], rows[s - 1], x) && is_beyond(here[x], rows[s + 1], x))
                    count += refined(&octave, s, middle, x, found + OF_A_BLOB * count);
            }
        }
    }
    free(work);
    return count;
}

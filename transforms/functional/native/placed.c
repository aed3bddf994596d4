/* How keypoints lie under a registration, and agree; see `verification/measures/keypoints.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

#define SIDE PLACED_CELLS
/* keypoints of either picture that a cell must hold to be told of */
#define FULL 4

/* the box around points */
typedef struct {
    double low[2], high[2];
} Bounds;

static void widened(Bounds *bounds, double x, double y) {
    const double at[2] = {x, y};
    for (int k = 0; k < 2; k++) {
        bounds->low[k] = at[k] < bounds->low[k] ? at[k] : bounds->low[k];
        bounds->high[k] = at[k] > bounds->high[k] ? at[k] : bounds->high[k];
    }
}

static int cell(const Bounds *bounds, double x, double y) {
    const double at[2] = {x, y};
    int found[2];
    for (int k = 0; k < 2; k++) {
        double size = bounds->high[k] - bounds->low[k];
        double place = (at[k] - bounds->low[k]) * (SIDE / (size > 1e-3 ? size : 1e-3));
        place = place > 0 ? place : 0;
        found[k] = (int)(place < SIDE - 1 ? place : SIDE - 1);
    }
    return found[0] + SIDE * found[1];
}

static double along(const double *row, const float *at) { return row[0] * at[0] + row[1] * at[1] + row[2]; }

/* off: of inliers, px; counts: of keypoints of a and of b in common, and of inliers, in each cell of what they reach over */
static void placed(const Inliers *of, double *off, long long *counts) {
    const float *xy = of->a->xy, *mates = of->b->xy;
    const Common *common = of->common;
    const double *alignment = of->alignment, *registration = of->registration;
    for (size_t k = 0; k < of->count; k++) {
        const float *at = xy + 2 * of->inliers[2 * k], *mate = mates + 2 * of->inliers[2 * k + 1];
        double depth = along(registration + 6, at);
        off[k] = hypot(along(registration, at) / depth - mate[0], along(registration + 3, at) / depth - mate[1]);
    }
    memset(counts, 0, 3 * SIDE * SIDE * sizeof(long long));
    Bounds bounds = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}};
    for (size_t k = 0; k < common->of_a; k++)
        if (common->a[k]) widened(&bounds, along(alignment, xy + 2 * k), along(alignment + 3, xy + 2 * k));
    for (size_t k = 0; k < common->of_b; k++)
        if (common->b[k]) widened(&bounds, mates[2 * k], mates[2 * k + 1]);
    if (!(bounds.low[0] <= bounds.high[0]) || !(bounds.low[1] <= bounds.high[1])) return;
    for (size_t k = 0; k < common->of_a; k++)
        if (common->a[k]) counts[cell(&bounds, along(alignment, xy + 2 * k), along(alignment + 3, xy + 2 * k))]++;
    counts += SIDE * SIDE;
    for (size_t k = 0; k < common->of_b; k++)
        if (common->b[k]) counts[cell(&bounds, mates[2 * k], mates[2 * k + 1])]++;
    counts += SIDE * SIDE;
    for (size_t k = 0; k < of->count; k++) {
        const float *mate = mates + 2 * of->inliers[2 * k + 1];
        counts[cell(&bounds, mate[0], mate[1])]++;
    }
}

/* of cells that hold enough of both the shares that are inliers: the least, a quarter and half of them; and how many that
   hold enough of either hold one */
static void of_cells(const long long *counts, double share, double *found) {
    double rich[SIDE * SIDE];
    int full = 0, held = 0, filled = 0;
    for (int k = 0; k < SIDE * SIDE; k++) {
        long long a = counts[k], b = counts[k + SIDE * SIDE], own = counts[k + 2 * SIDE * SIDE];
        long long less = a < b ? a : b, more = a < b ? b : a;
        if (more > FULL) held++, filled += own > 0;
        if (less < FULL) continue;
        double value = (double)own / (double)less;
        int at = full++;
        value = value < 1 ? value : 1;
        for (; at > 0 && rich[at - 1] > value; at--) rich[at] = rich[at - 1];
        rich[at] = value;
    }
    if (!full) rich[full++] = share;
    found[0] = rich[0], found[1] = rich[full / 4], found[2] = rich[full / 2];
    found[3] = held ? (double)filled / held : 1;
}

static double area(const double *m) { return fabs(m[0] * m[4] - m[1] * m[3]); }

int keypoints_agree(const Inliers *of, double *found) {
    size_t count = of->count, half = count / 2, most = (size_t)(0.9 * (double)(count - 1)), in_a = 0, in_b = 0;
    const Common *common = of->common;
    long long counts[3 * SIDE * SIDE];
    double *off = malloc(2 * count * sizeof(double)), *radii = off + count, alike = 0;
    if (!off) return -1;
    placed(of, off, counts);
    for (size_t k = 0; k < common->of_a; k++) in_a += common->a[k] != 0;
    for (size_t k = 0; k < common->of_b; k++) in_b += common->b[k] != 0;
    double outside_a = 1 - (double)in_a / (double)common->of_a, outside_b = 1 - (double)in_b / (double)common->of_b;
    found[0] = outside_b < outside_a ? outside_b : outside_a, found[1] = outside_b < outside_a ? outside_a : outside_b;
    found[2] = (double)(in_a < in_b ? in_a : in_b), found[3] = (double)(in_a < in_b ? in_b : in_a);
    double grown = area(of->alignment), scale = sqrt(area(of->registration));
    found[4] = fabs(log(grown > 1e-9 ? grown : 1e-9)) / 2;
    /* errors of the coarser plane count in its own pixels */
    for (size_t k = 0; k < count; k++) {
        long long i = of->inliers[2 * k], j = of->inliers[2 * k + 1];
        float radius = of->a->size[i] / 2;
        off[k] /= scale > 1 ? scale : 1;
        radii[k] = off[k] / (radius > 1 ? radius : 1);
        /* exact, and so are the sums */
        for (int d = 0; d < DIMS; d++)
            alike += of->a->components[DIMS * i + d] * of->signs[d] * of->b->components[DIMS * j + d];
    }
    found[5] = ranked_double(radii, count, half);
    found[6] = ranked_double(radii, count, most);
    found[7] = ranked_double(off, count, most);
    found[8] = alike / (double)count;
    of_cells(counts, of->share, found + 9);
    free(off);
    return 0;
}

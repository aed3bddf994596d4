/* Where keypoints lie under a registration; see `verification/measures/keypoints.py`. */

#include <math.h>
#include <string.h>

#include "native.h"

#define SIDE PLACED_CELLS

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

void placed(const Points *a, const Points *b, const Common *common, const long long *inliers, size_t count,
            const double *registration, const double *alignment, double *off, long long *counts) {
    for (size_t k = 0; k < count; k++) {
        const float *at = a->xy + 2 * inliers[2 * k], *mate = b->xy + 2 * inliers[2 * k + 1];
        double depth = along(registration + 6, at);
        off[k] = hypot(along(registration, at) / depth - mate[0], along(registration + 3, at) / depth - mate[1]);
    }
    memset(counts, 0, 3 * SIDE * SIDE * sizeof(long long));
    Bounds bounds = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}};
    for (size_t k = 0; k < common->of_a; k++)
        if (common->a[k]) widened(&bounds, along(alignment, a->xy + 2 * k), along(alignment + 3, a->xy + 2 * k));
    for (size_t k = 0; k < common->of_b; k++)
        if (common->b[k]) widened(&bounds, b->xy[2 * k], b->xy[2 * k + 1]);
    if (bounds.low[0] > bounds.high[0]) return;
    for (size_t k = 0; k < common->of_a; k++)
        if (common->a[k]) counts[cell(&bounds, along(alignment, a->xy + 2 * k), along(alignment + 3, a->xy + 2 * k))]++;
    counts += SIDE * SIDE;
    for (size_t k = 0; k < common->of_b; k++)
        if (common->b[k]) counts[cell(&bounds, b->xy[2 * k], b->xy[2 * k + 1])]++;
    counts += SIDE * SIDE;
    for (size_t k = 0; k < count; k++) {
        const float *mate = b->xy + 2 * inliers[2 * k + 1];
        counts[cell(&bounds, mate[0], mate[1])]++;
    }
}

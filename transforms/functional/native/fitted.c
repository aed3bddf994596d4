/* An affine transform fitted to matches; see `registration/affine.py`. */

#include <math.h>

#include "native.h"

/* keeps the fit to points on one line solvable, px^2 */
#define RIDGE 1e-6
#define FEWEST 4

typedef struct {
    const Points *a, *b;
    const long long *pairs;
    size_t count;
} Matched;

INLINE const float *of_a(const Matched *of, size_t k) { return of->a->xy + 2 * of->pairs[2 * k]; }
INLINE const float *of_b(const Matched *of, size_t k) { return of->b->xy + 2 * of->pairs[2 * k + 1]; }

/* by least squares over the chosen ones, of which there are `number` */
static void fit(const Matched *of, const unsigned char *chosen, size_t number, double *matrix) {
    double middle[4] = {0}, xx = 0, xy = 0, yy = 0, cross[4] = {0};
    for (size_t k = 0; k < of->count; k++) {
        if (!chosen[k]) continue;
        const float *at = of_a(of, k), *mate = of_b(of, k);
        middle[0] += at[0], middle[1] += at[1], middle[2] += mate[0], middle[3] += mate[1];
    }
    for (int k = 0; k < 4; k++) middle[k] /= (double)number;
    for (size_t k = 0; k < of->count; k++) {
        if (!chosen[k]) continue;
        const float *at = of_a(of, k), *mate = of_b(of, k);
        double x = at[0] - middle[0], y = at[1] - middle[1], to_x = mate[0] - middle[2], to_y = mate[1] - middle[3];
        xx += x * x, xy += x * y, yy += y * y;
        cross[0] += x * to_x, cross[1] += x * to_y, cross[2] += y * to_x, cross[3] += y * to_y;
    }
    xx += RIDGE, yy += RIDGE;
    double size = xx * yy - xy * xy;
    for (int row = 0; row < 2; row++) {
        double *own = matrix + 3 * row;
        own[0] = (yy * cross[row] - xy * cross[2 + row]) / size;
        own[1] = (xx * cross[2 + row] - xy * cross[row]) / size;
        own[2] = middle[2 + row] - (own[0] * middle[0] + own[1] * middle[1]);
    }
}

/* -> how many a transform takes to their mates */
static size_t chosen_by(const Matched *of, const double *m, double limit, unsigned char *chosen) {
    size_t number = 0;
    for (size_t k = 0; k < of->count; k++) {
        const float *at = of_a(of, k), *mate = of_b(of, k);
        double off_x = m[0] * at[0] + m[1] * at[1] + m[2] - mate[0];
        double off_y = m[3] * at[0] + m[4] * at[1] + m[5] - mate[1];
        chosen[k] = off_x * off_x + off_y * off_y < limit;
        number += chosen[k];
    }
    return number;
}

size_t affine_fitted(const Points *a, const Points *b, const long long *pairs, size_t count, const double *tolerances,
              int rounds, unsigned char *chosen, double *matrix) {
    Matched of = {a, b, pairs, count};
    size_t number = 0;
    for (size_t k = 0; k < count; k++) number += chosen[k];
    for (int round = 0; round < rounds && number >= FEWEST; round++) {
        fit(&of, chosen, number, matrix);
        double area = fabs(matrix[0] * matrix[4] - matrix[1] * matrix[3]);
        number = chosen_by(&of, matrix, tolerances[round] * tolerances[round] * (area > 1 ? area : 1), chosen);
    }
    return number;
}

void taken_into(const float *xy, size_t count, const double *m, double height, double width, unsigned char *found) {
    for (size_t k = 0; k < count; k++) {
        double x = m[0] * xy[2 * k] + m[1] * xy[2 * k + 1] + m[2], y = m[3] * xy[2 * k] + m[4] * xy[2 * k + 1] + m[5];
        found[k] = (x >= 0) & (x <= width) & (y >= 0) & (y <= height);
    }
}

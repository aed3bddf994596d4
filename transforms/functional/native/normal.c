/* Normal equations, solved where they are, and a homography fitted by them; see `registration/least_squares.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "pairwise.h"

#define UNKNOWNS 8
/* steps at most; part of the squared errors that a step leaves at most, if another one is taken; and what keeps the system
   of a step solvable */
#define ROUNDS 10
static const double BETTER = 1 - 1e-6, RIDGE = 1e-9;

EVERY_PROCESSOR static void in_place(double *rows, int size, int given) { solved(rows, size, given); }

void normal_solved(double *rows, int size, int given) { in_place(rows, size, given); }

/* Of `count` places and mates, under a homography but for its last number, which is 1: of the coordinates that come out, x
   before y, the derivatives by each unknown, and, last, the errors. -> does no place lie on the horizon or behind it? */
EVERY_PROCESSOR static int derived(const double *restrict x, const double *restrict y, const double *restrict mate_x,
                                   const double *restrict mate_y, size_t count, const double *found,
                                   double *restrict rows) {
    size_t wide = 2 * count;
    int before = 1;
    for (size_t k = 0; k < count; k++) {
        double depth = found[6] * x[k] + found[7] * y[k] + 1;
        double terms[3] = {x[k] / depth, y[k] / depth, 1.0 / depth};
        double to_x = found[0] * terms[0] + found[1] * terms[1] + found[2] * terms[2];
        double to_y = found[3] * terms[0] + found[4] * terms[1] + found[5] * terms[2];
        before &= !(depth <= 0);
        for (int i = 0; i < 3; i++) {
            rows[i * wide + k] = rows[(3 + i) * wide + count + k] = terms[i];
            rows[i * wide + count + k] = rows[(3 + i) * wide + k] = 0;
        }
        for (int i = 0; i < 2; i++) {
            rows[(6 + i) * wide + k] = -to_x * terms[i];
            rows[(6 + i) * wide + count + k] = -to_y * terms[i];
        }
        rows[8 * wide + k] = mate_x[k] - to_x;
        rows[8 * wide + count + k] = mate_y[k] - to_y;
    }
    return before;
}

EVERY_PROCESSOR static void multiplied(const double *restrict one, const double *restrict other, size_t count,
                                       double *restrict out) {
    for (size_t k = 0; k < count; k++) out[k] = one[k] * other[k];
}

int homography_fitted(const double *places, size_t count, double *best) {
    size_t wide = 2 * count;
    const double *x = places, *y = x + count, *mate_x = y + count, *mate_y = mate_x + count;
    double found[UNKNOWNS] = {0}, least = INFINITY, *rows = malloc((UNKNOWNS + 2) * wide * sizeof(double));
    if (!rows) return -1;
    double *products = rows + (UNKNOWNS + 1) * wide;
    memset(best, 0, UNKNOWNS * sizeof(double));
    for (int round = 0; round < ROUNDS; round++) {
        int before = derived(x, y, mate_x, mate_y, count, found, rows);
        multiplied(rows + UNKNOWNS * wide, rows + UNKNOWNS * wide, wide, products);
        double error = pairwise(products, wide), system[UNKNOWNS * (UNKNOWNS + 1)];
        if (!(error < least) || !before) break;
        int enough = error > BETTER * least;
        memcpy(best, found, sizeof found);
        least = error;
        if (enough) break;
        for (int i = 0; i < UNKNOWNS; i++)
            for (int j = i; j <= UNKNOWNS; j++) {
                multiplied(rows + i * wide, rows + j * wide, wide, products);
                double sum = pairwise(products, wide);
                system[i * (UNKNOWNS + 1) + j] = sum;
                if (j < UNKNOWNS) system[j * (UNKNOWNS + 1) + i] = sum;
            }
        for (int i = 0; i < UNKNOWNS; i++) system[i * (UNKNOWNS + 2)] += RIDGE;
        in_place(system, UNKNOWNS, 1);
        for (int i = 0; i < UNKNOWNS; i++) found[i] += system[i * (UNKNOWNS + 1) + UNKNOWNS];
    }
    free(rows);
    return 0;
}

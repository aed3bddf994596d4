/* The motion that brings a plane's greys to where another one shows them; see `registration/refine.py`. */

#include <math.h>
#include <stdlib.h>

#include "matrices.h"
#include "native.h"

/* of 255, how much of a pixel has to lie in the plane that is moved: more */
#define WHOLE 254
#define UNKNOWNS 6
/* keeps the system of a step solvable */
static const double STIFFER = 1 + 1e-6;

/* sums of least squares, which change -> the motion of a plane that takes away as much of the differences as it can */
static void step(double *system, int height, int width, double *motion) {
    const double middle[9] = {1, 0, -(width / 2), 0, 1, -(height / 2), 0, 0, 1};
    const double back[9] = {1, 0, width / 2, 0, 1, height / 2, 0, 0, 1};
    for (int i = 0; i < UNKNOWNS; i++) {
        double *own = system + i * (UNKNOWNS + 2);
        *own = *own * STIFFER + 1;
    }
    normal_solved(system, UNKNOWNS, 1);
    double around[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, to_place[9];
    /* slopes are Sobel's, eight times the derivative */
    for (int k = 0; k < UNKNOWNS; k++) around[k] += 8 * system[k * (UNKNOWNS + 1) + UNKNOWNS];
    product(back, around, to_place);
    product(to_place, middle, motion);
}

/* by how much a motion moves a corner of a plane at most */
static double furthest(const double *motion, double height, double width) {
    const double corners[4][2] = {{0, 0}, {width, 0}, {width, height}, {0, height}};
    double most = 0;
    for (int corner = 0; corner < 4; corner++)
        for (int row = 0; row < 2; row++) {
            const double *at = corners[corner], *by = motion + 3 * row;
            most = fmax(most, fabs(by[0] * at[0] + by[1] * at[1] + by[2] - at[row]));
        }
    return most;
}

int motion_found(const Moved *planes, const double *between, const MotionRules *rules, double *best) {
    int height = planes->height, width = planes->width, failed = 0;
    double back[9], found[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, least = INFINITY;
    unsigned char *inside = malloc((size_t)height * width);
    unsigned *taps = motion_taps(planes);
    memcpy(best, found, sizeof found);
    inverted(between, back);
    failed = !inside || !taps || covered(planes->from_height, planes->from_width, back, height, width, WHOLE, inside);
    for (int round = 0; round < rules->rounds && !failed; round++) {
        double sums[MOTION_SUMS], matrix[9], motion[9], further[9];
        product(found, between, matrix);
        inverted(matrix, back);
        failed = motion_sums(planes, taps, back, inside, rules->differs, sums);
        if (failed || sums[0] >= least) break;
        memcpy(best, found, sizeof found);
        least = sums[0];
        if (sums[1] < rules->few) break;
        step(sums + 2, height, width, motion);
        product(motion, found, further);
        memcpy(found, further, sizeof found);
        if (furthest(found, height, width) > rules->furthest) break;
    }
    free(inside);
    free(taps);
    return failed ? -1 : 0;
}

/* Keypoints seen through grids of samples, and what is counted there; see `keypoints/patches.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

/* steps of a pixel to which places are rounded */
#define FINE 32

/* adding and subtracting it rounds to whole numbers, to even where that is a tie */
static const double ROUNDS = 6755399441055744.0;

INLINE int within(int at, int size) { return at < 0 ? 0 : at >= size ? size - 1 : at; }

/* place: x, y, cosine and sine of the angle, times sigma -> samples x samples values, whole numbers */
EVERY_PROCESSOR static void sampled(const float *plane, int height, int width, const double *place,
                                    const double *steps, int samples, int *out) {
    int across[MOST_SAMPLES], down[MOST_SAMPLES];
    for (int v = 0; v < samples; v++) {
        for (int u = 0; u < samples; u++) {
            double x = (place[0] + (place[2] * steps[u] - place[3] * steps[v])) * FINE;
            double y = (place[1] + (place[3] * steps[u] + place[2] * steps[v])) * FINE;
            across[u] = (int)(x + ROUNDS - ROUNDS);
            down[u] = (int)(y + ROUNDS - ROUNDS);
        }
        int *line = out + v * samples;
        for (int u = 0; u < samples; u++) {
            int column = across[u] >> 5, row = down[u] >> 5, right = across[u] & 31, below = down[u] & 31;
            const float *upper = plane + (size_t)within(row, height) * width;
            const float *lower = plane + (size_t)within(row + 1, height) * width;
            int here = within(column, width), next = within(column + 1, width);
            int above = (int)upper[here] * (FINE - right) + (int)upper[next] * right;
            int beneath = (int)lower[here] * (FINE - right) + (int)lower[next] * right;
            line[u] = (above * (FINE - below) + beneath * below + FINE * FINE / 2) >> 10;
        }
    }
}

/* of a gradient, in BINS of a full turn: a polynomial that is right to a hundredth of a degree */
INLINE int bin_of(int along, int aside) {
    double x = abs(along), y = abs(aside);
    double more = x > y ? x : y, less = x > y ? y : x, ratio = less / (more > 1 ? more : 1), square = ratio * ratio;
    double angle = ((-0.0464964749 * square + 0.15931422) * square - 0.327622764) * square * ratio + ratio;
    if (y > x) angle = M_PI / 2 - angle;
    if (along < 0) angle = M_PI - angle;
    if (aside < 0) angle = 2 * M_PI - angle;
    return (int)(angle * (BINS / (2 * M_PI)) + ROUNDS - ROUNDS) % BINS;
}

void directions(const float *plane, int height, int width, const double *places, ptrdiff_t count, const double *steps,
                int samples, const double *window, double *counted) {
    int patch[MOST_SAMPLES * MOST_SAMPLES];
    for (ptrdiff_t n = 0; n < count; n++, places += 4, counted += BINS) {
        sampled(plane, height, width, places, steps, samples, patch);
        const double *weight = window;
        for (int v = 1; v < samples - 1; v++)
            for (int u = 1; u < samples - 1; u++) {
                const int *at = patch + v * samples + u;
                int along = at[1] - at[-1], aside = at[samples] - at[-samples];
                counted[bin_of(along, aside)] += sqrt((double)(along * along + aside * aside)) * *weight++;
            }
    }
}

#define LESS(a, b) ((a) < (b) ? (a) : (b))
#define OR_NOTHING(a) ((a) > 0 ? (a) : 0)

/* how a row of gradients votes: ORIENTATIONS of a sample side by side */
EVERY_PROCESSOR static void voted(const int *above, const int *here, const int *below, int gradients,
                                  int *restrict votes) {
    for (int u = 0; u < gradients; u++) {
        int along = here[u + 2] - here[u], aside = below[u + 1] - above[u + 1];
        int size_along = abs(along), size_aside = abs(aside);
        int *vote = votes + ORIENTATIONS * u;
        vote[0] = OR_NOTHING(along - size_aside);
        vote[1] = OR_NOTHING(LESS(along, -aside));
        vote[2] = OR_NOTHING(-aside - size_along);
        vote[3] = OR_NOTHING(LESS(-along, -aside));
        vote[4] = OR_NOTHING(-along - size_aside);
        vote[5] = OR_NOTHING(LESS(-along, aside));
        vote[6] = OR_NOTHING(aside - size_along);
        vote[7] = OR_NOTHING(LESS(along, aside));
    }
}

/* votes of a row, weighed by how much of each sample each column of cells gets, added to the rows of cells */
EVERY_PROCESSOR static void shared(const int *votes, int gradients, const double *shares, const double *of_row,
                                   double *cells) {
    float columns[CELLS * ORIENTATIONS] = {0}; /* below 2^24, and so exact */
    for (int u = 0; u < gradients; u++)
        for (int c = 0; c < CELLS; c++) {
            float share = (float)shares[u * CELLS + c];
            if (share == 0) continue;
            for (int o = 0; o < ORIENTATIONS; o++) columns[c * ORIENTATIONS + o] += share * (float)votes[u * ORIENTATIONS + o];
        }
    for (int r = 0; r < CELLS; r++) {
        if (of_row[r] == 0) continue;
        double *cell = cells + r * CELLS * ORIENTATIONS;
        for (int k = 0; k < CELLS * ORIENTATIONS; k++) cell[k] += of_row[r] * columns[k];
    }
}

void descriptors(const float *plane, int height, int width, const double *places, ptrdiff_t count, const double *steps,
                 int samples, const double *shares, double *cells) {
    int patch[MOST_SAMPLES * MOST_SAMPLES], votes[MOST_SAMPLES * ORIENTATIONS], gradients = samples - 2;
    for (ptrdiff_t n = 0; n < count; n++, places += 4, cells += CELLS * CELLS * ORIENTATIONS) {
        sampled(plane, height, width, places, steps, samples, patch);
        for (int v = 0; v < gradients; v++) {
            const int *above = patch + v * samples;
            voted(above, above + samples, above + 2 * samples, gradients, votes);
            shared(votes, gradients, shares, shares + v * CELLS, cells);
        }
    }
}

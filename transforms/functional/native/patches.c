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
                                    const double *steps, int samples, int *restrict out) {
    int across[MOST_SAMPLES * MOST_SAMPLES], down[MOST_SAMPLES * MOST_SAMPLES], count = samples * samples;
    for (int v = 0; v < samples; v++)
        for (int u = 0; u < samples; u++) {
            double x = (place[0] + (place[2] * steps[u] - place[3] * steps[v])) * FINE;
            double y = (place[1] + (place[3] * steps[u] + place[2] * steps[v])) * FINE;
            across[v * samples + u] = (int)(x + ROUNDS - ROUNDS);
            down[v * samples + u] = (int)(y + ROUNDS - ROUNDS);
        }
    /* all rows in one loop: few of its steps are left over where vectors hold many */
    for (int n = 0; n < count; n++) {
        int column = across[n] >> 5, row = down[n] >> 5, right = across[n] & 31, below = down[n] & 31;
        int upper = within(row, height) * width, lower = within(row + 1, height) * width;
        int here = within(column, width), next = within(column + 1, width);
        int above = (int)plane[upper + here] * (FINE - right) + (int)plane[upper + next] * right;
        int beneath = (int)plane[lower + here] * (FINE - right) + (int)plane[lower + next] * right;
        out[n] = (above * (FINE - below) + beneath * below + FINE * FINE / 2) >> 10;
    }
}

/* gradients that are computed at once, of which some may be nobody's */
#define WIDE 16

/* of a row of gradients: the bins of their directions, by a polynomial that is right to a hundredth of a degree, and
   their lengths */
EVERY_PROCESSOR static void directed(const int *above, const int *here, const int *below, int *restrict bins,
                                     double *restrict lengths) {
    for (int u = 0; u < WIDE; u++) {
        int along = here[u + 2] - here[u], aside = below[u + 1] - above[u + 1];
        double x = abs(along), y = abs(aside);
        double more = x > y ? x : y, less = x > y ? y : x, ratio = less / (more > 1 ? more : 1), square = ratio * ratio;
        double angle = ((-0.0464964749 * square + 0.15931422) * square - 0.327622764) * square * ratio + ratio;
        angle = y > x ? M_PI / 2 - angle : angle;
        angle = along < 0 ? M_PI - angle : angle;
        angle = aside < 0 ? 2 * M_PI - angle : angle;
        int bin = (int)(angle * (BINS / (2 * M_PI)) + ROUNDS - ROUNDS);
        bins[u] = bin < BINS ? bin : 0;
        lengths[u] = sqrt((double)along * along + (double)aside * aside);
    }
}

void directions(const float *plane, int height, int width, const double *places, ptrdiff_t count, const double *steps,
                int samples, const double *window, double *counted) {
    int patch[MOST_SAMPLES * MOST_SAMPLES + WIDE] = {0}, bins[WIDE];
    double lengths[WIDE];
    for (ptrdiff_t n = 0; n < count; n++, places += 4, counted += BINS) {
        const double *weight = window;
        sampled(plane, height, width, places, steps, samples, patch);
        for (int v = 0; v < samples - 2; v++) {
            const int *above = patch + v * samples;
            directed(above, above + samples, above + 2 * samples, bins, lengths);
            for (int u = 0; u < samples - 2; u++) counted[bins[u]] += lengths[u] * *weight++;
        }
    }
}

typedef float Oriented __attribute__((vector_size(ORIENTATIONS * sizeof(float))));
typedef int Mask __attribute__((vector_size(ORIENTATIONS * sizeof(int))));

/* How a gradient votes for ORIENTATIONS is the lesser of two sums of its coordinates: those along an axis of
   along - |aside| and so on, those between of the lesser of two coordinates. Whole numbers, exact as floats. */
static const Oriented ALONG = {1, 1, -1, -1, -1, -1, -1, 1}, ASIDE = {-1, 0, -1, 0, -1, 0, 1, 0};
static const Oriented OTHER_ALONG = {1, 0, 1, 0, -1, 0, 1, 0}, OTHER_ASIDE = {1, -1, -1, -1, 1, 1, 1, 1};

/* a row of gradients: its votes, weighed by how much of each sample each column of cells gets, added to the rows */
EVERY_PROCESSOR static void voted(const int *above, const int *here, const int *below, int gradients,
                                  const double *shares, const double *of_row, double *cells) {
    Oriented columns[CELLS] = {{0}}; /* below 2^24, and so exact */
    for (int u = 0; u < gradients; u++, shares += CELLS) {
        float along = (float)(here[u + 2] - here[u]), aside = (float)(below[u + 1] - above[u + 1]);
        Oriented one = ALONG * along + ASIDE * aside, other = OTHER_ALONG * along + OTHER_ASIDE * aside;
        Oriented votes = (Oriented)(((Mask)one & (one < other)) | ((Mask)other & (one >= other)));
        votes = (Oriented)((Mask)votes & (votes > 0));
        for (int c = 0; c < CELLS; c++) columns[c] += votes * (float)shares[c];
    }
    for (int r = 0; r < CELLS; r++) {
        if (of_row[r] == 0) continue;
        double *cell = cells + r * CELLS * ORIENTATIONS;
        for (int c = 0; c < CELLS; c++)
            for (int o = 0; o < ORIENTATIONS; o++) cell[c * ORIENTATIONS + o] += of_row[r] * columns[c][o];
    }
}

void descriptors(const float *plane, int height, int width, const double *places, ptrdiff_t count, const double *steps,
                 int samples, const double *shares, double *cells) {
    int patch[MOST_SAMPLES * MOST_SAMPLES];
    for (ptrdiff_t n = 0; n < count; n++, places += 4, cells += CELLS * CELLS * ORIENTATIONS) {
        sampled(plane, height, width, places, steps, samples, patch);
        for (int v = 0; v < samples - 2; v++) {
            const int *above = patch + v * samples;
            voted(above, above + samples, above + 2 * samples, samples - 2, shares, shares + v * CELLS, cells);
        }
    }
}

/* What windows of two registered planes show, and the sums of it; see `registration/shown.py`. */

#include <math.h>

#include "native.h"

/* sums that are added up side by side */
#define LANES 8

EVERY_PROCESSOR static void kinds_of(const Terms *terms, const unsigned char *restrict inner, size_t size, const float *rules,
                           float *restrict strengths, unsigned char *restrict kinds) {
    float textured = rules[0], disagrees = rules[1], faint = rules[2];
    const float *restrict structure = terms->structure, *restrict a = terms->a, *restrict b = terms->b;
    float *restrict more = strengths, *restrict less = strengths + size, *restrict weight = strengths + 2 * size;
    for (size_t k = 0; k < size; k++) {
        more[k] = a[k] > b[k] ? a[k] : b[k];
        less[k] = a[k] > b[k] ? b[k] : a[k];
        weight[k] = (a[k] + b[k]) * (float)inner[k];
    }
    for (size_t k = 0; k < size; k++) {
        unsigned char seen = (more[k] > textured) & inner[k];
        kinds[k] = seen;
        kinds[k + size] = (less[k] > textured) & inner[k];
        kinds[k + 2 * size] = (structure[k] < disagrees) & seen;
        kinds[k + 3 * size] = (b[k] < faint * a[k]) & seen;
        kinds[k + 4 * size] = (a[k] < faint * b[k]) & seen;
    }
}

/* the plain means' sums, one place after the other */
static void summed(const Terms *terms, const unsigned char *inner, size_t size, double *sums) {
    double ssim = 0, luminance = 0, contrast = 0, structure = 0;
    for (size_t k = 0; k < size; k++) {
        double there = inner[k];
        ssim += terms->ssim[k] * there;
        luminance += terms->luminance[k] * there;
        contrast += terms->contrast[k] * there;
        structure += terms->structure[k] * there;
    }
    sums[0] = ssim, sums[1] = luminance, sums[2] = contrast, sums[3] = structure;
}

/* one place of `weighed`. The products are exact. */
INLINE void weigh(double structure, double weight, double more, int textured, int disagreeing, double *sums) {
    double product = structure * weight;
    sums[0] += weight;
    sums[LANES] += product;
    sums[2 * LANES] += fabs(product);
    sums[3 * LANES] += more * (textured - disagreeing);
    sums[4 * LANES] += more * disagreeing;
}

/* sums of the weight, and of structure and its size times that; of `more` where windows are textured and agree, and
   where they disagree: of every LANES-th place each, and then of these */
EVERY_PROCESSOR static void weighed(const float *restrict structure, const float *restrict strengths,
                                    const unsigned char *restrict kinds, size_t size, double *restrict sums) {
    const float *more = strengths, *weight = strengths + 2 * size;
    const unsigned char *textured = kinds, *apart = kinds + 2 * size;
    double of[5 * LANES] = {0};
    size_t whole = size - size % LANES;
    for (size_t k = 0; k < whole; k += LANES)
        for (size_t i = 0; i < LANES; i++)
            weigh(structure[k + i], weight[k + i], more[k + i], textured[k + i], apart[k + i], of + i);
    for (size_t k = whole; k < size; k++)
        weigh(structure[k], weight[k], more[k], textured[k], apart[k], of + k - whole);
    for (int s = 0; s < 5; s++) {
        sums[s] = of[s * LANES];
        for (int i = 1; i < LANES; i++) sums[s] += of[s * LANES + i];
    }
}

/* of either kind, and those that are less than flat */
EVERY_PROCESSOR static void counts_of(const unsigned char *restrict inner, const float *restrict more,
                                      const unsigned char *restrict kinds, size_t size, float flat,
                                      double *restrict counts) {
    int within = 0, one_sided = 0, plain = 0, of[5] = {0};
    for (size_t k = 0; k < size; k++) {
        within += inner[k];
        plain += (more[k] < flat) & inner[k];
        one_sided += kinds[k + 3 * size] | kinds[k + 4 * size];
    }
    for (int kind = 0; kind < 5; kind++)
        for (size_t k = 0; k < size; k++) of[kind] += kinds[k + kind * size];
    counts[0] = within, counts[1] = plain, counts[2] = one_sided;
    for (int kind = 0; kind < 5; kind++) counts[3 + kind] = of[kind];
}

void shown(const Terms *terms, const unsigned char *inner, size_t size, const float *rules, float *strengths,
           unsigned char *kinds, double *totals) {
    kinds_of(terms, inner, size, rules, strengths, kinds);
    counts_of(inner, strengths, kinds, size, rules[3], totals);
    summed(terms, inner, size, totals + 8);
    weighed(terms->structure, strengths, kinds, size, totals + 12);
}

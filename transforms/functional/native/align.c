/* The affine transform that most matches of two pictures' keypoints agree on; see `registration/align.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

/* rounds of the fit, and factors of the tolerance in these */
#define ROUNDS 3
static const double FACTORS[ROUNDS] = {2.0, 1.2, 1.0};
/* the least stretch, and times that of the greatest */
#define FLATTEST 0.05
#define LONGEST 3

/* matches of one parity: those, and which of them agree */
typedef struct {
    long long *pairs;
    unsigned char *chosen;
    float *cosines, *sines;
} Matched;

/* by which angles matches say that a was turned after it was mirrored: in 32 bits, since the last of 64 differs between
   processors */
static void turned(const Described *a, const Described *b, ptrdiff_t count, int mirrored, int inverted, const Matched *of) {
    float flip = mirrored ? -1.0f : 1.0f, half = (float)3.141592653589793;
    for (ptrdiff_t k = 0; k < count; k++) {
        float own = a->angle[of->pairs[2 * k]] * flip + (mirrored ? half : 0.0f) + (inverted ? half : 0.0f);
        double turn = b->angle[of->pairs[2 * k + 1]] - own;
        of->cosines[k] = (float)cos(turn), of->sines[k] = (float)sin(turn);
    }
}

/* is a transform one that a picture may have undergone? */
static int possible(const double *m) {
    double a = m[0], b = m[1], c = m[3], d = m[4], squares = a * a + b * b + c * c + d * d, product = fabs(a * d - b * c);
    double rest = squares * squares - 4 * product * product, greatest = sqrt((squares + sqrt(rest > 0 ? rest : 0)) / 2);
    double least = greatest != 0 ? product / greatest : 0;
    return !(least < FLATTEST || greatest > LONGEST * least);
}

static void inverted(const double *m, double *back) {
    double a = m[0], b = m[1], x = m[2], c = m[3], d = m[4], y = m[5], size = a * d - b * c;
    const double turned[6] = {d, -b, b * y - d * x, -c, a, c * x - a * y};
    for (int k = 0; k < 6; k++) back[k] = turned[k] / size;
}

ptrdiff_t aligned(const Described *a, const Described *b, const AlignmentRules *rules, Aligned *found) {
    size_t room = (size_t)a->count;
    /* the best parity so far, and the one that is tried */
    Matched best, own;
    best.pairs = found->pairs;
    own.pairs = malloc(room * (2 * sizeof(long long) + 2 * sizeof(float) + 2));
    if (!own.pairs) return -1;
    own.cosines = (float *)(own.pairs + 2 * room), own.sines = own.cosines + room;
    own.chosen = (unsigned char *)(own.sines + room), best.chosen = own.chosen + room;
    Points of_a = {a->xy, a->size}, of_b = {b->xy, b->size};
    ptrdiff_t matches = 0;
    int votes = 0, failed = 0;
    for (int n = 0; n < rules->parities && votes < rules->plain && !failed; n++) {
        int parity = (int)rules->parity[n], mirrored = rules->mirrored[parity] != 0;
        ptrdiff_t count = mutual(a->components, a->count, rules->signs + (size_t)parity * DIMS, b->components, b->count,
                                 rules->far, rules->least, own.pairs);
        failed = count < 0;
        if (failed || count < rules->enough) continue;
        turned(a, b, count, mirrored, rules->inverted[parity] != 0, &own);
        float agree[5];
        memcpy(agree, rules->agree, 4 * sizeof(float));
        agree[4] = mirrored ? -1.0f : 1.0f;
        int sum = consensus(&of_a, &of_b, own.pairs, own.cosines, own.sines, (int)count,
                            count < rules->heads ? (int)count : rules->heads, agree, own.chosen);
        failed = sum < 0;
        /* the first wins ties: it is the simpler story */
        if (sum < rules->enough || sum <= votes) continue;
        votes = sum, matches = count, found->parity = parity;
        memcpy(best.pairs, own.pairs, 2 * (size_t)count * sizeof(long long));
        memcpy(best.chosen, own.chosen, (size_t)count);
    }
    ptrdiff_t inliers = 0;
    if (votes && !failed) {
        double tolerances[ROUNDS], *m = found->matrix, back[6];
        memset(m, 0, 9 * sizeof(double));
        for (int k = 0; k < ROUNDS; k++) tolerances[k] = FACTORS[k] * rules->tolerance;
        size_t chosen = affine_fitted(&of_a, &of_b, best.pairs, (size_t)matches, tolerances, ROUNDS, best.chosen, m);
        if ((ptrdiff_t)chosen >= rules->enough && possible(m)) {
            m[8] = 1;
            inverted(m, back);
            taken_into(a->xy, (size_t)a->count, m, b->height, b->width, found->common_a);
            taken_into(b->xy, (size_t)b->count, back, a->height, a->width, found->common_b);
            for (ptrdiff_t k = 0; k < matches; k++)
                if (best.chosen[k]) memcpy(found->inliers + 2 * inliers++, best.pairs + 2 * k, 2 * sizeof(long long));
        }
    }
    found->matches = matches;
    free(own.pairs);
    return failed ? -1 : inliers;
}

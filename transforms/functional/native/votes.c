/* Which matches agree on one transform; see `registration/consensus.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"

/* where the matches lie in either picture, and what each says alone: a linear part and its norm */
typedef struct {
    const float *x, *y, *mate_x, *mate_y, *xx, *xy, *yx, *yy, *norm;
} Matches;

/* own: a proposal, (2, 3); its votes */
EVERY_PROCESSOR static int voted(const Matches *of, int count, const float *own, float norm, float limit, float alike,
                                 float similar, float dissimilar, unsigned char *restrict votes) {
    const float *restrict x = of->x, *restrict y = of->y, *restrict mate_x = of->mate_x, *restrict mate_y = of->mate_y;
    const float *restrict xx = of->xx, *restrict xy = of->xy, *restrict yx = of->yx, *restrict yy = of->yy;
    const float *restrict norms = of->norm;
    int sum = 0;
    for (int k = 0; k < count; k++) {
        float off_x = own[0] * x[k] + own[1] * y[k] + own[2] - mate_x[k];
        float off_y = own[3] * x[k] + own[4] * y[k] + own[5] - mate_y[k];
        float agreed = own[0] * xx[k] + own[1] * xy[k] + own[3] * yx[k] + own[4] * yy[k];
        float ratio = norm / norms[k];
        int vote = (off_x * off_x + off_y * off_y < limit) & (agreed > alike * norm * norms[k]) & (ratio < similar) &
                   (ratio > dissimilar);
        votes[k] = (unsigned char)vote;
        sum += vote;
    }
    return sum;
}

#define FIELDS 9

int consensus(const Points *a, const Points *b, const long long *pairs, const float *cosines, const float *sines,
              int count, int heads, const float *rules, unsigned char *best) {
    float *field[FIELDS], *own = malloc(((size_t)count * FIELDS + 6 * (size_t)heads) * sizeof(float));
    unsigned char *votes = malloc(count);
    int most = own && votes ? 0 : -1;
    for (int k = 0; k < FIELDS && !most; k++) field[k] = own + 6 * heads + (size_t)k * count;
    float alike = rules[0], similar = rules[1], dissimilar = rules[2], square = rules[3], flip = rules[4];
    for (int k = 0; k < count && !most; k++) {
        long long i = pairs[2 * k], j = pairs[2 * k + 1];
        float x = a->xy[2 * i], y = a->xy[2 * i + 1], mate_x = b->xy[2 * j], mate_y = b->xy[2 * j + 1];
        /* the similarity that the match stands for alone */
        float scale = b->size[j] / (a->size[i] > 1e-3f ? a->size[i] : 1e-3f);
        float yy = scale * cosines[k], yx = scale * sines[k], xy = -yx, xx = yy * flip;
        yx *= flip;
        float norm = sqrtf(xx * xx + xy * xy + yx * yx + yy * yy);
        float match[FIELDS] = {x, y, mate_x, mate_y, xx, xy, yx, yy, norm};
        for (int f = 0; f < FIELDS; f++) field[f][k] = match[f];
        if (k >= heads) continue;
        float proposal[6] = {xx, xy, mate_x - (xx * x + xy * y), yx, yy, mate_y - (yx * x + yy * y)};
        memcpy(own + 6 * k, proposal, sizeof proposal);
    }
    Matches of = {field[0], field[1], field[2], field[3], field[4], field[5], field[6], field[7], field[8]};
    for (int head = 0; head < heads && most >= 0; head++) {
        /* errors of the coarser picture count in its own pixels; areas grow by half of a similarity's squared norm */
        float area = of.norm[head] * of.norm[head] / 2, limit = square * (area > 1 ? area : 1);
        int sum = voted(&of, count, own + 6 * head, of.norm[head], limit, alike, similar, dissimilar, votes);
        if (head && sum <= most) continue;
        most = sum;
        memcpy(best, votes, count);
    }
    free(own);
    free(votes);
    return most;
}

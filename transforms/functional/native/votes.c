/* Which matches agree on one transform; see `registration/consensus.py`. */

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

int consensus(const float *matches, int count, const float *proposals, const float *limits, int heads,
              const float *rules, unsigned char *best) {
    unsigned char *votes = malloc(count);
    if (!votes) return -1;
    const float *field[9];
    for (int k = 0; k < 9; k++) field[k] = matches + (size_t)k * count;
    Matches of = {field[0], field[1], field[2], field[3], field[4], field[5], field[6], field[7], field[8]};
    int most = -1;
    for (int head = 0; head < heads; head++) {
        int sum = voted(&of, count, proposals + 6 * head, of.norm[head], limits[head], rules[0], rules[1], rules[2],
                        votes);
        if (sum <= most) continue;
        most = sum;
        memcpy(best, votes, count);
    }
    free(votes);
    return most;
}

/* Keypoints seen through grids of samples, and what is counted there; see `keypoints/patches.py`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "x86.h"

/* steps of a pixel to which places are rounded */
#define FINE 32

/* adding and subtracting it rounds to whole numbers, to even where that is a tie */
static const double ROUNDS = 6755399441055744.0;

INLINE int within(int at, int size) { return at < 0 ? 0 : at >= size ? size - 1 : at; }

/* of a place in a plane, in steps: the value there, a whole number */
INLINE int value(const short *plane, int height, int width, int across, int down) {
    int column = across >> 5, row = down >> 5, below = down & 31, inside = within(column, width - 1);
    /* what is beside the plane is as its edge is: one of the two is both */
    int right = column < 0 ? 0 : column > width - 2 ? FINE : across & 31;
    const short *upper = plane + (size_t)within(row, height) * width + inside;
    const short *lower = plane + (size_t)within(row + 1, height) * width + inside;
    int above = upper[0] * (FINE - right) + upper[1] * right, beneath = lower[0] * (FINE - right) + lower[1] * right;
    return (above * (FINE - below) + beneath * below + FINE * FINE / 2) >> 10;
}

#ifdef X86
#define LIMITED(v, most) _mm512_max_epi32(_mm512_min_epi32(v, _mm512_set1_epi32(most)), _mm512_setzero_si512())

/* neighbours in a row, read at once, with their weights */
__attribute__((target("avx512f"), always_inline)) static inline __m512i between(const short *plane, __m512i at,
                                                                                __m512i right) {
    __m512i both = _mm512_i32gather_epi32(at, plane, sizeof(short));
    __m512i first = _mm512_srai_epi32(_mm512_slli_epi32(both, 16), 16), second = _mm512_srai_epi32(both, 16);
    __m512i left = _mm512_sub_epi32(_mm512_set1_epi32(FINE), right);
    return _mm512_add_epi32(_mm512_mullo_epi32(first, left), _mm512_mullo_epi32(second, right));
}

#define GATHERED 16

/* the values of 16 places at once; where a count is no multiple of that, the last ones are computed again */
__attribute__((target("avx512f"))) static void gathered(const short *plane, int height, int width, const int *across,
                                                        const int *down, int count, int *out) {
    const __m512i fine = _mm512_set1_epi32(FINE - 1), one = _mm512_set1_epi32(1), line = _mm512_set1_epi32(width);
    for (int n = 0; n < count; n += GATHERED) {
        int at = n + GATHERED <= count ? n : count - GATHERED;
        __m512i x = _mm512_loadu_si512(across + at), y = _mm512_loadu_si512(down + at);
        __m512i column = _mm512_srai_epi32(x, 5), row = _mm512_srai_epi32(y, 5), right = _mm512_and_si512(x, fine);
        __m512i below = _mm512_and_si512(y, fine), inside = LIMITED(column, width - 2);
        right = _mm512_mask_mov_epi32(right, _mm512_cmpgt_epi32_mask(inside, column), _mm512_setzero_si512());
        right = _mm512_mask_mov_epi32(right, _mm512_cmpgt_epi32_mask(column, inside), _mm512_set1_epi32(FINE));
        __m512i upper = _mm512_mullo_epi32(LIMITED(row, height - 1), line);
        __m512i lower = _mm512_mullo_epi32(LIMITED(_mm512_add_epi32(row, one), height - 1), line);
        __m512i above = between(plane, _mm512_add_epi32(upper, inside), right);
        __m512i beneath = between(plane, _mm512_add_epi32(lower, inside), right);
        __m512i sum = _mm512_add_epi32(_mm512_mullo_epi32(above, _mm512_sub_epi32(_mm512_set1_epi32(FINE), below)),
                                       _mm512_mullo_epi32(beneath, below));
        sum = _mm512_add_epi32(sum, _mm512_set1_epi32(FINE * FINE / 2));
        _mm512_storeu_si512(out + at, _mm512_srai_epi32(sum, 10));
    }
}
#endif

/* place: x, y, cosine and sine of the angle, times sigma -> of samples x samples where they lie, in steps */
EVERY_PROCESSOR static void spread(const double *place, const double *steps, int samples, int *restrict across,
                                   int *restrict down) {
    for (int v = 0; v < samples; v++)
        for (int u = 0; u < samples; u++) {
            double x = (place[0] + (place[2] * steps[u] - place[3] * steps[v])) * FINE;
            double y = (place[1] + (place[3] * steps[u] + place[2] * steps[v])) * FINE;
            across[v * samples + u] = (int)(x + ROUNDS - ROUNDS);
            down[v * samples + u] = (int)(y + ROUNDS - ROUNDS);
        }
}

/* -> samples x samples values */
static void sampled(const short *plane, int height, int width, const double *place, const double *steps, int samples,
                    int *out) {
    int across[MOST_SAMPLES * MOST_SAMPLES], down[MOST_SAMPLES * MOST_SAMPLES], count = samples * samples;
    spread(place, steps, samples, across, down);
#ifdef X86
    if (count >= GATHERED && __builtin_cpu_supports("avx512f")) {
        gathered(plane, height, width, across, down, count, out);
        return;
    }
#endif
    for (int n = 0; n < count; n++) out[n] = value(plane, height, width, across[n], down[n]);
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

void directions(const short *plane, int height, int width, const double *places, ptrdiff_t count, const double *steps,
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

/* of a row of gradients: how each votes for the ORIENTATIONS, the lesser of two sums of its coordinates where that is more
   than 0 */
INLINE void votes_of(const int *above, const int *here, const int *below, float votes[ORIENTATIONS][WIDE]) {
    for (int u = 0; u < WIDE; u++) {
        float along = (float)(here[u + 2] - here[u]), aside = (float)(below[u + 1] - above[u + 1]);
        float sizes[2] = {fabsf(along), fabsf(aside)};
        votes[0][u] = along - sizes[1];
        votes[1][u] = along < -aside ? along : -aside;
        votes[2][u] = -aside - sizes[0];
        votes[3][u] = -along < -aside ? -along : -aside;
        votes[4][u] = -along - sizes[1];
        votes[5][u] = -along < aside ? -along : aside;
        votes[6][u] = aside - sizes[0];
        votes[7][u] = along < aside ? along : aside;
    }
    for (int o = 0; o < ORIENTATIONS; o++)
        for (int u = 0; u < WIDE; u++) votes[o][u] = votes[o][u] > 0 ? votes[o][u] : 0;
}

/* votes of a row of gradients, weighed by how much of the row each row of cells gets, added to what these hold: below 2^24,
   and so exact */
EVERY_PROCESSOR static void voted(const int *above, const int *here, const int *below, const double *of_row,
                                  float held[CELLS][ORIENTATIONS][WIDE]) {
    float votes[ORIENTATIONS][WIDE];
    votes_of(above, here, below, votes);
    for (int r = 0; r < CELLS; r++) {
        float share = (float)of_row[r];
        if (share == 0) continue;
        for (int o = 0; o < ORIENTATIONS; o++)
            for (int u = 0; u < WIDE; u++) held[r][o][u] += votes[o][u] * share;
    }
}

/* of each column of cells */
typedef double Columns __attribute__((vector_size(CELLS * sizeof(double))));

/* what rows of cells hold, weighed by how much of each column of gradients each of theirs gets */
EVERY_PROCESSOR static void shared_out(float held[CELLS][ORIENTATIONS][WIDE], int gradients, const double *shares,
                                       double *cells) {
    for (int r = 0; r < CELLS; r++)
        for (int o = 0; o < ORIENTATIONS; o++) {
            Columns columns = {0};
            for (int u = 0; u < gradients; u++) {
                Columns own;
                memcpy(&own, shares + u * CELLS, sizeof own);
                columns += own * (double)held[r][o][u];
            }
            for (int c = 0; c < CELLS; c++) cells[(r * CELLS + c) * ORIENTATIONS + o] = columns[c];
        }
}

void descriptors(const short *plane, int height, int width, const double *places, ptrdiff_t count, const double *steps,
                 int samples, const double *shares, double *cells) {
    int patch[MOST_SAMPLES * MOST_SAMPLES + WIDE] = {0}, gradients = samples - 2;
    for (ptrdiff_t n = 0; n < count; n++, places += 4, cells += CELLS * CELLS * ORIENTATIONS) {
        float held[CELLS][ORIENTATIONS][WIDE] = {{{0}}};
        sampled(plane, height, width, places, steps, samples, patch);
        for (int v = 0; v < gradients; v++) {
            const int *above = patch + v * samples;
            voted(above, above + samples, above + 2 * samples, shares + v * CELLS, held);
        }
        shared_out(held, gradients, shares, cells);
    }
}

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

void descriptors(const short *plane, int height, int width, const double *places, ptrdiff_t count, const double *steps,
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

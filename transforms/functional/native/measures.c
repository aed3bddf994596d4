/* What two registered planes show, measured at once; see `verification/seen.py`, and the modules beside it. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "pairwise.h"

#define STRIDE 2
/* how many times smaller planes are compared again */
#define COARSE 3
/* grey levels, added to deviations */
#define WEAK 3.0
/* greys that are counted as one, to either side */
#define NEAR 2
/* every second row of greys is read */
#define ROWS 2
/* places below which nothing is said of what one map of greys leaves, the texture that they have, and their size */
#define FEW 20
#define PLACE (11 * 5)
#define TEXTURED (4 * PLACE)
/* how many of the windows of a box have to lie in the overlap: more */
#define SEEN 29
/* steps of a deviation and of its logarithm, and how much of that has to vary */
#define DEVIATION_UNIT 64.0f
#define LOG_UNIT 4096.0

typedef struct {
    const Seen *maps;
    size_t height, width, windows;
} Windows;

static double at_least(double value, double least) { return value > least ? value : least; }

/* by the quantiles of their ranks, which rise, of `count` values: the greatest first, so that the others are looked for
   among what lies below it */
static void quantiles(float *values, size_t count, const double *shares, int wanted, double *found) {
    size_t below = count;
    for (int k = wanted - 1; k >= 0; k--) {
        size_t rank = (size_t)(shares[k] * (double)(count - 1));
        found[k] = ranked(values, below, rank);
        below = rank + 1;
    }
}

/* boxes; found: BOX_MEASURES, of which the last are x and y of the worst */
static int of_boxes(const Windows *all, double *found) {
    static const double shares[] = {0.01, 0.02, 0.05, 0.1, 0.5};
    const Seen *maps = all->maps;
    const float rules[2] = {maps->rules[0], SEEN};
    double numbers[BOX_NUMBERS];
    float *sampled = malloc(all->windows * sizeof(float));
    ptrdiff_t count = sampled ? boxed(maps->structure, maps->strengths + 2 * all->windows, maps->inner, (int)all->height,
                                      (int)all->width, rules, sampled, numbers)
                              : -1;
    if (count >= 0) {
        for (int k = 0; k < 6; k++) found[k] = 1;
        if (numbers[0] > 0) found[0] = numbers[1];
        if (count) quantiles(sampled, (size_t)count, shares, 5, found + 1);
        found[6] = numbers[0] / maps->totals[0];
        found[7] = numbers[0] > 0, found[8] = numbers[2], found[9] = numbers[3];
    }
    free(sampled);
    return count < 0 ? -1 : 0;
}

/* how many greys there are */
static int kinds(const long long *counted) {
    int found = 0;
    for (int grey = 0; grey < 256; grey++) found += counted[grey] != 0;
    return found;
}

/* what one map of greys leaves: the greatest, and as parts of what nine in ten and half of the places have */
static int of_residuals(const Windows *all, const long long *greys, double *found) {
    static const double shares[] = {0.5, 0.9, 1.0};
    const Seen *maps = all->maps;
    unsigned char map[256];
    int swapped = kinds(greys) > kinds(greys + 256), sums[3];
    const unsigned char *a = swapped ? maps->plane : maps->moved, *b = swapped ? maps->moved : maps->plane;
    grey_map(maps->powers, swapped ? greys : greys + 256, swapped ? greys + 512 : greys + 768, 1e-6, map);
    ptrdiff_t count = left_over(a, b, map, maps->inner, maps->height, maps->width, TEXTURED, shares, 3, sums);
    found[0] = found[1] = found[2] = 0;
    if (count >= FEW) {
        double of[3];
        for (int k = 0; k < 3; k++) of[k] = (float)sums[k] * (float)(1.0 / PLACE);
        found[0] = of[2], found[1] = of[2] / (of[1] + 1.0), found[2] = of[2] / (of[0] + 1.0);
    }
    return count < 0 ? -1 : 0;
}

/* the share of the commonest grey, and how many greys there are, as bits */
static void of_greys(const long long *counted, double *found) {
    long long all = 0, most = 0;
    double terms[256];
    size_t count = 0;
    for (int grey = 0; grey < 256; grey++) all += counted[grey];
    double total = at_least((double)all, 1.0);
    for (int grey = 0; grey < 256; grey++) {
        long long near = 0;
        for (int k = -NEAR; k <= NEAR; k++) near += grey + k >= 0 && grey + k < 256 ? counted[grey + k] : 0;
        most = near > most ? near : most;
        if (!counted[grey]) continue;
        double share = (double)counted[grey] / total;
        terms[count++] = share * (float)log2(share);
    }
    found[0] = (double)most / total;
    found[1] = -pairwise(terms, count);
}

/* structure as the texture has it, kinds of windows, their strength */
static int of_windows(const Windows *all, double *found) {
    static const double shares[] = {0.02, 0.1, 0.5};
    const Seen *maps = all->maps;
    const double *totals = maps->totals;
    double levels[STEPS];
    float *ratios = malloc(all->windows * sizeof(float));
    if (!ratios) return -1;
    size_t count = (size_t)textures(maps->structure, maps->strengths, maps->kinds, (int)all->height, (int)all->width,
                                    levels, ratios);
    for (int k = 1; k < STEPS; k++) levels[k] += levels[k - 1];
    for (int k = 0, level = 0; k < 3; k++) {
        while (level < STEPS && levels[level] < levels[STEPS - 1] * shares[k]) level++;
        found[k] = level * (2.0 / (STEPS - 1)) - 1;
    }
    found[3] = totals[1] / totals[0];
    found[4] = totals[15] / at_least(totals[3] - totals[5], 1.0);
    found[5] = totals[16] / at_least(totals[5], 1.0);
    found[6] = count / 2 ? ranked(ratios, count, count / 2) : 1.0;
    free(ratios);
    return 0;
}

/* logarithms of values above 0, right to the last bit of 64 or the one before it (fdlibm's polynomial), and rounded to 32 */
EVERY_PROCESSOR static void logarithms(double *restrict values, size_t count) {
    for (size_t k = 0; k < count; k++) {
        unsigned long long bits, moved, scaled;
        double part;
        memcpy(&bits, values + k, sizeof bits);
        moved = bits - 0x3fe6a09e00000000ull;
        scaled = bits - (moved & 0xfff0000000000000ull);
        memcpy(&part, &scaled, sizeof part);
        double power = (double)((long long)moved >> 52), f = part - 1.0, s = f / (2.0 + f), z = s * s, w = z * z;
        double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
        double odd = z * (6.666666666666735130e-01 +
                          w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
        double half = 0.5 * f * f;
        double found = s * (half + (odd + even)) + power * 1.90821492927058770002e-10 - half + f + power * 6.93147180369123816490e-01;
        values[k] = (float)found;
    }
}

/* whether there is always more to see in the same of the two where they disagree */
static int of_sides(const Windows *all, double *found) {
    const Seen *maps = all->maps;
    const unsigned char *textured = maps->kinds, *disagreeing = maps->kinds + 2 * all->windows;
    double *apart = malloc(2 * all->windows * sizeof(double)), *together = apart + all->windows;
    size_t of_apart = 0, of_together = 0;
    if (!apart) return -1;
    for (size_t k = 0; k < all->windows; k++) {
        double ratio = (maps->a[k] + WEAK) / (maps->b[k] + WEAK);
        apart[of_apart] = together[of_together] = ratio;
        of_apart += disagreeing[k] != 0;
        of_together += (textured[k] != 0) ^ (disagreeing[k] != 0);
    }
    found[0] = 0, found[1] = 1;
    if (of_apart) {
        logarithms(apart, of_apart);
        logarithms(together, of_together);
        double usual = of_together ? pairwise(together, of_together) / (double)of_together : 0;
        for (size_t k = 0; k < of_apart; k++) apart[k] -= usual;
        found[0] = fabs(pairwise(apart, of_apart) / (double)of_apart);
        for (size_t k = 0; k < of_apart; k++) apart[k] = fabs(apart[k]);
        found[1] = found[0] / at_least(pairwise(apart, of_apart) / (double)of_apart, 1e-3);
    }
    free(apart);
    return 0;
}

static double logarithm(const double *logarithms, float deviation) {
    float at = rintf(deviation * DEVIATION_UNIT);
    return logarithms[at >= 0 && at < DEVIATIONS ? (int)at : at >= 0 ? DEVIATIONS - 1 : 0];
}

/* is much to be seen in the one where there is in the other? Sums of whole numbers are exact. */
static double activity(const Windows *all) {
    const Seen *maps = all->maps;
    double a = 0, b = 0, aa = 0, ab = 0, bb = 0, count = 0;
    int read = 1;
    for (size_t k = 0; k < all->windows; k++) {
        if (!maps->inner[k]) continue;
        if (read) {
            double one = logarithm(maps->logarithms, maps->a[k]), other = logarithm(maps->logarithms, maps->b[k]);
            a += one, b += other, aa += one * one, ab += one * other, bb += other * other, count++;
        }
        read = !read;
    }
    if (count == 0) return 0;
    aa -= a * a / count, ab -= a * b / count, bb -= b * b / count;
    return (aa < bb ? aa : bb) > 1e-3 * (LOG_UNIT * LOG_UNIT) ? ab / sqrt(aa * bb) : 0;
}

/* blocks of windows of one kind: BLOCK_MEASURES */
static int of_blocks(const Windows *all, const unsigned char *where, double *found) {
    const double *totals = all->maps->totals;
    double block[BLOCKS];
    if (largest_block(where, all->maps->strengths + 2 * all->windows, (int)all->height, (int)all->width, block)) return -1;
    double longer = block[3] > block[4] ? block[3] : block[4];
    found[0] = block[0] / at_least(totals[3], 1.0);
    found[1] = block[1] / totals[0];
    found[2] = block[2] / at_least(totals[12], 1e-3);
    found[3] = block[1] / at_least(block[3] * block[4], 1.0);
    found[4] = longer / (double)(all->height > all->width ? all->height : all->width);
    found[5] = block[5];
    found[6] = block[1];
    return 0;
}

EVERY_PROCESSOR static void both(const unsigned char *restrict one, const unsigned char *restrict other, size_t size,
                                 unsigned char *restrict out) {
    for (size_t k = 0; k < size; k++) out[k] = one[k] & other[k];
}

EVERY_PROCESSOR static void either(const unsigned char *restrict one, const unsigned char *restrict other, size_t size,
                                   unsigned char *restrict out) {
    for (size_t k = 0; k < size; k++) out[k] = one[k] | other[k];
}

/* windows that only one picture has, and blocks of both kinds: 2 + 2 x BLOCK_MEASURES */
static int of_both_blocks(const Windows *all, double *found) {
    size_t size = all->windows;
    const unsigned char *of = all->maps->kinds;
    const double *totals = all->maps->totals;
    double voters = at_least(totals[3], 1.0), a = totals[6], b = totals[7];
    unsigned char *where = malloc(size);
    if (!where) return -1;
    found[0] = (a > b ? a : b) / voters, found[1] = (a > b ? b : a) / voters;
    both(of + size, of + 2 * size, size, where);
    int failed = of_blocks(all, where, found + 2);
    either(of + 3 * size, of + 4 * size, size, where);
    failed = failed || of_blocks(all, where, found + 2 + BLOCK_MEASURES);
    free(where);
    return failed ? -1 : 0;
}

/* sums of three rows -> means of squares, exactly rounded */
EVERY_PROCESSOR static void shrunk_row(const unsigned char *restrict row, size_t wide, size_t width,
                                       unsigned char *restrict out) {
    for (size_t x = 0; x < width; x++) {
        unsigned sum = 4;
        for (size_t y = 0; y < COARSE; y++)
            for (size_t k = 0; k < COARSE; k++) sum += row[y * wide + COARSE * x + k];
        out[x] = (unsigned char)(sum / (COARSE * COARSE));
    }
}

/* the same at a third of the size; found: 5, and whether there is anything */
static int of_coarse(const Windows *all, double *found) {
    static const double shares[] = {0.02, 0.1};
    const Seen *maps = all->maps;
    size_t height = (size_t)maps->height / COARSE, width = (size_t)maps->width / COARSE;
    size_t high = (height + 1) / 2, wide = (width + 1) / 2, size = high * wide;
    found[0] = found[2] = found[3] = 0, found[1] = found[4] = 1;
    if (!size) return 0;
    float *terms = malloc((TERMS + 3) * size * sizeof(float)), *strengths = terms + TERMS * size;
    unsigned char *a = malloc(2 * height * width + 6 * size), *b = a + height * width, *of = b + height * width;
    unsigned char *inner = of + 5 * size;
    double totals[TOTALS];
    int failed = !terms || !a, there = 0;
    for (size_t y = 0; y < high && !failed; y++)
        for (size_t x = 0; x < wide; x++) {
            size_t at = (COARSE * STRIDE * y + COARSE / 2) * (size_t)maps->width + COARSE * STRIDE * x + COARSE / 2;
            inner[y * wide + x] = maps->mask[at] > 0;
            there |= inner[y * wide + x];
        }
    if (there) {
        for (size_t y = 0; y < height; y++) {
            size_t from = COARSE * y * (size_t)maps->width;
            shrunk_row(maps->moved + from, (size_t)maps->width, width, a + y * width);
            shrunk_row(maps->plane + from, (size_t)maps->width, width, b + y * width);
        }
        failed = compared(a, b, (int)height, (int)width, STRIDE, maps->taps, terms);
    }
    if (there && !failed) {
        const Terms of_terms = {terms, terms + size, terms + 2 * size, terms + 3 * size, terms + 4 * size, terms + 5 * size};
        shown(&of_terms, inner, size, maps->rules, strengths, of, totals);
        float *seen = terms;
        size_t count = 0;
        for (size_t k = 0; k < size; k++) {
            seen[count] = of_terms.structure[k];
            count += of[k];
        }
        if (!count) seen[count++] = 1;
        found[0] = totals[13] / at_least(totals[12], 1e-9);
        found[1] = totals[5] / (double)count;
        quantiles(seen, count, shares, 2, found + 2);
        found[4] = totals[2] / (double)count;
    }
    free(terms);
    free(a);
    return failed ? -1 : 0;
}

int measured(const Seen *maps, int whole, double *found) {
    size_t height = (size_t)(maps->height + 1) / STRIDE, width = (size_t)(maps->width + 1) / STRIDE;
    const Windows all = {maps, height, width, height * width};
    long long greys[4 * 256];
    paired_greys(maps->moved, maps->plane, maps->mask, maps->height, maps->width, ROWS, greys);
    if (of_boxes(&all, found) || of_residuals(&all, greys, found + 10)) return -1;
    if (!whole) return 0;
    found += DETAIL_MEASURES;
    of_greys(greys + 256, found);
    found[2] = activity(&all);
    return of_windows(&all, found + 3) || of_sides(&all, found + 10) || of_coarse(&all, found + 12) ||
                   of_both_blocks(&all, found + 17)
               ? -1
               : 0;
}

/* How much detail a plane has, by octaves, and the grid that JPEG leaves in it; see `images/pixels/detail.py`. */

#include <stdlib.h>
#include <string.h>

#include "native.h"

/* cells of a row whose sum a number of 32 bits holds */
#define AT_ONCE 65536

/* Two rows of cells, `count` pairs: the diagonal differences of their squares, added up, and their sums. */
#define OF_SQUARES(upper, lower, count, sums, found)                          \
    for (int from = 0; from < (count); from += AT_ONCE) {                     \
        int to = (count) - from < AT_ONCE ? (count) : from + AT_ONCE;         \
        unsigned part = 0;                                                    \
        for (int x = from; x < to; x++) {                                     \
            int a = (upper)[2 * x], b = (upper)[2 * x + 1];                   \
            int c = (lower)[2 * x], d = (lower)[2 * x + 1];                   \
            part += (unsigned)abs(a - b - c + d);                             \
            (sums)[x] = (unsigned short)(a + b + c + d);                      \
        }                                                                     \
        (found) += part;                                                      \
    }

EVERY_PROCESSOR static long long of_bytes(const unsigned char *plane, int height, int width, unsigned short *half) {
    long long found = 0;
    for (int y = 0; y < height / 2; y++, half += width / 2) {
        const unsigned char *upper = plane + (size_t)2 * y * width, *lower = upper + width;
        OF_SQUARES(upper, lower, width / 2, half, found);
    }
    return found;
}

EVERY_PROCESSOR static long long of_sums(const unsigned short *restrict plane, int height, int width,
                                         unsigned short *restrict half) {
    long long found = 0;
    for (int y = 0; y < height / 2; y++, half += width / 2) {
        const unsigned short *upper = plane + (size_t)2 * y * width, *lower = upper + width;
        OF_SQUARES(upper, lower, width / 2, half, found);
    }
    return found;
}

/* Differences of neighbours in a row, by the place of the first modulo PHASES, and how many are 0. */
EVERY_PROCESSOR static void across(const unsigned char *row, int count, long long *phases, long long *equal) {
    unsigned lanes[PHASES] = {0}, same[PHASES] = {0};
    int x = 0;
    for (; x + PHASES <= count; x += PHASES)
        for (int k = 0; k < PHASES; k++) {
            int apart = abs(row[x + k + 1] - row[x + k]);
            lanes[k] += (unsigned)apart;
            same[k] += apart == 0;
        }
    for (; x < count; x++) {
        int apart = abs(row[x + 1] - row[x]);
        lanes[x % PHASES] += (unsigned)apart;
        same[x % PHASES] += apart == 0;
    }
    for (int k = 0; k < PHASES; k++) {
        phases[k] += lanes[k];
        *equal += same[k];
    }
}

EVERY_PROCESSOR static long long down(const unsigned char *upper, const unsigned char *lower, int count) {
    long long found = 0;
    for (int from = 0; from < count; from += AT_ONCE) {
        int to = count - from < AT_ONCE ? count : from + AT_ONCE;
        unsigned part = 0;
        for (int x = from; x < to; x++) part += (unsigned)abs(upper[x] - lower[x]);
        found += part;
    }
    return found;
}

int detail(const unsigned char *grey, int height, int width, long long *found) {
    memset(found, 0, DETAILS * sizeof *found);
    long long *phases = found + OCTAVES, *equal = phases + 2 * PHASES;
    for (int y = 0; y < height; y++) across(grey + (size_t)y * width, width - 1, phases, equal);
    for (int y = 0; y + 1 < height; y++) {
        const unsigned char *row = grey + (size_t)y * width;
        phases[PHASES + y % PHASES] += down(row, row + width, width);
    }
    size_t cells = (size_t)(height / 2) * (width / 2);
    if (!cells) return 0;
    unsigned short *here = malloc(cells * sizeof *here), *next = malloc((cells / 4 + 1) * sizeof *next);
    int done = here && next;
    if (done) {
        found[0] = of_bytes(grey, height, width, here);
        for (int octave = 1; octave < OCTAVES; octave++) {
            height /= 2, width /= 2;
            found[octave] = of_sums(here, height, width, next);
            unsigned short *other = here;
            here = next, next = other;
        }
    }
    free(here);
    free(next);
    return done ? 0 : -1;
}

#define SLOTS 2048

int few_colours(const unsigned char *rgb, size_t count, int most) {
    unsigned held[SLOTS] = {0}, last = 0;
    int found = 0;
    for (size_t k = 0; k < count && found <= most; k++) {
        /* 0 is an empty slot */
        unsigned colour = 1 + (rgb[3 * k] << 16 | rgb[3 * k + 1] << 8 | rgb[3 * k + 2]);
        if (colour == last) continue;
        last = colour;
        unsigned at = colour * 2654435761u >> 21;
        while (held[at] && held[at] != colour) at = (at + 1) % SLOTS;
        found += !held[at];
        held[at] = colour;
    }
    return found;
}

/* Nearest keypoints of each keypoint; see `keypoints/shingles.py`. */

#include <stdlib.h>

#include "native.h"

/* places of which the nearest is known before they are looked at one by one */
#define BLOCK 16

/* from one place to all: squared distances, more where sizes differ, `gone` where there is next to none */
EVERY_PROCESSOR static void rank_neighbours(const int *restrict x, const int *restrict y, const int *restrict octave,
                                            int count, int own, const int *rules, int *restrict rank) {
    int near = rules[0], sizes = rules[1], far = rules[2], gone = rules[3];
    int own_x = x[own], own_y = y[own], own_octave = octave[own];
    for (int k = 0; k < count; k++) {
        int along = x[k] - own_x, down = y[k] - own_y, apart = abs(octave[k] - own_octave);
        int distance = along * along + down * down;
        rank[k] = distance < near ? gone : distance + (apart > sizes ? far : 0);
    }
}

EVERY_PROCESSOR static void least_of(const int *restrict rank, int blocks, int *restrict least) {
    for (int n = 0; n < blocks; n++) {
        int found = rank[n * BLOCK];
        for (int k = 1; k < BLOCK; k++) found = rank[n * BLOCK + k] < found ? rank[n * BLOCK + k] : found;
        least[n] = found;
    }
}

/* into `wanted` ranks in order, and what they are of; behind those as near */
INLINE void put(int rank, int which, int wanted, int *best, int *of) {
    int n = wanted - 1;
    for (; n > 0 && rank < best[n - 1]; n--) {
        best[n] = best[n - 1];
        of[n] = of[n - 1];
    }
    best[n] = rank;
    of[n] = which;
}

ptrdiff_t neighbours(const int *x, const int *y, const int *octave, int count, const int *rules, int wanted,
                     long long *rows, long long *nearest) {
    int blocks = (count + BLOCK - 1) / BLOCK, gone = rules[3];
    int *rank = malloc(((size_t)blocks * (BLOCK + 1) + 2 * (size_t)wanted) * sizeof(int));
    if (!rank) return -1;
    int *least = rank + (size_t)blocks * BLOCK, *best = least + blocks, *of = best + wanted;
    ptrdiff_t found = 0;
    for (int k = count; k < blocks * BLOCK; k++) rank[k] = gone;
    for (int own = 0; own < count; own++) {
        rank_neighbours(x, y, octave, count, own, rules, rank);
        least_of(rank, blocks, least);
        /* as many blocks have one as near as the last of these, so what is farther is not among the nearest */
        for (int n = 0; n < wanted; n++) best[n] = gone;
        for (int n = 0; n < blocks; n++)
            if (least[n] < best[wanted - 1]) put(least[n], n, wanted, best, of);
        int within = best[wanted - 1] < gone ? best[wanted - 1] + 1 : gone, last = wanted - 1;
        for (int n = 0; n < wanted; n++) best[n] = within, of[n] = -1;
        for (int n = 0; n < blocks; n++)
            for (int k = n * BLOCK; k < (n + 1) * BLOCK && least[n] < best[last]; k++)
                if (rank[k] < best[last]) put(rank[k], k, wanted, best, of);
        for (int n = 0; n < wanted && of[n] >= 0; n++) {
            rows[found] = own;
            nearest[found++] = of[n];
        }
    }
    free(rank);
    return found;
}

/* Nearest keypoints of each keypoint; see `keypoints/shingles.py`. */

#include <stdlib.h>

#include "native.h"

/* from one place to all: squared distances, more where sizes differ, `gone` where there is next to none */
EVERY_PROCESSOR static void ranked(const int *restrict x, const int *restrict y, const int *restrict octave, int count,
                                   int own, const int *rules, int *restrict rank) {
    int near = rules[0], sizes = rules[1], far = rules[2], gone = rules[3];
    int own_x = x[own], own_y = y[own], own_octave = octave[own];
    for (int k = 0; k < count; k++) {
        int along = x[k] - own_x, down = y[k] - own_y, apart = abs(octave[k] - own_octave);
        int distance = along * along + down * down;
        rank[k] = distance < near ? gone : distance + (apart > sizes ? far : 0);
    }
}

int neighbours(const int *x, const int *y, const int *octave, int count, const int *rules, int wanted, int *nearest) {
    int *rank = malloc(((size_t)count + wanted) * sizeof(int));
    if (!rank) return -1;
    int *best = rank + count, gone = rules[3];
    for (int own = 0; own < count; own++, nearest += wanted) {
        ranked(x, y, octave, count, own, rules, rank);
        for (int n = 0; n < wanted; n++) {
            best[n] = gone;
            nearest[n] = -1;
        }
        for (int k = 0; k < count; k++) {
            /* of those as near, the first */
            if (rank[k] >= best[wanted - 1]) continue;
            int n = wanted - 1;
            for (; n > 0 && rank[k] < best[n - 1]; n--) {
                best[n] = best[n - 1];
                nearest[n] = nearest[n - 1];
            }
            best[n] = rank[k];
            nearest[n] = k;
        }
    }
    free(rank);
    return 0;
}

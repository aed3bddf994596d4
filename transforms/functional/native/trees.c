/* Sums of leaves of decision trees; see `verification/trees.py`. */

#include "native.h"

/* of one row: the leaves that no node rules out, a mask of each tree */
EVERY_PROCESSOR static void kept_by(const Forest *forest, const float *restrict row, unsigned *restrict left) {
    int trees = forest->trees;
    for (int t = 0; t < trees; t++) left[t] = ~0u;
    for (int node = 0; node < forest->nodes; node++) {
        const int *restrict feature = forest->feature + (size_t)node * trees;
        const float *restrict threshold = forest->threshold + (size_t)node * trees;
        const unsigned *restrict kept = forest->kept + (size_t)node * trees;
        for (int t = 0; t < trees; t++) left[t] &= row[feature[t]] > threshold[t] ? kept[t] : ~0u;
    }
}

/* its place in a mask that is not 0 */
static int first_of(unsigned mask) {
    int place = 0;
    while (!(mask >> place & 255)) place += 8;
    while (!(mask >> place & 1)) place++;
    return place;
}

void leaves(const Forest *forest, const float *rows, ptrdiff_t count, int measures, unsigned *left, long long *sums) {
    for (ptrdiff_t k = 0; k < count; k++) {
        kept_by(forest, rows + k * measures, left);
        sums[k] = 0;
        for (int t = 0; t < forest->trees; t++)
            if (left[t]) sums[k] += forest->value[(size_t)t * LEAVES + first_of(left[t])];
    }
}

/* Sums of leaves of decision trees; see `verification/trees.py`. */

#include "native.h"

/* rows side by side */
#define SIDE_BY_SIDE 64

/* of a tree and some rows: the leaves that no node rules out, a mask of each */
EVERY_PROCESSOR static void kept_by(const Forest *forest, int tree, const float *columns, ptrdiff_t count, int some,
                                    unsigned *restrict left) {
    for (int k = 0; k < some; k++) left[k] = ~0u;
    for (int node = 0; node < forest->nodes; node++) {
        size_t at = (size_t)node * forest->trees + tree;
        const float *restrict measured = columns + forest->feature[at] * count;
        const float threshold = forest->threshold[at];
        const unsigned kept = forest->kept[at];
        for (int k = 0; k < some; k++) left[k] &= measured[k] > threshold ? kept : ~0u;
    }
}

/* its place in a mask that is not 0 */
static int first_of(unsigned mask) {
    int place = 0;
    while (!(mask >> place & 255)) place += 8;
    while (!(mask >> place & 1)) place++;
    return place;
}

void leaves(const Forest *forest, const float *columns, ptrdiff_t count, long long *sums) {
    for (ptrdiff_t first = 0; first < count; first += SIDE_BY_SIDE) {
        int some = (int)(count - first < SIDE_BY_SIDE ? count - first : SIDE_BY_SIDE);
        unsigned left[SIDE_BY_SIDE];
        for (int k = 0; k < some; k++) sums[first + k] = 0;
        for (int tree = 0; tree < forest->trees; tree++) {
            kept_by(forest, tree, columns + first, count, some, left);
            const long long *value = forest->value + (size_t)tree * LEAVES;
            for (int k = 0; k < some; k++)
                if (left[k]) sums[first + k] += value[first_of(left[k])];
        }
    }
}

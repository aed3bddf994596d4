/* MinHash of a set of tokens; see `lsh/codes/minhash.py`. */

#include "native.h"

/* permutations that stay in registers while all tokens pass */
#define BLOCK 32

EVERY_PROCESSOR static void least(const unsigned *restrict tokens, const unsigned *restrict residual, ptrdiff_t count,
                                  const unsigned *restrict factors, const unsigned *restrict offsets,
                                  unsigned *restrict values, unsigned *restrict kept) {
    unsigned best[BLOCK], of_best[BLOCK];
    for (int k = 0; k < BLOCK; k++) {
        best[k] = tokens[0] * factors[k] + offsets[k];
        of_best[k] = residual[0];
    }
    for (ptrdiff_t n = 1; n < count; n++) {
        unsigned token = tokens[n], rest = residual[n];
        for (int k = 0; k < BLOCK; k++) {
            unsigned value = token * factors[k] + offsets[k];
            of_best[k] = value < best[k] ? rest : of_best[k];
            best[k] = value < best[k] ? value : best[k];
        }
    }
    for (int k = 0; k < BLOCK; k++) {
        values[k] = best[k];
        kept[k] = of_best[k];
    }
}

void minima(const unsigned *tokens, const unsigned *residual, ptrdiff_t count, const unsigned *factors,
            const unsigned *offsets, int permutations, unsigned *values, unsigned *kept) {
    for (int first = 0; first < permutations; first += BLOCK) {
        unsigned some[4][BLOCK] = {{0}};
        int here = permutations - first < BLOCK ? permutations - first : BLOCK;
        for (int k = 0; k < here; k++) {
            some[0][k] = factors[first + k];
            some[1][k] = offsets[first + k];
        }
        least(tokens, residual, count, some[0], some[1], some[2], some[3]);
        for (int k = 0; k < here; k++) {
            values[first + k] = some[2][k];
            kept[first + k] = some[3][k];
        }
    }
}

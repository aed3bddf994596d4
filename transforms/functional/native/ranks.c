/* Shingles that pictures share; see `lsh/exhaustive.py` and `keypoints/shingles.py`. */

#include "native.h"

/* the number of places from `at` on that hold the same token */
INLINE ptrdiff_t run(const Posting *posting, ptrdiff_t at) {
    ptrdiff_t end = at + 1;
    while (end < posting->count && posting->token[end] == posting->token[at]) end++;
    return end - at;
}

INLINE unsigned short rank(unsigned one, unsigned other, unsigned kept, int signs, unsigned differ) {
    unsigned apart = one ^ other;
    unsigned bits = (unsigned)__builtin_popcount(apart & kept);
    return bits > differ ? 0xFFFF : (unsigned short)(bits << 2 | apart >> signs);
}

EVERY_PROCESSOR void best_ranks(const Posting *some, const Posting *others, const unsigned char *wanted, ptrdiff_t width,
                                const SignsKept *signs, unsigned short *best) {
    ptrdiff_t x = 0, y = 0;
    while (x < some->count && y < others->count) {
        unsigned one = some->token[x], other = others->token[y];
        ptrdiff_t mine = run(some, x), theirs = run(others, y);
        for (ptrdiff_t i = x; one == other && i < x + mine; i++) {
            ptrdiff_t row = some->picture[i] * width;
            for (ptrdiff_t j = y; j < y + theirs; j++) {
                ptrdiff_t place = row + others->picture[j];
                if (!wanted[place]) continue;
                unsigned short found =
                    rank(some->residual[i], others->residual[j], signs->kept, signs->count, signs->differ);
                if (found < best[place]) best[place] = found;
            }
        }
        if (one <= other) x += mine;
        if (other <= one) y += theirs;
    }
}

size_t tokens_shared(const unsigned *some, size_t count, const unsigned *others, size_t other_count) {
    size_t i = 0, j = 0, found = 0;
    while (i < count && j < other_count) {
        unsigned one = some[i], other = others[j];
        found += one == other;
        i += one <= other;
        j += other <= one;
    }
    return found;
}

/* Greys of two registered planes; see `registration/greys.py`. */

#include <string.h>

#include "native.h"

/* how often and of what sum, in one number: the sum in its lower bits, which hold that of 2^28 places */
#define BITS 36
#define ONE (1ULL << BITS)

static void moved_out(unsigned long long *both, long long *counted, long long *sums) {
    for (int grey = 0; grey < 256; grey++) {
        counted[grey] += (long long)(both[grey] >> BITS);
        sums[grey] += (long long)(both[grey] & (ONE - 1));
        both[grey] = 0;
    }
}

void paired_greys(const unsigned char *a, const unsigned char *b, const unsigned char *mask, int height, int width,
                  int step, long long *found) {
    unsigned long long of_a[256] = {0}, of_b[256] = {0};
    memset(found, 0, 4 * 256 * sizeof(long long));
    for (int y = 0; y < height; y += step)
        for (size_t at = (size_t)y * width, end = at + width; at < end; at++) {
            if (!mask[at]) continue;
            of_a[a[at]] += ONE | b[at];
            of_b[b[at]] += ONE | a[at];
        }
    moved_out(of_a, found, found + 512);
    moved_out(of_b, found + 256, found + 768);
}

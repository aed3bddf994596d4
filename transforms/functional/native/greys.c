/* Greys of two registered planes; see `registration/greys.py`. */

#include <string.h>

#include "native.h"

void paired_greys(const unsigned char *a, const unsigned char *b, const unsigned char *mask, int height, int width,
                  int step, long long *found) {
    long long *counted_a = found, *counted_b = found + 256, *of_a = found + 512, *of_b = found + 768;
    memset(found, 0, 4 * 256 * sizeof(long long));
    for (int y = 0; y < height; y += step)
        for (size_t at = (size_t)y * width, end = at + width; at < end; at++) {
            if (!mask[at]) continue;
            counted_a[a[at]]++;
            counted_b[b[at]]++;
            of_a[a[at]] += b[at];
            of_b[b[at]] += a[at];
        }
}

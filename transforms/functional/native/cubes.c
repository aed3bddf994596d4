/* Cubes of bytes, added up; see `embedding/descriptors.py`. */

#include <string.h>

#include "native.h"

/* cubes of bytes whose sum fits into 32 bits */
#define AT_ONCE 256
/* channels whose sums stay at hand */
#define TOGETHER 1024

EVERY_PROCESSOR static void added(const unsigned char *restrict values, size_t count, unsigned *restrict sums) {
    for (size_t k = 0; k < count; k++) {
        unsigned value = values[k];
        sums[k] += value * value * value;
    }
}

EVERY_PROCESSOR static void taken_over(const unsigned *restrict sums, size_t count, double *restrict out) {
    for (size_t k = 0; k < count; k++) out[k] += sums[k];
}

void cubes(const unsigned char *map, size_t places, size_t channels, double *out) {
    unsigned sums[TOGETHER];
    memset(out, 0, channels * sizeof(double));
    for (size_t first = 0; first < channels; first += TOGETHER) {
        size_t count = channels - first < TOGETHER ? channels - first : TOGETHER;
        for (size_t place = 0; place < places;) {
            size_t end = places - place < AT_ONCE ? places : place + AT_ONCE;
            memset(sums, 0, count * sizeof(unsigned));
            for (; place < end; place++) added(map + place * channels + first, count, sums);
            taken_over(sums, count, out + first);
        }
    }
}

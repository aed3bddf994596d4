/* Pairs of images that stand in one bucket and agree; see `lsh/collisions.py`. */

#include "native.h"

INLINE int differing(const unsigned long long *a, const unsigned long long *b, int words) {
    int total = 0;
    for (int k = 0; k < words; k++) total += __builtin_popcountll(a[k] ^ b[k]);
    return total;
}

INLINE ptrdiff_t compared_all(const Images *images, int words, int wide, ptrdiff_t first, ptrdiff_t size, int *found) {
    ptrdiff_t count = 0;
    for (ptrdiff_t later = first + 1; later < first + size; later++)
        for (ptrdiff_t early = first; early < later; early++) {
            int bits = 0;
            for (int k = 0; k < words; k++)
                bits += __builtin_popcount(images->bits[early * words + k] ^ images->bits[later * words + k]);
            if (bits >= images->levels) continue;
            if (differing(images->looks + early * wide, images->looks + later * wide, wide) > images->apart[bits])
                continue;
            int *pair = found + OF_A_PAIR * count++;
            pair[0] = (int)early;
            pair[1] = (int)later;
            pair[2] = bits;
        }
    return count;
}

/* what is known of the sizes lets loops be unrolled */
EVERY_PROCESSOR static ptrdiff_t of_a_bucket(const Images *images, ptrdiff_t first, ptrdiff_t size, int *found) {
    if (images->wide == 4 && images->words == 0) return compared_all(images, 0, 4, first, size, found);
    if (images->wide == 4 && images->words == 1) return compared_all(images, 1, 4, first, size, found);
    return compared_all(images, images->words, images->wide, first, size, found);
}

ptrdiff_t agreeing(const Images *images, const long long *first, const long long *size, ptrdiff_t buckets, int *found,
                   ptrdiff_t room, ptrdiff_t *pairs) {
    ptrdiff_t bucket = 0;
    for (*pairs = 0; bucket < buckets && size[bucket] * (size[bucket] - 1) / 2 <= room - *pairs; bucket++)
        *pairs += of_a_bucket(images, first[bucket], size[bucket], found + OF_A_PAIR * *pairs);
    return bucket;
}

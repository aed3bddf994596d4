/* Pairs of images that stand in one bucket and agree; see `lsh/collisions.py`. */

#include <stdlib.h>

#include "native.h"

/* Earlier images that a later one is compared with at once, and how many of these are a step of a loop, which is as
   many numbers as the widest registers hold. Some of the last step may be no images: their words are 0, or left over. */
#define AT_ONCE 64
#define STEP 16

/* Images and pairs whose sketches are asked for before they are looked at: they lie anywhere in memory. */
#define AHEAD 16

/* The images of a bucket, each of their words in a row of its own, so that one image is compared with many at once. */
typedef struct {
    unsigned *bits;
    unsigned long long *looks;
    ptrdiff_t stride;
} Bucket;

INLINE const unsigned long long *looks_of(const Images *images, ptrdiff_t at) {
    return images->looks + images->places[images->order[at]] * images->wide;
}

INLINE void lay_out(const Images *images, int words, int wide, ptrdiff_t first, ptrdiff_t size, const Bucket *bucket) {
    for (ptrdiff_t at = 0; at < size; at++) {
        /* what comes next is mostly the next bucket */
        if (first + at + 2 * AHEAD < images->count) {
            __builtin_prefetch(images->places + images->order[first + at + 2 * AHEAD]);
            if (words) __builtin_prefetch(images->bits + images->order[first + at + 2 * AHEAD] * words);
            __builtin_prefetch(looks_of(images, first + at + AHEAD));
        }
        const unsigned *bits = images->bits + images->order[first + at] * words;
        for (int k = 0; k < words; k++) bucket->bits[k * bucket->stride + at] = bits[k];
        const unsigned long long *looks = looks_of(images, first + at);
        for (int k = 0; k < wide; k++) bucket->looks[k * bucket->stride + at] = looks[k];
    }
}

INLINE int *pair_of(int *found, ptrdiff_t early, ptrdiff_t later, int bits) {
    found[0] = (int)early;
    found[1] = (int)later;
    found[2] = bits;
    return found + OF_A_PAIR;
}

INLINE unsigned long long differing(const Bucket *bucket, int wide, ptrdiff_t a, ptrdiff_t b) {
    unsigned long long total = 0;
    for (int k = 0; k < wide; k++)
        total += __builtin_popcountll(bucket->looks[k * bucket->stride + a] ^ bucket->looks[k * bucket->stride + b]);
    return total;
}

/* A later image with those from `top` on: few pairs have so few residual bits that differ that looks are compared. */
INLINE int *by_bits(const Images *images, const Bucket *bucket, int words, int wide, ptrdiff_t top, ptrdiff_t later,
                    int *found) {
    unsigned differ[AT_ONCE];
    int hits[AT_ONCE];
    ptrdiff_t count = later - top < AT_ONCE ? later - top : AT_ONCE;
    for (ptrdiff_t step = 0; step < count; step += STEP)
        for (ptrdiff_t at = step; at < step + STEP; at++) {
            differ[at] = 0;
            for (int k = 0; k < words; k++) {
                const unsigned *row = bucket->bits + k * bucket->stride;
                differ[at] += __builtin_popcount(row[top + at] ^ row[later]);
            }
        }
    int some = 0;
    for (int at = 0; at < (int)count; at++) {
        hits[some] = at;
        some += differ[at] < (unsigned)images->levels;
    }
    for (int hit = 0; hit < some; hit++) {
        ptrdiff_t early = top + hits[hit];
        int bits = (int)differ[hits[hit]];
        if ((long long)differing(bucket, wide, early, later) <= images->apart[bits])
            found = pair_of(found, early, later, bits);
    }
    return found;
}

/* The same where there are no residual bits: hardly any pair agrees. */
INLINE int *by_looks(const Images *images, const Bucket *bucket, int wide, ptrdiff_t top, ptrdiff_t later,
                     int *found) {
    unsigned long long far[AT_ONCE];
    ptrdiff_t count = later - top < AT_ONCE ? later - top : AT_ONCE;
    const long long most = images->apart[0];
    unsigned long long any = 0;
    for (ptrdiff_t step = 0; step < count; step += STEP)
        for (ptrdiff_t at = step; at < step + STEP; at++) {
            far[at] = 0;
            for (int k = 0; k < wide; k++) {
                const unsigned long long *row = bucket->looks + k * bucket->stride;
                far[at] += __builtin_popcountll(row[top + at] ^ row[later]);
            }
            any |= (long long)far[at] <= most;
        }
    for (ptrdiff_t at = 0; any && at < count; at++)
        if ((long long)far[at] <= most) found = pair_of(found, top + at, later, 0);
    return found;
}

/* Of a later image's pairs those that are left of a crowd: where more than `crowd` are near, the first `heads` of these. */
INLINE int *thinned(const Images *images, const Bucket *bucket, int wide, int *from, int *end, unsigned char *crowded) {
    ptrdiff_t near = 0;
    for (int *pair = from; pair < end; pair += OF_A_PAIR)
        near += (long long)differing(bucket, wide, pair[0], pair[1]) <= images->near;
    if (near <= images->crowd) return end;
    *crowded = 1;
    int *to = from, heads = images->heads;
    for (int *pair = from; pair < end; pair += OF_A_PAIR) {
        if ((long long)differing(bucket, wide, pair[0], pair[1]) <= images->near && heads-- <= 0) continue;
        to = pair_of(to, pair[0], pair[1], pair[2]);
    }
    return to;
}

/* Of a bucket's pairs those whose long looks agree, where images have some; by the numbers of the images. */
INLINE int *named(const Images *images, ptrdiff_t first, int *from, int *end) {
    const long long *order = images->order + first, *places = images->places;
    int *to = from;
    for (int *pair = from; pair < end; pair += OF_A_PAIR) {
        if (images->longer) {
            const int *next = pair + AHEAD * OF_A_PAIR;
            for (int side = 0; next < end && side < 2; side++)
                for (int k = 0; k < images->long_wide; k += 8)
                    __builtin_prefetch(images->longer + places[order[next[side]]] * images->long_wide + k);
            const unsigned long long *a = images->longer + places[order[pair[0]]] * images->long_wide;
            const unsigned long long *b = images->longer + places[order[pair[1]]] * images->long_wide;
            long long differ = 0;
            for (int k = 0; k < images->long_wide; k++) differ += __builtin_popcountll(a[k] ^ b[k]);
            if (differ > images->long_apart[pair[2]]) continue;
        }
        to = pair_of(to, (ptrdiff_t)order[pair[0]], (ptrdiff_t)order[pair[1]], pair[2]);
    }
    return to;
}

INLINE int *all_pairs(const Images *images, Bucket *bucket, int words, int wide, ptrdiff_t first, ptrdiff_t size,
                      int *found, unsigned char *crowded) {
    int *begun = found;
    lay_out(images, words, wide, first, size, bucket);
    for (ptrdiff_t later = 1; later < size; later++) {
        int *own = found;
        for (ptrdiff_t top = 0; top < later; top += AT_ONCE)
            found = words ? by_bits(images, bucket, words, wide, top, later, found)
                          : by_looks(images, bucket, wide, top, later, found);
        if (found - own > images->crowd * OF_A_PAIR)
            found = thinned(images, bucket, wide, own, found, crowded + images->order[first + later]);
    }
    return named(images, first, begun, found);
}

/* what is known of the sizes lets loops be unrolled */
INLINE int *within_bucket(const Images *images, Bucket *bucket, ptrdiff_t first, ptrdiff_t size, int *found,
                          unsigned char *crowded) {
    if (images->levels < 1) return found;
    if (images->wide == 4 && images->words == 0) return all_pairs(images, bucket, 0, 4, first, size, found, crowded);
    if (images->wide == 4 && images->words == 1) return all_pairs(images, bucket, 1, 4, first, size, found, crowded);
    return all_pairs(images, bucket, images->words, images->wide, first, size, found, crowded);
}

typedef int *Compare(const Images *, Bucket *, ptrdiff_t, ptrdiff_t, int *, unsigned char *);

EVERY_PROCESSOR static int *one_by_one(const Images *images, Bucket *bucket, ptrdiff_t first, ptrdiff_t size,
                                       int *found, unsigned char *crowded) {
    return within_bucket(images, bucket, first, size, found, crowded);
}

#ifdef COUNTS_BITS
/* for processors that count the bits of eight numbers by one instruction */
COUNTS_BITS static int *eight_at_once(const Images *images, Bucket *bucket, ptrdiff_t first, ptrdiff_t size,
                                      int *found, unsigned char *crowded) {
    return within_bucket(images, bucket, first, size, found, crowded);
}

static Compare *fitting(void) { return __builtin_cpu_supports("avx512vpopcntdq") ? eight_at_once : one_by_one; }
#else
static Compare *fitting(void) { return one_by_one; }
#endif

ptrdiff_t agreeing(const Images *images, const long long *first, const long long *size, ptrdiff_t buckets, int *found,
                   ptrdiff_t room, unsigned char *crowded, ptrdiff_t *pairs) {
    ptrdiff_t largest = 0, number = 0;
    for (ptrdiff_t k = 0; k < buckets; k++) largest = size[k] > largest ? (ptrdiff_t)size[k] : largest;
    const ptrdiff_t stride = (largest + AT_ONCE - 1) / AT_ONCE * AT_ONCE;
    Bucket bucket = {calloc(stride * images->words + 1, sizeof(unsigned)),
                     calloc(stride * images->wide + 1, sizeof(unsigned long long)), stride};
    Compare *compare = fitting();
    int *end = found;
    if (bucket.bits && bucket.looks)
        for (; number < buckets && size[number] * (size[number] - 1) / 2 <= room - (end - found) / OF_A_PAIR; number++)
            end = compare(images, &bucket, (ptrdiff_t)first[number], (ptrdiff_t)size[number], end, crowded);
    else
        number = -1;
    free(bucket.bits);
    free(bucket.looks);
    *pairs = (end - found) / OF_A_PAIR;
    return number;
}

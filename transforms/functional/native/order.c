/* Codes put in order, equal ones together; see `lsh/buckets.py`. */

#include <string.h>

#include "native.h"

typedef unsigned long long Key;

/* a digit of a code: its values fit the nearest cache, and so do the ends of what was written for each of them */
#define DIGIT 8
#define VALUES (1 << DIGIT)
#define DIGITS (32 / DIGIT)
/* the code stands above the place */
#define ABOVE 32

INLINE unsigned digit_of(Key key, int digit) { return (unsigned)(key >> (ABOVE + DIGIT * digit)) & (VALUES - 1); }

/* keys by one digit; what is equal in it stays as it stood. ends: of each value, where the first goes */
static void by_digit(const Key *from, Key *to, size_t count, int digit, size_t *ends) {
    for (size_t k = 0; k < count; k++) to[ends[digit_of(from[k], digit)]++] = from[k];
}

/* how many keys have each value -> where the first of each goes; 0 where all have the same, and nothing is to be done */
static int summed(size_t *counts, size_t count) {
    size_t sum = 0;
    for (int value = 0; value < VALUES; value++) {
        size_t own = counts[value];
        if (own == count) return 0;
        counts[value] = sum;
        sum += own;
    }
    return 1;
}

size_t put_in_order(const unsigned *codes, size_t count, long long *order, long long *start) {
    size_t counts[DIGITS][VALUES] = {{0}};
    Key *keys = (Key *)order, *others = (Key *)start;
    for (size_t k = 0; k < count; k++) {
        keys[k] = (Key)codes[k] << ABOVE | k;
        for (int digit = 0; digit < DIGITS; digit++) counts[digit][digit_of(keys[k], digit)]++;
    }
    for (int digit = 0; digit < DIGITS; digit++) {
        if (!summed(counts[digit], count)) continue;
        by_digit(keys, others, count, digit, counts[digit]);
        Key *sorted = others;
        others = keys;
        keys = sorted;
    }
    if (count && keys != (Key *)order) memcpy(order, keys, count * sizeof(Key));
    size_t runs = 0;
    for (size_t k = 0, last = 0; k < count; k++) {
        size_t code = (size_t)((Key)order[k] >> ABOVE);
        if (!k || code != last) start[runs++] = (long long)k;
        last = code;
        order[k] &= 0xFFFFFFFFll;
    }
    return runs;
}

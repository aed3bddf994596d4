/* What lies where in an order, without putting all in order. */

#include "native.h"


INLINE float middle(float a, float b, float c) {
    float low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* those of [first, end) that are less than a value, or no more than it, come first. -> where the others begin. No branch
   depends on values, whose order nobody can guess. */
static size_t less(float *values, size_t first, size_t end, float than) {
    for (size_t k = first; k < end; k++) {
        float value = values[k];
        values[k] = values[first];
        values[first] = value;
        first += value < than;
    }
    return first;
}

static size_t no_more(float *values, size_t first, size_t end, float than) {
    for (size_t k = first; k < end; k++) {
        float value = values[k];
        values[k] = values[first];
        values[first] = value;
        first += value <= than;
    }
    return first;
}

float ranked(float *values, size_t count, size_t rank) {
    size_t first = 0, end = count;
    while (end - first > 1) {
        float pivot = middle(values[first], values[first + (end - first) / 2], values[end - 1]);
        size_t from = less(values, first, end, pivot);
        if (rank < from) {
            end = from;
            continue;
        }
        size_t to = no_more(values, from, end, pivot);
        /* of what is not a number nothing comes first */
        if (rank < to || to == first) return pivot;
        first = to;
    }
    return values[first];
}

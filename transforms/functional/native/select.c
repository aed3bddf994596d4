/* What lies where in an order, without putting all in order. */

#include "native.h"

/* Those of [first, end) that are less than a value, or no more than it, come first: no branch depends on values, whose
   order nobody can guess. */
#define RANKED(name, type)                                                                                   \
    type name(type *values, size_t count, size_t rank) {                                                     \
        size_t first = 0, end = count;                                                                       \
        while (end - first > 1) {                                                                            \
            type a = values[first], b = values[first + (end - first) / 2], c = values[end - 1];              \
            type low = a < b ? a : b, high = a < b ? b : a, pivot = c < low ? low : c > high ? high : c;     \
            size_t less = first;                                                                             \
            for (size_t k = first; k < end; k++) {                                                           \
                type value = values[k];                                                                      \
                values[k] = values[less];                                                                    \
                values[less] = value;                                                                        \
                less += value < pivot;                                                                       \
            }                                                                                                \
            if (rank < less) {                                                                               \
                end = less;                                                                                  \
                continue;                                                                                    \
            }                                                                                                \
            size_t same = less;                                                                              \
            for (size_t k = less; k < end; k++) {                                                            \
                type value = values[k];                                                                      \
                values[k] = values[same];                                                                    \
                values[same] = value;                                                                        \
                same += value <= pivot;                                                                      \
            }                                                                                                \
            /* of what is not a number nothing comes first */                                                \
            if (rank < same || same == first) return pivot;                                                  \
            first = same;                                                                                    \
        }                                                                                                    \
        return values[first];                                                                                \
    }

RANKED(ranked, float)
RANKED(ranked_double, double)

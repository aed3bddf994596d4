/* Sums as NumPy adds them up: of halves, and of these, until eight side by side are left. */

#ifndef LOOKALIKE_PAIRWISE_H
#define LOOKALIKE_PAIRWISE_H

#include <stddef.h>

#define TOGETHER 128

static inline double pairwise(const double *values, size_t count) {
    if (count < 8) {
        double sum = 0;
        for (size_t k = 0; k < count; k++) sum += values[k];
        return sum;
    }
    if (count <= TOGETHER) {
        double of[8];
        size_t whole = count - count % 8;
        for (int i = 0; i < 8; i++) of[i] = values[i];
        for (size_t k = 8; k < whole; k += 8)
            for (int i = 0; i < 8; i++) of[i] += values[k + i];
        double sum = ((of[0] + of[1]) + (of[2] + of[3])) + ((of[4] + of[5]) + (of[6] + of[7]));
        for (size_t k = whole; k < count; k++) sum += values[k];
        return sum;
    }
    size_t half = count / 2;
    half -= half % 8;
    return pairwise(values, half) + pairwise(values + half, count - half);
}

#endif

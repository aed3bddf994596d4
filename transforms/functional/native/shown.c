/* What windows of two registered planes show; see `registration/shown.py`. */

#include "native.h"

EVERY_PROCESSOR void shown(const float *restrict structure, const float *restrict a, const float *restrict b,
                           const unsigned char *restrict inner, size_t size, const float *rules,
                           float *restrict strengths, unsigned char *restrict kinds) {
    float textured = rules[0], disagrees = rules[1], faint = rules[2];
    float *restrict more = strengths, *restrict less = strengths + size, *restrict weight = strengths + 2 * size;
    for (size_t k = 0; k < size; k++) {
        more[k] = a[k] > b[k] ? a[k] : b[k];
        less[k] = a[k] > b[k] ? b[k] : a[k];
        weight[k] = (a[k] + b[k]) * (float)inner[k];
    }
    for (size_t k = 0; k < size; k++) {
        unsigned char seen = (more[k] > textured) & inner[k];
        kinds[k] = seen;
        kinds[k + size] = (less[k] > textured) & inner[k];
        kinds[k + 2 * size] = (structure[k] < disagrees) & seen;
        kinds[k + 3 * size] = (b[k] < faint * a[k]) & seen;
        kinds[k + 4 * size] = (a[k] < faint * b[k]) & seen;
    }
}

/* Histograms around keypoints, made RootSIFT; see `keypoints/sift.py`. Sums in NumPy's order: of 128 numbers, eight side by
   side. */

#include <math.h>

#include "native.h"

#define LENGTH (CELLS * CELLS * ORIENTATIONS)
#define SIDE_BY_SIDE 8
#define NOTHING 1e-6f

INLINE float added_up(const float *values) {
    float of[SIDE_BY_SIDE] = {0};
    for (int k = 0; k < LENGTH; k += SIDE_BY_SIDE)
        for (int i = 0; i < SIDE_BY_SIDE; i++) of[i] += values[k + i];
    return ((of[0] + of[1]) + (of[2] + of[3])) + ((of[4] + of[5]) + (of[6] + of[7]));
}

INLINE void divided(float *values, float by) {
    float some = by > NOTHING ? by : NOTHING;
    for (int k = 0; k < LENGTH; k++) values[k] /= some;
}

INLINE void made_unit(float *values) {
    float squares[LENGTH];
    for (int k = 0; k < LENGTH; k++) squares[k] = values[k] * values[k];
    divided(values, sqrtf(added_up(squares)));
}

EVERY_PROCESSOR void rooted(const double *cells, ptrdiff_t count, double diagonal, float clip, float *out) {
    for (ptrdiff_t n = 0; n < count; n++, cells += LENGTH, out += LENGTH) {
        for (int k = 0; k < LENGTH; k += 2) {
            out[k] = (float)cells[k];
            out[k + 1] = (float)(cells[k + 1] * diagonal);
        }
        made_unit(out);
        for (int k = 0; k < LENGTH; k++) out[k] = out[k] < clip ? out[k] : clip;
        made_unit(out);
        divided(out, added_up(out));
        for (int k = 0; k < LENGTH; k++) out[k] = sqrtf(out[k]);
    }
}

/* Products and inverses of 3 x 3 matrices, number by number; see `registration/affine.py` and `resampling.py`. */

#ifndef LOOKALIKE_MATRICES_H
#define LOOKALIKE_MATRICES_H

#include <string.h>

/* found: none of the two */
static inline void product(const double *one, const double *other, double *found) {
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            found[3 * i + j] = one[3 * i] * other[j] + one[3 * i + 1] * other[3 + j] + one[3 * i + 2] * other[6 + j];
}

/* as OpenCV inverts them; zeros where there is no inverse */
static inline void inverted(const double *m, double *back) {
    double size = m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) + m[2] * (m[3] * m[7] - m[4] * m[6]);
    memset(back, 0, 9 * sizeof(double));
    if (size == 0) return;
    double once = 1 / size;
    back[0] = (m[4] * m[8] - m[5] * m[7]) * once;
    back[1] = (m[2] * m[7] - m[1] * m[8]) * once;
    back[2] = (m[1] * m[5] - m[2] * m[4]) * once;
    back[3] = (m[5] * m[6] - m[3] * m[8]) * once;
    back[4] = (m[0] * m[8] - m[2] * m[6]) * once;
    back[5] = (m[2] * m[3] - m[0] * m[5]) * once;
    back[6] = (m[3] * m[7] - m[4] * m[6]) * once;
    back[7] = (m[1] * m[6] - m[0] * m[7]) * once;
    back[8] = (m[0] * m[4] - m[1] * m[3]) * once;
}

#endif

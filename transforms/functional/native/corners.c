/* Where the corners of a picture lie in another one; see `registration/agreement.py`. */

#include <math.h>

#include "native.h"

void corners_in(const double *m, double height, double width, float *found) {
    const double corners[4][2] = {{0, 0}, {width, 0}, {width, height}, {0, height}};
    for (int k = 0; k < 4; k++) {
        double x = corners[k][0], y = corners[k][1], depth = m[6] * x + m[7] * y + m[8];
        for (int row = 0; row < 2; row++) {
            double end = m[3 * row] * x + m[3 * row + 1] * y + m[3 * row + 2];
            double place = depth == 0 ? INFINITY : end / depth * 1000;
            /* no zero is negative */
            found[2 * k + row] = (float)(isfinite(place) ? rint(place) / 1000 + 0.0 : place);
        }
    }
}

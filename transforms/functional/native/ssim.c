/* SSIM and its terms; see `images/ssim.py`. */

#include <math.h>

#include "native.h"

/* x where it is more than 0, else 0 */
INLINE double positive(double x) { return (x + fabs(x)) * 0.5; }

EVERY_PROCESSOR void ssim_terms(const double *restrict means, int columns, size_t plane, float *maps) {
    const float c1 = (float)(0.01 * 255 * (0.01 * 255)), c2 = (float)(0.03 * 255 * (0.03 * 255));
    const float c3 = (float)(0.03 * 255 * (0.03 * 255) / 2);
    float *luminances = maps, *contrasts = maps + plane, *structures = maps + 2 * plane;
    float *ssims = maps + 3 * plane, *ones = maps + 4 * plane, *others = maps + 5 * plane;
    /* the maps are apart */
#pragma GCC ivdep
    for (int x = 0; x < columns; x++) {
        double a = means[x] / (SUM * SUM), b = means[x + columns] / (SUM * SUM);
        double aa = means[x + 2 * columns] / (SUM * SUM) - a * a, bb = means[x + 3 * columns] / (SUM * SUM) - b * b;
        float covariance = (float)(means[x + 4 * columns] / (SUM * SUM) - a * b);
        float mean_a = (float)(a + MIDDLE), mean_b = (float)(b + MIDDLE);
        float var_a = (float)positive(aa), var_b = (float)positive(bb);
        float deviation_a = sqrtf(var_a), deviation_b = sqrtf(var_b), variances = var_a + var_b + c2;
        float luminance = (2 * mean_a * mean_b + c1) / (mean_a * mean_a + mean_b * mean_b + c1);
        luminances[x] = luminance;
        contrasts[x] = (2 * deviation_a * deviation_b + c2) / variances;
        structures[x] = (covariance + c3) / (deviation_a * deviation_b + c3);
        ssims[x] = luminance * (2 * covariance + c2) / variances;
        ones[x] = deviation_a;
        others[x] = deviation_b;
    }
}

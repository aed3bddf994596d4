/* SSIM and its terms; see `images/ssim.py`. */

#include <math.h>

#include "native.h"

/* what taps add up to, in either direction */
#define SUM 512.0

EVERY_PROCESSOR void ssim_terms(const double *restrict means, int columns, size_t plane, float *restrict maps) {
    const float c1 = (float)(0.01 * 255 * (0.01 * 255)), c2 = (float)(0.03 * 255 * (0.03 * 255));
    const float c3 = (float)(0.03 * 255 * (0.03 * 255) / 2);
    for (int x = 0; x < columns; x++) {
        double a = means[x] / (SUM * SUM), b = means[x + columns] / (SUM * SUM);
        double aa = means[x + 2 * columns] / (SUM * SUM) - a * a, bb = means[x + 3 * columns] / (SUM * SUM) - b * b;
        float covariance = (float)(means[x + 4 * columns] / (SUM * SUM) - a * b);
        float mean_a = (float)(a + MIDDLE), mean_b = (float)(b + MIDDLE);
        float var_a = (float)(aa > 0 ? aa : 0), var_b = (float)(bb > 0 ? bb : 0);
        float deviation_a = sqrtf(var_a), deviation_b = sqrtf(var_b), variances = var_a + var_b + c2;
        float luminance = (2 * mean_a * mean_b + c1) / (mean_a * mean_a + mean_b * mean_b + c1);
        maps[x] = luminance;
        maps[x + plane] = (2 * deviation_a * deviation_b + c2) / variances;
        maps[x + 2 * plane] = (covariance + c3) / (deviation_a * deviation_b + c3);
        maps[x + 3 * plane] = luminance * (2 * covariance + c2) / variances;
        maps[x + 4 * plane] = deviation_a;
        maps[x + 5 * plane] = deviation_b;
    }
}

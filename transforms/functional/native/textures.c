/* Where structure is how strong, and by how much the weaker of two windows is weaker; see
   `verification/measures/windows.py`. */

#include <string.h>

#include "native.h"

#define STEP 2

ptrdiff_t textures(const float *structure, const float *strengths, const unsigned char *textured, int height, int width,
                   double *levels, float *ratios) {
    size_t size = (size_t)height * width;
    const float *more = strengths, *less = strengths + size, *weight = strengths + 2 * size;
    ptrdiff_t count = 0;
    memset(levels, 0, STEPS * sizeof(double));
    for (int y = 0; y < height; y += STEP)
        for (size_t at = (size_t)y * width, end = at + width; at < end; at += STEP) {
            int level = (int)((structure[at] + 1) * ((STEPS - 1) / 2));
            levels[level < 0 ? 0 : level < STEPS ? level : STEPS - 1] += weight[at];
            if (textured[at]) ratios[count++] = less[at] / more[at];
        }
    return count;
}

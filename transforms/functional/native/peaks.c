/* Peaks of counted directions; see `keypoints/peaks.py`. */

#include <math.h>

#include "native.h"

#define ROUND(bin) ((bin) < 0 ? (bin) + BINS : (bin) >= BINS ? (bin) - BINS : (bin))

ptrdiff_t peaks(const double *counted, ptrdiff_t count, double strong, long long *which, double *angles) {
    ptrdiff_t found = 0;
    for (ptrdiff_t n = 0; n < count; n++, counted += BINS) {
        double around[BINS + 4], smooth[BINS + 2], most = 0;
        for (int bin = -2; bin < BINS + 2; bin++) around[bin + 2] = counted[ROUND(bin)];
        for (int bin = 0; bin < BINS; bin++) {
            const double *at = around + bin + 2;
            smooth[bin + 1] = 6 * at[0] + 4 * (at[-1] + at[1]) + (at[-2] + at[2]);
        }
        for (int bin = 1; bin <= BINS; bin++) most = smooth[bin] > most ? smooth[bin] : most;
        smooth[0] = smooth[BINS];
        smooth[BINS + 1] = smooth[1];
        for (int bin = 0; bin < BINS; bin++) {
            double before = smooth[bin], here = smooth[bin + 1], after = smooth[bin + 2];
            if (!(here > before && here > after && here >= strong * most)) continue;
            double place = fmod(bin + (before - after) / (2 * (before - 2 * here + after)), BINS);
            which[found] = n;
            angles[found++] = (place < 0 ? place + BINS : place) * (360.0 / BINS);
        }
    }
    return found;
}

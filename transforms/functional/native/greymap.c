/* The polynomial of a picture's greys that is nearest to another's; see `verification/measures/residuals.py`. */

#include <math.h>

#include "native.h"

void grey_map(const double *powers, const long long *counted, const long long *sums, double ridge,
              unsigned char *greys) {
    /* the normal equations, and what they are to give */
    double rows[TERMS_OF_GREY * (TERMS_OF_GREY + 1)] = {0};
    for (int grey = 0; grey < 256; grey++) {
        const double *power = powers + grey * TERMS_OF_GREY;
        for (int i = 0; i < TERMS_OF_GREY; i++) {
            double weighed = power[i] * (double)counted[grey], *row = rows + i * (TERMS_OF_GREY + 1);
            for (int j = 0; j < TERMS_OF_GREY; j++) row[j] += weighed * power[j];
            row[TERMS_OF_GREY] += power[i] * (double)sums[grey];
        }
    }
    for (int i = 0; i < TERMS_OF_GREY; i++) rows[i * (TERMS_OF_GREY + 2)] += ridge;
    solved(rows, TERMS_OF_GREY, 1);
    for (int grey = 0; grey < 256; grey++) {
        double value = 0;
        for (int i = 0; i < TERMS_OF_GREY; i++) value += powers[grey * TERMS_OF_GREY + i] * rows[i * (TERMS_OF_GREY + 1) + TERMS_OF_GREY];
        value = rint(value);
        greys[grey] = (unsigned char)(value > 0 ? value < 255 ? value : 255 : 0);
    }
}

/* Normal equations, solved where they are; see `registration/least_squares.py`. */

#include "native.h"

EVERY_PROCESSOR static void in_place(double *rows, int size, int given) { solved(rows, size, given); }

void normal_solved(double *rows, int size, int given) { in_place(rows, size, given); }

/* Where places of a plane lie in another one that is moved onto it by a homography; see `warp.c`. */

#ifndef LOOKALIKE_WARP_H
#define LOOKALIKE_WARP_H

#include <math.h>

/* whether an operation traps is asked by nobody */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-trapping-math")
#endif

/* compiled for several processors that multiply and add at once; others do so in many steps, and so does what compilers
   make that do not know those by name */
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && __GNUC__ >= 12 && !defined(__clang__)
#define FUSED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FUSED
#endif

/* adding and subtracting it rounds to whole numbers, to even where that is a tie */
#define ROUNDS 12582912.0f

/* of a row of places: the place of the plane that is moved which lies to the left and above, at most one beyond its edge,
   and how far to the right of it and below they are */
typedef struct {
    int *x, *y;
    float *right, *below;
    /* room for what is read there */
    unsigned *near;
} Row;

/* what a row of `columns` takes, in numbers of 4 bytes */
#define OF_A_ROW(columns) (5 * (size_t)(columns))
static inline Row row_in(void *memory, int columns) {
    int *indices = memory;
    float *shares = (float *)memory + 2 * (size_t)columns;
    return (Row){indices, indices + columns, shares, shares + columns, (unsigned *)memory + 4 * (size_t)columns};
}

/* back: 3 x 3, from places to the plane that is moved, (height, width). y: which row. -> do they lie in order there, since
   there is no perspective? */
int places(const double *back, int y, int height, int width, int columns, const Row *row);

/* there: of a row of places, which lie in order or may not, more than `whole` of 255 of a white plane */
void covered_row(const Row *row, int in_order, int height, int width, int columns, float whole, unsigned char *there);

/* near: where it is in `taps` -> what is there */
void read_near(const unsigned *taps, int columns, unsigned *near);

static inline __attribute__((always_inline)) float between(float one, float other, float share) {
    return fmaf(share, other - one, one);
}

#endif

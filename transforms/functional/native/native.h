/* Kernels; the modules of Python that call them say what is computed, and do the same without them. Whole numbers are
   exact as floats and doubles, and what is not whole is computed in the order in which Python does it (no -ffast-math,
   -ffp-contract=off): every processor finds the same. */

#ifndef LOOKALIKE_NATIVE_H
#define LOOKALIKE_NATIVE_H

#include <stddef.h>
/* of the C library: it tells whether that is glibc */
#include <stdlib.h>

/* compiled for several processors, of which the fitting one is taken when the module is loaded. Of those with vectors of
   512 bits all can compute with bytes too, but what is compiled for `avx512f` can't, and does so one by one. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#if __GNUC__ >= 12
#define EVERY_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EVERY_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#define COUNTS_BITS __attribute__((target("avx512f,avx512vpopcntdq")))
#else
#define EVERY_PROCESSOR
#endif
#define INLINE static inline __attribute__((always_inline))

/* what lies anywhere is read faster number by number than it is put together in vectors */
#if defined(__GNUC__) && !defined(__clang__)
#define ONE_BY_ONE __attribute__((noinline, optimize("no-tree-vectorize")))
#else
#define ONE_BY_ONE
#endif

/* a place beyond the end of `size` of them -> the one that is as far within; the last is not repeated */
INLINE int mirrored_at(int at, int size) {
    while (at < 0 || at >= size) at = size == 1 ? 0 : at < 0 ? -at : 2 * size - 2 - at;
    return at;
}

/* Normal equations of `size` unknowns, of which several are to be solved: rows of coefficients and of what is to be
   given, which becomes the unknowns. In order, without pivots: what is squared has none that are 0. */
INLINE void solved(double *rows, const int size, const int given) {
    int wide = size + given;
    for (int i = 0; i < size; i++)
        for (int j = i + 1; j < size; j++) {
            double share = rows[wide * j + i] / rows[wide * i + i];
            for (int k = i; k < wide; k++) rows[wide * j + k] -= share * rows[wide * i + k];
        }
    for (int k = size; k < wide; k++)
        for (int i = size - 1; i >= 0; i--) {
            for (int j = i + 1; j < size; j++) rows[wide * i + k] -= rows[wide * i + j] * rows[wide * j + k];
            rows[wide * i + k] /= rows[wide * i + i];
        }
}

/* The same of equations that Python gives. */
void normal_solved(double *rows, int size, int given);

/* The homography, but for its last number, which is 1, that takes `count` places around 0 nearest to others, by least
   squares. places: x, y, and of the others x, y, all of each together. found: 8. -> 0, or -1: no memory. */
int homography_fitted(const double *places, size_t count, double *found);

#define MOST_REACH 12
#define LAYERS 3
#define LEVELS (LAYERS + 3)
#define BORDER 5
#define BINS 36
#define CELLS 4
#define ORIENTATIONS 8
#define MOST_SAMPLES 18

/* A plane, filtered down and along by a kernel of `reach` taps on either side of the middle one; 0, or -1: no memory. */
int blurred(const short *from, short *to, int height, int width, const float *taps, int reach);

/* Refined extrema of an octave of LEVELS planes: layer, row, column, steps by layer, row, column, value; at most `most`.
   -> how many there are, or -1: no memory. */
#define OF_A_BLOB 7
ptrdiff_t blobs(const short *levels, int height, int width, const double *rules, double *found, ptrdiff_t most);

/* Of n places of a plane (x, y, cosine and sine of the angle, times sigma) counted directions, BINS each, and
   descriptors, CELLS x CELLS x ORIENTATIONS each. steps: of samples, with a border of one at either end. */
void directions(const short *plane, int height, int width, const double *places, ptrdiff_t count, const double *steps,
                int samples, const double *window, double *counted);
void descriptors(const short *plane, int height, int width, const double *places, ptrdiff_t count, const double *steps,
                 int samples, const double *shares, double *cells);

/* Of `count` keypoints' histograms RootSIFT, of unit length. diagonal: what every second orientation, which lies between axes,
   is multiplied by; clip: what is most in a descriptor. */
void rooted(const double *cells, ptrdiff_t count, double diagonal, float clip, float *out);

/* Of a map of `places` x `channels` bytes the cubes of each channel, added up. */
void cubes(const unsigned char *map, size_t places, size_t channels, double *out);

/* Of `count` keypoints' directions those that are strong: of which keypoint each is, and degrees. -> how many. */
ptrdiff_t peaks(const double *counted, ptrdiff_t count, double strong, long long *which, double *angles);

/* Two planes compared under Gaussian windows, whose taps add up to SUM in either direction: TERMS maps. -> 0, or -1: no memory. */
#define REACH 5
#define TERMS 6
#define MIDDLE 128
#define SUM 512.0
int compared(const unsigned char *a, const unsigned char *b, int height, int width, int stride, const float *taps,
             float *maps);

/* Sums of one row: of both planes' values, of their squares, and of their products -> a row of each map. */
void ssim_terms(const double *restrict means, int columns, size_t plane, float *maps);

/* Of unit descriptors of DIMS numbers, whole parts of 1, those of a with other signs: the mutually nearest, whose product
   is `least` at least, two numbers each. far: NULL, or of each row and column, whether they are out of the question. ->
   how many there are, or -1: no memory. */
#define DIMS 32
ptrdiff_t mutual(const float *a, int rows, const float *signs, const float *b, int columns, const unsigned char *far,
                 float least, long long *found);

/* Keypoints: where they lie, and their sizes. */
typedef struct {
    const float *xy, *size;
} Points;

/* Of the transforms that the first `heads` matches propose the one that most matches vote for: those; see
   `registration/consensus.py`. -> how many, or -1: no memory. rules: 5. */
int consensus(const Points *a, const Points *b, const long long *pairs, const float *cosines, const float *sines,
              int count, int heads, const float *rules, unsigned char *best);

/* The affine transform, 2 x 3, of the matches that are chosen, and the matches within a tolerance of that, in as many
   rounds as there are tolerances; none is made where too few are chosen. -> how many are chosen in the end. */
size_t affine_fitted(const Points *a, const Points *b, const long long *pairs, size_t count, const double *tolerances,
              int rounds, unsigned char *chosen, double *matrix);

/* Which of `count` places an affine transform, 2 x 3, takes into a plane. */
void taken_into(const float *xy, size_t count, const double *matrix, double height, double width, unsigned char *found);

/* `count` keypoints of a plane of (height, width), and their descriptors, see `mutual`. */
typedef struct {
    const float *xy, *size, *angle, *components;
    int count;
    double height, width;
} Described;

/* signs: DIMS of each parity; of each, too, whether it mirrors and inverts; which are tried, and which are far, see
   `mutual`. enough: matches that have to agree; plain: so many that no other parity is tried; heads, agree: as of
   `consensus`, but for the last. tolerance: of the fit. */
typedef struct {
    const float *signs;
    const unsigned char *mirrored, *inverted, *far;
    const long long *parity;
    int parities, enough, plain, heads;
    float least, agree[4];
    double tolerance;
} AlignmentRules;

/* pairs, inliers: room for one of each keypoint of a. matrix: 3 x 3. */
typedef struct {
    long long *pairs, *inliers;
    ptrdiff_t matches;
    int parity;
    double *matrix;
    unsigned char *common_a, *common_b;
} Aligned;

/* -> how many inliers there are, 0: they can't be aligned, or -1: no memory. */
ptrdiff_t aligned(const Described *a, const Described *b, const AlignmentRules *rules, Aligned *found);

/* Which keypoints lie in the common area. */
typedef struct {
    const unsigned char *a, *b;
    size_t of_a, of_b;
} Common;

/* How keypoints agree; see `verification/measures/keypoints.py`. Of `count` inliers, one at least; registration, alignment:
   3 x 3; signs: of descriptors, see `mutual`; share: of inliers. found: KEYPOINT_MEASURES. -> 0, or -1: no memory. */
#define PLACED_CELLS 4
#define KEYPOINT_MEASURES 13
typedef struct {
    const Described *a, *b;
    const Common *common;
    const long long *inliers;
    size_t count;
    const double *registration, *alignment;
    const float *signs;
    double share;
} Inliers;
int keypoints_agree(const Inliers *of, double *found);

/* Of each of `count` keypoints the `wanted` nearest ones, of which there may be fewer: which it is of, and which they are.
   rules: 4. -> how many there are, or -1: no memory. */
ptrdiff_t neighbours(const int *x, const int *y, const int *octave, int count, const int *rules, int wanted,
                     long long *rows, long long *nearest);

/* Keypoints: their signs, angles of which 256 are a turn, and sizes of which 32 are an octave; and what the 4 parities do
   to signs, by which sign they turn, and by how much. */
typedef struct {
    const unsigned *signs;
    const int *angle, *octave;
} Signed;
typedef struct {
    const unsigned *masks;
    const int *flips, *turns;
} Parities;

/* Of `count` pairs of keypoints, of which the second lies `towards` an angle, what their shingle is and, below that, what
   is kept of it. bits: of the first, of the second, and kept of either. */
void shingled(const Signed *keypoints, const long long *own, const long long *other, const int *towards, size_t count,
              const Parities *parities, const int *bits, unsigned long long *found);

/* Maps of two planes compared: terms of SSIM, and the deviations of either. */
typedef struct {
    const float *luminance, *contrast, *structure, *ssim, *a, *b;
} Terms;

/* Of the windows of two planes, and whether they are inside: 3 maps of strengths, 5 of kinds, and TOTALS of these.
   rules: 4. */
#define TOTALS 17
void shown(const Terms *terms, const unsigned char *inner, size_t size, const float *rules, float *strengths,
           unsigned char *kinds, double *totals);

/* Less than 2^32 codes -> the order in which equal ones stand together, by code and then by place; start: where each run
   of equal ones begins in it. Both have room for all. -> how many runs there are. */
size_t put_in_order(const unsigned *codes, size_t count, long long *order, long long *start);

/* Shingles of pictures, in order of token: `count` of each. */
typedef struct {
    const int *picture;
    const unsigned *token, *residual;
    ptrdiff_t count;
} Posting;

/* Of residual bits: which of them are signs that are kept, how many these are, and how many may differ in a pair. The
   parity stands above. */
typedef struct {
    unsigned kept, differ;
    int count;
} SignsKept;

/* Of two sides, and of `wanted` pairs of them, of which `width` have the same picture of the one: `best` becomes the rank
   of the shingle in common that agrees best, where that is less. */
void best_ranks(const Posting *some, const Posting *others, const unsigned char *wanted, ptrdiff_t width,
                const SignsKept *signs, unsigned short *best);

/* How many tokens two pictures have in common, each in order and distinct. */
size_t tokens_shared(const unsigned *some, size_t count, const unsigned *others, size_t other_count);

/* Of a mask of (height, width) every second window in either direction: does it lie inside? What is beyond the mask does.
   windows: how many do. -> how many places lie in the mask, or -1: no memory. */
ptrdiff_t inside(const unsigned char *mask, int height, int width, unsigned char *inner, ptrdiff_t *windows);

/* Of boxes of 7 x 7 windows that have texture and lie inside: how many there are, the least mean of structure, weighted,
   and x and y of the first box that has it; infinity, where there is none. sampled: the means of those of every second
   row and column. rules: 2. -> how many of these there are, or -1: no memory. */
#define BOX_NUMBERS 4
ptrdiff_t boxed(const float *structure, const float *weight, const unsigned char *inner, int height, int width,
                const float *rules, float *sampled, double *found);

/* Of a mask the blocks of neighbours, of which the largest, or the first of those, is told: BLOCKS. -> 0, or -1: no
   memory. */
#define BLOCKS 6
int largest_block(const unsigned char *where, const float *weight, int height, int width, double *found);

/* Of every second window in either direction: how much weight there is at each level of structure, and by how much
   textured ones are weaker in the one plane. -> how many of these there are. */
#define STEPS 257
ptrdiff_t textures(const float *structure, const float *strengths, const unsigned char *textured, int height, int width,
                   double *levels, float *ratios);

/* Maps of two planes compared: structure, the sum of both deviations, the larger of them, and which windows are inside, and
   textured. */
typedef struct {
    const float *structure, *weight, *more;
    const unsigned char *inner, *textured;
} Fine;

/* Of places of 3 x 3 windows that are inside and have more than so much weight, structure, weighted; of those that are
   textured, the deviation that no linear map explains; and how many of either there are, and the greatest deviation of the
   latter: FINE_NUMBERS. structures, left: room for all, of the first for one more. -> 0, or -1: no memory. */
#define FINE_NUMBERS 3
int fine_places(const Fine *maps, int height, int width, float textured, float *structures, float *left, double *found);

/* Of every `step`-th row of two planes, where there is a mask: 4 x 256 numbers. */
void paired_greys(const unsigned char *a, const unsigned char *b, const unsigned char *mask, int height, int width,
                  int step, long long *found);

/* A plane's greys against what is around them, in whole parts of the deviation there. rules: 3. -> 0, or -1: no memory. */
int local_contrast(const unsigned char *grey, int height, int width, const float *rules, float *out);

/* Two planes of whole numbers of 8 bits, of which the first is moved onto the second. */
typedef struct {
    const float *from, *plane;
    int from_height, from_width, height, width;
} Moved;

/* The first of them as `motion_sums` reads it. -> NULL: no memory. */
unsigned *motion_taps(const Moved *planes);

/* Where the one that is moved by a homography is inside the other: by how much they are off, at most `differs` each; how many
   places are off by less; and of these the 6 x 7 sums of least squares. back: 3 x 3, to the first. -> 0, or -1: no
   memory. */
#define MOTION_SUMS (2 + 6 * 7)
int motion_sums(const Moved *planes, const unsigned *taps, const double *back, const unsigned char *inside, float differs,
                double *found);

/* The affine motion of the second plane's places, 3 x 3, that brings what was moved by `between` to where it should be, in
   so many rounds. few: places below which nothing can be said; furthest: how far a corner may be moved. -> 0, or -1: no
   memory. */
typedef struct {
    int rounds;
    float differs;
    double few, furthest;
} MotionRules;
int motion_found(const Moved *planes, const double *between, const MotionRules *rules, double *best);

/* Of two registered planes and a mask, how much of either the derivatives of the other explain, whichever is more. -> 0, or -1:
   no memory. */
int mutually_derived(const unsigned char *a, const unsigned char *b, const unsigned char *mask, int height, int width, double *found);

/* Of a plane with sides of MOST_SIDES at most, the box that is left when rows and columns that vary by less are cut off its
   edges; all of it where none is left. box: left, top, and where it ends. -> 0, or -1: no memory. */
#define MOST_SIDES 65536
int content(const unsigned char *grey, int height, int width, double least, int *box);

/* Of `count` values, one at least, the one at a rank, from the least on; they are put in another order: those below it come
   before it. */
float ranked(float *values, size_t count, size_t rank);
double ranked_double(double *values, size_t count, size_t rank);

/* Two registered planes of (height, width), where the one that was moved is, and of every second window in either
   direction: whether it lies inside, structure, the deviations of both planes, and what `shown` makes of these. rules: as
   `shown` has them. logarithms: of deviations; powers: as `grey_map` has them. */
#define DEVIATIONS (128 * 64)
typedef struct {
    const unsigned char *moved, *plane, *mask, *inner;
    const float *structure, *a, *b, *strengths;
    const unsigned char *kinds;
    const double *totals;
    const float *rules, *taps;
    const double *logarithms, *powers;
    int height, width;
} Seen;

/* -> DETAIL_MEASURES, and where all are wanted as many more; 0, or -1: no memory. */
#define BLOCK_MEASURES 7
#define DETAIL_MEASURES 13
#define MEASURES (DETAIL_MEASURES + 19 + 2 * BLOCK_MEASURES)
int measured(const Seen *maps, int whole, double *found);

/* The map of greys, a polynomial of TERMS_OF_GREY terms, whose powers are given of each grey: by least squares, where
   greys occur `counted` times, and of the other's greys these are the sums. */
#define TERMS_OF_GREY 4
void grey_map(const double *powers, const long long *counted, const long long *sums, double ridge, unsigned char *greys);

/* Of two planes, of which b's greys are mapped: sums of differences over places of 11 x 5, where every second window in
   either direction is inside and a differs from what is around it by more than `textured`, summed likewise. found: those
   at some shares of all of them, in order, which rise. -> how many there are, or -1: no memory. */
#define PLACES (11 * 5 * 255 + 1)
#define MOST_RANKS 8
ptrdiff_t left_over(const unsigned char *a, const unsigned char *b, const unsigned char *map,
                    const unsigned char *inner, int height, int width, int textured, const double *shares, int wanted,
                    int *found);

/* Trees, each of `nodes` nodes and LEAVES leaves; nodes x trees numbers: which measure is asked for, from where on it
   rules out leaves, and the others, as bits; value: of leaves. */
#define LEAVES 32
typedef struct {
    const int *feature;
    const float *threshold;
    const unsigned *kept;
    const long long *value;
    int nodes, trees;
} Forest;

/* Of `count` rows of measures, given as columns, the sums of leaves. */
void leaves(const Forest *forest, const float *columns, ptrdiff_t count, long long *sums);

/* A plane of (height, width), moved onto one of (rows, columns), whose places `back`, 3 x 3, takes to the plane's; beyond
   the plane its edge goes on. there: more than `whole` of 255 of the place lies in it. `covered` is of any plane of that
   size. -> 0, or -1: no memory. */
int warped(const unsigned char *plane, int height, int width, const double *back, int rows, int columns, int whole,
           unsigned char *moved, unsigned char *there);
int covered(int height, int width, const double *back, int rows, int columns, int whole, unsigned char *there);

/* As `warped`, of colours, 3 channels; beyond the plane they are black. */
int warped_colours(const unsigned char *plane, int height, int width, const double *back, int rows, int columns,
                   int whole, unsigned char *moved, unsigned char *there);

/* Of two planes of colours the means of squares whose first and last place is in a mask: of a, and, after room for all
   squares, of b. -> how many there are, or -1: no memory. */
ptrdiff_t swatches(const unsigned char *a, const unsigned char *b, const unsigned char *mask, int height, int width,
                   int side, unsigned char *found);

/* Of two times `count` colours, of which the second and third number are 0 at MIDDLE: what an affine map of all of the
   one's leaves of these numbers of the other, the lesser; by how much they differ; and sums of their sizes, of a and of
   b. other: room for as many. */
void colours_apart(const unsigned char *a, const unsigned char *b, ptrdiff_t count, double *left, double *other,
                   double *apart, double *chroma);

/* Of two times `count` colours: the squares of what they differ by in the channel that differs most, added up. */
long long colours_differ(const unsigned char *a, const unsigned char *b, ptrdiff_t count);

/* Where a homography, 3 x 3, takes the corners of a plane, in thousandths: x and y of 4. */
void corners_in(const double *matrix, double height, double width, float *found);

/* Of each of tiles x tiles parts of a plane: how many pixels `near` neighbouring greys hold at most, how many there are,
   and by how many greys they spread. told: 3 of each, one kind after the other. */
void plain_tiles(const unsigned char *grey, int height, int width, int tiles, int near, int *told);

/* Of each column, and of each row, of a plane: by how much the neighbours on its two sides differ, added up; how many of
   them differ by `step`; its darkest and its lightest grey. Four numbers of each, one kind after the other; 0 of the first
   two for the first and last. */
void lines(const unsigned char *grey, int height, int width, int step, int *columns, int *rows);

/* A plane's greys as parts of the lightest around each, which is `darkest` at least and becomes `paper`. */
void evenly_lit(const unsigned char *grey, const unsigned char *around, size_t size, int darkest, int paper,
                unsigned char *out);

/* Of a plane: the diagonal differences of squares of 2, 4, 8 and 16 px, added up over all of them; the differences of
   neighbours by place modulo PHASES, across and then down; and how many neighbours in a row are equal. found: DETAILS
   numbers. -> 0, or -1: no memory. */
#define OCTAVES 4
#define PHASES 8
#define DETAILS (OCTAVES + 2 * PHASES + 1)
int detail(const unsigned char *grey, int height, int width, long long *found);

/* How many colours there are among `count`; where there are more than `most`, one more than that. */
#define MOST_COLOURS 1024
int few_colours(const unsigned char *rgb, size_t count, int most);

/* Variances of a plane under Gaussian windows. -> 0, or -1: no memory. */
int variances(const unsigned char *grey, int height, int width, const float *taps, float *out);

/* A plane of 1 or 3 channels made smaller, to rows x columns. -> 0, or -1: no memory. */
int averaged(const unsigned char *from, int height, int width, int channels, unsigned char *to, int rows, int columns);

/* Of each of `count` places along a side, what it is the weighed sum of: the first place, and weights of `most`. */
typedef struct {
    const int *first, *weights;
    int count, most;
} Triangles;

/* A plane of 3 channels at another size. -> 0, or -1: no memory. */
int smoothed(const unsigned char *from, int height, int width, const Triangles *across, const Triangles *down,
             unsigned char *to);

/* A convolution of the embedded network. inputs, outputs: channels, multiples of 8. alone: each channel by itself, of
   which there are 4 lanes at least. before, zero: what stands for 0 in what comes and what leaves. enters: a block begins.
   lanes: sums in a vector, for which weights and what is given are arranged. share: of what entered the block. */
typedef struct {
    int inputs, outputs, side, stride, before, zero, alone, enters, lanes;
    float share;
    const signed char *weights;
    const int *given;
} Layer;

/* -> the most lanes that this processor has instructions for: 16, 8 or, where it has none, 0. */
int lanes(void);

/* A plane of bytes through `count` layers. -> 0, or -1: no memory. */
int network(const Layer *layers, int count, const unsigned char *plane, int height, int width, unsigned char *map);

/* Of `count` tokens, one at least: the least value of each after every permutation, and the residual of the first that has
   it. */
void minima(const unsigned *tokens, const unsigned *residual, ptrdiff_t count, const unsigned *factors,
            const unsigned *offsets, int permutations, unsigned *values, unsigned *kept);

/* What images bring to the buckets of a band. order: `count` images, those of a bucket together. bits: `words` of each.
   places: where each has its looks, of `wide` words, and its long ones, of `long_wide`, or NULL. apart, long_apart: bits
   of looks that may differ at most where 0, 1 ... of the others do; where those are as many as `levels`, the two do not
   agree. near, crowd, heads: as of Python's `Limits`. */
typedef struct {
    const long long *order, *places;
    const unsigned *bits;
    const unsigned long long *looks, *longer;
    const short *apart, *long_apart;
    ptrdiff_t count;
    int words, wide, long_wide, levels, near, crowd, heads;
} Images;

/* Of buckets, which start somewhere in the order and have some images: the pairs that agree (the earlier, the later, bits
   that differ), as long as there is room for all of a bucket. crowded: of each image, 1 where pairs were left out. -> how
   many buckets were done, or -1: no memory; `pairs`: how many were found. */
#define OF_A_PAIR 3
ptrdiff_t agreeing(const Images *images, const long long *first, const long long *size, ptrdiff_t buckets, int *found,
                   ptrdiff_t room, unsigned char *crowded, ptrdiff_t *pairs);

/* Of vectors of whole numbers, the `count` corners that lie nearest to each after each of ROTATIONS rotations, in order
   of number: count x ROTATIONS of each. side: dims of rotations, a power of two. flips: signs of both rounds. -> 0, or
   -1: no memory. */
#define ROTATIONS 32
#define MOST_SIDE 4096
#define MOST_CORNERS 8
int corners(const short *vectors, ptrdiff_t images, int dims, const short *flips, ptrdiff_t side, float scale,
            int count, unsigned *found);

#endif

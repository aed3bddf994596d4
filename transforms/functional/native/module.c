/* `native.compiled`: arrays in, arrays filled; see `native.h`. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <limits.h>

#include "native.h"

#define MOST_ARRAYS 18

typedef struct {
    Py_buffer views[MOST_ARRAYS];
    int taken;
} Arrays;

static void release(Arrays *arrays) {
    for (int k = 0; k < arrays->taken; k++) PyBuffer_Release(&arrays->views[k]);
}

/* -> the memory of an argument that holds `size` bytes, or of any size if that is 0; NULL, with an exception */
static void *array(Arrays *arrays, PyObject *given, size_t size, int writable) {
    Py_buffer *view = &arrays->views[arrays->taken];
    if (PyObject_GetBuffer(given, view, PyBUF_C_CONTIGUOUS | (writable ? PyBUF_WRITABLE : 0))) return NULL;
    arrays->taken++;
    if (size && (size_t)view->len != size) {
        PyErr_Format(PyExc_ValueError, "an array of %zu bytes is needed, not of %zd", size, view->len);
        return NULL;
    }
    return view->buf;
}

static int refuse(const char *why) {
    PyErr_SetString(PyExc_ValueError, why);
    return 0;
}

/* blur(plane, out, taps, height, width) */
static PyObject *py_blur(PyObject *self, PyObject *args) {
    PyObject *from, *to, *kernel;
    int height, width;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOii", &from, &to, &kernel, &height, &width)) return NULL;
    Arrays arrays = {.taken = 0};
    size_t size = (size_t)height * width * sizeof(short);
    short *source, *out;
    float *taps;
    int reach = 0, done = 0;
    if ((source = array(&arrays, from, size, 0)) && (out = array(&arrays, to, size, 1)) &&
        (taps = array(&arrays, kernel, 0, 0))) {
        reach = (int)(arrays.views[2].len / sizeof(float)) - 1;
        if (height < 1 || width < 1 || reach < 0 || reach > MOST_REACH) {
            refuse("a plane, and a kernel of 1 to 13 taps are needed");
        } else {
            Py_BEGIN_ALLOW_THREADS;
            done = !blurred(source, out, height, width, taps, reach);
            Py_END_ALLOW_THREADS;
            if (!done) PyErr_NoMemory();
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* blobs(levels, rules, found, height, width) -> how many */
static PyObject *py_blobs(PyObject *self, PyObject *args) {
    PyObject *levels, *rules, *found;
    int height, width;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOii", &levels, &rules, &found, &height, &width)) return NULL;
    Arrays arrays = {.taken = 0};
    const short *planes;
    const double *given;
    double *out;
    ptrdiff_t count = -1;
    if ((planes = array(&arrays, levels, (size_t)height * width * LEVELS * sizeof(short), 0)) &&
        (given = array(&arrays, rules, 5 * sizeof(double), 0)) && (out = array(&arrays, found, 0, 1))) {
        ptrdiff_t most = arrays.views[2].len / (OF_A_BLOB * sizeof(double));
        Py_BEGIN_ALLOW_THREADS;
        count = blobs(planes, height, width, given, out, most);
        Py_END_ALLOW_THREADS;
        if (count < 0) PyErr_NoMemory();
    }
    release(&arrays);
    return count < 0 ? NULL : PyLong_FromSsize_t(count);
}

typedef void Counted(const short *, int, int, const double *, ptrdiff_t, const double *, int, const double *, double *);

/* f(plane, places, steps, weights, out, height, width), of which `out` holds zeros */
static PyObject *counted(PyObject *args, Counted *function, int of_a_place, int square) {
    PyObject *plane, *places, *steps, *weights, *out;
    int height, width;
    if (!PyArg_ParseTuple(args, "OOOOOii", &plane, &places, &steps, &weights, &out, &height, &width)) return NULL;
    Arrays arrays = {.taken = 0};
    void *source, *at, *grid, *weight, *target;
    int done = 0;
    if ((source = array(&arrays, plane, (size_t)height * width * sizeof(short), 0)) &&
        (at = array(&arrays, places, 0, 0)) && (grid = array(&arrays, steps, 0, 0))) {
        ptrdiff_t count = arrays.views[1].len / (4 * sizeof(double));
        int samples = (int)(arrays.views[2].len / sizeof(double)), gradients = samples - 2;
        size_t weighed = (size_t)gradients * (square ? gradients : CELLS);
        if (height < 1 || width < 2 || samples < 3 || samples > MOST_SAMPLES) {
            refuse("a plane, and 3 to 18 samples are needed");
        } else if ((weight = array(&arrays, weights, weighed * sizeof(double), 0)) &&
                   (target = array(&arrays, out, (size_t)count * of_a_place * sizeof(double), 1))) {
            Py_BEGIN_ALLOW_THREADS;
            function(source, height, width, at, count, grid, samples, weight, target);
            Py_END_ALLOW_THREADS;
            done = 1;
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

static PyObject *py_directions(PyObject *self, PyObject *args) {
    (void)self;
    return counted(args, directions, BINS, 1);
}

static PyObject *py_descriptors(PyObject *self, PyObject *args) {
    (void)self;
    return counted(args, descriptors, CELLS * CELLS * ORIENTATIONS, 0);
}

/* rooted(cells, out, diagonal, clip) */
static PyObject *py_rooted(PyObject *self, PyObject *args) {
    PyObject *given, *out;
    double diagonal;
    float clip;
    int done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOdf", &given, &out, &diagonal, &clip)) return NULL;
    Arrays arrays = {.taken = 0};
    void *cells, *found;
    if ((cells = array(&arrays, given, 0, 0))) {
        size_t size = arrays.views[0].len, one = CELLS * CELLS * ORIENTATIONS * sizeof(double);
        if (!size || size % one) {
            refuse("histograms of keypoints are needed");
        } else if ((found = array(&arrays, out, size / 2, 1))) {
            rooted(cells, (ptrdiff_t)(size / one), diagonal, clip, found);
            done = 1;
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* cubes(maps, out, places, channels) */
static PyObject *py_cubes(PyObject *self, PyObject *args) {
    PyObject *given, *out;
    Py_ssize_t places, channels;
    int done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOnn", &given, &out, &places, &channels)) return NULL;
    Arrays arrays = {.taken = 0};
    unsigned char *maps;
    double *sums;
    if (places < 1 || channels < 1 || places > PY_SSIZE_T_MAX / channels) {
        refuse("places and channels are needed");
    } else if ((maps = array(&arrays, given, 0, 0))) {
        size_t one = (size_t)places * channels, count = arrays.views[0].len / one;
        if (arrays.views[0].len % one) {
            refuse("whole maps are needed");
        } else if ((sums = array(&arrays, out, 0, 1))) {
            if ((size_t)arrays.views[1].len != count * channels * sizeof(double)) {
                refuse("a sum of each channel of each map is needed");
            } else {
                Py_BEGIN_ALLOW_THREADS;
                for (size_t n = 0; n < count; n++) cubes(maps + n * one, places, channels, sums + n * channels);
                Py_END_ALLOW_THREADS;
                done = 1;
            }
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* compare(a, b, taps, maps, height, width, stride) */
static PyObject *py_compare(PyObject *self, PyObject *args) {
    PyObject *one, *other, *kernel, *out;
    int height, width, stride, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOiii", &one, &other, &kernel, &out, &height, &width, &stride)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1 || stride < 1) return refuse("planes and a stride are needed"), NULL;
    size_t size = (size_t)height * width, rows = (height - 1) / stride + 1, columns = (width - 1) / stride + 1;
    void *a, *b, *taps, *maps;
    if ((a = array(&arrays, one, size, 0)) && (b = array(&arrays, other, size, 0)) &&
        (taps = array(&arrays, kernel, (REACH + 1) * sizeof(float), 0)) &&
        (maps = array(&arrays, out, TERMS * rows * columns * sizeof(float), 1))) {
        Py_BEGIN_ALLOW_THREADS;
        done = !compared(a, b, height, width, stride, taps, maps);
        Py_END_ALLOW_THREADS;
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* peaks(counted, strong, which, angles) -> how many */
static PyObject *py_peaks(PyObject *self, PyObject *args) {
    PyObject *counted, *which, *angles;
    double strong;
    ptrdiff_t found = -1;
    (void)self;
    if (!PyArg_ParseTuple(args, "OdOO", &counted, &strong, &which, &angles)) return NULL;
    Arrays arrays = {.taken = 0};
    void *given, *indices, *out;
    if ((given = array(&arrays, counted, 0, 0))) {
        size_t size = arrays.views[0].len;
        if (size % (BINS * sizeof(double)))
            refuse("counted directions are needed");
        else if ((indices = array(&arrays, which, size, 1)) && (out = array(&arrays, angles, size, 1)))
            found = peaks(given, size / (BINS * sizeof(double)), strong, indices, out);
    }
    release(&arrays);
    return found < 0 ? NULL : PyLong_FromSsize_t(found);
}

/* align(xy, size, angle, components; mates' xy, size, angle, components; signs, mirrored, inverted, parities, far, pairs,
   inliers, matrix, common, mates' common, (enough, plain, heads), (least, alike, similar, dissimilar, square),
   (tolerance, height, width, mates' height, mates' width)) -> inliers, matches, parity; far: of no places where nothing
   is */
static PyObject *py_align(PyObject *self, PyObject *args) {
    PyObject *given[18];
    void *memory[18];
    AlignmentRules rules;
    Described a, b;
    int fit = 1;
    ptrdiff_t inliers = -1;
    Aligned found = {.matches = 0, .parity = -1};
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOOOOOOOOO(iii)(fffff)(ddddd)", &given[0], &given[1], &given[2], &given[3],
                          &given[4], &given[5], &given[6], &given[7], &given[8], &given[9], &given[10], &given[11],
                          &given[12], &given[13], &given[14], &given[15], &given[16], &given[17], &rules.enough,
                          &rules.plain, &rules.heads, &rules.least, &rules.agree[0], &rules.agree[1], &rules.agree[2],
                          &rules.agree[3], &rules.tolerance, &a.height, &a.width, &b.height, &b.width))
        return NULL;
    Arrays arrays = {.taken = 0};
    for (int k = 0; k < 18 && fit; k++) fit = (memory[k] = array(&arrays, given[k], 0, k > 12)) != NULL;
    int held = fit;
    if (fit) {
        size_t one = arrays.views[16].len, other = arrays.views[17].len, far = arrays.views[12].len;
        size_t parities = arrays.views[9].len, tried = arrays.views[11].len / sizeof(long long);
        size_t sizes[18] = {8 * one, 4 * one, 4 * one, 4 * DIMS * one, 8 * other, 4 * other, 4 * other, 4 * DIMS * other,
                            4 * DIMS * parities, parities, parities, 8 * tried, far ? one * other : 0, 16 * one, 16 * one,
                            9 * sizeof(double), one, other};
        for (int k = 0; k < 18; k++) fit &= (size_t)arrays.views[k].len == sizes[k];
        fit = fit && one > 0 && other > 0 && one < 1 << 24 && other < 1 << 24 && rules.enough > 0 && rules.heads > 0;
        for (size_t k = 0; k < tried && fit; k++)
            fit = ((long long *)memory[11])[k] >= 0 && (size_t)((long long *)memory[11])[k] < parities;
        a.xy = memory[0], a.size = memory[1], a.angle = memory[2], a.components = memory[3], a.count = (int)one;
        b.xy = memory[4], b.size = memory[5], b.angle = memory[6], b.components = memory[7], b.count = (int)other;
        rules.signs = memory[8], rules.mirrored = memory[9], rules.inverted = memory[10], rules.parity = memory[11];
        rules.far = far ? memory[12] : NULL, rules.parities = (int)tried;
        found.pairs = memory[13], found.inliers = memory[14], found.matrix = memory[15];
        found.common_a = memory[16], found.common_b = memory[17];
        if (fit) {
            Py_BEGIN_ALLOW_THREADS;
            inliers = aligned(&a, &b, &rules, &found);
            Py_END_ALLOW_THREADS;
            if (inliers < 0) PyErr_NoMemory();
        } else {
            refuse("keypoints, their descriptors, and parities are needed");
        }
    }
    release(&arrays);
    if (!held || !fit || inliers < 0) return NULL;
    return Py_BuildValue("nni", inliers, found.matches, found.parity);
}

/* keypoints(xy, size, components; mates' xy, components; common, mates' common, inliers, registration, alignment, signs,
   found, share) */
static PyObject *py_keypoints(PyObject *self, PyObject *args) {
    PyObject *given[12];
    void *memory[12];
    double share;
    int fit = 1, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOOOd", &given[0], &given[1], &given[2], &given[3], &given[4], &given[5],
                          &given[6], &given[7], &given[8], &given[9], &given[10], &given[11], &share))
        return NULL;
    Arrays arrays = {.taken = 0};
    for (int k = 0; k < 12 && fit; k++) fit = (memory[k] = array(&arrays, given[k], 0, k == 11)) != NULL;
    int held = fit;
    if (fit) {
        size_t one = arrays.views[5].len, other = arrays.views[6].len, count = arrays.views[7].len / 16;
        size_t sizes[12] = {8 * one, 4 * one, 4 * DIMS * one, 8 * other, 4 * DIMS * other, one, other, 16 * count, 72, 72,
                            4 * DIMS, KEYPOINT_MEASURES * sizeof(double)};
        for (int k = 0; k < 12; k++) fit &= (size_t)arrays.views[k].len == sizes[k];
        const long long *inliers = memory[7];
        for (size_t k = 0; k < count && fit; k++)
            fit = inliers[2 * k] >= 0 && (size_t)inliers[2 * k] < one && inliers[2 * k + 1] >= 0 &&
                  (size_t)inliers[2 * k + 1] < other;
        if (fit && count) {
            Described a = {.xy = memory[0], .size = memory[1], .components = memory[2]};
            Described b = {.xy = memory[3], .components = memory[4]};
            Common common = {memory[5], memory[6], one, other};
            Inliers of = {&a, &b, &common, inliers, count, memory[8], memory[9], memory[10], share};
            done = !keypoints_agree(&of, memory[11]);
            if (!done) PyErr_NoMemory();
        } else {
            refuse("keypoints, and inliers that are of these, are needed");
        }
    }
    release(&arrays);
    if (!held || !done) return NULL;
    Py_RETURN_NONE;
}

/* neighbours(places, rules, found) -> how many, of places that are rows of x, y and octave; found: two rows */
static PyObject *py_neighbours(PyObject *self, PyObject *args) {
    PyObject *places, *rules, *pairs;
    ptrdiff_t number = -1;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOO", &places, &rules, &pairs)) return NULL;
    Arrays arrays = {.taken = 0};
    const int *at, *given;
    long long *out;
    if ((at = array(&arrays, places, 0, 0)) && (given = array(&arrays, rules, 4 * sizeof(int), 0)) &&
        (out = array(&arrays, pairs, 0, 1))) {
        int count = (int)(arrays.views[0].len / (3 * sizeof(int)));
        int wanted = count ? (int)(arrays.views[2].len / ((size_t)count * 2 * sizeof(long long))) : 0;
        if (wanted < 1) {
            refuse("keypoints, and room for neighbours are needed");
        } else {
            Py_BEGIN_ALLOW_THREADS;
            number = neighbours(at, at + count, at + 2 * count, count, given, wanted, out,
                                out + arrays.views[2].len / (2 * (ptrdiff_t)sizeof(long long)));
            Py_END_ALLOW_THREADS;
            if (number < 0) PyErr_NoMemory();
        }
    }
    release(&arrays);
    return number < 0 ? NULL : PyLong_FromSsize_t(number);
}

/* windows(a, b, inner, taps, rules, maps, strengths, kinds, totals, height, width): every second one in either direction */
static PyObject *py_windows(PyObject *self, PyObject *args) {
    PyObject *given[9];
    void *memory[9];
    int height, width, fit = 1, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOii", &given[0], &given[1], &given[2], &given[3], &given[4], &given[5], &given[6],
                          &given[7], &given[8], &height, &width))
        return NULL;
    if (height < 1 || width < 1) return refuse("planes are needed"), NULL;
    size_t size = (size_t)height * width, windows = ((size_t)height + 1) / 2 * (((size_t)width + 1) / 2);
    size_t map = windows * sizeof(float);
    const size_t sizes[9] = {size, size, windows, (REACH + 1) * sizeof(float), 4 * sizeof(float), TERMS * map, 3 * map,
                             5 * windows, TOTALS * sizeof(double)};
    Arrays arrays = {.taken = 0};
    for (int k = 0; k < 9 && fit; k++) fit = (memory[k] = array(&arrays, given[k], sizes[k], k > 4)) != NULL;
    if (fit) {
        const float *maps = memory[5];
        Terms terms = {maps, maps + windows, maps + 2 * windows, maps + 3 * windows, maps + 4 * windows, maps + 5 * windows};
        Py_BEGIN_ALLOW_THREADS;
        done = !compared(memory[0], memory[1], height, width, 2, memory[3], memory[5]);
        if (done) shown(&terms, memory[2], windows, memory[4], memory[6], memory[7], memory[8]);
        Py_END_ALLOW_THREADS;
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* -> 0: those of a side are not `count` of each, or of a picture that is none of `pictures` */
static int posting_of(Arrays *arrays, PyObject *const *given, ptrdiff_t pictures, Posting *posting) {
    if (!(posting->picture = array(arrays, given[0], 0, 0))) return 0;
    size_t size = (size_t)arrays->views[arrays->taken - 1].len;
    posting->count = (ptrdiff_t)(size / sizeof(int));
    for (int k = 1; k < 3; k++) {
        const unsigned *values = array(arrays, given[k], 0, 0);
        if (!values) return 0;
        if ((size_t)arrays->views[arrays->taken - 1].len != size) return refuse("each shingle has three numbers");
        if (k == 1) posting->token = values;
        else posting->residual = values;
    }
    for (ptrdiff_t at = 0; at < posting->count; at++)
        if (posting->picture[at] < 0 || posting->picture[at] >= pictures) return refuse("shingles of unknown pictures");
    return 1;
}

/* best_ranks(picture, token, residual, picture, token, residual, wanted, best, pictures, others, differ, kept, signs) */
static PyObject *py_best_ranks(PyObject *self, PyObject *args) {
    PyObject *given[6], *asked, *out;
    Py_ssize_t pictures, others;
    int done = 0;
    SignsKept signs;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOOOnnIIi", given, given + 1, given + 2, given + 3, given + 4, given + 5, &asked,
                          &out, &pictures, &others, &signs.differ, &signs.kept, &signs.count))
        return NULL;
    if (pictures < 0 || others < 0 || pictures > INT_MAX || others > INT_MAX) return refuse("pictures are needed"), NULL;
    if (signs.count < 0 || signs.count > 31) return refuse("at most 31 signs are kept"), NULL;
    Arrays arrays = {.taken = 0};
    Posting one, other;
    const unsigned char *wanted;
    unsigned short *best;
    size_t pairs = (size_t)pictures * (size_t)others;
    if (!pairs) Py_RETURN_NONE;
    if (posting_of(&arrays, given, pictures, &one) && posting_of(&arrays, given + 3, others, &other) &&
        (wanted = array(&arrays, asked, pairs, 0)) && (best = array(&arrays, out, pairs * sizeof(short), 1))) {
        Py_BEGIN_ALLOW_THREADS;
        best_ranks(&one, &other, wanted, others, &signs, best);
        Py_END_ALLOW_THREADS;
        done = 1;
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* order(codes, order, start) -> how many runs there are */
static PyObject *py_order(PyObject *self, PyObject *args) {
    PyObject *given, *places, *starts;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOO", &given, &places, &starts)) return NULL;
    Arrays arrays = {.taken = 0};
    const unsigned *codes;
    long long *order, *start;
    ptrdiff_t runs = -1;
    if ((codes = array(&arrays, given, 0, 0))) {
        size_t count = (size_t)arrays.views[0].len / sizeof(int);
        if (count >> 32) {
            refuse("less than 2^32 codes are put in order");
        } else if (!count) {
            runs = 0;
        } else if ((order = array(&arrays, places, count * sizeof *order, 1)) &&
                   (start = array(&arrays, starts, count * sizeof *start, 1))) {
            Py_BEGIN_ALLOW_THREADS;
            runs = (ptrdiff_t)put_in_order(codes, count, order, start);
            Py_END_ALLOW_THREADS;
        }
    }
    release(&arrays);
    return runs < 0 ? NULL : PyLong_FromSsize_t(runs);
}

/* shared(tokens, others) -> how many are in both */
static PyObject *py_shared(PyObject *self, PyObject *args) {
    PyObject *given, *asked;
    size_t found = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OO", &given, &asked)) return NULL;
    Arrays arrays = {.taken = 0};
    const unsigned *some, *others;
    int done = 0;
    if ((some = array(&arrays, given, 0, 0)) && (others = array(&arrays, asked, 0, 0))) {
        const Py_buffer *views = arrays.views;
        found = tokens_shared(some, (size_t)views[0].len / sizeof(int), others, (size_t)views[1].len / sizeof(int));
        done = 1;
    }
    release(&arrays);
    return done ? PyLong_FromSize_t(found) : NULL;
}

/* inside(mask, inner, height, width) -> places of the mask, windows inside of it */
static PyObject *py_inside(PyObject *self, PyObject *args) {
    PyObject *where, *out;
    int height, width;
    ptrdiff_t there = -1, windows = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOii", &where, &out, &height, &width)) return NULL;
    if (height < 1 || width < 1) return refuse("planes are needed"), NULL;
    Arrays arrays = {.taken = 0};
    void *mask, *inner;
    if ((mask = array(&arrays, where, (size_t)height * width, 0)) &&
        (inner = array(&arrays, out, ((size_t)height + 1) / 2 * (((size_t)width + 1) / 2), 1))) {
        there = inside(mask, height, width, inner, &windows);
        if (there < 0) PyErr_NoMemory();
    }
    release(&arrays);
    return there < 0 ? NULL : Py_BuildValue("nn", there, windows);
}

/* area(picture, smaller, height, width, rows, columns), of one channel or three */
static PyObject *py_area(PyObject *self, PyObject *args) {
    PyObject *picture, *smaller;
    int height, width, rows, columns, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOiiii", &picture, &smaller, &height, &width, &rows, &columns)) return NULL;
    Arrays arrays = {.taken = 0};
    if (rows < 1 || columns < 1 || rows > height || columns > width) return refuse("sides become less"), NULL;
    size_t size = (size_t)height * width, left = (size_t)rows * columns;
    void *from, *to;
    if ((from = array(&arrays, picture, 0, 0))) {
        int channels = (int)(arrays.views[0].len / size);
        if ((channels != 1 && channels != 3) || arrays.views[0].len % size) {
            refuse("a picture of one channel or three is needed");
        } else if ((to = array(&arrays, smaller, left * channels, 1))) {
            Py_BEGIN_ALLOW_THREADS;
            done = !averaged(from, height, width, channels, to, rows, columns);
            Py_END_ALLOW_THREADS;
            if (!done) PyErr_NoMemory();
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* warp(plane, back, moved, there, height, width, rows, columns, whole), of one channel or three */
static PyObject *py_warp(PyObject *self, PyObject *args) {
    PyObject *from, *homography, *to, *where;
    int height, width, rows, columns, whole, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOiiiii", &from, &homography, &to, &where, &height, &width, &rows, &columns, &whole))
        return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1 || rows < 1 || columns < 1 || (height + 3LL) * (width + 3LL) > INT_MAX)
        return refuse("planes are needed"), NULL;
    size_t size = (size_t)rows * columns, given = (size_t)height * width;
    void *plane, *back, *moved, *there;
    if ((plane = array(&arrays, from, 0, 0)) && (back = array(&arrays, homography, 9 * sizeof(double), 0)) &&
        (there = array(&arrays, where, size, 1))) {
        size_t channels = arrays.views[0].len / given;
        if ((channels != 1 && channels != 3) || arrays.views[0].len % given) {
            refuse("a plane of one channel or three is needed");
        } else if ((moved = array(&arrays, to, size * channels, 1))) {
            done = !(channels == 1 ? warped : warped_colours)(plane, height, width, back, rows, columns, whole, moved,
                                                              there);
            if (!done) PyErr_NoMemory();
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* swatches(a, b, mask, found, height, width, side) -> how many */
static PyObject *py_swatches(PyObject *self, PyObject *args) {
    PyObject *one, *other, *where, *out;
    int height, width, side;
    ptrdiff_t count = -1;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOiii", &one, &other, &where, &out, &height, &width, &side)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1 || side < 1 || side > 16) return refuse("colours, and a side of 1 to 16 are needed"), NULL;
    size_t size = (size_t)height * width;
    void *a, *b, *mask, *found;
    if ((a = array(&arrays, one, 3 * size, 0)) && (b = array(&arrays, other, 3 * size, 0)) &&
        (mask = array(&arrays, where, size, 0)) &&
        (found = array(&arrays, out, 6 * (size_t)(height / side) * (width / side), 1))) {
        count = swatches(a, b, mask, height, width, side, found);
        if (count < 0) PyErr_NoMemory();
    }
    release(&arrays);
    return count < 0 ? NULL : PyLong_FromSsize_t(count);
}

/* colours(of both, left, apart, chroma) */
static PyObject *py_colours(PyObject *self, PyObject *args) {
    PyObject *both, *one, *other, *sums;
    int done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOO", &both, &one, &other, &sums)) return NULL;
    Arrays arrays = {.taken = 0};
    void *lab, *apart, *chroma;
    double *left;
    if ((lab = array(&arrays, both, 0, 0))) {
        size_t count = arrays.views[0].len / 6;
        /* of either direction */
        if ((left = array(&arrays, one, 2 * count * sizeof(double), 1)) &&
            (apart = array(&arrays, other, count * sizeof(double), 1)) &&
            (chroma = array(&arrays, sums, 2 * sizeof(double), 1))) {
            colours_apart(lab, (unsigned char *)lab + 3 * count, (ptrdiff_t)count, left, left + count, apart, chroma);
            done = 1;
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* covered(back, there, height, width, rows, columns, whole) */
static PyObject *py_covered(PyObject *self, PyObject *args) {
    PyObject *homography, *where;
    int height, width, rows, columns, whole, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOiiiii", &homography, &where, &height, &width, &rows, &columns, &whole)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1 || rows < 1 || columns < 1) return refuse("planes are needed"), NULL;
    void *back, *there;
    if ((back = array(&arrays, homography, 9 * sizeof(double), 0)) &&
        (there = array(&arrays, where, (size_t)rows * columns, 1))) {
        done = !covered(height, width, back, rows, columns, whole, there);
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* contrast(grey, rules, out, height, width) */
static PyObject *py_contrast(PyObject *self, PyObject *args) {
    PyObject *grey, *given, *out;
    int height, width, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOii", &grey, &given, &out, &height, &width)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1) return refuse("a plane is needed"), NULL;
    size_t size = (size_t)height * width;
    void *from, *rules, *to;
    if ((from = array(&arrays, grey, size, 0)) && (rules = array(&arrays, given, 3 * sizeof(float), 0)) &&
        (to = array(&arrays, out, size * sizeof(float), 1))) {
        done = !local_contrast(from, height, width, rules, to);
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* motion(from, plane, between, best, rounds, differs, few, furthest, from_height, from_width, height, width) */
static PyObject *py_motion(PyObject *self, PyObject *args) {
    PyObject *one, *other, *homography, *out;
    Moved planes;
    MotionRules rules;
    int done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOifddiiii", &one, &other, &homography, &out, &rules.rounds, &rules.differs, &rules.few,
                          &rules.furthest, &planes.from_height, &planes.from_width, &planes.height, &planes.width))
        return NULL;
    Arrays arrays = {.taken = 0};
    if (planes.height < 1 || planes.width < 1 || planes.from_height < 1 || planes.from_width < 1 ||
        (planes.from_height + 3LL) * (planes.from_width + 3LL) > INT_MAX)
        return refuse("planes are needed"), NULL;
    size_t size = (size_t)planes.height * planes.width, given = (size_t)planes.from_height * planes.from_width;
    void *between, *best;
    if ((planes.from = array(&arrays, one, given * sizeof(float), 0)) &&
        (planes.plane = array(&arrays, other, size * sizeof(float), 0)) &&
        (between = array(&arrays, homography, 9 * sizeof(double), 0)) &&
        (best = array(&arrays, out, 9 * sizeof(double), 1))) {
        Py_BEGIN_ALLOW_THREADS;
        done = !motion_found(&planes, between, &rules, best);
        Py_END_ALLOW_THREADS;
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* derived(a, b, mask, height, width) -> how much of one the other explains */
static PyObject *py_derived(PyObject *self, PyObject *args) {
    PyObject *one, *other, *where;
    int height, width, done = 0;
    double found;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOii", &one, &other, &where, &height, &width)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1) return refuse("planes are needed"), NULL;
    size_t size = (size_t)height * width;
    void *a, *b, *mask;
    if ((a = array(&arrays, one, size, 0)) && (b = array(&arrays, other, size, 0)) &&
        (mask = array(&arrays, where, size, 0))) {
        done = !mutually_derived(a, b, mask, height, width, &found);
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    return done ? PyFloat_FromDouble(found) : NULL;
}

/* content(grey, height, width, least) -> left, top, and where it ends */
static PyObject *py_content(PyObject *self, PyObject *args) {
    PyObject *plane;
    int height, width, box[4], done = 0;
    double least;
    (void)self;
    if (!PyArg_ParseTuple(args, "Oiid", &plane, &height, &width, &least)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1 || height > MOST_SIDES || width > MOST_SIDES)
        return refuse("a plane with sides of 1 to 65536 is needed"), NULL;
    void *grey = array(&arrays, plane, (size_t)height * width, 0);
    if (grey) {
        done = !content(grey, height, width, least, box);
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    return done ? Py_BuildValue("iiii", box[0], box[1], box[2], box[3]) : NULL;
}

/* differ(colours) -> squares of differences, added up */
static PyObject *py_differ(PyObject *self, PyObject *args) {
    PyObject *given;
    long long found = 0;
    int done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "O", &given)) return NULL;
    Arrays arrays = {.taken = 0};
    const unsigned char *colours = array(&arrays, given, 0, 0);
    if (colours) {
        ptrdiff_t half = arrays.views[0].len / 2;
        if (arrays.views[0].len % 6) {
            refuse("two times as many colours are needed");
        } else {
            found = colours_differ(colours, colours + half, half / 3);
            done = 1;
        }
    }
    release(&arrays);
    return done ? PyLong_FromLongLong(found) : NULL;
}

/* laid(matrix, found, height, width) */
static PyObject *py_laid(PyObject *self, PyObject *args) {
    PyObject *homography, *out;
    double height, width;
    void *matrix, *found = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOdd", &homography, &out, &height, &width)) return NULL;
    Arrays arrays = {.taken = 0};
    if ((matrix = array(&arrays, homography, 9 * sizeof(double), 0)) &&
        (found = array(&arrays, out, 8 * sizeof(float), 1)))
        corners_in(matrix, height, width, found);
    release(&arrays);
    if (!found) return NULL;
    Py_RETURN_NONE;
}

/* measures(moved, plane, mask, inner, structure, a, b, strengths, kinds, totals, rules, taps, logarithms, powers, found,
   height, width); all measures, or those that are taken again in detail, as there is room for them */
static PyObject *py_measures(PyObject *self, PyObject *args) {
    PyObject *given[15];
    void *memory[15];
    int height, width, fit = 1, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOOOOOOii", &given[0], &given[1], &given[2], &given[3], &given[4], &given[5],
                          &given[6], &given[7], &given[8], &given[9], &given[10], &given[11], &given[12], &given[13],
                          &given[14], &height, &width))
        return NULL;
    /* sums of greys and how often they occur share 64 bits */
    if (height < 1 || width < 1 || (long long)height * width > 1 << 28) return refuse("planes are needed"), NULL;
    size_t size = (size_t)height * width, windows = ((size_t)height + 1) / 2 * (((size_t)width + 1) / 2);
    size_t map = windows * sizeof(float);
    const size_t sizes[15] = {size, size, size, windows, map, map, map, 3 * map, 5 * windows, TOTALS * sizeof(double),
                              4 * sizeof(float), (REACH + 1) * sizeof(float), DEVIATIONS * sizeof(double),
                              256 * TERMS_OF_GREY * sizeof(double), 0};
    Arrays arrays = {.taken = 0};
    for (int k = 0; k < 15 && fit; k++) fit = (memory[k] = array(&arrays, given[k], sizes[k], k == 14)) != NULL;
    if (fit) {
        size_t wanted = arrays.views[14].len / sizeof(double);
        Seen maps = {memory[0], memory[1], memory[2], memory[3], memory[4], memory[5], memory[6], memory[7], memory[8],
                     memory[9], memory[10], memory[11], memory[12], memory[13], height, width};
        if (wanted != DETAIL_MEASURES && wanted != MEASURES) {
            refuse("room for all measures or for those of detail is needed");
        } else {
            Py_BEGIN_ALLOW_THREADS;
            done = !measured(&maps, wanted == MEASURES, memory[14]);
            Py_END_ALLOW_THREADS;
            if (!done) PyErr_NoMemory();
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* leaves(feature, threshold, kept, value, columns, sums) */
static PyObject *py_leaves(PyObject *self, PyObject *args) {
    PyObject *given[6];
    void *memory[6];
    int fit = 1;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOO", &given[0], &given[1], &given[2], &given[3], &given[4], &given[5])) return NULL;
    Arrays arrays = {.taken = 0};
    for (int k = 0; k < 6 && fit; k++) fit = (memory[k] = array(&arrays, given[k], 0, k == 5)) != NULL;
    int held = fit;
    if (fit) {
        size_t trees = arrays.views[3].len / (LEAVES * sizeof(long long)), rows = arrays.views[5].len / sizeof(long long);
        size_t all = arrays.views[0].len / sizeof(int), measures = rows ? arrays.views[4].len / (4 * rows) : 0;
        fit = trees && all % trees == 0 && (size_t)arrays.views[1].len == 4 * all &&
              (size_t)arrays.views[2].len == 4 * all && (size_t)arrays.views[4].len == 4 * rows * measures;
        const int *feature = memory[0];
        for (size_t k = 0; k < all && fit && rows; k++) fit = feature[k] >= 0 && (size_t)feature[k] < measures;
        if (fit) {
            Forest forest = {feature, memory[1], memory[2], memory[3], (int)(all / trees), (int)trees};
            leaves(&forest, memory[4], (ptrdiff_t)rows, memory[5]);
        } else {
            refuse("trees that ask for measures of the rows are needed");
        }
    }
    release(&arrays);
    if (!held || !fit) return NULL;
    Py_RETURN_NONE;
}

/* homography(places, found, count) */
static PyObject *py_homography(PyObject *self, PyObject *args) {
    PyObject *places, *out;
    int count, done = 0;
    void *given, *found;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOi", &places, &out, &count)) return NULL;
    if (count < 1) return refuse("places are needed"), NULL;
    Arrays arrays = {.taken = 0};
    if ((given = array(&arrays, places, 4 * (size_t)count * sizeof(double), 0)) &&
        (found = array(&arrays, out, 8 * sizeof(double), 1))) {
        Py_BEGIN_ALLOW_THREADS;
        done = !homography_fitted(given, (size_t)count, found);
        Py_END_ALLOW_THREADS;
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* solve(rows, size, given) */
static PyObject *py_solve(PyObject *self, PyObject *args) {
    PyObject *equations;
    int size, given;
    void *rows;
    (void)self;
    if (!PyArg_ParseTuple(args, "Oii", &equations, &size, &given)) return NULL;
    Arrays arrays = {.taken = 0};
    if (size < 1 || given < 1) {
        refuse("unknowns, and what is given, are needed");
        return NULL;
    }
    if ((rows = array(&arrays, equations, (size_t)size * (size + given) * sizeof(double), 1))) {
        Py_BEGIN_ALLOW_THREADS;
        normal_solved(rows, size, given);
        Py_END_ALLOW_THREADS;
    }
    release(&arrays);
    if (!rows) return NULL;
    Py_RETURN_NONE;
}

/* Are there so many places, and are all of them places of `size`? */
static int all_in(const long long *places, ptrdiff_t count, ptrdiff_t size) {
    int within = 1;
    for (ptrdiff_t k = 0; k < count; k++) within &= places[k] >= 0 && places[k] < size;
    return within;
}

/* shingles(signs, angle, octave, pairs, towards, masks, flips, turns, bits, found), of pairs that are two rows */
static PyObject *py_shingles(PyObject *self, PyObject *args) {
    PyObject *given[10];
    void *memory[10];
    int fit = 1;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOO", &given[0], &given[1], &given[2], &given[3], &given[4], &given[5],
                          &given[6], &given[7], &given[8], &given[9]))
        return NULL;
    Arrays arrays = {.taken = 0};
    for (int k = 0; k < 10 && fit; k++) fit = (memory[k] = array(&arrays, given[k], 0, k == 9)) != NULL;
    int held = fit;
    if (fit) {
        size_t points = arrays.views[0].len / sizeof(int), count = arrays.views[4].len / sizeof(int), all = 4 * points;
        size_t sizes[10] = {all, all, all, 16 * count, 4 * count, 16, 16, 16, 12, 8 * count};
        for (int k = 0; k < 10; k++) fit &= (size_t)arrays.views[k].len == sizes[k];
        const int *bits = memory[8];
        fit = fit && all_in(memory[3], (ptrdiff_t)(2 * count), (ptrdiff_t)points) && bits[0] > 0 && bits[1] > 0 &&
              bits[2] > 0 && bits[0] + bits[1] <= 24 && bits[2] < 16 && bits[0] + bits[2] <= 32 &&
              bits[1] + bits[2] <= 32;
        const long long *pairs = memory[3];
        Signed keypoints = {memory[0], memory[1], memory[2]};
        Parities parities = {memory[5], memory[6], memory[7]};
        if (fit)
            shingled(&keypoints, pairs, pairs + count, memory[4], count, &parities, bits, memory[9]);
        else
            refuse("pairs of keypoints, and bits that fit into a shingle are needed");
    }
    release(&arrays);
    if (!held || !fit) return NULL;
    Py_RETURN_NONE;
}

/* agree(order, places, bits, looks, longer, apart, long_apart, first, size, found, crowded, rows, (near, crowd, heads))
   -> buckets that were done, pairs that were found; no long looks: of no rows */
static PyObject *py_agree(PyObject *self, PyObject *args) {
    PyObject *order, *places, *bits, *looks, *longer, *apart, *long_apart, *first, *size, *found, *crowded;
    Py_ssize_t rows;
    Images images;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOOn(iii)", &order, &places, &bits, &looks, &longer, &apart, &long_apart, &first,
                          &size, &found, &crowded, &rows, &images.near, &images.crowd, &images.heads))
        return NULL;
    Arrays arrays = {.taken = 0};
    const long long *start, *sizes;
    int *out;
    unsigned char *marks;
    ptrdiff_t done = -1, pairs = 0;
    if ((images.order = array(&arrays, order, 0, 0)) &&
        (images.places = array(&arrays, places, (size_t)arrays.views[0].len, 0)) &&
        (images.bits = array(&arrays, bits, 0, 0)) && (images.looks = array(&arrays, looks, 0, 0)) &&
        (images.longer = array(&arrays, longer, 0, 0)) && (images.apart = array(&arrays, apart, 0, 0)) &&
        (images.long_apart = array(&arrays, long_apart, (size_t)arrays.views[5].len, 0)) &&
        (start = array(&arrays, first, 0, 0)) && (sizes = array(&arrays, size, (size_t)arrays.views[7].len, 0)) &&
        (out = array(&arrays, found, 0, 1)) &&
        (marks = array(&arrays, crowded, (size_t)arrays.views[0].len / sizeof(long long), 1))) {
        ptrdiff_t buckets = arrays.views[7].len / sizeof(long long), within;
        images.count = arrays.views[0].len / sizeof(long long);
        within = rows > 0 && images.count > 0 && all_in(images.order, images.count, images.count) &&
                 all_in(images.places, images.count, rows);
        if (within) {
            images.words = (int)(arrays.views[2].len / (images.count * sizeof(unsigned)));
            images.wide = (int)(arrays.views[3].len / (rows * sizeof(unsigned long long)));
            images.long_wide = (int)(arrays.views[4].len / (rows * sizeof(unsigned long long)));
            images.longer = images.long_wide ? images.longer : NULL;
            images.levels = (int)(arrays.views[5].len / sizeof(short));
        }
        for (ptrdiff_t k = 0; k < buckets; k++)
            within &= start[k] >= 0 && sizes[k] >= 0 && sizes[k] <= images.count && start[k] <= images.count - sizes[k];
        if (!within) {
            refuse("a bucket has images that are not there");
        } else {
            ptrdiff_t room = arrays.views[9].len / (OF_A_PAIR * sizeof(int));
            Py_BEGIN_ALLOW_THREADS;
            done = agreeing(&images, start, sizes, buckets, out, room, marks, &pairs);
            Py_END_ALLOW_THREADS;
            if (done < 0) PyErr_NoMemory();
        }
    }
    release(&arrays);
    return done < 0 ? NULL : Py_BuildValue("nn", done, pairs);
}

/* corners(vectors, flips, found, dims, side, count, scale) */
static PyObject *py_corners(PyObject *self, PyObject *args) {
    PyObject *vectors, *flips, *out;
    int dims, side, count, done = 0;
    float scale;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOiiif", &vectors, &flips, &out, &dims, &side, &count, &scale)) return NULL;
    Arrays arrays = {.taken = 0};
    const short *from, *signs;
    unsigned *found;
    /* sums and differences are of halves, quarters and so on; numbers of corners have bits of their own */
    if (dims < 1 || side < dims || side > MOST_SIDE || side & (side - 1) || count < 1 || count > MOST_CORNERS ||
        count > side)
        return refuse("vectors, rotated among a power of two, and 1 to 8 of their corners are needed"), NULL;
    if ((from = array(&arrays, vectors, 0, 0)) &&
        (signs = array(&arrays, flips, (size_t)2 * side * ROTATIONS * sizeof(short), 0))) {
        ptrdiff_t images = arrays.views[0].len / (dims * (ptrdiff_t)sizeof(short));
        if (!images || (found = array(&arrays, out, (size_t)images * count * ROTATIONS * sizeof(unsigned), 1))) {
            Py_BEGIN_ALLOW_THREADS;
            done = !images || !corners(from, images, dims, signs, side, scale, count, found);
            Py_END_ALLOW_THREADS;
            if (!done) PyErr_NoMemory();
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

static PyObject *py_lanes(PyObject *self, PyObject *args) {
    (void)self, (void)args;
    return PyLong_FromLong(lanes());
}

/* of numbers that tell of a layer */
#define TOLD 9

/* -> bytes of a layer's weights, and numbers that are given with them; 0: there is no such layer */
static size_t layer_of(Layer *layer, const int *told, float share, int most, size_t *given) {
    *layer = (Layer){told[0], told[1], told[2], told[3], told[4], told[5], told[6], told[7], told[8], share, NULL, NULL};
    int outputs = (layer->outputs + 15) / 16 * 16, wide = 4 * layer->lanes;
    if ((layer->lanes != 8 && layer->lanes != 16) || layer->lanes > most || layer->stride < 1 || layer->stride > 2 ||
        layer->inputs < 1 || layer->outputs < 1 || layer->outputs % 8)
        return 0;
    if (layer->alone) {
        if ((layer->side != 3 && layer->side != 5) || layer->inputs != layer->outputs || layer->outputs % 16 ||
            layer->outputs < wide || share != 0)
            return 0;
        int groups = (layer->outputs + wide - 1) / wide;
        *given = (size_t)groups * 3 * wide;
        return (size_t)groups * layer->side * (layer->side == 3 ? 4 : 8) * wide;
    }
    /* what places see is laid out where there is room for it: at the start of a block */
    if (layer->side < 1 || layer->side > 5 || layer->side % 2 == 0 || (layer->side == 1 && layer->stride > 1) ||
        (layer->side > 1 && !layer->enters))
        return 0;
    *given = (size_t)outputs * 3;
    return (size_t)(layer->side * layer->side * layer->inputs + 3) / 4 * 4 * outputs;
}

#define MOST_LAYERS 256

/* network(plane, map, told, shares, weights, given, height, width): told: TOLD numbers of each layer */
static PyObject *py_network(PyObject *self, PyObject *args) {
    PyObject *plane, *map, *told, *shares, *weights, *given;
    int height, width, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOii", &plane, &map, &told, &shares, &weights, &given, &height, &width)) return NULL;
    Arrays arrays = {.taken = 0};
    Layer layers[MOST_LAYERS];
    const int *numbers, *starts;
    const float *parts;
    const signed char *taps;
    const unsigned char *from;
    unsigned char *to;
    if ((numbers = array(&arrays, told, 0, 0)) && (parts = array(&arrays, shares, 0, 0)) &&
        (taps = array(&arrays, weights, 0, 0)) && (starts = array(&arrays, given, 0, 0))) {
        int count = (int)(arrays.views[1].len / sizeof(float)), most = lanes(), h = height, w = width;
        int fits = height > 0 && width > 0 && count > 0 && count <= MOST_LAYERS &&
                   (size_t)arrays.views[0].len == (size_t)count * TOLD * sizeof(int);
        size_t weighed = 0, started = 0;
        for (int n = 0; fits && n < count; n++) {
            size_t more = 0, bytes = layer_of(layers + n, numbers + n * TOLD, parts[n], most, &more);
            fits = bytes > 0 && (!n || layers[n].inputs == layers[n - 1].outputs) && layers[0].enters;
            if (!fits) break;
            layers[n].weights = taps + weighed;
            layers[n].given = starts + started;
            weighed += bytes;
            started += more;
            h = (h - 1) / layers[n].stride + 1;
            w = (w - 1) / layers[n].stride + 1;
        }
        if (!fits || weighed != (size_t)arrays.views[2].len || started * sizeof(int) != (size_t)arrays.views[3].len) {
            refuse("layers that are arranged for this processor are needed");
        } else if ((from = array(&arrays, plane, (size_t)height * width * layers[0].inputs, 0)) &&
                   (to = array(&arrays, map, (size_t)h * w * layers[count - 1].outputs, 1))) {
            Py_BEGIN_ALLOW_THREADS;
            done = !network(layers, count, from, height, width, to);
            Py_END_ALLOW_THREADS;
            if (!done) PyErr_NoMemory();
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* minima(tokens, residual, factors, offsets, values, kept) */
static PyObject *py_minima(PyObject *self, PyObject *args) {
    PyObject *given[6];
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOO", &given[0], &given[1], &given[2], &given[3], &given[4], &given[5])) return NULL;
    Arrays arrays = {.taken = 0};
    unsigned *tokens, *residual, *factors, *offsets, *values, *kept;
    int done = 0;
    if ((tokens = array(&arrays, given[0], 0, 0)) && (factors = array(&arrays, given[2], 0, 0))) {
        size_t size = (size_t)arrays.views[0].len, drawn = (size_t)arrays.views[1].len;
        if (size < sizeof(unsigned) || drawn < sizeof(unsigned)) {
            refuse("tokens and permutations are needed");
        } else if ((residual = array(&arrays, given[1], size, 0)) && (offsets = array(&arrays, given[3], drawn, 0)) &&
                   (values = array(&arrays, given[4], drawn, 1)) && (kept = array(&arrays, given[5], drawn, 1))) {
            Py_BEGIN_ALLOW_THREADS;
            minima(tokens, residual, size / sizeof(unsigned), factors, offsets, (int)(drawn / sizeof(unsigned)), values,
                   kept);
            Py_END_ALLOW_THREADS;
            done = 1;
        }
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* plain(grey, told, height, width, tiles, near) */
static PyObject *py_plain(PyObject *self, PyObject *args) {
    PyObject *grey, *told;
    int height, width, tiles, near, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOiiii", &grey, &told, &height, &width, &tiles, &near)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1 || tiles < 1 || near < 1) return refuse("a plane, tiles and greys are needed"), NULL;
    void *from, *to;
    if ((from = array(&arrays, grey, (size_t)height * width, 0)) &&
        (to = array(&arrays, told, (size_t)tiles * tiles * 3 * sizeof(int), 1))) {
        Py_BEGIN_ALLOW_THREADS;
        plain_tiles(from, height, width, tiles, near, to);
        Py_END_ALLOW_THREADS;
        done = 1;
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* lines(grey, columns, rows, height, width, step) */
static PyObject *py_lines(PyObject *self, PyObject *args) {
    PyObject *grey, *columns, *rows;
    int height, width, step, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOiii", &grey, &columns, &rows, &height, &width, &step)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1 || height > 1 << 20 || width > 1 << 20) return refuse("a plane is needed"), NULL;
    void *from, *across, *down;
    if ((from = array(&arrays, grey, (size_t)height * width, 0)) &&
        (across = array(&arrays, columns, (size_t)width * 4 * sizeof(int), 1)) &&
        (down = array(&arrays, rows, (size_t)height * 4 * sizeof(int), 1))) {
        Py_BEGIN_ALLOW_THREADS;
        lines(from, height, width, step, across, down);
        Py_END_ALLOW_THREADS;
        done = 1;
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* lit(grey, around, out, height, width, darkest, paper) */
static PyObject *py_lit(PyObject *self, PyObject *args) {
    PyObject *grey, *around, *out;
    int height, width, darkest, paper, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOiiii", &grey, &around, &out, &height, &width, &darkest, &paper)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1 || darkest < 1 || darkest > 255 || paper < 0 || paper > 255)
        return refuse("a plane, and greys without 0 for the ground are needed"), NULL;
    size_t size = (size_t)height * width;
    void *from, *lightest, *to;
    if ((from = array(&arrays, grey, size, 0)) && (lightest = array(&arrays, around, size, 0)) &&
        (to = array(&arrays, out, size, 1))) {
        Py_BEGIN_ALLOW_THREADS;
        evenly_lit(from, lightest, size, darkest, paper, to);
        Py_END_ALLOW_THREADS;
        done = 1;
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* detail(grey, found, height, width) */
static PyObject *py_detail(PyObject *self, PyObject *args) {
    PyObject *grey, *numbers;
    int height, width, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOii", &grey, &numbers, &height, &width)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1) return refuse("a plane is needed"), NULL;
    void *from, *to;
    if ((from = array(&arrays, grey, (size_t)height * width, 0)) &&
        (to = array(&arrays, numbers, DETAILS * sizeof(long long), 1))) {
        Py_BEGIN_ALLOW_THREADS;
        done = !detail(from, height, width, to);
        Py_END_ALLOW_THREADS;
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* few(rgb, most) -> how many colours, or most + 1 */
static PyObject *py_few(PyObject *self, PyObject *args) {
    PyObject *rgb;
    int most, found = -1;
    (void)self;
    if (!PyArg_ParseTuple(args, "Oi", &rgb, &most)) return NULL;
    Arrays arrays = {.taken = 0};
    if (most < 1 || most > MOST_COLOURS) return refuse("1 to 1024 colours can be counted"), NULL;
    void *from;
    if ((from = array(&arrays, rgb, 0, 0))) {
        Py_BEGIN_ALLOW_THREADS;
        found = few_colours(from, (size_t)arrays.views[0].len / 3, most);
        Py_END_ALLOW_THREADS;
    }
    release(&arrays);
    return found < 0 ? NULL : PyLong_FromLong(found);
}

/* variances(grey, taps, out, height, width) */
static PyObject *py_variances(PyObject *self, PyObject *args) {
    PyObject *grey, *kernel, *out;
    int height, width, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOii", &grey, &kernel, &out, &height, &width)) return NULL;
    Arrays arrays = {.taken = 0};
    if (height < 1 || width < 1) return refuse("a plane is needed"), NULL;
    size_t size = (size_t)height * width;
    void *from, *taps, *to;
    if ((from = array(&arrays, grey, size, 0)) && (taps = array(&arrays, kernel, (REACH + 1) * sizeof(float), 0)) &&
        (to = array(&arrays, out, size * sizeof(float), 1))) {
        Py_BEGIN_ALLOW_THREADS;
        done = !variances(from, height, width, taps, to);
        Py_END_ALLOW_THREADS;
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* fine(structure, weight, more, inner, textured, structures, left, found, height, width, least) */
static PyObject *py_fine(PyObject *self, PyObject *args) {
    PyObject *given[8];
    void *memory[8];
    int height, width, fit = 1, done = 0;
    float least;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOOOiif", &given[0], &given[1], &given[2], &given[3], &given[4], &given[5],
                          &given[6], &given[7], &height, &width, &least))
        return NULL;
    if (height < 1 || width < 1) return refuse("maps are needed"), NULL;
    Arrays arrays = {.taken = 0};
    size_t size = (size_t)height * width, map = size * sizeof(float);
    size_t sizes[8] = {map, map, map, size, size, map + sizeof(float), map, FINE_NUMBERS * sizeof(double)};
    for (int k = 0; k < 8 && fit; k++) fit = (memory[k] = array(&arrays, given[k], sizes[k], k > 4)) != NULL;
    if (fit) {
        Fine maps = {memory[0], memory[1], memory[2], memory[3], memory[4]};
        Py_BEGIN_ALLOW_THREADS;
        done = !fine_places(&maps, height, width, least, memory[5], memory[6], memory[7]);
        Py_END_ALLOW_THREADS;
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

/* of a side, of which `size` places are read: the first places and weights -> do they fit? */
static int triangles(Arrays *arrays, PyObject *first, PyObject *weights, int size, Triangles *out) {
    if (!(out->first = array(arrays, first, 0, 0)) || !(out->weights = array(arrays, weights, 0, 0))) return 0;
    out->count = (int)(arrays->views[arrays->taken - 2].len / sizeof(int));
    out->most = out->count ? (int)(arrays->views[arrays->taken - 1].len / (out->count * sizeof(int))) : 0;
    if (out->most < 1) return refuse("places and their weights are needed");
    for (int k = 0; k < out->count; k++)
        if (out->first[k] < 0 || out->first[k] >= size) return refuse("places beyond a side");
    return 1;
}

/* smooth(plane, first across, weights across, first down, weights down, out, height, width) */
static PyObject *py_smooth(PyObject *self, PyObject *args) {
    PyObject *plane, *given[4], *out;
    int height, width, done = 0;
    (void)self;
    if (!PyArg_ParseTuple(args, "OOOOOOii", &plane, &given[0], &given[1], &given[2], &given[3], &out, &height, &width))
        return NULL;
    if (height < 1 || width < 1) return refuse("a plane is needed"), NULL;
    Arrays arrays = {.taken = 0};
    Triangles across, down;
    void *from, *to;
    if ((from = array(&arrays, plane, (size_t)height * width * 3, 0)) &&
        triangles(&arrays, given[0], given[1], width, &across) && triangles(&arrays, given[2], given[3], height, &down) &&
        (to = array(&arrays, out, (size_t)across.count * down.count * 3, 1))) {
        Py_BEGIN_ALLOW_THREADS;
        done = !smoothed(from, height, width, &across, &down, to);
        Py_END_ALLOW_THREADS;
        if (!done) PyErr_NoMemory();
    }
    release(&arrays);
    if (!done) return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef FUNCTIONS[] = {
    {"agree", py_agree, METH_VARARGS, NULL},
    {"align", py_align, METH_VARARGS, NULL},
    {"area", py_area, METH_VARARGS, NULL},
    {"blur", py_blur, METH_VARARGS, NULL},
    {"blobs", py_blobs, METH_VARARGS, NULL},
    {"corners", py_corners, METH_VARARGS, NULL},
    {"directions", py_directions, METH_VARARGS, NULL},
    {"descriptors", py_descriptors, METH_VARARGS, NULL},
    {"rooted", py_rooted, METH_VARARGS, NULL},
    {"cubes", py_cubes, METH_VARARGS, NULL},
    {"compare", py_compare, METH_VARARGS, NULL},
    {"content", py_content, METH_VARARGS, NULL},
    {"contrast", py_contrast, METH_VARARGS, NULL},
    {"derived", py_derived, METH_VARARGS, NULL},
    {"differ", py_differ, METH_VARARGS, NULL},
    {"detail", py_detail, METH_VARARGS, NULL},
    {"few", py_few, METH_VARARGS, NULL},
    {"fine", py_fine, METH_VARARGS, NULL},
    {"laid", py_laid, METH_VARARGS, NULL},
    {"lit", py_lit, METH_VARARGS, NULL},
    {"lines", py_lines, METH_VARARGS, NULL},
    {"plain", py_plain, METH_VARARGS, NULL},
    {"variances", py_variances, METH_VARARGS, NULL},
    {"swatches", py_swatches, METH_VARARGS, NULL},
    {"colours", py_colours, METH_VARARGS, NULL},
    {"leaves", py_leaves, METH_VARARGS, NULL},
    {"solve", py_solve, METH_VARARGS, NULL},
    {"covered", py_covered, METH_VARARGS, NULL},
    {"motion", py_motion, METH_VARARGS, NULL},
    {"keypoints", py_keypoints, METH_VARARGS, NULL},
    {"peaks", py_peaks, METH_VARARGS, NULL},
    {"lanes", py_lanes, METH_NOARGS, NULL},
    {"measures", py_measures, METH_VARARGS, NULL},
    {"minima", py_minima, METH_VARARGS, NULL},
    {"network", py_network, METH_VARARGS, NULL},
    {"neighbours", py_neighbours, METH_VARARGS, NULL},
    {"shingles", py_shingles, METH_VARARGS, NULL},
    {"homography", py_homography, METH_VARARGS, NULL},
    {"best_ranks", py_best_ranks, METH_VARARGS, NULL},
    {"order", py_order, METH_VARARGS, NULL},
    {"shared", py_shared, METH_VARARGS, NULL},
    {"inside", py_inside, METH_VARARGS, NULL},
    {"windows", py_windows, METH_VARARGS, NULL},
    {"smooth", py_smooth, METH_VARARGS, NULL},
    {"warp", py_warp, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "compiled", NULL, 0, FUNCTIONS, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_compiled(void) { return PyModule_Create(&MODULE); }

/* Sums of two planes under windows; see `images/ssim.py`. */

#include <stdlib.h>

#include "native.h"
#include "x86.h"

/* all sums are exact, fused or not */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")
#endif

/* of a and of b: values, squares, and the product of both */
#define FIELDS 5
/* rows of these that are held: those under a window */
#define KEPT (2 * REACH + 1)

static int reflected(int at, int size) {
    while (at < 0 || at >= size) at = at < 0 ? -1 - at : 2 * size - 1 - at;
    return at;
}

/* whole numbers below 2^15 */
EVERY_PROCESSOR static void centred(const unsigned char *restrict a, const unsigned char *restrict b, size_t size,
                                    float *restrict fields) {
    for (size_t k = 0; k < size; k++) {
        float one = (float)(a[k] - MIDDLE), other = (float)(b[k] - MIDDLE);
        fields[k] = one;
        fields[k + size] = other;
        fields[k + 2 * size] = one * one;
        fields[k + 3 * size] = other * other;
        fields[k + 4 * size] = one * other;
    }
}

EVERY_PROCESSOR static void squared(const unsigned char *restrict grey, size_t size, float *restrict fields) {
    for (size_t k = 0; k < size; k++) {
        float value = (float)(grey[k] - MIDDLE);
        fields[k] = value;
        fields[k + size] = value * value;
    }
}

/* below 2^24 */
EVERY_PROCESSOR static void down(const float *const *rows, const float *restrict taps, int width,
                                 float *restrict out) {
    for (int x = 0; x < width; x++) {
        float sum = rows[REACH][x] * taps[0];
        for (int k = 1; k <= REACH; k++) sum += (rows[REACH - k][x] + rows[REACH + k][x]) * taps[k];
        out[x] = sum;
    }
}

INLINE void spread(const float *restrict row, const size_t stride, size_t count, double *restrict out) {
    for (size_t k = 0; k < count; k++) out[k] = row[k * stride];
}

/* below 2^33: doubles. of `stride` a constant, so that places are computed side by side */
INLINE void summed(const float *row, const double *restrict taps, const int stride, int columns, double *phases,
                   double *restrict out) {
    size_t each = columns + 2 * REACH / stride + 1;
    for (int phase = 0; phase < stride; phase++) spread(row + phase, stride, each, phases + phase * each);
    const double *at[2 * REACH + 1];
    for (int k = 0; k <= 2 * REACH; k++) at[k] = phases + k % stride * each + k / stride;
    for (size_t x = 0; x < (size_t)columns; x++) {
        double sum = at[REACH][x] * taps[0];
#pragma GCC unroll 5
        for (int k = 1; k <= REACH; k++) sum += (at[REACH - k][x] + at[REACH + k][x]) * taps[k];
        out[x] = sum;
    }
}

/* row: starts REACH before the first place; phases: room for it, every stride-th value side by side */
EVERY_PROCESSOR static void along(const float *row, const double *taps, int stride, int columns, double *phases,
                                  double *out) {
    if (stride == 1)
        summed(row, taps, 1, columns, phases, out);
    else if (stride == 2)
        summed(row, taps, 2, columns, phases, out);
    else
        summed(row, taps, stride, columns, phases, out);
}

/* rows of a field, of which KEPT are held in turn, `fields` of each -> one, filtered down around the y-th and continued at
   both ends */
static void window(const float *rows, int fields, int y, int height, int width, const float *taps, float *row) {
    const float *around[2 * REACH + 1];
    for (int k = -REACH; k <= REACH; k++)
        around[k + REACH] = rows + (size_t)(reflected(y + k, height) % KEPT) * fields * width;
    down(around, taps, width, row + REACH);
    for (int k = 1; k <= REACH; k++) {
        row[REACH - k] = row[REACH + reflected(-k, width)];
        row[REACH + width - 1 + k] = row[REACH + reflected(width - 1 + k, width)];
    }
}

static int by_floats(const unsigned char *a, const unsigned char *b, int height, int width, int stride,
                     const float *taps, float *maps) {
    int rows = (height - 1) / stride + 1, columns = (width - 1) / stride + 1;
    /* a row is as long as the last window asks for, in every phase */
    size_t padded = (size_t)(columns + 2 * REACH / stride + 1) * stride;
    float *fields = malloc((FIELDS * (size_t)KEPT * width + padded + 2 * REACH + width) * sizeof(float));
    double *phases = malloc((padded + (size_t)FIELDS * columns) * sizeof(double));
    if (fields && phases) {
        float *row = fields + FIELDS * (size_t)KEPT * width;
        double *means = phases + padded;
        for (size_t k = 0; k < padded + 2 * REACH + width; k++) row[k] = 0;
        double exact[REACH + 1];
        for (int k = 0; k <= REACH; k++) exact[k] = taps[k];
        int read = 0;
        for (int y = 0; y < rows; y++) {
            for (; read < height && read <= y * stride + REACH; read++)
                centred(a + (size_t)read * width, b + (size_t)read * width, width,
                        fields + (size_t)(read % KEPT) * FIELDS * width);
            for (int field = 0; field < FIELDS; field++) {
                window(fields + (size_t)field * width, FIELDS, y * stride, height, width, taps, row);
                along(row, exact, stride, columns, phases, means + (size_t)field * columns);
            }
            ssim_terms(means, columns, (size_t)rows * columns, maps + (size_t)y * columns);
        }
    }
    int failed = !fields || !phases;
    free(fields);
    free(phases);
    return failed ? -1 : 0;
}

#ifdef X86

/* The same under every second window, in whole numbers: of 16 bits down, of which one instruction multiplies 32 and adds up
   neighbours, of 32 and 64 bits along. */

#define WHOLE __attribute__((target("avx512bw,avx512dq")))
/* of 16 bits, in one vector */
#define SHORTS 32
/* rows under a window, by two; the last of these is beyond it */
#define PAIRS (REACH + 1)

WHOLE INLINE __m512i centred_whole(const unsigned char *grey, __mmask64 there) {
    return _mm512_sub_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(_mm512_maskz_loadu_epi8(there, grey))), _mm512_set1_epi16(MIDDLE));
}

/* two rows -> their fields, each place of the one beside that of the other, as unpacking leaves them */
WHOLE static void fields_of(const unsigned char *const *a, const unsigned char *const *b, int width, size_t field,
                            __m512i *out) {
    for (int x = 0; x < width; x += SHORTS, out += 2) {
        __mmask64 there = width - x < SHORTS ? (1ull << (width - x)) - 1 : 0xffffffffull;
        __m512i of[2][FIELDS];
        for (int k = 0; k < 2; k++) {
            __m512i one = centred_whole(a[k] + x, there), other = centred_whole(b[k] + x, there);
            of[k][0] = one;
            of[k][1] = other;
            of[k][2] = _mm512_mullo_epi16(one, one);
            of[k][3] = _mm512_mullo_epi16(other, other);
            of[k][4] = _mm512_mullo_epi16(one, other);
        }
        for (int n = 0; n < FIELDS; n++) {
            out[n * field] = _mm512_unpacklo_epi16(of[0][n], of[1][n]);
            out[n * field + 1] = _mm512_unpackhi_epi16(of[0][n], of[1][n]);
        }
    }
}

/* a field of PAIRS -> of each place the sum, below 2^24 */
WHOLE static void down_whole(const __m512i *const *pairs, const __m512i *taps, int width, int *out) {
    const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    for (int x = 0; x < width; x += SHORTS, out += SHORTS) {
        __m512i low = _mm512_setzero_si512(), high = low;
#pragma GCC unroll 6
        for (int k = 0; k < PAIRS; k++) {
            const __m512i *at = pairs[k] + 2 * (x / SHORTS);
            low = _mm512_add_epi32(low, _mm512_madd_epi16(at[0], taps[k]));
            high = _mm512_add_epi32(high, _mm512_madd_epi16(at[1], taps[k]));
        }
        _mm512_storeu_si512(out, _mm512_permutex2var_epi64(low, first, high));
        _mm512_storeu_si512(out + SHORTS / 2, _mm512_permutex2var_epi64(low, second, high));
    }
}

/* windows along a row, at once */
#define EIGHT 8

/* row: from the first place on, with REACH before it and after it. There is something behind the last window, too. */
WHOLE static void along_whole(const int *row, const __m512i *taps, int columns, double *out) {
    for (int x = 0; x < columns; x += EIGHT, row += 2 * EIGHT) {
        __m512i sum = _mm512_mul_epi32(_mm512_loadu_si512(row), taps[0]);
#pragma GCC unroll 5
        for (int k = 1; k <= REACH; k++) {
            __m512i both = _mm512_add_epi32(_mm512_loadu_si512(row - k), _mm512_loadu_si512(row + k));
            sum = _mm512_add_epi64(sum, _mm512_mul_epi32(both, taps[k]));
        }
        _mm512_storeu_pd(out + x, _mm512_cvtepi64_pd(sum));
    }
}

WHOLE static int by_whole_numbers(const unsigned char *a, const unsigned char *b, int height, int width,
                                  const float *taps, float *maps) {
    int rows = (height - 1) / 2 + 1, columns = (width - 1) / 2 + 1;
    size_t field = 2 * (((size_t)width + SHORTS - 1) / SHORTS), pair = FIELDS * field;
    size_t line = field * SHORTS / 2 + 2 * REACH + SHORTS, found = FIELDS * (size_t)columns + EIGHT;
    __m512i *memory;
    size_t size = PAIRS * pair * sizeof(__m512i) + found * sizeof(double) + line * sizeof(int);
    if (posix_memalign((void **)&memory, sizeof(__m512i), size)) return -1;
    double *means = (double *)(memory + PAIRS * pair);
    int *row = (int *)(means + found) + REACH;
    __m512i of_pairs[PAIRS], of_places[REACH + 1];
    for (int k = 0; k < PAIRS; k++) {
        int upper = (int)taps[abs(2 * k - REACH)], lower = 2 * k < 2 * REACH ? (int)taps[abs(2 * k + 1 - REACH)] : 0;
        of_pairs[k] = _mm512_set1_epi32(lower << 16 | upper);
        of_places[k] = _mm512_set1_epi64((int)taps[k]);
    }
    /* rows 2 n - REACH and the next are the n-th pair */
    int read = 0;
    for (int y = 0; y < rows; y++) {
        for (; read < y + PAIRS; read++) {
            const unsigned char *one[2], *other[2];
            for (int k = 0; k < 2; k++) {
                size_t at = (size_t)reflected(2 * read - REACH + k, height) * width;
                one[k] = a + at;
                other[k] = b + at;
            }
            fields_of(one, other, width, field, memory + read % PAIRS * pair);
        }
        for (int n = 0; n < FIELDS; n++) {
            const __m512i *pairs[PAIRS];
            for (int k = 0; k < PAIRS; k++) pairs[k] = memory + (y + k) % PAIRS * pair + n * field;
            down_whole(pairs, of_pairs, width, row);
            for (int k = 1; k <= REACH; k++) {
                row[-k] = row[reflected(-k, width)];
                row[width - 1 + k] = row[reflected(width - 1 + k, width)];
            }
            along_whole(row, of_places, columns, means + (size_t)n * columns);
        }
        ssim_terms(means, columns, (size_t)rows * columns, maps + (size_t)y * columns);
    }
    free(memory);
    return 0;
}

#endif

int compared(const unsigned char *a, const unsigned char *b, int height, int width, int stride, const float *taps,
             float *maps) {
#ifdef X86
    if (stride == 2 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        return by_whole_numbers(a, b, height, width, taps, maps);
#endif
    return by_floats(a, b, height, width, stride, taps, maps);
}

/* sums of values and of squares, below 2^25 and 2^33 -> variances: differences of whole numbers of 2^-36 below 2^14 */
EVERY_PROCESSOR static void varied(const double *restrict sums, const double *restrict squares, int width,
                                   float *restrict out) {
    for (int x = 0; x < width; x++) {
        double mean = sums[x] / (SUM * SUM), variance = squares[x] / (SUM * SUM) - mean * mean;
        out[x] = (float)(variance > 0 ? variance : 0);
    }
}

int variances(const unsigned char *grey, int height, int width, const float *taps, float *out) {
    size_t padded = (size_t)width + 2 * REACH + 1;
    float *fields = malloc((2 * (size_t)KEPT * width + padded) * sizeof(float));
    double *phases = malloc((padded + 2 * (size_t)width) * sizeof(double));
    if (fields && phases) {
        float *row = fields + 2 * (size_t)KEPT * width;
        double *sums = phases + padded, exact[REACH + 1];
        for (size_t k = 0; k < padded; k++) row[k] = 0;
        for (int k = 0; k <= REACH; k++) exact[k] = taps[k];
        int read = 0;
        for (int y = 0; y < height; y++) {
            for (; read < height && read <= y + REACH; read++)
                squared(grey + (size_t)read * width, width, fields + (size_t)(read % KEPT) * 2 * width);
            for (int field = 0; field < 2; field++) {
                window(fields + (size_t)field * width, 2, y, height, width, taps, row);
                along(row, exact, 1, width, phases, sums + (size_t)field * width);
            }
            varied(sums, sums + width, width, out + (size_t)y * width);
        }
    }
    int failed = !fields || !phases;
    free(fields);
    free(phases);
    return failed ? -1 : 0;
}

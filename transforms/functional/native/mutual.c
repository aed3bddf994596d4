/* Mutually nearest descriptors; see `registration/matches.py`. */

#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "x86.h"

/* descriptors are whole parts of 1, whose products add up exactly */
#define PARTS 2048.0f
/* of products, what is out of the question */
#define NOWHERE (-(1 << 22))
/* columns side by side */
#define LANES 16
/* numbers of a descriptor, two of which are multiplied and added at once */
#define PAIRS (DIMS / 2)

/* what is looked for: row by row, the greatest of each column so far */
typedef struct {
    int columns, wide, least;
    short *rows, *across;
    int *products, *most;
} Table;

/* two descriptors' numbers, in turn: of the columns side by side */
static void laid_across(const float *descriptors, const Table *table) {
    memset(table->across, 0, (size_t)DIMS * table->wide * sizeof(short));
    for (int j = 0; j < table->columns; j++)
        for (int k = 0; k < DIMS; k++)
            table->across[((size_t)(k / 2) * table->wide + j) * 2 + k % 2] = (short)(descriptors[(size_t)j * DIMS + k] * PARTS);
}

#ifdef X86
__attribute__((target("avx512bw"))) static void multiplied_by_vectors(const Table *table, const short *row) {
    __m512i own[PAIRS];
    for (int p = 0; p < PAIRS; p++) {
        int both;
        memcpy(&both, row + 2 * p, sizeof both);
        own[p] = _mm512_set1_epi32(both);
    }
    for (int j = 0; j < table->wide; j += LANES) {
        const short *across = table->across + 2 * j;
        __m512i even = _mm512_setzero_si512(), odd = even;
#pragma GCC unroll 16
        for (int p = 0; p < PAIRS; p += 2) {
            even = _mm512_add_epi32(even, _mm512_madd_epi16(own[p], _mm512_loadu_si512(across + (size_t)p * 2 * table->wide)));
            odd = _mm512_add_epi32(odd, _mm512_madd_epi16(own[p + 1], _mm512_loadu_si512(across + (size_t)(p + 1) * 2 * table->wide)));
        }
        _mm512_storeu_si512(table->products + j, _mm512_add_epi32(even, odd));
    }
}
#endif

EVERY_PROCESSOR static void multiplied_by_numbers(const Table *table, const short *row) {
    int *restrict products = table->products;
    memset(products, 0, table->wide * sizeof(int));
    for (int p = 0; p < PAIRS; p++) {
        const short *restrict across = table->across + (size_t)p * 2 * table->wide;
        int one = row[2 * p], other = row[2 * p + 1];
        for (int j = 0; j < table->wide; j++) products[j] += one * across[2 * j] + other * across[2 * j + 1];
    }
}

/* -> the greatest product of a row; each of the greatest of columns becomes what the row has there, if that is more */
EVERY_PROCESSOR static int greatest(const int *restrict products, int columns, int *restrict most) {
    int found = products[0];
    for (int j = 0; j < columns; j++) {
        int here = products[j];
        found = here > found ? here : found;
        most[j] = here > most[j] ? here : most[j];
    }
    return found;
}

ptrdiff_t mutual(const float *a, int rows, const float *signs, const float *b, int columns, const unsigned char *far,
                 float least, long long *found) {
    int wide = (columns + LANES - 1) / LANES * LANES;
    Table table = {.columns = columns, .wide = wide};
    table.products = malloc(((size_t)wide + columns + rows) * sizeof(int) + (size_t)DIMS * wide * sizeof(short));
    if (!table.products) return -1;
    int *best = (table.most = table.products + wide) + columns;
    table.across = (short *)(best + rows);
    laid_across(b, &table);
    void (*multiplied)(const Table *, const short *) = multiplied_by_numbers;
#ifdef X86
    if (__builtin_cpu_supports("avx512bw")) multiplied = multiplied_by_vectors;
#endif
    for (int j = 0; j < columns; j++) table.most[j] = NOWHERE;
    ptrdiff_t count = 0;
    for (int i = 0; i < rows; i++) {
        short row[DIMS];
        for (int k = 0; k < DIMS; k++) row[k] = (short)(a[(size_t)i * DIMS + k] * signs[k] * PARTS);
        multiplied(&table, row);
        for (int j = 0; j < columns && far; j++)
            if (far[(size_t)i * columns + j]) table.products[j] = NOWHERE;
        int most = greatest(table.products, columns, table.most), j = 0;
        if (!((float)most >= least * (PARTS * PARTS))) continue;
        while (table.products[j] != most) j++;
        found[2 * count] = i, found[2 * count + 1] = j;
        best[count++] = most;
    }
    ptrdiff_t kept = 0;
    for (ptrdiff_t k = 0; k < count; k++) {
        long long i = found[2 * k], j = found[2 * k + 1];
        if (best[k] < table.most[j]) continue;
        found[2 * kept] = i, found[2 * kept + 1] = j;
        kept++;
    }
    free(table.products);
    return kept;
}

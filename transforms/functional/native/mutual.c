/* Mutually nearest descriptors; see `registration/matches.py`. */

#include <stdlib.h>

#include "native.h"

#define LANES 16

/* -> the greatest of a row; each of `most` becomes what the row has there, if that is more */
EVERY_PROCESSOR static float greatest(const float *restrict row, int columns, float *restrict most) {
    float lanes[LANES], found = row[0];
    int whole = columns - columns % LANES;
    for (int k = 0; k < LANES; k++) lanes[k] = found;
    for (int j = 0; j < whole; j += LANES)
        for (int k = 0; k < LANES; k++) {
            float here = row[j + k];
            lanes[k] = here > lanes[k] ? here : lanes[k];
            most[j + k] = here > most[j + k] ? here : most[j + k];
        }
    for (int j = whole; j < columns; j++) {
        found = row[j] > found ? row[j] : found;
        most[j] = row[j] > most[j] ? row[j] : most[j];
    }
    for (int k = 0; k < LANES; k++) found = lanes[k] > found ? lanes[k] : found;
    return found;
}

ptrdiff_t mutual(const float *similarity, int rows, int columns, float least, long long *found) {
    float *most = malloc(((size_t)columns + rows) * sizeof(float)), *best = most + columns;
    if (!most) return -1;
    for (int j = 0; j < columns; j++) most[j] = similarity[j];
    for (int i = 0; i < rows; i++) best[i] = greatest(similarity + (size_t)i * columns, columns, most);
    ptrdiff_t count = 0;
    for (int i = 0; i < rows; i++) {
        if (!(best[i] >= least)) continue;
        const float *row = similarity + (size_t)i * columns;
        int j = 0;
        while (row[j] != best[i]) j++;
        if (best[i] < most[j]) continue;
        found[2 * count] = i;
        found[2 * count + 1] = j;
        count++;
    }
    free(most);
    return count;
}

/* How plain the tiles of a plane are, and its light made even; see `images/pixels/plain.py`. */

#include <string.h>

#include "native.h"

#define GREYS 256
/* shares of a tile's pixels between which its greys spread */
#define DARK 0.02
#define LIGHT 0.98

/* the first row or column of a tile */
static int start_of(int tile, int side, int tiles) { return (int)(((long long)tile * side + tiles - 1) / tiles); }

void plain_tiles(const unsigned char *grey, int height, int width, int tiles, int near, int *told) {
    int *held = told, *count = told + (size_t)tiles * tiles, *spread = count + (size_t)tiles * tiles;
    for (int down = 0; down < tiles; down++)
        for (int across = 0; across < tiles; across++, held++, count++, spread++) {
            int top = start_of(down, height, tiles), bottom = start_of(down + 1, height, tiles);
            int left = start_of(across, width, tiles), right = start_of(across + 1, width, tiles);
            int counted[GREYS], below = 0, before = 0, most = 0, dark = -1, light = -1;
            memset(counted, 0, sizeof counted);
            for (int y = top; y < bottom; y++) {
                const unsigned char *row = grey + (size_t)y * width;
                for (int x = left; x < right; x++) counted[row[x]]++;
            }
            int all = (bottom - top) * (right - left);
            for (int g = 0; g < GREYS; g++) {
                below += counted[g];
                if (g >= near) before += counted[g - near];
                if (below - before > most) most = below - before;
                if (dark < 0 && below > DARK * all) dark = g;
                if (light < 0 && below > LIGHT * all) light = g;
            }
            *held = most;
            *count = all;
            *spread = light - dark;
        }
}

/* The quotient of whole numbers below 2^16 and 2^8 is farther from a whole number that it does not reach than floats are
   apart there. */
EVERY_PROCESSOR void evenly_lit(const unsigned char *restrict grey, const unsigned char *restrict around, size_t size,
                                int darkest, int paper, unsigned char *restrict out) {
    for (size_t k = 0; k < size; k++) {
        int ground = around[k] > darkest ? around[k] : darkest;
        out[k] = (unsigned char)(int)((float)(grey[k] * paper + ground / 2) / (float)ground);
    }
}

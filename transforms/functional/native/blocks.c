/* Blocks of neighbouring windows; see `verification/measures/blocks.py`. */

#include <stdlib.h>
#include <string.h>

#include "native.h"

/* blocks of fewer windows are not counted */
#define FEW 4

typedef struct {
    int size, left, right, top, bottom;
} Block;

static int root(const int *parent, int at) {
    while (parent[at] != at) at = parent[at];
    return at;
}

/* the lesser of two names is that of both */
static int joined(int *parent, int one, int other) {
    one = root(parent, one), other = root(parent, other);
    int first = one < other ? one : other, second = one < other ? other : one;
    parent[second] = first;
    return first;
}

/* names: rows of a border of zeros around the mask, `wide` each. Squares of 2 x 2 are named in order. -> names given */
static int named(const unsigned char *where, int height, int width, int *names, int *parent) {
    int wide = width + 2, given = 0;
    for (int y = 0; y < height; y += 2)
        for (int x = 0; x < width; x += 2) {
            int name = 0;
            for (int j = y; j < y + 2 && j < height; j++)
                for (int i = x; i < x + 2 && i < width; i++) {
                    if (!where[(size_t)j * width + i]) continue;
                    int *at = names + (size_t)(j + 1) * wide + i + 1;
                    const int near[5] = {at[-wide - 1], at[-wide], at[-wide + 1], at[-1], at[wide - 1]};
                    for (int k = 0; k < 5; k++)
                        if (near[k]) name = name ? joined(parent, name, near[k]) : root(parent, near[k]);
                    if (!name) {
                        name = ++given;
                        parent[name] = name;
                    }
                    *at = name;
                }
        }
    return given;
}

int largest_block(const unsigned char *where, const float *weight, int height, int width, double *found) {
    int wide = width + 2;
    size_t room = (size_t)(height + 2) * wide, most = (size_t)((height + 1) / 2) * ((width + 1) / 2) + 1;
    memset(found, 0, BLOCKS * sizeof(double));
    if (!memchr(where, 1, (size_t)height * width)) return 0;
    int *names = calloc(room + most, sizeof(int)), *parent = names + room;
    Block *blocks = calloc(most, sizeof(Block));
    int failed = !names || !blocks;
    if (!failed) {
        int given = named(where, height, width, names, parent), all = 0, largest = 0, counted = 0;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                int *at = names + (size_t)(y + 1) * wide + x + 1;
                if (!*at) continue;
                Block *own = blocks + (*at = root(parent, *at));
                if (!own->size) *own = (Block){0, x, x, y, y};
                own->size++, all++;
                own->left = x < own->left ? x : own->left;
                own->right = x > own->right ? x : own->right;
                own->bottom = y;
            }
        for (int k = 1; k <= given; k++) {
            counted += blocks[k].size >= FEW;
            if (blocks[k].size > blocks[largest].size) largest = k;
        }
        const Block *own = blocks + largest;
        double texture = 0;
        for (int y = own->top; y <= own->bottom; y++)
            for (int x = own->left; x <= own->right; x++)
                if (names[(size_t)(y + 1) * wide + x + 1] == largest) texture += weight[(size_t)y * width + x];
        found[0] = all, found[1] = own->size, found[2] = texture;
        found[3] = own->right - own->left + 1, found[4] = own->bottom - own->top + 1, found[5] = counted;
    }
    free(names);
    free(blocks);
    return failed ? -1 : 0;
}

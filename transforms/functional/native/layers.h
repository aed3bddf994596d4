/* Layers of the embedded network for vectors of one width, which whoever includes this has defined: see `network.c`.

   Values of four channels' lanes lie side by side as unpacking bytes leaves them, so that packing them again brings
   channels back in order: of a group of 4 LANES channels, vector q holds 16 l + 4 q + 0 ... 3 in its l-th 16 bytes. What
   is left over of the channels is computed in their own order, one vector for LANES of them. */

/* whole numbers of a group and its zero -> bytes */
TARGET INLINE V NAME(packed)(const V *whole, V zero) {
    return PACK8(ADD16(PACK16(whole[0], whole[1]), zero), ADD16(PACK16(whole[2], whole[3]), zero));
}

/* rounded sums of a group, scaled, and its block's input added -> bytes */
TARGET INLINE void NAME(group)(const V *sums, const int *given, const Adds *adds, size_t at, V zero,
                               unsigned char *out) {
    V whole[4], kept[4];
    if (adds->entered) {
        V bytes = LOAD(adds->entered + at), low = LOW8(bytes, ZEROS), high = HIGH8(bytes, ZEROS);
        kept[0] = LOW16(low, ZEROS);
        kept[1] = HIGH16(low, ZEROS);
        kept[2] = LOW16(high, ZEROS);
        kept[3] = HIGH16(high, ZEROS);
    }
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) {
        F value = SCALED(sums[q], given + 3 * LANES * q);
        if (adds->entered) value = ADDED(value, adds->share, kept[q], adds->zero);
        whole[q] = ROUNDED(value);
    }
    STORE(out, NAME(packed)(whole, zero));
}

/* the same of LANES channels in their own order */
TARGET INLINE void NAME(few)(V sums, const int *given, const Adds *adds, size_t at, int zero, unsigned char *out) {
    F value = SCALED(sums, given);
    if (adds->entered) value = ADDED(value, adds->share, WIDENED(adds->entered + at), adds->zero);
    STORE_FEW(out, ROUNDED(value), zero);
}

/* `rows` pixels times `vectors` of channels */
TARGET INLINE void NAME(tile)(const int rows, const int vectors, const Product *p, size_t row, const signed char *weights,
                              const int *given, size_t channel) {
    V sums[MOST_ROWS][4], start[4];
    const unsigned char *from = p->from + row * p->from_stride;
#pragma GCC unroll 4
    for (int q = 0; q < vectors; q++) start[q] = LOAD(given + 3 * LANES * q);
#pragma GCC unroll 16
    for (int m = 0; m < rows; m++)
#pragma GCC unroll 4
        for (int q = 0; q < vectors; q++) sums[m][q] = start[q];
    for (int step = 0; step < p->steps; step++, weights += 4 * LANES * vectors, from += 4) {
        V of[4];
#pragma GCC unroll 4
        for (int q = 0; q < vectors; q++) of[q] = LOAD(weights + 4 * LANES * q);
#pragma GCC unroll 16
        for (int m = 0; m < rows; m++) {
            V bytes = FOUR(from + m * p->from_stride);
#pragma GCC unroll 4
            for (int q = 0; q < vectors; q++) sums[m][q] = DOT(sums[m][q], bytes, of[q]);
        }
    }
    V zero = SAME16(p->zero);
#pragma GCC unroll 16
    for (int m = 0; m < rows; m++) {
        size_t at = (row + m) * p->to_stride + channel;
        if (vectors == 4)
            NAME(group)(sums[m], given, &p->adds, at, zero, p->to + at);
        else
#pragma GCC unroll 4
            for (int q = 0; q < vectors; q++)
                NAME(few)(sums[m][q], given + 3 * LANES * q, &p->adds, at + LANES * q, p->zero, p->to + at + LANES * q);
    }
}

/* All pixels times `vectors` of channels. The last tile computes some of them again, or, where there are but few, what
   lies behind them. */
#define TILES(name, rows, vectors)                                                                                   \
    TARGET static __attribute__((noinline)) void NAME(name)(const Product *p, const signed char *weights,            \
                                                            const int *given, size_t channel) {                      \
        size_t last = p->pixels > rows ? p->pixels - rows : 0;                                                       \
        for (size_t row = 0; row < p->pixels; row += rows)                                                           \
            NAME(tile)(rows, vectors, p, row < last ? row : last, weights, given, channel);                          \
    }

TILES(by_one, ROWS1, 1)
TILES(by_two, ROWS2, 2)
TILES(by_three, ROWS3, 3)
TILES(by_four, ROWS4, 4)

TARGET static void NAME(product)(const Product *p, int outputs) {
    const signed char *weights = p->weights;
    const int *given = p->given;
    for (int channel = 0; channel < outputs;) {
        int vectors = (outputs - channel) / LANES;
        void (*const by[])(const Product *, const signed char *, const int *, size_t) = {
            NAME(by_one), NAME(by_two), NAME(by_three), NAME(by_four)};
        vectors = vectors < 4 ? vectors : 4;
        by[vectors - 1](p, weights, given, channel);
        weights += (size_t)4 * LANES * vectors * p->steps;
        given += 3 * LANES * vectors;
        channel += LANES * vectors;
    }
}

/* four bytes below one another of each channel of a group */
TARGET INLINE void NAME(columns)(V a, V b, V c, V d, V *out) {
    V low = LOW8(a, b), high = HIGH8(a, b), lower = LOW8(c, d), higher = HIGH8(c, d);
    out[0] = LOW16(low, lower);
    out[1] = HIGH16(low, lower);
    out[2] = LOW16(high, higher);
    out[3] = HIGH16(high, higher);
}

/* `across` places side by side of a group, of columns that were laid out, each of which is read once. Of a side of 5, the
   last row is by itself. */
TARGET INLINE void NAME(places)(const int side, const int stride, const int across, const V *columns,
                                const signed char *weights, const int *given, V zero, unsigned char *out,
                                size_t channels) {
    const int quads = side == 3 ? 1 : 2;
    V whole[4][4];
#pragma GCC unroll 4
    for (int q = 0; q < 4; q++) {
        V sums[4];
#pragma GCC unroll 4
        for (int n = 0; n < across; n++) sums[n] = LOAD(given + 3 * LANES * q);
#pragma GCC unroll 2
        for (int quad = 0; quad < quads; quad++) {
            V of[5];
#pragma GCC unroll 5
            for (int k = 0; k < side; k++) of[k] = LOAD(weights + 4 * LANES * (4 * (k * quads + quad) + q));
#pragma GCC unroll 11
            for (int column = 0; column < side + stride * (across - 1); column++) {
                V bytes = columns[4 * (column * quads + quad) + q];
#pragma GCC unroll 4
                for (int n = 0; n < across; n++)
                    if (column >= n * stride && column < n * stride + side)
                        sums[n] = DOT(sums[n], bytes, of[column - n * stride]);
            }
        }
#pragma GCC unroll 4
        for (int n = 0; n < across; n++) whole[n][q] = ROUNDED(SCALED(sums[n], given + 3 * LANES * q));
    }
#pragma GCC unroll 4
    for (int n = 0; n < across; n++) STORE(out + n * channels, NAME(packed)(whole[n], zero));
}

TARGET INLINE void NAME(row)(const int side, const int stride, const Depthwise *d, const unsigned char *const *rows,
                             V *columns, const signed char *weights, const int *given, unsigned char *out) {
    const int beside = side / 2, of_a_column = side == 3 ? 4 : 8;
    V outside = SAME8(d->before), zero = SAME16(d->zero);
    for (int k = 0; k < beside * of_a_column; k++) {
        columns[k] = outside;
        columns[(size_t)(beside + d->width) * of_a_column + k] = outside;
    }
    for (int x = 0; x < d->width; x++) {
        size_t at = (size_t)x * d->channels;
        V *column = columns + (size_t)(beside + x) * of_a_column, third = LOAD(rows[2] + at);
        NAME(columns)(LOAD(rows[0] + at), LOAD(rows[1] + at), third, side == 3 ? third : LOAD(rows[3] + at), column);
        if (side == 5) NAME(columns)(LOAD(rows[4] + at), ZEROS, ZEROS, ZEROS, column + 4);
    }
    size_t channels = d->channels;
    int x = 0;
    for (; x + 4 <= d->across; x += 4)
        NAME(places)(side, stride, 4, columns + (size_t)x * stride * of_a_column, weights, given, zero,
                     out + x * channels, channels);
    for (; x < d->across; x++)
        NAME(places)(side, stride, 1, columns + (size_t)x * stride * of_a_column, weights, given, zero,
                     out + x * channels, channels);
}

#define ROW(name, side, stride)                                                                                    \
    TARGET static __attribute__((noinline)) void NAME(name)(                                                       \
        const Depthwise *d, const unsigned char *const *rows, V *columns, const signed char *weights,              \
        const int *given, unsigned char *out) {                                                                    \
        NAME(row)(side, stride, d, rows, columns, weights, given, out);                                            \
    }

ROW(three_by_one, 3, 1)
ROW(three_by_two, 3, 2)
ROW(five_by_one, 5, 1)
ROW(five_by_two, 5, 2)

/* one row of places of all channels; the last group computes some of them again. columns: room for a row. */
TARGET static void NAME(depthwise)(const Depthwise *d, const unsigned char *const *rows, void *columns,
                                   unsigned char *out) {
    void (*const by[2][2])(const Depthwise *, const unsigned char *const *, V *, const signed char *, const int *,
                           unsigned char *) = {{NAME(three_by_one), NAME(three_by_two)},
                                               {NAME(five_by_one), NAME(five_by_two)}};
    int groups = (d->channels + 4 * LANES - 1) / (4 * LANES);
    size_t weights = (size_t)d->side * (d->side == 3 ? 4 : 8) * 4 * LANES;
    for (int n = 0; n < groups; n++) {
        size_t first = n + 1 < groups ? (size_t)n * 4 * LANES : (size_t)d->channels - 4 * LANES;
        const unsigned char *from[5];
        for (int k = 0; k < d->side; k++) from[k] = rows[k] + first;
        by[d->side == 5][d->stride - 1](d, from, columns, d->weights + n * weights, d->given + n * 12 * LANES, out + first);
    }
}
#undef TILES
#undef ROW

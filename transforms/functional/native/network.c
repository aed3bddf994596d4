/* The embedded network in whole numbers; see `embedding/integers.py`. */

#include <stdlib.h>
#include <string.h>

#include "native.h"
#include "x86.h"

#ifdef X86

#define MOST_ROWS 12

/* what is added to sums before they are rounded: a share of what came into their block; nothing, if that is NULL */
typedef struct {
    const unsigned char *entered;
    float share;
    int zero;
} Adds;

/* pixels times weights. steps: of four inputs. given: for each vector of channels where sums start, scales, biases */
typedef struct {
    const unsigned char *from;
    size_t pixels, from_stride, to_stride;
    const signed char *weights;
    const int *given;
    int steps, zero;
    unsigned char *to;
    Adds adds;
} Product;

/* `across` places of each row of `width`. before: what stands for 0 in what comes */
typedef struct {
    int side, stride, width, across, channels, before, zero;
    const signed char *weights;
    const int *given;
} Depthwise;

#define V __m512i
#define F __m512
#define LANES 16
#define NAME(name) name##_wide
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define ZEROS _mm512_setzero_si512()
#define LOAD(from) _mm512_loadu_si512(from)
#define STORE(to, v) _mm512_storeu_si512(to, v)
#define SAME8 _mm512_set1_epi8
#define SAME16 _mm512_set1_epi16
#define LOW8 _mm512_unpacklo_epi8
#define HIGH8 _mm512_unpackhi_epi8
#define LOW16 _mm512_unpacklo_epi16
#define HIGH16 _mm512_unpackhi_epi16
#define ADD16 _mm512_adds_epi16
#define PACK16 _mm512_packs_epi32
#define PACK8 _mm512_packus_epi16
#define DOT dot_wide
#define ROUNDED _mm512_cvtps_epi32
#define SCALED(sums, given) \
    _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), _mm512_loadu_ps((given) + LANES), _mm512_loadu_ps((given) + 2 * LANES))
#define ADDED(value, share, bytes, zero) \
    _mm512_fmadd_ps(_mm512_set1_ps(share), _mm512_cvtepi32_ps(_mm512_sub_epi32(bytes, _mm512_set1_epi32(zero))), value)
#define WIDENED(from) _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)(from)))
#define STORE_FEW(to, v, zero) \
    _mm_storeu_si128((void *)(to), _mm512_cvtusepi32_epi8(_mm512_max_epi32(_mm512_add_epi32(v, _mm512_set1_epi32(zero)), ZEROS)))
#define FOUR(from) _mm512_set1_epi32(four(from))
#define ROWS1 12
#define ROWS2 12
#define ROWS3 8
#define ROWS4 6

/* _mm512_dpbusd_epi32, around which GCC 12 moves a tile's sums between registers and memory with every step */
TARGET INLINE V dot_wide(V sum, V bytes, V of) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(bytes), "v"(of));
    return sum;
}

INLINE int four(const unsigned char *from) {
    int bytes;
    memcpy(&bytes, from, sizeof bytes);
    return bytes;
}

#include "layers.h"

#undef V
#undef F
#undef LANES
#undef NAME
#undef TARGET
#undef ZEROS
#undef LOAD
#undef STORE
#undef SAME8
#undef SAME16
#undef LOW8
#undef HIGH8
#undef LOW16
#undef HIGH16
#undef ADD16
#undef PACK16
#undef PACK8
#undef DOT
#undef ROUNDED
#undef SCALED
#undef ADDED
#undef WIDENED
#undef STORE_FEW
#undef FOUR
#undef ROWS1
#undef ROWS2
#undef ROWS3
#undef ROWS4

#define V __m256i
#define F __m256
#define LANES 8
#define NAME(name) name##_narrow
#define TARGET __attribute__((target("avx2,fma")))
#define ZEROS _mm256_setzero_si256()
#define LOAD(from) _mm256_loadu_si256((const void *)(from))
#define STORE(to, v) _mm256_storeu_si256((void *)(to), v)
#define SAME8 _mm256_set1_epi8
#define SAME16 _mm256_set1_epi16
#define LOW8 _mm256_unpacklo_epi8
#define HIGH8 _mm256_unpackhi_epi8
#define LOW16 _mm256_unpacklo_epi16
#define HIGH16 _mm256_unpackhi_epi16
#define ADD16 _mm256_adds_epi16
#define PACK16 _mm256_packs_epi32
#define PACK8 _mm256_packus_epi16
/* two products of a byte and a weight of 64 at most fit into 16 bits */
#define DOT(sum, bytes, of) \
    _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, of), _mm256_set1_epi16(1)))
#define ROUNDED _mm256_cvtps_epi32
#define GIVEN(given, n) _mm256_loadu_ps((const float *)(given) + (n) * LANES)
#define SCALED(sums, given) _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), GIVEN(given, 1), GIVEN(given, 2))
#define ADDED(value, share, bytes, zero) \
    _mm256_fmadd_ps(_mm256_set1_ps(share), _mm256_cvtepi32_ps(_mm256_sub_epi32(bytes, _mm256_set1_epi32(zero))), value)
#define WIDENED(from) _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)(from)))
#define STORE_FEW(to, v, zero) store_few_narrow(to, _mm256_add_epi32(v, _mm256_set1_epi32(zero)))
#define FOUR(from) _mm256_set1_epi32(four(from))
#define ROWS1 6
#define ROWS2 4
#define ROWS3 3
#define ROWS4 2

TARGET INLINE void store_few_narrow(unsigned char *to, V whole) {
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64((void *)to, _mm_packus_epi16(words, words));
}

#include "layers.h"

int lanes(void) {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vnni"))
        return 16;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 8 : 0;
}

static size_t padded(int channels) { return ((size_t)channels + 15) / 16 * 16; }

static int after(const Layer *layer, int side) { return (side - 1) / layer->stride + 1; }

static void multiplied(const Layer *layer, const Product *p) {
    if (layer->lanes == 16)
        product_wide(p, (int)p->to_stride);
    else
        product_narrow(p, (int)p->to_stride);
}

#define SHORT 16

/* what each place sees, side by side: `steps` x 4 bytes, of which those beyond its window don't count */
static void laid_out(const Layer *layer, const unsigned char *from, int height, int width, unsigned char *framed,
                     unsigned char *to, int steps) {
    int beside = layer->side / 2, inputs = layer->inputs;
    size_t line = (size_t)(width + 2 * beside) * inputs, window = (size_t)layer->side * inputs;
    memset(framed, layer->before, line * (height + 2 * beside));
    for (int y = 0; y < height; y++)
        memcpy(framed + (y + beside) * line + (size_t)beside * inputs, from + (size_t)y * width * inputs,
               (size_t)width * inputs);
    for (int y = 0; y < height; y += layer->stride)
        for (int x = 0; x < width; x += layer->stride, to += 4 * (size_t)steps)
            for (int k = 0; k < layer->side; k++) {
                const unsigned char *row = framed + (y + k) * line + (size_t)x * inputs;
                /* as many bytes as one instruction moves: what is too much is written over, or does not count */
                if (window <= SHORT)
                    memcpy(to + k * window, row, SHORT);
                else
                    memcpy(to + k * window, row, window);
            }
}

static void each_channel(const Layer *layer, const unsigned char *from, int height, int width, unsigned char *to,
                         unsigned char *outside, void *columns) {
    Depthwise d = {layer->side,   layer->stride, width, after(layer, width), layer->inputs, layer->before, layer->zero,
                   layer->weights, layer->given};
    size_t line = (size_t)width * layer->inputs;
    memset(outside, layer->before, line);
    for (int y = 0; y < after(layer, height); y++) {
        const unsigned char *rows[5];
        for (int k = 0; k < layer->side; k++) {
            int row = y * layer->stride + k - layer->side / 2;
            rows[k] = row < 0 || row >= height ? outside : from + row * line;
        }
        unsigned char *out = to + (size_t)y * d.across * layer->inputs;
        if (layer->lanes == 16)
            depthwise_wide(&d, rows, columns, out);
        else
            depthwise_narrow(&d, rows, columns, out);
    }
}

/* of floats, one cache line */
#define LINE 64

int network(const Layer *layers, int count, const unsigned char *plane, int height, int width, unsigned char *map) {
    size_t most = 0, framed = 0, line = 0;
    int h = height, w = width;
    for (int n = 0; n < count; n++) {
        const Layer *layer = layers + n;
        size_t came = (size_t)w * layer->inputs;
        line = came > line ? came : line;
        if (layer->side > 1 && !layer->alone) {
            size_t around = (size_t)(w + layer->side) * (h + layer->side) * layer->inputs;
            size_t seen = (size_t)after(layer, h) * after(layer, w) * (layer->side * layer->side * layer->inputs + 3);
            framed = around > framed ? around : framed;
            most = seen > most ? seen : most;
        }
        h = after(layer, h);
        w = after(layer, w);
        size_t size = (size_t)h * w * padded(layer->outputs);
        most = size > most ? size : most;
    }
    size_t came = (size_t)height * width * layers[0].inputs, beyond = 0;
    most = came > most ? came : most;
    /* of the last channels of MOST_ROWS pixels behind the last */
    for (int n = 0; n < count; n++) {
        const Layer *layer = layers + n;
        size_t widest = padded(layer->outputs > layer->inputs ? layer->outputs : layer->inputs);
        size_t behind = (MOST_ROWS + 1) * widest * layer->side * layer->side;
        beyond = behind > beyond ? behind : beyond;
    }
    most = ((most + beyond) / LINE + 2) * LINE;
    size_t columns = (size_t)(width + 4) * 8 * LINE;
    unsigned char *memory = malloc(3 * most + framed + line + columns + 3 * LINE);
    if (!memory) return -1;
    unsigned char *first = memory + (LINE - (size_t)memory % LINE), *rooms[3] = {first, first + most, first + 2 * most};
    unsigned char *aligned = first + 3 * most, *around = aligned + columns, *outside = around + framed;
    const unsigned char *x = memcpy(rooms[0], plane, came), *entered = x;
    int entered_zero = 0;
    size_t stride = layers[0].inputs;
    h = height;
    w = width;
    for (int n = 0; n < count; n++) {
        const Layer *layer = layers + n;
        if (layer->enters) {
            entered = x;
            entered_zero = layer->before;
        }
        int to = 0;
        while (rooms[to] == x || rooms[to] == entered) to++;
        if (layer->alone) {
            each_channel(layer, x, h, w, rooms[to], outside, aligned);
        } else {
            Product p = {.from = x, .from_stride = stride, .to_stride = padded(layer->outputs),
                         .weights = layer->weights, .given = layer->given, .zero = layer->zero, .to = rooms[to],
                         .pixels = (size_t)after(layer, h) * after(layer, w)};
            p.steps = (layer->side * layer->side * layer->inputs + 3) / 4;
            if (layer->side > 1) {
                int seen = 0;
                while (rooms[seen] == x || rooms[seen] == entered || seen == to) seen++;
                p.from_stride = 4 * (size_t)p.steps;
                laid_out(layer, x, h, w, around, rooms[seen], p.steps);
                p.from = rooms[seen];
            }
            if (layer->share != 0) p.adds = (Adds){entered, layer->share, entered_zero};
            multiplied(layer, &p);
        }
        x = rooms[to];
        stride = padded(layer->outputs);
        h = after(layer, h);
        w = after(layer, w);
    }
    size_t outputs = layers[count - 1].outputs;
    for (size_t at = 0; at < (size_t)h * w; at++) memcpy(map + at * outputs, x + at * stride, outputs);
    free(memory);
    return 0;
}

#else

int lanes(void) { return 0; }

int network(const Layer *layers, int count, const unsigned char *plane, int height, int width, unsigned char *map) {
    (void)layers, (void)count, (void)plane, (void)height, (void)width, (void)map;
    return -1;
}

#endif

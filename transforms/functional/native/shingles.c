/* Pairs of keypoints, as the first is seen; see `keypoints/shingles.py`. */

#include "native.h"

#define PARITIES 4
/* steps of angles, of which 256 are a turn */
#define TURN_BITS 3
/* steps of sizes, of which 32 are an octave */
#define GROWTH_BITS 2

/* whichever parity makes the first signs the smallest number; of those that do, the first */
INLINE int smallest(unsigned signs, const unsigned *masks, unsigned first) {
    int best = 0;
    for (int parity = 1; parity < PARITIES; parity++)
        if (((signs ^ masks[parity]) & first) < ((signs ^ masks[best]) & first)) best = parity;
    return best;
}

INLINE unsigned in_steps(int angle) {
    int turned = angle + (128 >> TURN_BITS);
    return (unsigned)(turned >> (8 - TURN_BITS)) & ((1u << TURN_BITS) - 1);
}

void shingled(const Signed *keypoints, const long long *own, const long long *other, const int *towards, size_t count,
              const Parities *parities, const int *bits, unsigned long long *found) {
    const unsigned first = (1u << bits[0]) - 1, second = (1u << bits[1]) - 1, kept = (1u << bits[2]) - 1;
    const int *angle = keypoints->angle, *octave = keypoints->octave;
    for (size_t k = 0; k < count; k++) {
        long long i = own[k], j = other[k];
        int parity = smallest(keypoints->signs[i], parities->masks, first), flip = parities->flips[parity];
        unsigned mask = parities->masks[parity], one = keypoints->signs[i] ^ mask, two = keypoints->signs[j] ^ mask;
        int grown = (octave[j] - octave[i] + 48) >> 5, most = (1 << GROWTH_BITS) - 1;
        unsigned token = (one & first) << bits[1] | (two & second);
        token = token << TURN_BITS | in_steps((angle[j] - angle[i]) * flip);
        token = token << TURN_BITS | in_steps((towards[k] - angle[i] + parities->turns[parity]) * flip);
        token = token << GROWTH_BITS | (unsigned)(grown < 0 ? 0 : grown < most ? grown : most);
        unsigned residual = (one >> bits[0] & kept) << bits[2] | (two >> bits[1] & kept);
        residual |= (unsigned)parity << (2 * bits[2]);
        found[k] = (unsigned long long)token << 32 | residual;
    }
}

/*
 * Seeded random numbers: splitmix64 for seeding, xorshift128+ for streams.
 *
 * Every tree has a stream of its own that depends on the random state and the
 * tree's number alone, so a forest is the same whoever grows which tree.
 *
 * Source: S. Vigna, "Further scramblings of Marsaglia's xorshift generators"
 * (2014), shifts 23, 18, 5; G. Steele et al., "Fast splittable pseudorandom
 * number generators" (2014) for splitmix64.
 */
#ifndef MLOPS_RNG_H
#define MLOPS_RNG_H

#include <stdint.h>

typedef struct MlopsRng
{
	uint64_t s0;
	uint64_t s1;
} MlopsRng;

/* Next output of splitmix64; *state is advanced. */
static inline uint64_t
mlops_splitmix64(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/*
 * The stream of one tree.
 *
 *   random_state  any value
 *   stream        tree number, 0 ..
 */
static inline MlopsRng
mlops_rng_stream(int64_t random_state, uint64_t stream)
{
	uint64_t seed = (uint64_t) random_state;
	uint64_t x = mlops_splitmix64(&seed) ^ stream;
	MlopsRng rng;

	rng.s0 = mlops_splitmix64(&x);
	rng.s1 = mlops_splitmix64(&x);
	if ((rng.s0 | rng.s1) == 0) /* the one state that xorshift never leaves */
		rng.s1 = 1;
	return rng;
}

/* Next 64 random bits. */
static inline uint64_t
mlops_rng_next(MlopsRng *rng)
{
	uint64_t x = rng->s0;
	uint64_t y = rng->s1;

	rng->s0 = y;
	x ^= x << 23;
	rng->s1 = x ^ y ^ (x >> 18) ^ (y >> 5);
	return rng->s1 + y;
}

/* A number in 0 .. n - 1, n >= 1, by multiply-shift: biased by at most n / 2^32. */
static inline uint32_t
mlops_rng_below(MlopsRng *rng, uint32_t n)
{
	return (uint32_t) (((mlops_rng_next(rng) >> 32) * n) >> 32);
}

#endif

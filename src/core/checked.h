/*
 * Overflow-checked size arithmetic.  Each returns false, and leaves *result
 * undefined, when the exact result does not fit into size_t.
 */
#ifndef MLOPS_CHECKED_H
#define MLOPS_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool
mlops_checked_mul(size_t a, size_t b, size_t *result)
{
	if (a != 0 && b > SIZE_MAX / a)
		return false;
	*result = a * b;
	return true;
}

static inline bool
mlops_checked_add(size_t a, size_t b, size_t *result)
{
	if (b > SIZE_MAX - a)
		return false;
	*result = a + b;
	return true;
}

#endif

/*
 * Overflow-checked arithmetic: of sizes, and of numbers of rows, which may come
 * from foreign bytes.
 */
#ifndef MLOPS_CHECKED_H
#define MLOPS_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each returns false, and leaves *result undefined, when the exact result does not fit. */
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

/*
 * Add rows to a number of rows.
 *
 *   count   IN/OUT  0 .. limit
 *   n       IN      0 .. limit
 *
 * Returns false, and leaves count as it is, when the sum is above the limit.
 */
static inline bool
mlops_checked_add_rows(int64_t *count, int64_t n, int64_t limit)
{
	if (n > limit - *count)
		return false;
	*count += n;
	return true;
}

#endif

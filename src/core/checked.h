/*
 * Overflow-checked arithmetic: of sizes, and of numbers of rows, which may come
 * from foreign bytes.
 */
#ifndef MLOPS_CHECKED_H
#define MLOPS_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

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

/* Rows of each sort that a state counts; so the number of all of them fits, too. */
#define MLOPS_ROWS_MAX (INT64_C(1) << 60)

/*
 * Add rows to a number of rows, or take them away.
 *
 *   count   IN/OUT  0 .. limit
 *   n       IN      -limit .. limit
 *
 * Returns false, and leaves count as it is, when the sum is below 0 or above the limit.
 */
static inline bool
mlops_checked_add_rows(int64_t *count, int64_t n, int64_t limit)
{
	if (n < -*count || n > limit - *count)
		return false;
	*count += n;
	return true;
}

/*
 * Count a row, or with n = -1 one that leaves a frame.
 *
 * Errors: INVALID for a row that leaves and was never counted, LIMIT; count is then as it was.
 */
static inline MlopsStatus
mlops_checked_count_row(int64_t *count, int64_t n, int64_t limit)
{
	if (mlops_checked_add_rows(count, n, limit))
		return MLOPS_STATUS_OK;
	return n < 0 ? MLOPS_STATUS_INVALID : MLOPS_STATUS_LIMIT;
}

#endif

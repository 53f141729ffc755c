/*
 * Arrays of counts, as histograms are in SQL.
 */
#ifndef MLOPS_COUNTS_H
#define MLOPS_COUNTS_H

#include "fmgr.h"

/*
 * Counts of argument i, an int8[] of one dimension; they stay where they are.
 *
 *   name   of the argument, for messages
 *   n      OUT
 *
 * Errors: 22023 for NULL among them, a count below 0 or more dimensions.
 */
extern const int64 *mlops_counts_argument(FunctionCallInfo fcinfo, int i, const char *name,
										  size_t *n);

/* An int8[] of counts, palloc'd. */
extern Datum mlops_counts_datum(const int64 *counts, size_t n);

#endif

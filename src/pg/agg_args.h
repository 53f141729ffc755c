/*
 * Arguments that aggregates share: what becomes of NaN and infinities, times,
 * lengths of time, and the method of a statistic.
 */
#ifndef MLOPS_AGG_ARGS_H
#define MLOPS_AGG_ARGS_H

#include "fmgr.h"
#include "pgtime.h"
#include "utils/array.h"

#include "core/exact_state.h"

/*
 * The argument on_nonfinite at position n, 'error' where the call has none.
 *
 * Errors: 22023 for NULL and other texts.
 */
extern MlopsNonfinite mlops_agg_nonfinite(FunctionCallInfo fcinfo, int n);

/* The same of a text; 22023 for others. */
extern MlopsNonfinite mlops_agg_nonfinite_word(const text *word);

/* Raise 22003 for a value that is not finite; returns for 'skip' and 'propagate'. */
extern void mlops_agg_check_finite(float8 value, MlopsNonfinite on_nonfinite);

/*
 * A length of time in microseconds, a day being 24 hours.
 *
 *   name   of the argument, for messages
 *
 * Errors: 22023 for months and years, which have no fixed length, and unless > 0.
 */
extern int64 mlops_agg_duration(Datum interval, const char *name);

/* A timestamptz in microseconds; 22008 for an infinite one. */
extern int64 mlops_agg_time(Datum timestamp, const char *name);

/* Raise 22023 for an event that is later than as_of, which a feature must not see. */
extern void mlops_agg_check_past(int64 time, int64 as_of);

/*
 * The time zone at position n, as the server names it; found once for all rows that name it alike.
 * find does it by such a name.
 *
 * Errors: 22023 for a name that the server does not know.
 */
extern const char *mlops_agg_zone(FunctionCallInfo fcinfo, int n);
extern pg_tz *mlops_agg_find_zone(const char *name);

/* True if a text is the word. */
extern bool mlops_agg_is_word(const text *value, const char *word);

/* Raise 22023: the argument changed within a group, or is NULL. */
extern void mlops_agg_report_changed(const char *names) pg_attribute_noreturn();
extern void mlops_agg_report_null(const char *name) pg_attribute_noreturn();
extern void mlops_agg_check_not_null(FunctionCallInfo fcinfo, int n, const char *name);

/*
 * Raise what a core said of a row that came or left.
 *
 *   state   the running state; NULL for one that allocates nothing
 *
 * Errors: 42P13 for INVALID, a row that leaves a frame and never came in, which only a function among the arguments
 *         that is not as constant as it says can make; else those of mlops_state_check.
 */
extern void mlops_agg_check_change(void *state, MlopsStatus status, const MlopsReason *reason);

/*
 * An array that parametrises an aggregate comes with every row.  What follows from it is kept by the
 * call site, and made anew only if the array is not, byte for byte, the one that was kept (NULL: none).
 * keep copies the array into the memory of the call site and frees the one before.
 */
extern bool mlops_agg_is_same_array(const ArrayType *kept, const ArrayType *array);
extern void mlops_agg_keep_array(FunctionCallInfo fcinfo, ArrayType **kept, const ArrayType *array);

/* A level of confidence at position n; 22023 unless above 0 and below 1. */
extern float8 mlops_agg_level(FunctionCallInfo fcinfo, int n);

/* True for 'sample', false for 'population', at position n; 22023 for other texts. */
extern bool mlops_agg_is_sample(FunctionCallInfo fcinfo, int n);

#endif

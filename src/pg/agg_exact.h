/*
 * States of the exact family as types of SQL.
 */
#ifndef MLOPS_AGG_EXACT_H
#define MLOPS_AGG_EXACT_H

#include "core/exact_state.h"
#include "core/exact_stats.h"
#include "pg/agg_state.h"

/* mlops._exact_state, which any kind may have; mlops.stats1d; mlops.stats2d. */
extern const MlopsStateClass mlops_exact_class;
extern const MlopsStateClass mlops_stats1d_class;
extern const MlopsStateClass mlops_stats2d_class;

/*
 * Raise 42804 unless a state is of a kind.  All of one type look alike to SQL: a final function may be
 * called with the state of another aggregate, or with a text that somebody wrote.
 */
extern void mlops_exact_check_kind(const MlopsExactState *state, MlopsExactKind kind);

/*
 * The result of a statistic as what a function returns.
 *
 * Errors: 22003 for a result outside of float8, 22P03 for a state that no values have.
 */
extern Datum mlops_exact_datum(FunctionCallInfo fcinfo, MlopsAnswer answer, float8 result);

#endif

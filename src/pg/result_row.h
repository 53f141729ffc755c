/*
 * Composite results whose columns are all float8: mlops.test_result, mlops.confidence_interval.
 */
#ifndef MLOPS_RESULT_ROW_H
#define MLOPS_RESULT_ROW_H

#include "fmgr.h"

/*
 * The row that a function returns.
 *
 *   values   [n] one per column; NaN becomes NULL
 *
 * Keeps the description of the row in fn_extra.
 */
extern Datum mlops_result_row(FunctionCallInfo fcinfo, const float8 *values, int n);

#endif

/*
 * Scores and labels: score_agg, calibration_agg and their accessors.
 *
 * Both aggregates run on one state (core/score_stats.h), under two types: scores that are said to be
 * probabilities are checked where they come in, others only where an accessor takes them for such.  An
 * accessor makes the curve of its state and measures it by the code that evaluates models.
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"

#include "core/calibration.h"
#include "core/checked.h"
#include "core/score_stats.h"
#include "core/special.h"
#include "pg/agg_args.h"
#include "pg/agg_state.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/result_row.h"

/* The kind is whether scores are probabilities. */
static const MlopsStateClass score_class = { .type_name = "score_stats",
											 .magic = 'R',
											 .version = 1,
											 .state_bytes = sizeof(MlopsScoreStats),
											 .kind = false,
											 .transfer = mlops_score_stats_transfer,
											 .merge = mlops_score_stats_merge };

static const MlopsStateClass calibration_class = { .type_name = "calibration_stats",
												   .magic = 'C',
												   .version = 1,
												   .state_bytes = sizeof(MlopsScoreStats),
												   .kind = true,
												   .transfer = mlops_score_stats_transfer,
												   .merge = mlops_score_stats_merge };

MLOPS_STATE_TYPE(score_stats, &score_class);
MLOPS_STATE_TYPE(calibration_stats, &calibration_class);

/* Positions of the arguments of a transition. */
enum
{
	ARG_STATE,
	ARG_SCORE,
	ARG_LABEL,
	ARG_WEIGHT,
	ARG_POLICY
};

/* The policy of a call's on_nonfinite; it must be that of the state, whose policies begin with one that is not set. */
static MlopsNonfinite
take_policy(FunctionCallInfo fcinfo, MlopsScoreStats *stats)
{
	MlopsNonfinite on_nonfinite = mlops_agg_nonfinite(fcinfo, ARG_POLICY);
	int64 policy = MLOPS_SCORE_POLICY_ERROR + (int64) on_nonfinite;

	if (stats->policy == MLOPS_SCORE_POLICY_UNSET)
		stats->policy = policy;
	else if (stats->policy != policy)
		mlops_agg_report_changed("on_nonfinite");
	return on_nonfinite;
}

static bool
has_null(FunctionCallInfo fcinfo)
{
	for (int i = ARG_SCORE; i <= ARG_WEIGHT && i < PG_NARGS(); i++)
	{
		if (PG_ARGISNULL(i))
			return true;
	}
	return false;
}

/* Weight of a row, 1 without the argument. */
static float8
weight_argument(FunctionCallInfo fcinfo)
{
	float8 weight = PG_NARGS() > ARG_WEIGHT ? PG_GETARG_FLOAT8(ARG_WEIGHT) : 1;

	if (weight != 0 && !(weight >= MLOPS_SCORE_WEIGHT_MIN && weight <= MLOPS_SCORE_WEIGHT_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weight must be 0 or between %g and %g, not %s", MLOPS_SCORE_WEIGHT_MIN,
						MLOPS_SCORE_WEIGHT_MAX, float8out_internal(weight)),
				 errhint("A row of weight 2 counts as two rows, one of weight 0 not at all.")));
	return weight;
}

static void
check_probability(float8 score)
{
	if (score >= 0 && score <= 1)
		return;
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("score must be a probability, between 0 and 1, not %s",
						   float8out_internal(score)),
					errhint("roc_auc, gini, ks_score and average_precision take any scores.")));
}

static void
count_row(MlopsScoreStats *stats, int64 *count, int64 n)
{
	mlops_agg_check_change(stats, mlops_checked_count_row(count, n, PG_INT64_MAX), NULL);
}

/* Count a row, or with n = -1 one that left the frame. */
static Datum
change_state(FunctionCallInfo fcinfo, const MlopsStateClass *class, int64 n)
{
	MlopsScoreStats *stats = mlops_state_step(fcinfo, class, NULL);
	MlopsNonfinite on_nonfinite = take_policy(fcinfo, stats);
	MlopsReason reason = { "" };
	float8 weight, score;

	if (has_null(fcinfo))
	{
		count_row(stats, &stats->n_null, n);
		return mlops_state_datum(stats);
	}
	weight = weight_argument(fcinfo);
	score = PG_GETARG_FLOAT8(ARG_SCORE);
	mlops_agg_check_finite(score, on_nonfinite);
	if (weight == 0)
		return mlops_state_datum(stats);
	if (!isfinite(score))
	{
		count_row(stats,
				  on_nonfinite == MLOPS_NONFINITE_SKIP ? &stats->n_null : &stats->n_nonfinite, n);
		return mlops_state_datum(stats);
	}
	if (class == &calibration_class)
		check_probability(score);
	mlops_agg_check_change(stats,
						   mlops_score_stats_add(stats, score, weight, PG_GETARG_BOOL(ARG_LABEL), n,
												 mlops_state_allocator(stats), &reason),
						   &reason);
	return mlops_state_datum(stats);
}

MLOPS_FUNCTION(mlops_score_step);

Datum
mlops_score_step(PG_FUNCTION_ARGS)
{
	return change_state(fcinfo, &score_class, 1);
}

MLOPS_FUNCTION(mlops_score_inverse);

Datum
mlops_score_inverse(PG_FUNCTION_ARGS)
{
	return change_state(fcinfo, &score_class, -1);
}

MLOPS_FUNCTION(mlops_calibration_step);

Datum
mlops_calibration_step(PG_FUNCTION_ARGS)
{
	return change_state(fcinfo, &calibration_class, 1);
}

/* Numbers of rows, of both types. */
static int64
value_count(const MlopsScoreStats *stats)
{
	return stats->rows.totals[0] + stats->rows.totals[1];
}

static int64
positive_count(const MlopsScoreStats *stats)
{
	return stats->rows.totals[1];
}

static int64
null_count(const MlopsScoreStats *stats)
{
	return stats->n_null;
}

#define COUNT_FUNCTION(type, class, count)                                                         \
	MLOPS_FUNCTION(mlops_##type##_##count);                                                        \
	Datum mlops_##type##_##count(PG_FUNCTION_ARGS)                                                 \
	{                                                                                              \
		PG_RETURN_INT64(count(mlops_state_get(fcinfo, 0, class)));                                 \
	}                                                                                              \
	extern Datum mlops_##type##_##count(PG_FUNCTION_ARGS)

COUNT_FUNCTION(score, &score_class, value_count);
COUNT_FUNCTION(score, &score_class, positive_count);
COUNT_FUNCTION(score, &score_class, null_count);
COUNT_FUNCTION(calibration, &calibration_class, value_count);
COUNT_FUNCTION(calibration, &calibration_class, positive_count);
COUNT_FUNCTION(calibration, &calibration_class, null_count);

/* What an accessor measures; its numbers are NaN where the rows define nothing. */
typedef struct Measured
{
	MlopsCurve curve;
	MlopsCurveTotals totals;
	bool is_nan; /* a score that is not finite was to be propagated */
} Measured;

static Measured
measure(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	const MlopsScoreStats *stats = mlops_state_get(fcinfo, 0, class);
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	Measured measured = { .is_nan = mlops_score_stats_is_nan(stats) };

	mlops_report_status(
		mlops_score_stats_curve(stats, &allocator, mlops_hooks_cancel(), &measured.curve), NULL);
	measured.totals = mlops_curve_totals(&measured.curve);
	return measured;
}

/* A number, NULL where it is not defined, NaN where that was asked for. */
static Datum
return_number(FunctionCallInfo fcinfo, const Measured *measured, float8 number)
{
	if (isnan(number) && !measured->is_nan)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(measured->is_nan ? (float8) NAN : number);
}

static double
roc_auc(const Measured *measured)
{
	return mlops_curve_order(&measured->curve, &measured->totals).roc_auc;
}

static double
gini(const Measured *measured)
{
	return mlops_curve_order(&measured->curve, &measured->totals).gini;
}

static double
ks_score(const Measured *measured)
{
	return mlops_curve_order(&measured->curve, &measured->totals).ks_score;
}

static double
average_precision(const Measured *measured)
{
	return mlops_curve_order(&measured->curve, &measured->totals).average_precision;
}

/* Scores ascend, so that the first and the last tell. */
static void
check_probabilities(const MlopsCurve *curve)
{
	if (curve->n_points == 0)
		return;
	check_probability(curve->scores[0]);
	check_probability(curve->scores[curve->n_points - 1]);
}

static double
brier_score(const Measured *measured)
{
	check_probabilities(&measured->curve);
	return mlops_curve_brier_score(&measured->curve, &measured->totals);
}

static double
log_loss(const Measured *measured)
{
	check_probabilities(&measured->curve);
	return mlops_curve_log_loss(&measured->curve, &measured->totals);
}

#define METRIC_FUNCTION(metric)                                                                    \
	MLOPS_FUNCTION(mlops_score_##metric);                                                          \
	Datum mlops_score_##metric(PG_FUNCTION_ARGS)                                                   \
	{                                                                                              \
		Measured measured = measure(fcinfo, &score_class);                                         \
		return return_number(fcinfo, &measured, metric(&measured));                                \
	}                                                                                              \
	extern Datum mlops_score_##metric(PG_FUNCTION_ARGS)

METRIC_FUNCTION(roc_auc);
METRIC_FUNCTION(gini);
METRIC_FUNCTION(ks_score);
METRIC_FUNCTION(average_precision);
METRIC_FUNCTION(brier_score);
METRIC_FUNCTION(log_loss);

MLOPS_FUNCTION(mlops_auc_interval);

/* auc_interval(state, level) */
Datum
mlops_auc_interval(PG_FUNCTION_ARGS)
{
	float8 level = mlops_agg_level(fcinfo, 1);
	Measured measured = measure(fcinfo, &score_class);
	float8 ends[2];

	mlops_curve_auc_interval(&measured.curve, &measured.totals, roc_auc(&measured), level, &ends[0],
							 &ends[1]);
	if (isnan(ends[0]) || measured.is_nan)
		PG_RETURN_NULL();
	return mlops_result_row(fcinfo, ends, 2);
}

/* Argument 1 of an accessor, a number of bins. */
static uint32
bins_argument(FunctionCallInfo fcinfo)
{
	int32 n_bins = PG_GETARG_INT32(1);

	if (n_bins < MLOPS_CALIBRATION_BINS_MIN || n_bins > MLOPS_CALIBRATION_BINS_MAX)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("bins must be between %d and %d, not %d", MLOPS_CALIBRATION_BINS_MIN,
							   MLOPS_CALIBRATION_BINS_MAX, n_bins),
						errhint("%d is the usual choice.", MLOPS_CALIBRATION_BINS_DEFAULT)));
	return (uint32) n_bins;
}

static double
expected(const MlopsCurve *curve, uint32 n_bins)
{
	return mlops_calibration_errors(curve, n_bins).expected;
}

static double
maximum(const MlopsCurve *curve, uint32 n_bins)
{
	return mlops_calibration_errors(curve, n_bins).maximum;
}

#define ERROR_FUNCTION(which)                                                                      \
	MLOPS_FUNCTION(mlops_##which##_calibration_error);                                             \
	Datum mlops_##which##_calibration_error(PG_FUNCTION_ARGS)                                      \
	{                                                                                              \
		uint32 n_bins = bins_argument(fcinfo);                                                     \
		Measured measured = measure(fcinfo, &calibration_class);                                   \
		return return_number(fcinfo, &measured, which(&measured.curve, n_bins));                   \
	}                                                                                              \
	extern Datum mlops_##which##_calibration_error(PG_FUNCTION_ARGS)

ERROR_FUNCTION(expected);
ERROR_FUNCTION(maximum);

MLOPS_FUNCTION(mlops_hosmer_lemeshow);

/* hosmer_lemeshow(state, bins) */
Datum
mlops_hosmer_lemeshow(PG_FUNCTION_ARGS)
{
	uint32 n_bins = bins_argument(fcinfo);
	Measured measured = measure(fcinfo, &calibration_class);
	MlopsGoodness goodness = mlops_calibration_goodness(&measured.curve, n_bins);

	if (isnan(goodness.statistic) || measured.is_nan)
		PG_RETURN_NULL();
	return mlops_result_row(fcinfo,
							(float8[]){ goodness.statistic, (float8) goodness.df,
										mlops_chi2_survival(goodness.statistic, goodness.df),
										(float8) NAN },
							4);
}

static MlopsCalibrationLine
fit_line(const Measured *measured)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsCalibrationLine line;

	mlops_report_status(
		mlops_calibration_fit(&measured->curve, &allocator, mlops_hooks_cancel(), &line), NULL);
	return line;
}

#define LINE_FUNCTION(part)                                                                        \
	MLOPS_FUNCTION(mlops_calibration_##part);                                                      \
	Datum mlops_calibration_##part(PG_FUNCTION_ARGS)                                               \
	{                                                                                              \
		Measured measured = measure(fcinfo, &calibration_class);                                   \
		return return_number(fcinfo, &measured, fit_line(&measured).part);                         \
	}                                                                                              \
	extern Datum mlops_calibration_##part(PG_FUNCTION_ARGS)

LINE_FUNCTION(slope);
LINE_FUNCTION(intercept);

/*
 * Whatever bytes or text claim to be a state of scores are refused with a reason, or give a state that is written and
 * read back the same, is merged with itself, and whose metrics are in their ranges.
 *
 * The first byte says how: bit 0 text, bit 1 probabilities.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/calibration.h"
#include "core/score_stats.h"

#include "plain_alloc.h"
#include "require.h"

/* A rounded metric may leave its range by so much. */
#define ROUNDING 1e-9

static MlopsStatus
transfer_object(MlopsScoreStats *stats, MlopsStateIo *io, bool is_calibration)
{
	mlops_io_object_begin(io);
	mlops_score_stats_transfer(stats, is_calibration, io);
	return mlops_io_object_end(io);
}

static MlopsBuffer
write_bytes(MlopsScoreStats *stats)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, false, &buffer);
	require(transfer_object(stats, &io, false) == MLOPS_STATUS_OK);
	return buffer;
}

static void
check_round_trip(MlopsScoreStats *stats, bool is_calibration)
{
	MlopsBuffer bytes = write_bytes(stats), bytes_again;
	MlopsScoreStats again = { .n_null = 0 };
	MlopsStateIo io;

	mlops_io_begin_read(&io, false, bytes.bytes, bytes.n_bytes, &plain_allocator);
	require(transfer_object(&again, &io, is_calibration) == MLOPS_STATUS_OK);
	bytes_again = write_bytes(&again);
	require_same(&bytes, &bytes_again);
	mlops_counted_set_free(&again.rows, &plain_allocator);
}

static bool
is_share_or_nan(double x)
{
	return isnan(x) || (x >= 0 && x <= 1 + ROUNDING);
}

static void
check_calibration(const MlopsCurve *curve)
{
	MlopsCurveTotals totals = mlops_curve_totals(curve);
	MlopsCalibrationErrors errors = mlops_calibration_errors(curve, 10);
	MlopsGoodness goodness = mlops_calibration_goodness(curve, 10);
	MlopsCalibrationLine line;

	require(is_share_or_nan(mlops_curve_brier_score(curve, &totals)));
	require(isnan(mlops_curve_log_loss(curve, &totals)) == (curve->n_points == 0));
	require(is_share_or_nan(errors.expected) && is_share_or_nan(errors.maximum));
	require(errors.maximum >= errors.expected * (1 - ROUNDING) || curve->n_points == 0);
	require(goodness.df <= 8 && !(goodness.statistic < 0));
	require(mlops_calibration_fit(curve, &plain_allocator, NULL, &line) == MLOPS_STATUS_OK);
	require(isnan(line.slope) == isnan(line.intercept) && !isinf(line.slope));
}

static void
check_metrics(const MlopsScoreStats *stats, bool is_calibration)
{
	MlopsCurve curve;
	MlopsCurveTotals totals;
	MlopsCurveOrder order;
	double low, high;

	require(mlops_score_stats_curve(stats, &plain_allocator, NULL, &curve) == MLOPS_STATUS_OK);
	for (size_t i = 0; i < curve.n_points; i++)
	{
		require(i == 0 || curve.scores[i - 1] < curve.scores[i]);
		require(curve.positives[i] + curve.negatives[i] > 0);
		require(isfinite(curve.positives[i] + curve.negatives[i]));
	}
	totals = mlops_curve_totals(&curve);
	order = mlops_curve_order(&curve, &totals);
	require(isnan(order.roc_auc) == !(totals.n_positive > 0 && totals.n_negative > 0));
	require(is_share_or_nan(order.roc_auc) && is_share_or_nan(order.ks_score) &&
			is_share_or_nan(order.average_precision));
	mlops_curve_auc_interval(&curve, &totals, order.roc_auc, 0.95, &low, &high);
	require(isnan(low) == isnan(high) && !(low > high));
	if (is_calibration)
		check_calibration(&curve);
	mlops_curve_free(&curve, &plain_allocator);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MlopsScoreStats stats = { .n_null = 0 }, twice = { .n_null = 0 };
	MlopsReason reason = { "" };
	MlopsStateIo io;
	bool is_calibration;

	if (size == 0)
		return 0;
	is_calibration = (data[0] & 2) != 0;
	mlops_io_begin_read(&io, (data[0] & 1) != 0, data + 1, size - 1, &plain_allocator);
	if (transfer_object(&stats, &io, is_calibration) != MLOPS_STATUS_OK)
		require(io.reason.text[0] != '\0');
	else
	{
		check_round_trip(&stats, is_calibration);
		check_metrics(&stats, is_calibration);
		require(mlops_score_stats_merge(&twice, &stats, &plain_allocator, &reason) ==
				MLOPS_STATUS_OK);
		if (mlops_score_stats_merge(&twice, &stats, &plain_allocator, &reason) == MLOPS_STATUS_OK)
			check_metrics(&twice, is_calibration);
		else
			require(reason.text[0] != '\0');
	}
	mlops_counted_set_free(&stats.rows, &plain_allocator);
	mlops_counted_set_free(&twice.rows, &plain_allocator);
	return 0;
}

/*
 * Weight of evidence: bad and good rows of each bin, woe_agg(bin, label) and what is told from it.
 *
 * A bin is a text, counted by its bytes; a row with a NULL bin or label is left out and counted.
 */
#include "postgres.h"

#include <math.h>

#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "core/checked.h"
#include "core/counted_set.h"
#include "core/drift.h"
#include "core/evidence.h"
#include "pg/agg_args.h"
#include "pg/agg_state.h"
#include "pg/error.h"
#include "pg/hooks.h"

/* Places of the two counts of a bin. */
#define BAD	 0
#define GOOD 1

#define N_TABLE_COLUMNS 7

/* What is added to each count before shares are taken, as core/evidence.h does. */
#define ADDED_ROWS 0.5

/* All zero bytes are the empty state. */
typedef struct WoeState
{
	MlopsCountedSet bins; /* bytes of the text -> bad rows, good rows */
	int64 n_null;		  /* rows left out */
} WoeState;

/* A bin that is read must be text of this database. */
static void
transfer_bin(MlopsStateIo *io, uint8_t **key, size_t *n_bytes)
{
	mlops_io_bytes(io, NULL, key, n_bytes);
	if (mlops_io_is_reading(io) && !mlops_io_failed(io) &&
		!pg_verifymbstr((const char *) *key, (int) *n_bytes, true))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a bin is no text in encoding %s",
					  GetDatabaseEncodingName());
}

static void
transfer_woe(void *opaque, int64 kind, MlopsStateIo *io)
{
	WoeState *state = opaque;
	int64 sign = 1; /* of the weights: above 0 is bad; other tools have it the other way round */

	if (mlops_io_is_reading(io))
		mlops_counted_set_begin(&state->bins, 2, 0);
	mlops_io_int(io, "bad_over_good", &sign, 1, 1);
	mlops_io_int(io, "null_count", &state->n_null, 0, PG_INT64_MAX);
	mlops_counted_set_transfer(&state->bins, io, "bins", transfer_bin);
}

static MlopsStatus
merge_woe(void *opaque, const void *other, const MlopsAllocator *allocator, MlopsReason *reason)
{
	WoeState *into = opaque;
	const WoeState *from = other;

	if (!mlops_checked_add_rows(&into->n_null, from->n_null, PG_INT64_MAX))
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more than 2^63 - 1 rows");
	return mlops_counted_set_merge(&into->bins, &from->bins, mlops_hooks_cancel(), allocator,
								   reason);
}

static const MlopsStateClass woe_class = { .type_name = "woe_stats",
										   .magic = 0xE7,
										   .version = 1,
										   .state_bytes = sizeof(WoeState),
										   .transfer = transfer_woe,
										   .merge = merge_woe };

MLOPS_STATE_TYPE(woe_stats, &woe_class);

/* Take a row in, or with delta -1 away. */
static Datum
step_woe(FunctionCallInfo fcinfo, int64 delta)
{
	WoeState *state = mlops_state_step(fcinfo, &woe_class, NULL);
	MlopsReason reason = { "" };
	text *bin;

	if (state->bins.n_counts == 0)
		mlops_counted_set_begin(&state->bins, 2, 0);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
	{
		mlops_agg_check_change(state, mlops_checked_count_row(&state->n_null, delta, PG_INT64_MAX),
							   NULL);
		return mlops_state_datum(state);
	}
	bin = PG_GETARG_TEXT_PP(1);
	mlops_agg_check_change(state,
						   mlops_counted_set_add(&state->bins, VARDATA_ANY(bin),
												 VARSIZE_ANY_EXHDR(bin),
												 PG_GETARG_BOOL(2) ? BAD : GOOD, delta,
												 mlops_state_allocator(state), &reason),
						   &reason);
	return mlops_state_datum(state);
}

MLOPS_FUNCTION(mlops_woe_step);

Datum
mlops_woe_step(PG_FUNCTION_ARGS)
{
	return step_woe(fcinfo, 1);
}

MLOPS_FUNCTION(mlops_woe_inverse);

Datum
mlops_woe_inverse(PG_FUNCTION_ARGS)
{
	return step_woe(fcinfo, -1);
}

MLOPS_FUNCTION(mlops_woe_null_count);

Datum
mlops_woe_null_count(PG_FUNCTION_ARGS)
{
	const WoeState *state = mlops_state_get(fcinfo, 0, &woe_class);

	PG_RETURN_INT64(state->n_null);
}

/* Bins in the order of their bytes. */
static MlopsCountedEntry *
list_bins(const WoeState *state, MlopsEvidenceTotals *totals)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsCountedEntry *bins;

	mlops_report_status(
		mlops_counted_set_export(&state->bins, NULL, mlops_hooks_cancel(), &allocator, &bins),
		NULL);
	*totals = (MlopsEvidenceTotals){ .n_bad = state->bins.totals[BAD],
									 .n_good = state->bins.totals[GOOD],
									 .n_bins = (int64) state->bins.n_entries };
	return bins;
}

/* Without bad rows, or without good ones, there is nothing to weigh. */
static bool
has_evidence(const MlopsEvidenceTotals *totals)
{
	return totals->n_bad > 0 && totals->n_good > 0;
}

MLOPS_FUNCTION(mlops_information_value);

Datum
mlops_information_value(PG_FUNCTION_ARGS)
{
	const WoeState *state = mlops_state_get(fcinfo, 0, &woe_class);
	MlopsEvidenceTotals totals;
	MlopsCountedEntry *bins = list_bins(state, &totals);
	Size n_bytes = (Size) totals.n_bins * sizeof(int64);
	int64 *bad = palloc_extended(n_bytes, MCXT_ALLOC_HUGE);
	int64 *good = palloc_extended(n_bytes, MCXT_ALLOC_HUGE);
	MlopsCellPair pair = { .n_cells = (size_t) totals.n_bins, .current = bad, .reference = good };

	if (!has_evidence(&totals))
		PG_RETURN_NULL();
	for (int64 i = 0; i < totals.n_bins; i++)
	{
		bad[i] = bins[i].counts[BAD];
		good[i] = bins[i].counts[GOOD];
	}
	if (!mlops_drift_sum(&pair))
		elog(ERROR, "the rows of a state add up to too many");
	PG_RETURN_FLOAT8(mlops_drift_psi(&pair, ADDED_ROWS));
}

/* One row of woe_table. */
static void
put_bin(ReturnSetInfo *result, const MlopsEvidenceTotals *totals, const MlopsCountedEntry *bin)
{
	MlopsEvidence evidence = mlops_evidence(totals, bin->counts[BAD], bin->counts[GOOD]);
	bool is_weighed = has_evidence(totals);
	Datum values[N_TABLE_COLUMNS] = {
		PointerGetDatum(cstring_to_text_with_len((const char *) bin->key, (int) bin->n_bytes)),
		Int64GetDatum(bin->counts[BAD]),
		Int64GetDatum(bin->counts[GOOD]),
		Float8GetDatum(evidence.bad_share),
		Float8GetDatum(evidence.good_share),
		Float8GetDatum(evidence.weight),
		Float8GetDatum(evidence.information),
	};
	bool nulls[N_TABLE_COLUMNS] = { false,		 false,		  false,	  !is_weighed,
									!is_weighed, !is_weighed, !is_weighed };

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

MLOPS_FUNCTION(mlops_woe_table);

Datum
mlops_woe_table(PG_FUNCTION_ARGS)
{
	const WoeState *state = mlops_state_get(fcinfo, 0, &woe_class);
	MlopsEvidenceTotals totals;
	MlopsCountedEntry *bins = list_bins(state, &totals);

	InitMaterializedSRF(fcinfo, 0);
	for (int64 i = 0; i < totals.n_bins; i++)
		put_bin((ReturnSetInfo *) fcinfo->resultinfo, &totals, &bins[i]);
	PG_RETURN_NULL();
}

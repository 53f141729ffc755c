/*
 * The best rows of a total order, as fields of a state.
 */
#include "core/ranked.h"

static bool
has_keys(const MlopsRankedParameters *parameters)
{
	return parameters->kind >= MLOPS_RANKED_MIN_BY;
}

void
mlops_io_ranked_parameters(MlopsStateIo *io, MlopsRankedParameters *parameters)
{
	bool has_k;

	mlops_io_int(io, "kind", &parameters->kind, MLOPS_RANKED_NONE, MLOPS_RANKED_LAST);
	mlops_io_int(io, "k", &parameters->k, 0, MLOPS_RANKED_K_MAX);
	mlops_io_int(io, "has_tiebreak", &parameters->has_tiebreak, 0, 1);
	if (!mlops_io_is_reading(io) || mlops_io_failed(io))
		return;
	has_k = parameters->kind >= MLOPS_RANKED_FIRST;
	if (has_k ? parameters->k < 1 : parameters->k != (parameters->kind != MLOPS_RANKED_NONE))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "its k is %lld", (long long) parameters->k);
	else if (parameters->has_tiebreak != 0 && !has_keys(parameters))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "it has tiebreaks but no keys");
}

static void
transfer_row(MlopsStateIo *io, const MlopsRankedParameters *parameters, MlopsRankedWire *row)
{
	mlops_io_group_begin(io);
	if (has_keys(parameters))
		mlops_io_bytes(io, NULL, &row->key, &row->n_key_bytes);
	if (parameters->has_tiebreak != 0)
		mlops_io_int(io, NULL, &row->tiebreak, INT64_MIN, INT64_MAX);
	/* the extreme of no value is no row */
	mlops_io_int(io, NULL, &row->has_value, has_keys(parameters) ? 0 : 1, 1);
	if (row->has_value != 0)
		mlops_io_bytes(io, NULL, &row->value, &row->n_value_bytes);
	mlops_io_group_end(io);
}

/* Room for the rows that a list announces. */
static MlopsRankedWire *
begin_reading(MlopsStateIo *io, const MlopsRankedParameters *parameters, size_t n)
{
	MlopsRankedWire *rows;

	if (n > (size_t) parameters->k)
	{
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "it has %zu rows, its k is %lld", n,
					  (long long) parameters->k);
		return NULL;
	}
	rows = mlops_alloc_zero(io->allocator, n, sizeof(MlopsRankedWire));
	if (rows == NULL)
		mlops_io_fail(io, MLOPS_STATUS_NOMEM, "no memory for %zu rows", n);
	return rows;
}

void
mlops_io_ranked_rows(MlopsStateIo *io, const char *name, const MlopsRankedParameters *parameters,
					 MlopsRankedWire **rows, size_t *n)
{
	bool is_reading = mlops_io_is_reading(io);

	mlops_io_list_begin(io, name, n);
	if (is_reading)
		*rows = mlops_io_failed(io) ? NULL : begin_reading(io, parameters, *n);
	for (size_t i = 0; *rows != NULL && i < *n && !mlops_io_failed(io); i++)
		transfer_row(io, parameters, &(*rows)[i]);
	mlops_io_list_end(io);
	if (!is_reading || !mlops_io_failed(io))
		return;
	mlops_ranked_wire_free(*rows, *rows == NULL ? 0 : *n, io->allocator);
	*rows = NULL;
	*n = 0;
}

void
mlops_ranked_wire_free(MlopsRankedWire *rows, size_t n, const MlopsAllocator *allocator)
{
	for (size_t i = 0; i < n; i++)
	{
		mlops_free(allocator, rows[i].key);
		mlops_free(allocator, rows[i].value);
	}
	mlops_free(allocator, rows);
}

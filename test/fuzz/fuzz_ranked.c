/*
 * Whatever bytes or text claim to be the best rows of an order are refused with a reason, or give parameters and rows that
 * are written and read back the same, that fit their kind, and of which the best are found.
 */
#include <stdlib.h>
#include <string.h>

#include "core/ranked.h"

#include "plain_alloc.h"
#include "proportion.h"
#include "require.h"

/* The fields of a state that this core reads. */
typedef struct Stored
{
	MlopsRankedParameters parameters;
	MlopsRankedWire *rows;
	size_t n;
} Stored;

static MlopsStatus
transfer(Stored *stored, MlopsStateIo *io)
{
	mlops_io_object_begin(io);
	mlops_io_ranked_parameters(io, &stored->parameters);
	mlops_io_ranked_rows(io, "rows", &stored->parameters, &stored->rows, &stored->n);
	return mlops_io_object_end(io);
}

static MlopsBuffer
write_stored(Stored *stored, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	require(transfer(stored, &io) == MLOPS_STATUS_OK);
	return buffer;
}

static void
check_round_trip(Stored *stored, bool is_text)
{
	MlopsBuffer first = write_stored(stored, is_text), second;
	Stored again = { .n = 0 };
	MlopsStateIo io;

	mlops_io_begin_read(&io, is_text, first.bytes, first.n_bytes, &plain_allocator);
	require(transfer(&again, &io) == MLOPS_STATUS_OK);
	second = write_stored(&again, is_text);
	require_same(&first, &second);
	mlops_ranked_wire_free(again.rows, again.n, &plain_allocator);
}

/* What rows that were read promise. */
static void
check_promises(const Stored *stored)
{
	const MlopsRankedParameters *parameters = &stored->parameters;
	bool has_keys = parameters->kind >= MLOPS_RANKED_MIN_BY;

	require(parameters->kind >= MLOPS_RANKED_NONE && parameters->kind <= MLOPS_RANKED_LAST);
	require(parameters->k >= (parameters->kind != MLOPS_RANKED_NONE) &&
			parameters->k <= MLOPS_RANKED_K_MAX);
	require(parameters->kind >= MLOPS_RANKED_FIRST || parameters->k <= 1);
	require(has_keys || parameters->has_tiebreak == 0);
	require(stored->n <= (size_t) parameters->k);
	for (size_t i = 0; i < stored->n; i++)
	{
		const MlopsRankedWire *row = &stored->rows[i];

		require((row->key != NULL) == has_keys);
		require((row->value != NULL) == (row->has_value == 1));
		require(has_keys || row->has_value == 1);
		require(parameters->has_tiebreak != 0 || row->tiebreak == 0);
	}
}

/* Words are rows of the stored form. */
static const MlopsRankedWire *
wire_of(uint64_t word)
{
	return (const MlopsRankedWire *) (uintptr_t) word;
}

static int
compare_bytes(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b)
{
	size_t n = n_a < n_b ? n_a : n_b;
	int difference = n == 0 ? 0 : memcmp(a, b, n);

	return difference != 0 ? difference : (n_a > n_b) - (n_a < n_b);
}

static int
compare_keys(const MlopsRankedRow *a, const MlopsRankedRow *b, const void *context)
{
	const MlopsRankedWire *x = wire_of(a->key), *y = wire_of(b->key);

	(void) context;
	return compare_bytes(x->key, x->n_key_bytes, y->key, y->n_key_bytes);
}

static int
compare_values(const MlopsRankedRow *a, const MlopsRankedRow *b, const void *context)
{
	const MlopsRankedWire *x = wire_of(a->value), *y = wire_of(b->value);

	(void) context;
	return compare_bytes(x->value, x->n_value_bytes, y->value, y->n_value_bytes);
}

/* Rows that were appended come in order, and one more takes the place of the worst. */
static void
check_order(const Stored *stored)
{
	MlopsRankedOrder order;
	MlopsBest best = { .k = (size_t) stored->parameters.k };

	mlops_ranked_order_of(&order, (MlopsRankedKind) stored->parameters.kind);
	order.compare_keys = compare_keys;
	order.compare_values = compare_values;
	for (size_t i = 0; i < stored->n; i++)
	{
		uint64_t word = (uint64_t) (uintptr_t) &stored->rows[i];
		MlopsRankedRow row = { .tiebreak = stored->rows[i].tiebreak,
							   .key = word,
							   .value = word,
							   .has_value = stored->rows[i].has_value == 1 };

		require(mlops_best_append(&best, &row, &plain_allocator));
	}
	mlops_best_sort(&best, &order);
	for (size_t i = 1; i < best.n; i++)
		require(mlops_ranked_compare(&best.rows[i - 1], &best.rows[i], &order) >= 0);
	if (best.n == best.k && best.n > 0)
		require(!mlops_best_wants(&best, &best.rows[0], &order));
	free(best.rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Stored stored = { .n = 0 };
	size_t limit = 64 * size + 4096;
	MlopsAllocator allocator = proportion_allocator(&limit);
	MlopsStateIo io;

	mlops_io_begin_read(&io, size > 0 && data[0] == '{', data, size, &allocator);
	if (transfer(&stored, &io) != MLOPS_STATUS_OK)
		require(io.reason.text[0] != '\0');
	else
	{
		check_promises(&stored);
		check_round_trip(&stored, false);
		check_round_trip(&stored, true);
		check_order(&stored);
	}
	mlops_ranked_wire_free(stored.rows, stored.n, &plain_allocator);
	return 0;
}

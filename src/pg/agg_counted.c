/*
 * How often each value comes: transitions and bytes of the state.
 *
 * In the byte form a value stands as its wire form, in text as its text; entries are sorted by these bytes, and images
 * that have the same wire form are one entry.  What is read goes through the type's own receive or input function.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "core/checked.h"
#include "pg/agg_args.h"
#include "pg/agg_counted.h"
#include "pg/hooks.h"

/* Values between two resets of what their output functions left. */
#define VALUES_PER_RESET 256

/* ---- values ---- */

/* Begin the set once type and has_weights are known. */
static void
begin_set(MlopsCountedState *state)
{
	uint32 key_bytes = 0;

	if (state->type.is_by_value)
		key_bytes = sizeof(uint64) + (state->has_weights ? MLOPS_COUNTED_WEIGHT_BYTES : 0);
	mlops_counted_set_begin(&state->set, 1, key_bytes);
	if (state->type.has_classes && !state->has_weights)
		mlops_counted_set_begin(&state->classes, 1, 0);
}

/* Bytes of a weight before those of a value. */
static Size
weight_bytes(const MlopsCountedState *state)
{
	return state->has_weights ? MLOPS_COUNTED_WEIGHT_BYTES : 0;
}

/* A key: the weight, if there is one, and the bytes of the value; palloc'd if there is one. */
static MlopsBytes
join_key(const MlopsCountedState *state, float8 weight, MlopsBytes value)
{
	char *key;

	if (!state->has_weights)
		return value;
	key = palloc(MLOPS_COUNTED_WEIGHT_BYTES + value.n_bytes);
	memcpy(key, &weight, MLOPS_COUNTED_WEIGHT_BYTES);
	memcpy(key + MLOPS_COUNTED_WEIGHT_BYTES, value.data, value.n_bytes);
	return (MlopsBytes){ key, value.n_bytes + MLOPS_COUNTED_WEIGHT_BYTES };
}

/* Count a value, or with delta -1 take it away. */
static MlopsStatus
add_value(MlopsCountedState *state, Datum value, float8 weight, int64 delta,
		  const MlopsAllocator *allocator, MlopsReason *reason)
{
	MlopsBytes key;
	MlopsStatus status;
	uint64 word;

	if (state->type.is_by_value)
	{
		word = mlops_image_word(&state->type, value);
		key = (MlopsBytes){ (const char *) &word, sizeof(word) };
	}
	else
		key = mlops_image_bytes(&state->type, value);
	key = join_key(state, weight, key);
	status = mlops_counted_set_add(&state->set, key.data, key.n_bytes, 0, delta, allocator, reason);
	if (status != MLOPS_STATUS_OK || state->classes.n_counts == 0)
		return status;
	key = mlops_image_class(value);
	return mlops_counted_set_add(&state->classes, key.data, key.n_bytes, 0, delta, allocator,
								 reason);
}

/* ---- bytes ---- */

/* A key of the byte form that begins with a weight. */
static void
transfer_weighted_key(MlopsStateIo *io, uint8_t **key, size_t *n_bytes)
{
	float8 weight = 0;
	uint8 *value = NULL;
	size_t value_bytes = 0;

	if (!mlops_io_is_reading(io))
	{
		memcpy(&weight, *key, sizeof(weight));
		value = *key + sizeof(weight);
		value_bytes = *n_bytes - sizeof(weight);
	}
	mlops_io_bytes(io, NULL, &value, &value_bytes);
	mlops_io_double(io, NULL, &weight);
	if (!mlops_io_is_reading(io))
		return;
	*key = NULL;
	if (!mlops_io_failed(io) && (!isfinite(weight) || signbit(weight)))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "a weight is %g", weight);
	if (mlops_io_failed(io))
		return;
	*n_bytes = sizeof(weight) + value_bytes;
	*key = palloc(*n_bytes);
	memcpy(*key, &weight, sizeof(weight));
	memcpy(*key + sizeof(weight), value, value_bytes);
	mlops_free(io->allocator, value);
}

static void
transfer_wire(MlopsCountedSet *wire, const MlopsCountedState *state, MlopsStateIo *io)
{
	mlops_counted_set_transfer(
		wire, io, "values", state->has_weights ? transfer_weighted_key : mlops_counted_key_bytes);
}

/* A key of the set as a key of the byte form. */
static MlopsBytes
write_key(const MlopsCountedState *state, MlopsImageCodec *codec, const MlopsCountedEntry *entry)
{
	Size skipped = weight_bytes(state);
	float8 weight = 0;
	Datum value = mlops_image_datum(&state->type, entry->key + skipped, entry->n_bytes - skipped);

	memcpy(&weight, entry->key, skipped);
	return join_key(state, weight, mlops_image_write(codec, value));
}

static void
fail_io(MlopsStateIo *io, MlopsStatus status, const MlopsReason *reason)
{
	if (status != MLOPS_STATUS_OK)
		mlops_io_fail(io, status, "%s", reason->text);
}

static void
write_values(const MlopsCountedState *state, MlopsStateIo *io)
{
	MemoryContext scratch =
		AllocSetContextCreate(CurrentMemoryContext, "mlops counted values", ALLOCSET_DEFAULT_SIZES);
	MemoryContext context = MemoryContextSwitchTo(scratch);
	const MlopsAllocator *allocator = io->buffer->allocator;
	MlopsCountedSet wire;
	MlopsCountedEntry entry;
	MlopsImageCodec codec;
	MlopsReason reason = { "" };
	size_t position = 0;

	mlops_counted_set_begin(&wire, 1, 0);
	if (state->set.n_entries > 0)
	{
		MemoryContextSwitchTo(context);
		mlops_image_codec_write(&codec, &state->type, mlops_io_is_text(io));
		MemoryContextSwitchTo(scratch);
	}
	for (size_t i = 1; mlops_counted_set_next(&state->set, &position, &entry); i++)
	{
		MlopsBytes key = write_key(state, &codec, &entry);

		fail_io(io,
				mlops_counted_set_add(&wire, key.data, key.n_bytes, 0, entry.counts[0], allocator,
									  &reason),
				&reason);
		if (i % VALUES_PER_RESET == 0)
			MemoryContextReset(scratch);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(context);
	transfer_wire(&wire, state, io);
	mlops_counted_set_free(&wire, allocator);
	MemoryContextDelete(scratch);
}

/* Read the values of keys of the byte form, and count them. */
static void
read_keys(MlopsCountedState *state, MlopsStateIo *io, const MlopsCountedSet *wire)
{
	Size skipped = weight_bytes(state);
	MlopsCountedEntry entry;
	MlopsImageCodec codec;
	MlopsReason reason = { "" };
	size_t position = 0;

	mlops_image_codec_read(&codec, &state->type, mlops_io_is_text(io));
	while (mlops_counted_set_next(wire, &position, &entry))
	{
		MlopsBytes bytes = { (const char *) entry.key + skipped, entry.n_bytes - (uint32) skipped };
		float8 weight = 0;

		memcpy(&weight, entry.key, skipped);
		fail_io(io,
				add_value(state, mlops_image_read(&codec, bytes), weight, entry.counts[0],
						  io->allocator, &reason),
				&reason);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
read_values(MlopsCountedState *state, MlopsStateIo *io)
{
	MlopsCountedSet wire;

	mlops_counted_set_begin(&wire, 1, 0);
	transfer_wire(&wire, state, io);
	if (mlops_io_failed(io) || wire.n_entries == 0)
		return;
	if (!OidIsValid(state->type.type))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "it has values but no type");
	else
	{
		MlopsImageContext context;

		mlops_image_context_begin(&context, &state->type, io, mlops_counted_class.type_name);
		read_keys(state, io, &wire);
		mlops_image_context_end(&context);
	}
	mlops_counted_set_free(&wire, io->allocator);
}

/* A base that entropy takes, or 0. */
static bool
is_base(float8 base)
{
	return isfinite(base) && base >= 0 && base != 1 && !signbit(base);
}

static void
transfer_counted(void *opaque, int64 kind, MlopsStateIo *io)
{
	MlopsCountedState *state = opaque;
	bool is_reading = mlops_io_is_reading(io);

	mlops_image_transfer_type(&state->type, io, "type_schema", "type");
	mlops_io_int(io, "null_count", &state->n_null, 0, PG_INT64_MAX);
	mlops_io_int(io, "has_weights", &state->has_weights, 0, 1);
	mlops_io_int(io, "k", &state->k, 0, PG_INT32_MAX);
	mlops_io_double(io, "base", &state->base);
	if (is_reading && !mlops_io_failed(io) && !is_base(state->base))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "its base is %g", state->base);
	if (is_reading)
	{
		begin_set(state);
		read_values(state, io);
	}
	else
		write_values(state, io);
}

/* ---- merging ---- */

void
mlops_counted_check_type(const MlopsCountedState *state, Oid type)
{
	if (unlikely(state->type.type != type))
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("the state counts values of type %s, not of type %s",
							   format_type_be(state->type.type), format_type_be(type))));
}

static MlopsStatus
check_parameters(const MlopsCountedState *into, const MlopsCountedState *from, MlopsReason *reason)
{
	if (into->type.type != from->type.type)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "counts of values of type %s and of type %s cannot be merged",
								 format_type_be(into->type.type), format_type_be(from->type.type));
	if (into->has_weights != from->has_weights || into->k != from->k || into->base != from->base)
		return mlops_status_fail(reason, MLOPS_STATUS_INVALID,
								 "counts of values for different arguments cannot be merged");
	return MLOPS_STATUS_OK;
}

static MlopsStatus
merge_counted(void *opaque, const void *other, const MlopsAllocator *allocator, MlopsReason *reason)
{
	MlopsCountedState *into = opaque;
	const MlopsCountedState *from = other;
	MlopsStatus status;

	if (!OidIsValid(from->type.type))
		return MLOPS_STATUS_OK;
	if (!OidIsValid(into->type.type))
	{
		into->type = from->type;
		into->has_weights = from->has_weights;
		into->k = from->k;
		into->base = from->base;
		begin_set(into);
	}
	status = check_parameters(into, from, reason);
	if (status != MLOPS_STATUS_OK)
		return status;
	if (!mlops_checked_add_rows(&into->n_null, from->n_null, PG_INT64_MAX))
		return mlops_status_fail(reason, MLOPS_STATUS_LIMIT, "more than 2^63 - 1 rows");
	status =
		mlops_counted_set_merge(&into->set, &from->set, mlops_hooks_cancel(), allocator, reason);
	if (status != MLOPS_STATUS_OK)
		return status;
	return mlops_counted_set_merge(&into->classes, &from->classes, mlops_hooks_cancel(), allocator,
								   reason);
}

const MlopsStateClass mlops_counted_class = { .type_name = "_counted_state",
											  .magic = 0xC7,
											  .version = 1,
											  .state_bytes = sizeof(MlopsCountedState),
											  .transfer = transfer_counted,
											  .merge = merge_counted };

MLOPS_STATE_TYPE(counted_state, &mlops_counted_class);

/* ---- transitions ---- */

/* The type of the values that a transition counts; looked up in its first call. */
static Oid
value_type(FunctionCallInfo fcinfo)
{
	Oid *type = fcinfo->flinfo->fn_extra;

	if (likely(type != NULL))
		return *type;
	type = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(Oid));
	*type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	if (!OidIsValid(*type))
		elog(ERROR, "could not determine the type of the values to count");
	fcinfo->flinfo->fn_extra = type;
	return *type;
}

/* The state of a transition, for values of its type. */
static MlopsCountedState *
begin_step(FunctionCallInfo fcinfo, bool has_weights, bool *is_new)
{
	MlopsCountedState *state = mlops_state_step(fcinfo, &mlops_counted_class, is_new);
	Oid type = value_type(fcinfo);

	if (*is_new || unlikely(!OidIsValid(state->type.type)))
	{
		mlops_image_type(type, &state->type);
		state->has_weights = has_weights;
		begin_set(state);
	}
	/* an aggregate of somebody else's making may begin with any state */
	mlops_counted_check_type(state, type);
	if (unlikely(state->has_weights != has_weights))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a state with weights cannot go on without, or the other way round")));
	return state;
}

/* Take the row in, or with delta -1 away. */
static Datum
end_step(FunctionCallInfo fcinfo, MlopsCountedState *state, float8 weight, int64 delta)
{
	MlopsReason reason = { "" };
	bool is_null = PG_ARGISNULL(1) || (state->has_weights && PG_ARGISNULL(2));

	mlops_agg_check_change(state,
						   is_null ? mlops_checked_count_row(&state->n_null, delta, PG_INT64_MAX) :
									 add_value(state, PG_GETARG_DATUM(1), weight, delta,
											   mlops_state_allocator(state), &reason),
						   &reason);
	return mlops_state_datum(state);
}

/* x */
static Datum
step_plain(FunctionCallInfo fcinfo, int64 delta)
{
	bool is_new;
	MlopsCountedState *state = begin_step(fcinfo, false, &is_new);

	return end_step(fcinfo, state, 0, delta);
}

/* x, base */
static Datum
step_entropy(FunctionCallInfo fcinfo, int64 delta)
{
	bool is_new;
	MlopsCountedState *state = begin_step(fcinfo, false, &is_new);
	float8 base;

	mlops_agg_check_not_null(fcinfo, 2, "base");
	base = PG_GETARG_FLOAT8(2);
	if (!is_base(base) || base == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("base must be a finite number above 0 other than 1, not %s",
							   float8out_internal(PG_GETARG_FLOAT8(2))),
						errhint("Take 2 for bits, or leave it out for nats.")));
	if (is_new)
		state->base = base;
	if (state->base != base)
		mlops_agg_report_changed("base");
	return end_step(fcinfo, state, 0, delta);
}

/* x, k */
static Datum
step_top_values(FunctionCallInfo fcinfo, int64 delta)
{
	bool is_new;
	MlopsCountedState *state = begin_step(fcinfo, false, &is_new);
	int32 k;

	mlops_agg_check_not_null(fcinfo, 2, "k");
	k = PG_GETARG_INT32(2);
	if (k < 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("k must be at least 1, not %d", k)));
	if (is_new)
		state->k = k;
	if (state->k != k)
		mlops_agg_report_changed("k");
	return end_step(fcinfo, state, 0, delta);
}

/* x, w */
static Datum
step_concentration(FunctionCallInfo fcinfo, int64 delta)
{
	bool is_new;
	MlopsCountedState *state = begin_step(fcinfo, true, &is_new);
	float8 weight = PG_ARGISNULL(2) ? 0 : PG_GETARG_FLOAT8(2) + 0.0; /* -0 is 0 */

	if (!PG_ARGISNULL(1) && !(weight >= 0 && isfinite(weight)))
		ereport(ERROR,
				(errcode(weight < 0 && isfinite(weight) ? ERRCODE_INVALID_PARAMETER_VALUE :
														  ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a weight must be a finite number from 0, not %s",
						float8out_internal(PG_GETARG_FLOAT8(2))),
				 errhint("Make weights of rows that are to be left out NULL.")));
	return end_step(fcinfo, state, weight, delta);
}

/* A transition and its inverse. */
#define COUNTED_STEP(name, step)                                                                   \
	MLOPS_FUNCTION(mlops_##name##_step);                                                           \
	Datum mlops_##name##_step(PG_FUNCTION_ARGS)                                                    \
	{                                                                                              \
		return step(fcinfo, 1);                                                                    \
	}                                                                                              \
	MLOPS_FUNCTION(mlops_##name##_inverse);                                                        \
	Datum mlops_##name##_inverse(PG_FUNCTION_ARGS)                                                 \
	{                                                                                              \
		return step(fcinfo, -1);                                                                   \
	}                                                                                              \
	extern Datum mlops_##name##_step(PG_FUNCTION_ARGS)

COUNTED_STEP(counted, step_plain);
COUNTED_STEP(entropy, step_entropy);
COUNTED_STEP(top_values, step_top_values);
COUNTED_STEP(concentration_index, step_concentration);

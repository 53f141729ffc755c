/*
 * States of aggregates: expanded objects, their flat form, and the support
 * functions that all aggregates share.
 */
#include "postgres.h"

#include <limits.h>

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "pg/agg_state.h"
#include "pg/error.h"
#include "pg/hooks.h"

#define MAX_MEMORY_MIN_KB	  64
#define MAX_MEMORY_DEFAULT_KB (256 * 1024)

/* mlops.max_aggregate_memory */
static int max_memory_kb = MAX_MEMORY_DEFAULT_KB;

/* Bytes before the fields: magic and version. */
#define HEADER_BYTES 2

/* A state of more bytes is not kept after it was read. */
#define KEPT_BYTES_MAX 8192

void
mlops_state_init_gucs(void)
{
	DefineCustomIntVariable("mlops.max_aggregate_memory",
							"Memory that the state of one aggregate may take.",
							"A state that would need more, one of many distinct values, ends the "
							"query with an error.",
							&max_memory_kb, MAX_MEMORY_DEFAULT_KB, MAX_MEMORY_MIN_KB, MAX_KILOBYTES,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
}

static MlopsStateObject *
object_of(const void *state)
{
	return (MlopsStateObject *) ((char *) unconstify(void *, state) - MLOPS_STATE_OFFSET);
}

static void *
state_of(MlopsStateObject *object)
{
	return (char *) object + MLOPS_STATE_OFFSET;
}

/* Allocate within the limit.  The context is the object's own, so its total is the state's. */
static void *
limited_alloc(void *owner, size_t n_bytes)
{
	MlopsStateObject *object = owner;
	Size limit = (Size) max_memory_kb * 1024;
	void *block;

	if (n_bytes > limit || object->n_bytes > limit - n_bytes)
	{
		object->is_full = true;
		return NULL;
	}
	block = MemoryContextAllocExtended(object->header.eoh_context, n_bytes,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (block != NULL)
		object->n_bytes += GetMemoryChunkSpace(block);
	return block;
}

static void
limited_free(void *owner, void *block)
{
	MlopsStateObject *object = owner;

	object->n_bytes -= GetMemoryChunkSpace(block);
	pfree(block);
}

static void
write_header(MlopsBuffer *buffer, const MlopsStateClass *class)
{
	mlops_buffer_put_uint(buffer, class->magic, 1);
	mlops_buffer_put_uint(buffer, class->version, 1);
}

/* The one byte form of a state; writing changes nothing in it. */
static void
write_state(const void *state, const MlopsStateClass *class, MlopsBuffer *buffer)
{
	MlopsStateIo io;

	write_header(buffer, class);
	mlops_io_begin_write(&io, false, buffer);
	io.cancel = mlops_hooks_cancel();
	class->transfer(unconstify(void *, state), class->kind, &io);
	mlops_report_status(mlops_io_object_end(&io), &io.reason);
}

static Size
get_flat_size(ExpandedObjectHeader *header)
{
	MlopsStateObject *object = (MlopsStateObject *) header;

	/* a result is copied more than once in a row, and only transitions change a state */
	if (object->flat.n_bytes == 0 || object->n_calls_flat != object->n_calls)
	{
		object->flat.n_bytes = 0;
		write_state(state_of(object), object->class, &object->flat);
		object->n_calls_flat = object->n_calls;
	}
	return VARHDRSZ + object->flat.n_bytes;
}

static void
flatten_into(ExpandedObjectHeader *header, void *result, Size n_bytes)
{
	MlopsStateObject *object = (MlopsStateObject *) header;

	Assert(n_bytes == VARHDRSZ + object->flat.n_bytes);
	SET_VARSIZE(result, n_bytes);
	memcpy(VARDATA(result), object->flat.bytes, object->flat.n_bytes);
}

static const ExpandedObjectMethods state_methods = { .get_flat_size = get_flat_size,
													 .flatten_into = flatten_into };

/* An empty state in a context, which is the state's own or is reset with it. */
static MlopsStateObject *
make_object_in(MemoryContext context, const MlopsStateClass *class)
{
	MlopsStateObject *object =
		MemoryContextAllocZero(context, MLOPS_STATE_OFFSET + class->state_bytes);

	EOH_init_header(&object->header, &state_methods, context);
	object->class = class;
	object->allocator =
		(MlopsAllocator){ .alloc = limited_alloc, .free = limited_free, .state = object };
	object->unlimited = mlops_hooks_allocator(context);
	object->flat.allocator = &object->unlimited;
	return object;
}

/* An empty state in a context of its own below the given one, as the executor adopts it. */
static MlopsStateObject *
make_object(MemoryContext parent, const MlopsStateClass *class)
{
	return make_object_in(
		AllocSetContextCreate(parent, "mlops aggregate state", ALLOCSET_SMALL_SIZES), class);
}

/*
 * The state of a moving aggregate whose MSTYPE is internal.  The executor takes the same pointer for a
 * value, so it neither adopts nor copies it, and resets the aggregate's context with each frame
 * that begins anew: a context of its own would be made and deleted as often, which for short frames costs
 * more than the rows.
 */
static bool
is_internal(FunctionCallInfo fcinfo)
{
	return get_fn_expr_argtype(fcinfo->flinfo, 0) == INTERNALOID;
}

/* The object behind an expanded datum; another extension's cannot have our type. */
static MlopsStateObject *
expanded_object(Datum datum, const MlopsStateClass *class)
{
	MlopsStateObject *object = (MlopsStateObject *) DatumGetEOHP(datum);

	if (object->header.eoh_methods != &state_methods || object->class != class)
		elog(ERROR, "expanded object is no %s", class->type_name);
	return object;
}

static bool
is_expanded(Datum datum)
{
	return VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum));
}

static void
report_unreadable(const MlopsStateClass *class, const MlopsStateIo *io)
{
	if (io->status == MLOPS_STATUS_NOMEM || io->status == MLOPS_STATUS_CANCELLED)
		mlops_report_status(io->status, &io->reason);
	ereport(ERROR, (errcode(mlops_io_is_text(io) ? ERRCODE_INVALID_TEXT_REPRESENTATION :
												   ERRCODE_INVALID_BINARY_REPRESENTATION),
					errmsg("invalid state of type mlops.%s", class->type_name),
					errdetail("Reason: %s.", io->reason.text),
					errhint("A state comes from the aggregate of its type, whole and unchanged.")));
}

/* Magic and version; the fields come behind them. */
static void
read_header(const MlopsStateClass *class, const uint8 *bytes, Size n_bytes)
{
	if (n_bytes < HEADER_BYTES || bytes[0] != class->magic)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid state of type mlops.%s", class->type_name),
						errdetail("Reason: it does not begin with the mark of its type.")));
	if (bytes[1] == 0 || bytes[1] > class->version)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid state of type mlops.%s", class->type_name),
						errdetail("Reason: its version must be between 1 and %d, not %d.",
								  class->version, bytes[1]),
						errhint("Update the extension mlops on this server.")));
}

static void
read_state(void *state, const MlopsStateClass *class, const uint8 *bytes, Size n_bytes,
		   const MlopsAllocator *allocator)
{
	MlopsStateIo io;

	read_header(class, bytes, n_bytes);
	mlops_io_begin_read(&io, false, bytes + HEADER_BYTES, n_bytes - HEADER_BYTES, allocator);
	io.cancel = mlops_hooks_cancel();
	class->transfer(state, class->kind, &io);
	if (mlops_io_object_end(&io) != MLOPS_STATUS_OK)
		report_unreadable(class, &io);
}

/* Allocator of the current context, for states that end with the call. */
static MlopsAllocator *
call_allocator(void)
{
	MlopsAllocator *allocator = palloc(sizeof(MlopsAllocator));

	*allocator = mlops_hooks_allocator(CurrentMemoryContext);
	return allocator;
}

/* The last state of a class that keeps it. */
static struct
{
	const MlopsStateClass *class; /* NULL: there is none */
	MemoryContext memory;		  /* of bytes and state */
	MlopsAllocator allocator;
	uint8 *bytes;
	Size n_bytes;
	void *state;
} last_read;

/* Read a state, or give the last one again: five accessors of a row ask for the same bytes. */
static void *
read_kept(const MlopsStateClass *class, const uint8 *bytes, Size n_bytes)
{
	if (last_read.class == class && last_read.n_bytes == n_bytes &&
		memcmp(last_read.bytes, bytes, n_bytes) == 0)
		return last_read.state;
	last_read.class = NULL;
	if (last_read.memory == NULL)
		last_read.memory =
			AllocSetContextCreate(TopMemoryContext, "mlops last state", ALLOCSET_DEFAULT_SIZES);
	else
		MemoryContextReset(last_read.memory);
	last_read.allocator = mlops_hooks_allocator(last_read.memory);
	last_read.state = MemoryContextAllocZero(last_read.memory, class->state_bytes);
	read_state(last_read.state, class, bytes, n_bytes, &last_read.allocator);
	last_read.bytes = MemoryContextAlloc(last_read.memory, n_bytes);
	memcpy(last_read.bytes, bytes, n_bytes);
	last_read.n_bytes = n_bytes;
	last_read.class = class;
	return last_read.state;
}

static void *
read_flat(Datum datum, const MlopsStateClass *class)
{
	struct varlena *flat = PG_DETOAST_DATUM_PACKED(datum);
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(flat);
	Size n_bytes = VARSIZE_ANY_EXHDR(flat);
	void *state;

	if (class->is_kept && n_bytes <= KEPT_BYTES_MAX)
		return read_kept(class, bytes, n_bytes);
	state = palloc0(class->state_bytes);
	read_state(state, class, bytes, n_bytes, call_allocator());
	return state;
}

const void *
mlops_state_get(FunctionCallInfo fcinfo, int n, const MlopsStateClass *class)
{
	Datum datum = PG_GETARG_DATUM(n);

	return is_expanded(datum) ? state_of(expanded_object(datum, class)) : read_flat(datum, class);
}

MemoryContext
mlops_state_aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function belongs to an aggregate and cannot be called by itself"),
				 errhint("Call the aggregate.")));
	return context;
}

/* A state of the transition's own, from one that is flat or read only. */
static void *
own_state(FunctionCallInfo fcinfo, const MlopsStateClass *class, MemoryContext context)
{
	MlopsStateObject *object = make_object(context, class);
	MlopsReason reason = { "" };

	mlops_state_check(state_of(object),
					  class->merge(state_of(object), mlops_state_get(fcinfo, 0, class),
								   &object->allocator, &reason),
					  &reason);
	return state_of(object);
}

/*
 * The one state of a window aggregate whose MSTYPE is internal, used again with each frame that begins anew: it lives as
 * long as the call site, of which a WindowAgg has one per aggregate, and one state at a time.
 */
static MlopsStateObject *
reused_object(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	MlopsStateObject *object = fcinfo->flinfo->fn_extra;

	if (object == NULL)
		return fcinfo->flinfo->fn_extra = make_object_in(fcinfo->flinfo->fn_mcxt, class);
	class->reuse(state_of(object));
	return object;
}

/* The state of a group or frame that begins. */
static MlopsStateObject *
begin_object(FunctionCallInfo fcinfo, const MlopsStateClass *class, MemoryContext context)
{
	if (!is_internal(fcinfo))
		return make_object(context, class);
	if (class->reuse != NULL && IsA(fcinfo->context, WindowAggState))
		return reused_object(fcinfo, class);
	return make_object_in(context, class);
}

void *
mlops_state_step(FunctionCallInfo fcinfo, const MlopsStateClass *class, bool *is_new)
{
	MemoryContext context = mlops_state_aggregate_context(fcinfo);
	bool is_made = PG_ARGISNULL(0);
	MlopsStateObject *object;

	if (is_new != NULL)
		*is_new = is_made;
	if (is_made)
		return state_of(begin_object(fcinfo, class, context));
	if (likely(VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0)))))
	{
		object = expanded_object(PG_GETARG_DATUM(0), class);
		mlops_state_count_call(object);
		return state_of(object);
	}
	return own_state(fcinfo, class, context);
}

const MlopsAllocator *
mlops_state_allocator(void *state)
{
	return &object_of(state)->allocator;
}

Datum
mlops_state_datum(void *state)
{
	return EOHPGetRWDatum(&object_of(state)->header);
}

void
mlops_state_check(void *state, MlopsStatus status, const MlopsReason *reason)
{
	if (likely(status == MLOPS_STATUS_OK))
		return;
	if (status == MLOPS_STATUS_NOMEM && !object_of(state)->is_full)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY),
						errmsg("out of memory for a state of type mlops.%s, which has %zu bytes",
							   object_of(state)->class->type_name, object_of(state)->n_bytes),
						errhint("Aggregate over smaller groups or fewer distinct values, or lower "
								"mlops.max_aggregate_memory.")));
	if (status == MLOPS_STATUS_NOMEM)
		ereport(
			ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("a state of type mlops.%s needs more than mlops.max_aggregate_memory, %d kB",
					object_of(state)->class->type_name, max_memory_kb),
			 errhint("Aggregate over smaller groups or fewer distinct values, or raise "
					 "mlops.max_aggregate_memory.")));
	mlops_report_status(status, reason);
}

Datum
mlops_state_flat(const void *state, const MlopsStateClass *class)
{
	MlopsBuffer buffer = { .allocator = call_allocator() };
	bytea *flat;

	write_state(state, class, &buffer);
	flat = palloc(VARHDRSZ + buffer.n_bytes);
	SET_VARSIZE(flat, VARHDRSZ + buffer.n_bytes);
	memcpy(VARDATA(flat), buffer.bytes, buffer.n_bytes);
	return PointerGetDatum(flat);
}

Datum
mlops_state_combine(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	MlopsReason reason = { "" };
	void *into;

	if (PG_ARGISNULL(1))
	{
		(void) mlops_state_aggregate_context(fcinfo);
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		return PG_GETARG_DATUM(0);
	}
	into = mlops_state_step(fcinfo, class, NULL);
	mlops_state_check(
		into,
		class->merge(into, mlops_state_get(fcinfo, 1, class), mlops_state_allocator(into), &reason),
		&reason);
	return mlops_state_datum(into);
}

/*
 * A pointer to a running state that an accessor around the aggregate reads as it is.  The executor copies
 * a result that is not in the context of the call, which would write out the state and read it again; so
 * the pointer is put there.  Whoever keeps the result for longer than its row copies it all the same.
 */
static Datum
share_state(Datum datum)
{
	void *pointer;

	if (!is_expanded(datum))
		return datum;
	pointer = palloc(EXPANDED_POINTER_SIZE);
	memcpy(pointer, DatumGetEOHP(datum)->eoh_ro_ptr, EXPANDED_POINTER_SIZE);
	return PointerGetDatum(pointer);
}

Datum
mlops_state_final(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	if (!PG_ARGISNULL(0))
		return share_state(PG_GETARG_DATUM(0));
	return mlops_state_flat(palloc0(class->state_bytes), class);
}

Datum
mlops_state_in(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	const char *text = PG_GETARG_CSTRING(0);
	void *state = palloc0(class->state_bytes);
	int64 version = 0;
	MlopsStateIo io;

	mlops_io_begin_read(&io, true, text, strlen(text), call_allocator());
	io.cancel = mlops_hooks_cancel();
	mlops_io_object_begin(&io);
	mlops_io_int(&io, class->type_name, &version, 1, class->version);
	class->transfer(state, class->kind, &io);
	if (mlops_io_object_end(&io) != MLOPS_STATUS_OK)
		report_unreadable(class, &io);
	return mlops_state_flat(state, class);
}

Datum
mlops_state_out(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	const void *state = mlops_state_get(fcinfo, 0, class);
	MlopsBuffer buffer = { .allocator = call_allocator() };
	int64 version = class->version;
	MlopsStateIo io;

	mlops_io_begin_write(&io, true, &buffer);
	io.cancel = mlops_hooks_cancel();
	mlops_io_object_begin(&io);
	mlops_io_int(&io, class->type_name, &version, 1, version);
	class->transfer(unconstify(void *, state), class->kind, &io);
	mlops_report_status(mlops_io_object_end(&io), &io.reason);
	PG_RETURN_CSTRING(pnstrdup((const char *) buffer.bytes, buffer.n_bytes));
}

Datum
mlops_state_recv(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	StringInfo message = (StringInfo) PG_GETARG_POINTER(0);
	int n_bytes = message->len - message->cursor;
	const char *bytes = pq_getmsgbytes(message, n_bytes);
	void *state = palloc0(class->state_bytes);

	pq_getmsgend(message);
	read_state(state, class, (const uint8 *) bytes, (Size) n_bytes, call_allocator());
	return mlops_state_flat(state, class);
}

Datum
mlops_state_send(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	return mlops_state_flat(mlops_state_get(fcinfo, 0, class), class);
}

/*
 * States of aggregates: concrete types that are expanded objects while they run.
 *
 * A state core (src/core) says what its fields are and how two states are
 * added; this file makes a type and the support functions of its aggregates
 * from that.
 *
 *	running     MlopsStateObject in a context of its own, adopted by the
 *	            executor without a copy, changed in place by transitions
 *	at rest     a varlena: magic, version, then the fields (core/state_io.h);
 *	            the same bytes go out by send and come in by recv
 *	in text     {"stats1d": 1, "n": 3, ...}, by the same list of fields
 *
 * Lifetime: a running state goes with the aggregate's context; whatever an
 * accessor reads from a flat one, with the context of its call.
 */
#ifndef MLOPS_AGG_STATE_H
#define MLOPS_AGG_STATE_H

#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/expandeddatum.h"

#include "core/memory.h"
#include "core/state_io.h"
#include "core/status.h"
#include "pg/compat.h"

/* What this file must know of a state core. */
typedef struct MlopsStateClass
{
	const char *type_name; /* of the SQL type; the first key of the text form */
	uint8 magic;		   /* first byte of the byte form */
	uint8 version;		   /* second byte; 1 .. version is read */
	Size state_bytes;	   /* of the core's struct; all zero bytes are the empty state */
	int64 kind;			   /* for cores that have several: given to transfer */
	bool is_kept;		   /* a flat one that was read serves the next call with the same bytes:
							* accessors change nothing in it */

	/* All fields of a state of the class's kind; when reading validates them and fails by mlops_io_fail. */
	void (*transfer)(void *state, int64 kind, MlopsStateIo *io);

	/*
	 * Make a state that was used the empty one, which keeps its blocks.  Transitions of a moving state of the class then
	 * leave fn_extra to mlops_state_step.  NULL: each frame that begins anew gets a new state.
	 */
	void (*reuse)(void *state);

	/*
	 * Add from to into, which may be empty; keeps no pointer into from.
	 * MLOPS_STATUS_INVALID with a reason if their parameters differ.
	 */
	MlopsStatus (*merge)(void *into, const void *from, const MlopsAllocator *allocator,
						 MlopsReason *reason);
} MlopsStateClass;

/* A running state; the core's struct stands behind it. */
typedef struct MlopsStateObject
{
	ExpandedObjectHeader header;
	const MlopsStateClass *class;
	MlopsAllocator allocator; /* of the core's blocks; its state is this object */
	MlopsAllocator unlimited; /* of flat */
	Size n_bytes;			  /* allocated for the core */
	bool is_full;			  /* an allocation was refused by the limit */
	uint32 n_calls;			  /* of transitions */
	MlopsBuffer flat;		  /* the state as bytes, after n_calls_flat transitions */
	uint32 n_calls_flat;
} MlopsStateObject;

#define MLOPS_STATE_OFFSET MAXALIGN(sizeof(MlopsStateObject))

/* Transitions between two questions for interrupts. */
#define MLOPS_STATE_CALLS_PER_CHECK 1024

/* Define mlops.max_aggregate_memory; once, when the library is loaded. */
extern void mlops_state_init_gucs(void);

/*
 * The state that a transition function was called with, as argument 0; when
 * that is NULL an empty one, made in the aggregate's context.
 *
 *   is_new   OUT  true if it was made now: its parameters are to be stored, else
 *                 compared; may be NULL
 *
 * Errors: 0A000 outside an aggregate; serves interrupts every 1,024th call.
 */
extern void *mlops_state_step(FunctionCallInfo fcinfo, const MlopsStateClass *class, bool *is_new);

/* Count a transition; serves interrupts at times. */
static inline void
mlops_state_count_call(MlopsStateObject *object)
{
	if (unlikely(++object->n_calls % MLOPS_STATE_CALLS_PER_CHECK == 0))
		CHECK_FOR_INTERRUPTS();
}

/*
 * The short way of mlops_state_step, for transitions where every nanosecond counts: a state that
 * runs, or NULL for all other cases, which are to go the long way.
 */
static inline void *
mlops_state_running(FunctionCallInfo fcinfo, const MlopsStateClass *class)
{
	MlopsStateObject *object;

	if (PG_ARGISNULL(0) || fcinfo->context == NULL ||
		!(IsA(fcinfo->context, AggState) || IsA(fcinfo->context, WindowAggState)) ||
		!VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(PG_GETARG_DATUM(0))))
		return NULL;
	object = (MlopsStateObject *) DatumGetEOHP(PG_GETARG_DATUM(0));
	if (object->class != class)
		return NULL;
	mlops_state_count_call(object);
	return (char *) object + MLOPS_STATE_OFFSET;
}

/* The context of the aggregate that calls; 0A000 outside of one. */
extern MemoryContext mlops_state_aggregate_context(FunctionCallInfo fcinfo);

/* Its allocator: counts against mlops.max_aggregate_memory, NULL beyond. */
extern const MlopsAllocator *mlops_state_allocator(void *state);

/* What a transition function returns: the pointer that may change the state. */
extern Datum mlops_state_datum(void *state);

/*
 * Raise what a core said of a running state: 53400 when the limit of memory was
 * reached, else as mlops_report_status.  Returns only for MLOPS_STATUS_OK.
 */
extern void mlops_state_check(void *state, MlopsStatus status, const MlopsReason *reason);

/*
 * Argument n of an accessor or a final function, to be read only: the running
 * state, or one read from a flat datum into the context of the call; if the class
 * keeps it, it is valid until the next one is read.
 *
 * Errors: 22P03 for bytes that the core's validator refuses.
 */
extern const void *mlops_state_get(FunctionCallInfo fcinfo, int n, const MlopsStateClass *class);

/* A flat datum of a state that an accessor made itself. */
extern Datum mlops_state_flat(const void *state, const MlopsStateClass *class);

/* Bodies of support functions.  Combine takes NULL on either side; final makes NULL the empty state. */
extern Datum mlops_state_combine(FunctionCallInfo fcinfo, const MlopsStateClass *class);
extern Datum mlops_state_final(FunctionCallInfo fcinfo, const MlopsStateClass *class);
extern Datum mlops_state_in(FunctionCallInfo fcinfo, const MlopsStateClass *class);
extern Datum mlops_state_out(FunctionCallInfo fcinfo, const MlopsStateClass *class);
extern Datum mlops_state_recv(FunctionCallInfo fcinfo, const MlopsStateClass *class);
extern Datum mlops_state_send(FunctionCallInfo fcinfo, const MlopsStateClass *class);

#define MLOPS_STATE_FUNCTION(name, body, class)                                                    \
	MLOPS_FUNCTION(name);                                                                          \
	Datum name(PG_FUNCTION_ARGS)                                                                   \
	{                                                                                              \
		return body(fcinfo, class);                                                                \
	}                                                                                              \
	extern Datum name(PG_FUNCTION_ARGS)

/* The functions of a state type: mlops_TYPE_in, _out, _recv, _send, _combine, _final. */
#define MLOPS_STATE_TYPE(type, class)                                                              \
	MLOPS_STATE_FUNCTION(mlops_##type##_in, mlops_state_in, class);                                \
	MLOPS_STATE_FUNCTION(mlops_##type##_out, mlops_state_out, class);                              \
	MLOPS_STATE_FUNCTION(mlops_##type##_recv, mlops_state_recv, class);                            \
	MLOPS_STATE_FUNCTION(mlops_##type##_send, mlops_state_send, class);                            \
	MLOPS_STATE_FUNCTION(mlops_##type##_combine, mlops_state_combine, class);                      \
	MLOPS_STATE_FUNCTION(mlops_##type##_final, mlops_state_final, class)

#endif

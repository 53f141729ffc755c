/*
 * Functions of the shapes of the feature functions that compute nothing: what a query costs without
 * them.  b2_features.sh builds this into a module of its own.
 *
 * A state is a number by value, which transition and inverse return as it came.
 */
#include "postgres.h"

#include "fmgr.h"
#include "windowapi.h"

PG_MODULE_MAGIC;

/* Transition and inverse, and a final function or an accessor that hands on the state. */
PG_FUNCTION_INFO_V1(noop_state);
extern PGDLLEXPORT Datum noop_state(PG_FUNCTION_ARGS);

Datum
noop_state(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* A final function or an accessor that returns a float8. */
PG_FUNCTION_INFO_V1(noop_number);
extern PGDLLEXPORT Datum noop_number(PG_FUNCTION_ARGS);

Datum
noop_number(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(0);
}

/* A window function that asks for its argument, if it has one. */
PG_FUNCTION_INFO_V1(noop_prior);
extern PGDLLEXPORT Datum noop_prior(PG_FUNCTION_ARGS);

Datum
noop_prior(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	bool is_null;

	if (PG_NARGS() > 0)
		(void) WinGetFuncArgCurrent(window, 0, &is_null);
	PG_RETURN_INT64(0);
}

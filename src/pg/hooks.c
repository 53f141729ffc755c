/*
 * The two seams of the core.
 *
 * No error may jump across the core, so the cancel hook catches what
 * CHECK_FOR_INTERRUPTS raises, and the binding throws it again.  Between catch
 * and rethrow nothing runs but the core's own returns.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/hooks.h"

/* The error that the cancel hook caught; lives in TopTransactionContext until it is rethrown. */
static ErrorData *kept_error = NULL;

static void *
context_alloc(void *state, size_t n_bytes)
{
	return MemoryContextAllocExtended((MemoryContext) state, n_bytes,
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
}

static void
context_free(void *state, void *block)
{
	pfree(block);
}

MlopsAllocator
mlops_hooks_allocator(MemoryContext context)
{
	return (MlopsAllocator){ .alloc = context_alloc, .free = context_free, .state = context };
}

static bool
/* NOLINTNEXTLINE(readability-function-size): the nesting is that of PG_TRY */
serve_interrupts(void *state)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool is_cancelled = false;

	if (likely(!InterruptPending))
		return false;
	PG_TRY();
	{
		CHECK_FOR_INTERRUPTS();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(TopTransactionContext);
		kept_error = CopyErrorData();
		FlushErrorState();
		MemoryContextSwitchTo(context);
		is_cancelled = true;
	}
	PG_END_TRY();
	return is_cancelled;
}

const MlopsCancel *
mlops_hooks_cancel(void)
{
	static const MlopsCancel cancel = { .cancelled = serve_interrupts, .state = NULL };

	return &cancel;
}

void
mlops_hooks_rethrow(void)
{
	ErrorData *error = kept_error;

	kept_error = NULL;
	if (error == NULL)
		elog(ERROR, "the core says cancelled, but nothing was caught");
	ReThrowError(error);
}

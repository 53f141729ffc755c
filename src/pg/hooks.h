/*
 * The two seams of the core: memory from a memory context, cancel from the server.
 */
#ifndef MLOPS_HOOKS_H
#define MLOPS_HOOKS_H

#include "core/memory.h"

/*
 * Allocator over a memory context: no limit of 1 GB, NULL instead of an error.
 *
 * What is not freed goes with the context.
 */
extern MlopsAllocator mlops_hooks_allocator(MemoryContext context);

/*
 * The cancel hook.  It answers false while nothing is pending, also when an
 * interrupt is served that ends nothing.  If serving one raises an error, the
 * error is kept, true is the answer, and the caller must call
 * mlops_hooks_rethrow() at once when the core has returned.
 */
extern const MlopsCancel *mlops_hooks_cancel(void);

/* Throw the error that the cancel hook kept. */
extern void mlops_hooks_rethrow(void) pg_attribute_noreturn();

#endif

/*
 * Shared memory that may not be had.
 *
 * A full shared-memory mount is told by an error, which only a subtransaction survives.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "pg/shared_segment.h"

dsm_segment *
mlops_segment_try_create(Size n_bytes)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	dsm_segment *volatile segment = NULL;

	BeginInternalSubTransaction(NULL);
	/* the segment outlives the subtransaction */
	CurrentResourceOwner = owner;
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		segment = dsm_create(n_bytes, DSM_CREATE_NULL_IF_MAXSEGMENTS);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		segment = NULL;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return segment;
}

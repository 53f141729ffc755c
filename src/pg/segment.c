/*
 * A segment of shared memory, where it is optional.
 *
 * dsm_create raises when the file system of shared memory is full, and a
 * subtransaction, the usual way to go on after an error, cannot be begun in
 * parallel mode.  So what the failed call can leave behind is given back here: its
 * entry in a resource owner of its own, and lightweight locks, of which a caller
 * holds none.
 */
#include "postgres.h"

#include "storage/lwlock.h"
#include "utils/resowner.h"

#include "pg/segment.h"

static void
end_owner(ResourceOwner owner)
{
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_BEFORE_LOCKS, false, false);
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_LOCKS, false, false);
	ResourceOwnerRelease(owner, RESOURCE_RELEASE_AFTER_LOCKS, false, false);
	ResourceOwnerDelete(owner);
}

dsm_segment *
mlops_segment_create(Size n_bytes)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner before = CurrentResourceOwner;
	ResourceOwner own = ResourceOwnerCreate(before, "mlops segment");
	dsm_segment *volatile segment = NULL;

	PG_TRY();
	{
		CurrentResourceOwner = own;
		segment = dsm_create(n_bytes, DSM_CREATE_NULL_IF_MAXSEGMENTS);
		if (segment != NULL)
			dsm_pin_mapping(segment);
	}
	PG_CATCH();
	{
		LWLockReleaseAll();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		segment = NULL;
	}
	PG_END_TRY();
	CurrentResourceOwner = before;
	end_owner(own);
	return segment;
}

dsm_segment *
mlops_segment_create_owned(Size n_bytes)
{
	dsm_segment *segment = mlops_segment_create(n_bytes);

	if (segment != NULL)
		dsm_unpin_mapping(segment);
	return segment;
}

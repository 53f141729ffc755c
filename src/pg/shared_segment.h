/*
 * Shared memory that may not be had.
 */
#ifndef MLOPS_SHARED_SEGMENT_H
#define MLOPS_SHARED_SEGMENT_H

#include "storage/dsm.h"

/*
 * Make a segment, before parallel mode begins.
 *
 * Returns NULL if shared memory is full, so that the caller goes on alone. The segment belongs to the
 * current resource owner: an error detaches it.
 * Errors: none of shared memory; it runs in a subtransaction, which parallel mode forbids.
 */
extern dsm_segment *mlops_segment_try_create(Size n_bytes);

#endif

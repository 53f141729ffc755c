/*
 * A segment of shared memory, where it is optional.
 */
#ifndef MLOPS_SEGMENT_H
#define MLOPS_SEGMENT_H

#include "storage/dsm.h"

/*
 * Make a segment; NULL if shared memory is full, which the server may tell by an error.
 *
 * It stays mapped until dsm_detach or the end of the process, and goes with its last mapping unless
 * it is pinned.  Raises nothing, and may be called in parallel mode.
 */
extern dsm_segment *mlops_segment_create(Size n_bytes);

/* The same, but the release of the current resource owner unmaps it, so an error does too. */
extern dsm_segment *mlops_segment_create_owned(Size n_bytes);

#endif

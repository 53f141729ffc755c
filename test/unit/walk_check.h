/*
 * What the fuzz targets and the tests of hostile bytes do with a forest: what the server does, in
 * the same order, and then all walks.  A fault ends the program.
 */
#ifndef MLOPS_WALK_CHECK_H
#define MLOPS_WALK_CHECK_H

#include "core/codec.h"

/*
 * Decode chunks, the header first.
 *
 * Returns the forest, to be freed, or NULL with a reason.
 */
extern MlopsForest *walk_check_decode(const MlopsChunk *chunks, uint32_t n_chunks, size_t max_bytes,
									  MlopsReason *reason);

/*
 * Code raw values by all columns and walk rows of codes: codes are legal, all walks agree to the
 * bit, and answers are finite and, if they are probabilities, in range.
 */
extern void walk_check_forest(const MlopsForest *forest, uint64_t seed);

#endif

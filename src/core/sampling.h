/*
 * Which rows are held out for the test.
 *
 * Rows are chosen by the hash of their key and the seed, so the choice does not
 * depend on their order, and a row keeps its side when others come.
 */
#ifndef MLOPS_SAMPLING_H
#define MLOPS_SAMPLING_H

#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "core/status.h"

/* What the rows of one call are; arrays [n_rows] of the caller. */
typedef struct MlopsSampling
{
	size_t n_rows;
	double test_size; /* 0 < share < 1 */
	uint64_t seed;
	const uint64_t *keys;	   /* hash of the row's id, or of its number */
	const MlopsCancel *cancel; /* asked for each class and pass over rows; or NULL */
} MlopsSampling;

/*
 * Hold out round(test_size * n) rows, at least 1 and at most n - 1 when n >= 2.
 *
 *   is_test   OUT [n_rows] 1 = held out
 *
 * Errors: NOMEM, CANCELLED.  Cost: O(n) expected, 12 bytes a row.
 */
extern MlopsStatus mlops_sample_random(const MlopsSampling *sampling,
									   const MlopsAllocator *allocator, uint8_t *is_test);

/*
 * The same within each class, so that each class has its share on both sides.
 *
 *   classes   IN [n_rows] below n_classes
 */
extern MlopsStatus mlops_sample_stratified(const MlopsSampling *sampling, const uint32_t *classes,
										   uint32_t n_classes, const MlopsAllocator *allocator,
										   uint8_t *is_test);

/*
 * Hold out whole entities: in the order of their hash each one that brings the
 * test part nearer to its share, or the smallest if none does; at least one
 * entity stays on each side.
 *
 *   entities  IN [n_rows] hash of the entity's key
 *
 * Errors: NOMEM, CANCELLED; DATA if there is one entity only.
 */
extern MlopsStatus mlops_sample_entities(const MlopsSampling *sampling, const uint64_t *entities,
										 const MlopsAllocator *allocator, uint8_t *is_test,
										 MlopsReason *reason);

/*
 * Deal the rows out to folds for cross-validation, as equal in size as can be.
 *
 * In the order of (class, mlops_hash_int(key, seed)) the rows go to fold 0, 1, ..
 * n_folds - 1, 0, 1, .., so each class is dealt out evenly, too.  With entities,
 * whole ones go in the order of mlops_hash_int(entity, seed) to the fold that has
 * the fewest rows, the first of equal ones; then classes play no part.
 *
 *   classes   IN  [n_rows], or NULL
 *   entities  IN  [n_rows] hash of the entity's key, or NULL
 *   n_folds   2 .. 255
 *   folds     OUT [n_rows] below n_folds
 *
 * Errors: NOMEM, CANCELLED; DATA if a fold would be empty.  Cost: O(n log n).
 */
extern MlopsStatus mlops_sample_folds(const MlopsSampling *sampling, const uint32_t *classes,
									  const uint64_t *entities, uint32_t n_folds,
									  const MlopsAllocator *allocator, uint8_t *folds,
									  MlopsReason *reason);

/*
 * Hold out the latest rows: round(test_size * n), at least 1 and at most n - 1.
 *
 *   times     IN [n_rows], NaN sorts as the oldest; ties by the hash of the key; NULL = by the
 *             hash alone
 */
extern MlopsStatus mlops_sample_last(const MlopsSampling *sampling, const double *times,
									 const MlopsAllocator *allocator, uint8_t *is_test);

#endif

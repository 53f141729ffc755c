/*
 * The rows of a node moved into its two children.
 *
 *   src   [ r0 r1 r2 r3 r4 ]           a node's rows in one buffer
 *   dst   [ r0 r3 | r4 r2 r1 ]         left in order, right reversed, same place
 *          left     right              in the other buffer
 *
 * Rows move, not indexes, so every later pass over a node reads memory from
 * front to back.
 */
#ifndef MLOPS_PARTITION_H
#define MLOPS_PARTITION_H

#include <stddef.h>
#include <stdint.h>

#include "core/dataset.h"
#include "core/split.h"

/*
 * Move the rows of a node.
 *
 *   n_words   words of a row
 *   field     the column of the split
 *   split     what decides
 *   sides     IN/OUT scratch [2^16] for categorical splits
 *   src, dst  [n_rows][n_words], not overlapping
 *
 * Returns the number of rows that went left.  Errors: none.
 * Cost: O(n_rows * n_words), and O(field->mask) for categorical splits.
 */
extern size_t mlops_partition(uint32_t n_words, const MlopsField *field, const MlopsSplit *split,
							  uint8_t *sides, const uint64_t *src, uint64_t *dst, size_t n_rows);

/* The same by one test per row that follows the definition in tree.h; kept to test against. */
extern size_t mlops_partition_naive(uint32_t n_words, const MlopsField *field,
									const MlopsSplit *split, const uint64_t *src, uint64_t *dst,
									size_t n_rows);

#endif

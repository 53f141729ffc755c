/*
 * Hash of a set of rows that does not depend on their order: the state core of
 * dataset_hash.
 *
 * Each row has a digest of 128 bits.  The state is the number of rows, the sum of
 * the digests modulo 2^128 and their bitwise xor.  Both are groups, so a row can
 * be taken away again, and sets merge.  The sum sees what the xor does not, a row
 * that is there three times instead of once, and the count sees 2^128 of them.
 *
 * It tells data sets apart that differ by accident or mistake.  Who may choose
 * very many rows can build another set with the same sums (D. Wagner, "A
 * generalized birthday problem", 2002): this is no seal.
 *
 * Source: the multiset hashes of D. Clarke et al., "Incremental multiset hash
 * functions" (2003), section 5, without their key.
 */
#ifndef MLOPS_ROW_HASH_H
#define MLOPS_ROW_HASH_H

#include <stdint.h>

#include "core/state_io.h"

#define MLOPS_ROW_DIGEST_BYTES 16

/* What mlops_row_hash_write writes. */
#define MLOPS_ROW_HASH_BYTES (8 + 2 * MLOPS_ROW_DIGEST_BYTES)

/* All zero bytes are the hash of no rows. */
typedef struct MlopsRowHash
{
	int64_t n_rows;
	uint64_t sum_high; /* of digests as big-endian numbers, modulo 2^128 */
	uint64_t sum_low;
	uint64_t xor_high;
	uint64_t xor_low;
} MlopsRowHash;

/*
 * Add a row.
 *
 *   digest   IN [MLOPS_ROW_DIGEST_BYTES]
 */
extern void mlops_row_hash_add(MlopsRowHash *hash, const uint8_t *digest);

/* Take a row away that was added. */
extern void mlops_row_hash_remove(MlopsRowHash *hash, const uint8_t *digest);

/* Add the rows of another set. */
extern void mlops_row_hash_merge(MlopsRowHash *into, const MlopsRowHash *from);

/*
 * Count, sum and xor, each most significant byte first.
 *
 *   bytes   OUT [MLOPS_ROW_HASH_BYTES]
 */
extern void mlops_row_hash_write(const MlopsRowHash *hash, uint8_t *bytes);

/*
 * Write or read the fields.
 *
 * Errors when reading: CORRUPT for what no rows have, as sums of no rows that are not 0.
 */
extern void mlops_row_hash_transfer(MlopsRowHash *hash, MlopsStateIo *io);

#endif

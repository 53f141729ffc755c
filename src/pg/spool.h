/*
 * Rows of a training between reading and packing: column by column, in blocks,
 * in a temporary file.
 *
 * Cut points and dictionaries are known only when all rows were read, and a
 * query must not run twice: it may be slow, or give other rows.  Writing a
 * number to a temporary file and reading it again costs less than scanning the
 * table a second time, and no matrix of numbers is ever in memory.  The last
 * block stays in the reader's arrays, so few rows touch no file.
 */
#ifndef MLOPS_SPOOL_H
#define MLOPS_SPOOL_H

#include "pg/reader.h"

typedef struct MlopsSpool MlopsSpool;

/*
 * An empty spool in the current memory context.  Its file belongs to the current resource
 * owner, which closes it at the latest, also after an error.
 */
extern MlopsSpool *mlops_spool_create(void);

/* Append a block: an MlopsTakeBlock whose state is a spool.  Errors: 53100, 53400 (temp_file_limit). */
extern void mlops_spool_take(void *state, const MlopsRows *rows);

extern size_t mlops_spool_n_blocks(const MlopsSpool *spool);

/* Rows of a block; block 0 has as many as any other. */
extern size_t mlops_spool_block_rows(const MlopsSpool *spool, size_t block);

/*
 * One column of a block, once all rows were read.
 *
 *   column   position in rows->features
 *
 * Returns double[] (numeric, NaN = missing) or uint32[] (level ids), valid until the next call.
 * Cost: a read of the column's bytes, which lie together; columns in their order are read in a row.
 */
extern const void *mlops_spool_read(MlopsSpool *spool, size_t block, int column);

/* Give file and memory back; the rows stay with the reader. */
extern void mlops_spool_free(MlopsSpool *spool);

#endif

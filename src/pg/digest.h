/*
 * SHA-256 over the chunks of a stored forest: the digest that names its bytes.
 */
#ifndef MLOPS_DIGEST_H
#define MLOPS_DIGEST_H

#include "pg/catalog.h"

typedef struct MlopsDigest MlopsDigest;

/* Begin a digest; it must be ended in the same transaction. */
extern MlopsDigest *mlops_digest_begin(void);

/* Add bytes: the digest of two parts is the digest of them joined. */
extern void mlops_digest_add(MlopsDigest *digest, const void *bytes, Size n_bytes);

/* Write the digest to result[MLOPS_DIGEST_BYTES] and give it back. */
extern void mlops_digest_end(MlopsDigest *digest, uint8 *result);

#endif

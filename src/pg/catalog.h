/*
 * The registry's tables: every read and write of mlops.* from C.
 *
 * Reads are index scans under the active snapshot, so that they see what the
 * running statement sees; they ask for no privilege, because what may be called
 * is granted by function.  Writes run as the owner of the tables.
 */
#ifndef MLOPS_CATALOG_H
#define MLOPS_CATALOG_H

#include "datatype/timestamp.h"
#include "utils/array.h"
#include "utils/jsonb.h"

#include "core/forest.h"

#define MLOPS_DIGEST_BYTES 32

/* A version of a model. */
typedef struct MlopsModelRef
{
	int64 model_id;
	int32 version;
} MlopsModelRef;

/*
 * A row of mlops.model_version with its model's name.  NULL pointers are NULL
 * columns.  Read rows are palloc'd in the current memory context.
 */
typedef struct MlopsVersionRow
{
	MlopsModelRef ref;
	const char *model; /* name of the model */
	const char *status;
	const char *algorithm;
	const char *task; /* classification or regression */
	const char *target;
	const char *relation; /* qualified and quoted, or NULL */
	const char *query;	  /* or NULL */
	Jsonb *features;	  /* [{"name", "type", "kind"}] in the order of the model */
	const char *id_column;
	const char *time_column;
	const char *entity_column;
	const char *split_column;
	const char *weight_column;
	ArrayType *classes; /* text[], NULL for a regression */
	const char *class_type;
	const char *positive_class; /* NULL unless there are two classes */
	Jsonb *hyperparams;
	Jsonb *arguments;
	int64 seed;
	int64 n_rows;
	int64 n_train_rows;
	int64 n_test_rows;
	const char *data_hash;
	Jsonb *metrics;
	ArrayType *holdout_scores; /* float8[] as all arrays below; NULL unless there are two classes */
	ArrayType *holdout_positives;
	ArrayType *holdout_negatives;
	ArrayType *confusion;
	ArrayType *importance_weight; /* [n_features] */
	ArrayType *importance_gain;
	ArrayType *importance_cover;
	int64 n_bytes;
	int32 n_chunks;
	uint8 digest[MLOPS_DIGEST_BYTES]; /* SHA-256 of the chunks in order */
	const char *extension_version;
	Jsonb *tags; /* written as {} when NULL */
	const char *comment;
	TimestampTz created_at; /* read only: set by the table */
	const char *created_by; /* read only: session_user */
} MlopsVersionRow;

/* Register mlops.default_model. */
extern void mlops_catalog_init_gucs(void);

/* ---- references (catalog_resolve.c) ---- */

/*
 * What a NULL reference stands for: the setting mlops.default_model, or "" for
 * the only model that has a champion.  Not copied.
 */
extern const char *mlops_catalog_default_reference(void);

/*
 * Find the version that a reference names under the active snapshot.
 *
 *   reference   name (= name@champion), name@alias or name@v7; NULL = the default
 *
 * Errors: 42704 for a model, alias or version that does not exist, with the
 * nearest or the existing ones in the hint; 55000 if no version is deployed, with
 * the approved versions in the hint; 22023 if the reference is NULL, no default
 * is set and several models have a champion.
 * Cost: two index scans.
 */
extern MlopsModelRef mlops_catalog_resolve(const char *reference);

/* ---- reads (catalog.c) ---- */

/* Digest of a version; false if there is no such version.  Cost: one index scan. */
extern bool mlops_catalog_find_digest(MlopsModelRef ref, uint8 *digest);

/* Read a version; false if there is no such version.  Cost: two index scans, and detoasting. */
extern bool mlops_catalog_find_version(MlopsModelRef ref, MlopsVersionRow *row);

/*
 * Hand the chunks of a version to a function, in order from 0.
 *
 *   take    sees each chunk once; bytes are gone when it returns; false stops
 *
 * Returns how many chunks were handed over.
 */
typedef bool (*MlopsTakeChunk)(void *state, int32 chunk, const void *bytes, Size n_bytes);
extern int32 mlops_catalog_read_chunks(MlopsModelRef ref, MlopsTakeChunk take, void *state);

/* Text elements of a text[] without NULLs, palloc'd; *n is their number. */
extern char **mlops_catalog_texts(ArrayType *array, int *n);

/* Number elements of a float8[] without NULLs, in place; *n is their number. */
extern const double *mlops_catalog_numbers(ArrayType *array, int *n);

/* ---- writes (catalog_write.c) ---- */

/*
 * Raise what begin_version would raise, before any work is done; locks nothing.
 *
 * Errors: 25006 in a read-only transaction or during recovery; 22023 if the
 * model exists with another task, or for a name that cannot be one; 42501 if the
 * caller is not a member of the model's owner.
 */
extern void mlops_catalog_check_version(const char *model, const char *task);

/*
 * Start a new version: make the model's row if it is new, owned by the current
 * user, lock it and choose the version's number.
 *
 *   row   IN   model, task, tags
 *         OUT  ref
 *
 * Versions of dropped rows are not used again.  Another version of the same
 * model waits for this transaction, so call it after training, not before.
 * Errors: as check_version.
 */
extern void mlops_catalog_begin_version(MlopsVersionRow *row);

/*
 * Store the version that begin_version numbered, and its event version.created.
 *
 *   row   IN   everything but created_at and created_by; NULL pointers are NULL
 *
 * Comes before the chunks, whose foreign key wants it; the digest must be known.
 */
extern void mlops_catalog_insert_version(const MlopsVersionRow *row);

/* Store one chunk: 0 is the header, k is tree k.  n_bytes < 1 GB. */
extern void mlops_catalog_store_chunk(MlopsModelRef ref, int32 chunk, const void *bytes,
									  Size n_bytes);

#endif

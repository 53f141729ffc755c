/*
 * Which version a reference names, remembered from statement to statement.
 */
#ifndef MLOPS_REFERENCE_H
#define MLOPS_REFERENCE_H

#include "utils/snapshot.h"

#include "pg/catalog.h"

/* Setting mlops.default_model; empty = none. */
extern char *mlops_default_model;

/* A reference, or the default model in the place of none; NULL = the only model with a champion. */
static inline const char *
mlops_reference_or_default(const char *reference)
{
	return reference == NULL && mlops_default_model[0] != '\0' ? mlops_default_model : reference;
}

/* What a snapshot sees; equal views see the same rows (see reference.c). */
typedef struct MlopsView
{
	TransactionId xmin;
	TransactionId xmax;
	uint32 n_running;
	int32 n_running_subs;
	TransactionId own;
	CommandId command;
	uint64 n_rollbacks; /* to savepoints, in this backend */
} MlopsView;

/* What a reference names, and the bytes of it. */
typedef struct MlopsNamed
{
	MlopsResolved resolved;
	uint8 digest[MLOPS_DIGEST_BYTES];
} MlopsNamed;

/* Register the setting mlops.default_model, and the count of rollbacks to savepoints. */
extern void mlops_reference_init(void);

/* What the active snapshot sees.  Cost: a few loads. */
extern MlopsView mlops_view_now(void);

static inline bool
mlops_view_is_same(const MlopsView *a, const MlopsView *b)
{
	return a->xmin == b->xmin && a->xmax == b->xmax && a->n_running == b->n_running &&
		   a->n_running_subs == b->n_running_subs && a->own == b->own && a->command == b->command &&
		   a->n_rollbacks == b->n_rollbacks;
}

/*
 * What a reference names under the active snapshot.
 *
 *   reference   as for mlops_catalog_resolve
 *
 * Errors: those of mlops_catalog_resolve.
 * Cost: a hash lookup while nothing in the registry changes; else index scans.
 */
extern MlopsNamed mlops_reference_resolve(const char *reference);

#endif

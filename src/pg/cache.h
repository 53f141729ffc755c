/*
 * Models that are ready to predict, one copy per backend.
 */
#ifndef MLOPS_CACHE_H
#define MLOPS_CACHE_H

#include "executor/spi.h"
#include "fmgr.h"

#include "core/forest.h"
#include "pg/catalog.h"

/* Setting mlops.default_model; empty = none. */
extern char *mlops_default_model;

/* A decoded model.  Valid while the call that got it holds its pin. */
typedef struct MlopsModel
{
	MemoryContext context; /* of all below */
	MlopsVersion version;
	const MlopsForest *forest;
	MlopsColumn *columns;  /* [n_columns] */
	uint32 *first_columns; /* [n_features + 1] feature f has first_columns[f] .. [f + 1] - 1 */
	/* of pg/entity.c, or NULL */
	SPIPlanPtr entity_plan;
	struct MlopsRecordMap *entity_map;
} MlopsModel;

/* What a snapshot sees; equal views see the same rows (see cache.c). */
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

/* What a call site remembers in fn_extra between rows; begins every such struct. */
typedef struct MlopsCallCache
{
	const MlopsModel *model; /* pinned until fn_mcxt is reset or another one is found */
	char *reference;		 /* NULL = the only model with a champion */
	bool is_resolved;
	MlopsView view; /* of the call that resolved the reference */
	double cutoff;	/* of the deployment that it names; NaN = none */
	void *pin;
} MlopsCallCache;

/* Register the settings, and the count of rollbacks to savepoints. */
extern void mlops_cache_init(void);

/*
 * The model that a reference names for the running statement.
 *
 *   call        IN/OUT  in fn_mcxt, zeroed before the first call
 *   context     lifetime of the pin: fn_mcxt
 *   reference   NUL-terminated or NULL (see mlops_catalog_resolve)
 *
 * A deploy is seen by the first statement whose snapshot sees it.
 * Errors: those of mlops_catalog_resolve; XX001 for stored bytes that fail
 * validation; 53400 for a model larger than mlops.model_cache_size.
 * Cost: a comparison when reference and snapshot are those of the call before;
 * else index scans, and once per backend and version the decoding.
 */
extern const MlopsModel *mlops_cache_get(MlopsCallCache *call, MemoryContext context,
										 const char *reference);

#endif

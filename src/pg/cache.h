/*
 * Models that are ready to predict.
 */
#ifndef MLOPS_CACHE_H
#define MLOPS_CACHE_H

#include "executor/spi.h"
#include "fmgr.h"

#include "core/forest.h"
#include "pg/catalog.h"
#include "pg/reference.h"
#include "pg/shared_cache.h"

/* How pg/entity.c is asked for a row; each form has a plan of its own. */
typedef enum MlopsEntityForm
{
	MLOPS_ENTITY_NUMBER,	 /* by a bigint: the latest row */
	MLOPS_ENTITY_TEXT,		 /* by the text of the key: the latest row */
	MLOPS_ENTITY_TEXT_AS_OF, /* by the text of the key: the latest row as of a time */
	MLOPS_N_ENTITY_FORMS
} MlopsEntityForm;

/* A decoded model.  Valid while the call that got it holds its pin. */
typedef struct MlopsModel
{
	MemoryContext context; /* of all below */
	MlopsVersion version;
	const MlopsForest *forest; /* in context, or in memory that all backends share */
	MlopsColumn *columns;	   /* [n_columns] */
	uint32 *first_columns;	   /* [n_features + 1] feature f has first_columns[f] .. [f + 1] - 1 */
	/* of pg/entity.c, or NULL */
	SPIPlanPtr entity_plans[MLOPS_N_ENTITY_FORMS];
	struct MlopsRecordMap *entity_map;
	/* of pg/coding_record.c, or NULL: of the row type that came last */
	struct MlopsRecordMap *record_map;
} MlopsModel;

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

/* Register the setting mlops.model_cache_size. */
extern void mlops_cache_init(void);

/* Setting mlops.model_cache_size, in bytes. */
extern Size mlops_cache_limit(void);

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
 * Cost: a comparison when reference and snapshot are those of the call before; a
 * hash lookup while nothing is deployed; else index scans.  Once per backend and
 * version reading its row, once per server (without preload per backend) decoding.
 */
extern const MlopsModel *mlops_cache_get(MlopsCallCache *call, MemoryContext context,
										 const char *reference);

/*
 * Where another process can map a model's forest: the handle of a segment that begins with it, or
 * DSM_HANDLE_INVALID if it lies in this backend's own memory.
 */
extern dsm_handle mlops_cache_forest_handle(const MlopsModel *model);

/* Tell the shared cache of this backend's last uses, so that the view has them. */
extern void mlops_cache_note_uses(void);

/* Forests that this backend has copies of, for the view: palloc'd, *n lines. */
extern MlopsCacheLine *mlops_cache_lines(int *n);

#endif

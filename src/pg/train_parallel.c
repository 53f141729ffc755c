/*
 * Training in several processes.
 *
 * Phases: the rows are read and packed before parallel mode begins, all writing
 * to tables comes after it has ended.  In between this process (the leader) and
 * its workers take tree numbers from a shared counter until none is left, so a
 * slow process takes fewer.  A tree depends on its number alone, so the forest
 * is the same whoever grew which.
 *
 * Shared memory:
 *
 *   the dataset   a segment of its own, made before anything is known of
 *                 workers, read-only; its handle is in GrowShared
 *   GrowShared    parameters (written by the leader before the launch), the
 *                 counter (atomic)
 *   weights       class weights [n_classes], if there are any; read-only
 *   slots         [n_trees] where each tree of a worker is: written once by the
 *                 process that grew it, then marked; read by the leader
 *   area          a DSA area for the trees of workers: importances, then bytes
 *
 * The leader takes finished trees out of the area after each of its own, so that
 * all trees are in memory once, in its own, and the area stays small.  They are
 * handed on in the order of their numbers.
 *
 * With no worker (none free, or the limits are 0) the leader takes all numbers
 * itself and nobody is told.  An error in a worker reaches the leader through
 * its error queue at the next interrupt check, an error in the leader ends the
 * workers; both end in the server's own cleanup of parallel contexts.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/dsm.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/shm_toc.h"
#include "tcop/tcopprot.h"
#include "utils/dsa.h"
#include "utils/memutils.h"

#include "pg/compat.h"
#include "pg/progress.h"
#include "pg/segment.h"
#include "pg/train.h"
#include "pg/train_parallel.h"

/* Fewer rows of all trees together are grown sooner than a process is started. */
#define PARALLEL_ROWS_MIN 2000000.0

/* Keys of the table of contents. */
enum
{
	KEY_SHARED = 1,
	KEY_WEIGHTS,
	KEY_SLOTS,
	KEY_AREA,
	KEY_QUERY
};

/* How often other sessions are told how far the workers are, while this one waits. */
#define PROGRESS_MS 50

/* Trees are on their way for a moment only: what does not fit goes to segments that come and go. */
#define AREA_BYTES ((Size) 64 * 1024)

typedef struct GrowShared
{
	dsm_handle dataset;
	MlopsGrowParams params; /* its class_weights are in KEY_WEIGHTS */
	MlopsForestSpec spec;	/* its columns are made from the dataset's fields */
	TimestampTz deadline;
	bool has_weights;
	pg_atomic_uint32 next_tree;
	pg_atomic_uint32 n_done;
} GrowShared;

/* A finished tree of a worker. */
typedef struct TreeSlot
{
	pg_atomic_uint32 is_ready; /* set last */
	dsa_pointer data;		   /* gain, cover, splits [n_columns] each, then the chunk */
	Size n_bytes;			   /* of the chunk */
	MlopsForestTotals totals;
} TreeSlot;

/* What the leader does with trees. */
typedef struct Collector
{
	MemoryContext context; /* of their bytes */
	MlopsTakeTree take;
	void *state;
	MlopsMadeTree *made; /* [n_trees]; without bytes: not here yet */
	uint32 n_taken;		 /* trees that were handed on: the first ones */
} Collector;

/* What a process knows of the shared memory. */
typedef struct GrowTeam
{
	GrowShared *shared;
	const double *weights;
	TreeSlot *slots;
	dsa_area *area;
	Collector *collector; /* the leader's; NULL in a worker */
} GrowTeam;

extern PGDLLEXPORT void mlops_train_worker_main(dsm_segment *segment, shm_toc *toc);

static int
plan_workers(const MlopsTraining *training)
{
	uint32 n_trees = training->params.n_estimators;

	if (IsInParallelMode() || (double) training->train.n * n_trees < PARALLEL_ROWS_MIN)
		return 0;
	return Min(max_parallel_maintenance_workers, (int) n_trees - 1);
}

void *
mlops_train_alloc_dataset(MlopsTraining *training, Size n_bytes)
{
	training->n_workers = plan_workers(training);
	if (training->n_workers > 0)
		training->segment = mlops_segment_create_owned(n_bytes);
	if (training->segment != NULL)
		return dsm_segment_address(training->segment);
	training->n_workers = 0;
	return MemoryContextAllocHuge(training->context, n_bytes);
}

/* Kind and number of codes of each column, which is all that growing and encoding ask for. */
static MlopsColumn *
columns_of(const MlopsDataset *dataset)
{
	MlopsColumn *columns = palloc0(mul_size(dataset->n_columns, sizeof(MlopsColumn)));

	for (uint32 c = 0; c < dataset->n_columns; c++)
	{
		const MlopsField *field = &mlops_dataset_fields(dataset)[c];

		columns[c].kind = field->kind == MLOPS_COLUMN_CATEGORICAL ? MLOPS_COLUMN_CATEGORICAL :
																	MLOPS_COLUMN_NUMERIC;
		columns[c].n_codes = field->n_codes;
	}
	return columns;
}

/* Trees that were taken so far. */
static uint32
count_taken(GrowTeam *team)
{
	return Min(pg_atomic_read_u32(&team->shared->next_tree), team->shared->spec.n_trees);
}

/* Copy a tree into the area. */
static void
publish_tree(GrowTeam *team, uint32 number, uint32 n_columns, const MlopsMadeTree *made)
{
	Size row = n_columns * sizeof(double);
	TreeSlot *slot = &team->slots[number];
	char *data;

	slot->n_bytes = made->bytes.n_bytes;
	slot->totals = made->totals;
	slot->data = dsa_allocate_extended(team->area, 3 * row + slot->n_bytes, DSA_ALLOC_HUGE);
	data = dsa_get_address(team->area, slot->data);
	memcpy(data, made->importance.gain, row);
	memcpy(data + row, made->importance.cover, row);
	memcpy(data + 2 * row, made->importance.splits, row);
	memcpy(data + 3 * row, made->bytes.bytes, slot->n_bytes);
	pg_write_barrier();
	pg_atomic_write_u32(&slot->is_ready, 1);
}

/* Copy a tree into the leader's memory: exactly as large as it is, because it stays. */
static void
keep_tree(Collector *collector, uint32 number, uint32 n_columns, const MlopsMadeTree *made)
{
	Size row = n_columns * sizeof(double);
	MlopsMadeTree *kept = &collector->made[number];

	kept->totals = made->totals;
	kept->importance = mlops_importance_alloc(collector->context, n_columns);
	memcpy(kept->importance.gain, made->importance.gain, row);
	memcpy(kept->importance.cover, made->importance.cover, row);
	memcpy(kept->importance.splits, made->importance.splits, row);
	kept->bytes.n_bytes = made->bytes.n_bytes;
	kept->bytes.bytes = MemoryContextAllocHuge(collector->context, made->bytes.n_bytes);
	memcpy(kept->bytes.bytes, made->bytes.bytes, made->bytes.n_bytes);
}

/* Take a tree of a worker out of the area, if it is ready and not here yet. */
static void
fetch_tree(GrowTeam *team, uint32 number)
{
	TreeSlot *slot = &team->slots[number];
	Size n_columns = team->shared->spec.n_columns;
	MlopsMadeTree made = { .totals = slot->totals };
	char *data;

	if (team->collector->made[number].bytes.bytes != NULL ||
		pg_atomic_read_u32(&slot->is_ready) == 0)
		return;
	pg_read_barrier();
	data = dsa_get_address(team->area, slot->data);
	made.totals = slot->totals;
	made.importance = (MlopsImportance){ (double *) data, (double *) data + n_columns,
										 (uint64 *) data + 2 * n_columns };
	made.bytes.n_bytes = slot->n_bytes;
	made.bytes.bytes = (uint8 *) data + 3 * n_columns * sizeof(double);
	keep_tree(team->collector, number, (uint32) n_columns, &made);
	dsa_free(team->area, slot->data);
}

/* Fetch what is ready, and hand on the trees that no other is missing before. */
static void
collect_trees(GrowTeam *team)
{
	Collector *collector = team->collector;
	uint32 n_trees = count_taken(team);

	CHECK_FOR_INTERRUPTS();
	for (uint32 k = collector->n_taken; k < n_trees; k++)
		fetch_tree(team, k);
	while (collector->n_taken < n_trees && collector->made[collector->n_taken].bytes.bytes != NULL)
	{
		MlopsMadeTree *made = &collector->made[collector->n_taken];

		collector->take(collector->state, collector->n_taken++, made);
		pfree(made->importance.gain);
		pfree(made->importance.cover);
		pfree(made->importance.splits);
	}
}

/*
 * Take the number of the next tree; n_trees if there is none left or it is late.
 *
 * Numbers are taken in order and each process ends the tree that it took, so
 * that the trees of a training cut short are the first ones.
 */
static uint32
take_number(GrowShared *shared, const MlopsTreeJob *job)
{
	if (pg_atomic_read_u32(&shared->next_tree) > 0 && mlops_tree_job_is_late(job))
		return job->spec.n_trees;
	return pg_atomic_fetch_add_u32(&shared->next_tree, 1);
}

/* Grow trees until none is left. */
static void
grow_trees(GrowTeam *team, const MlopsDataset *dataset)
{
	MemoryContext context =
		AllocSetContextCreate(CurrentMemoryContext, "mlops growing", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(context);
	MlopsTreeJob job = { dataset, team->shared->params, team->shared->spec,
						 team->shared->deadline };
	MlopsMadeTree made = { .importance = mlops_importance_alloc(context, dataset->n_columns) };
	MlopsTreeMaker maker;
	uint32 number;

	job.spec.columns = columns_of(dataset);
	job.spec.class_weights = job.params.class_weights = team->weights;
	mlops_tree_maker_init(&maker, &job, context);
	while ((number = take_number(team->shared, &job)) < job.spec.n_trees)
	{
		mlops_tree_maker_make(&maker, number, &made);
		if (number == 0)
			mlops_train_check_result(&job, &made);
		if (team->collector != NULL)
			keep_tree(team->collector, number, dataset->n_columns, &made);
		else
			publish_tree(team, number, dataset->n_columns, &made);
		pfree(made.bytes.bytes);
		pg_atomic_add_fetch_u32(&team->shared->n_done, 1);
		if (team->collector != NULL)
		{
			collect_trees(team);
			mlops_progress_trees(pg_atomic_read_u32(&team->shared->n_done));
		}
	}
	mlops_tree_maker_end(&maker);
	MemoryContextSwitchTo(before);
	MemoryContextDelete(context);
}

/* Entry of a worker. */
void
mlops_train_worker_main(dsm_segment *segment, shm_toc *toc)
{
	GrowTeam team = { .shared = shm_toc_lookup(toc, KEY_SHARED, false),
					  .slots = shm_toc_lookup(toc, KEY_SLOTS, false) };
	dsm_segment *dataset;

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY, false);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	if (team.shared->has_weights)
		team.weights = shm_toc_lookup(toc, KEY_WEIGHTS, false);
	team.area = dsa_attach_in_place(shm_toc_lookup(toc, KEY_AREA, false), segment);
	dataset = dsm_attach(team.shared->dataset);
	if (dataset == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("could not map the rows of a training")));
	grow_trees(&team, dsm_segment_address(dataset));
	dsm_detach(dataset);
	dsa_detach(team.area);
}

/* Say how much shared memory is needed. */
static void
estimate(ParallelContext *parallel, const MlopsTreeJob *job)
{
	shm_toc_estimator *estimator = &parallel->estimator;
	const char *query = debug_query_string == NULL ? "" : debug_query_string;

	shm_toc_estimate_chunk(estimator, sizeof(GrowShared));
	shm_toc_estimate_chunk(estimator, mul_size(job->spec.n_classes, sizeof(double)));
	shm_toc_estimate_chunk(estimator, mul_size(job->spec.n_trees, sizeof(TreeSlot)));
	shm_toc_estimate_chunk(estimator, AREA_BYTES);
	shm_toc_estimate_chunk(estimator, strlen(query) + 1);
	shm_toc_estimate_keys(estimator, 5);
}

/* Lay the shared memory out. */
static void
share(ParallelContext *parallel, const MlopsTreeJob *job, dsm_handle dataset, GrowTeam *team)
{
	shm_toc *toc = parallel->toc;
	Size slots_bytes = mul_size(job->spec.n_trees, sizeof(TreeSlot));
	Size weights_bytes = mul_size(job->spec.n_classes, sizeof(double));
	const char *query = debug_query_string == NULL ? "" : debug_query_string;
	char *text = shm_toc_allocate(toc, strlen(query) + 1);
	double *weights = shm_toc_allocate(toc, weights_bytes);
	void *area = shm_toc_allocate(toc, AREA_BYTES);

	team->shared = shm_toc_allocate(toc, sizeof(GrowShared));
	*team->shared = (GrowShared){ .dataset = dataset,
								  .params = job->params,
								  .spec = job->spec,
								  .deadline = job->deadline,
								  .has_weights = job->spec.class_weights != NULL };
	pg_atomic_init_u32(&team->shared->next_tree, 0);
	pg_atomic_init_u32(&team->shared->n_done, 0);
	team->slots = shm_toc_allocate(toc, slots_bytes);
	memset(team->slots, 0, slots_bytes);
	for (uint32 k = 0; k < job->spec.n_trees; k++)
		pg_atomic_init_u32(&team->slots[k].is_ready, 0);
	if (team->shared->has_weights)
	{
		memcpy(weights, job->spec.class_weights, weights_bytes);
		team->weights = weights;
	}
	memcpy(text, query, strlen(query) + 1);
	/* the server's tranche: a new one for each forest would never come back */
	team->area = dsa_create_in_place(area, AREA_BYTES, LWTRANCHE_PARALLEL_QUERY_DSA, parallel->seg);
	shm_toc_insert(toc, KEY_SHARED, team->shared);
	shm_toc_insert(toc, KEY_WEIGHTS, weights);
	shm_toc_insert(toc, KEY_SLOTS, team->slots);
	shm_toc_insert(toc, KEY_AREA, area);
	shm_toc_insert(toc, KEY_QUERY, text);
}

/*
 * Tell how far the workers are until they have grown their last trees.  A worker
 * that fails says so at an interrupt check; one that never started holds no tree.
 */
static void
await_trees(GrowTeam *team)
{
	uint32 n_done;

	while ((n_done = pg_atomic_read_u32(&team->shared->n_done)) < count_taken(team))
	{
		collect_trees(team);
		mlops_progress_trees(n_done);
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, PROGRESS_MS,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

uint32
mlops_train_parallel(const MlopsTreeJob *job, uint32 segment, MemoryContext context, int n_workers,
					 MlopsTakeTree take, void *state)
{
	ParallelContext *parallel;
	Collector collector = { .context = context, .take = take, .state = state };
	GrowTeam team = { .collector = &collector };

	EnterParallelMode();
	parallel = CreateParallelContext("mlops", "mlops_train_worker_main", n_workers);
	estimate(parallel, job);
	InitializeParallelDSM(parallel);
	if (parallel->seg != NULL)
	{
		collector.made =
			MemoryContextAllocZero(context, mul_size(job->spec.n_trees, sizeof(MlopsMadeTree)));
		share(parallel, job, segment, &team);
		LaunchParallelWorkers(parallel);
		mlops_progress_workers(parallel->nworkers_launched);
		ereport(DEBUG1,
				(errmsg_internal("using %d parallel workers", parallel->nworkers_launched)));
		grow_trees(&team, job->dataset);
		await_trees(&team);
		WaitForParallelWorkersToFinish(parallel);
		collect_trees(&team);
		Assert(collector.n_taken == count_taken(&team));
		dsa_detach(team.area);
	}
	DestroyParallelContext(parallel);
	ExitParallelMode();
	return collector.n_taken;
}

/*
 * Walking blocks of coded rows in several processes.
 *
 * The query runs in this process alone, which codes its rows.  When a block is full, parallel mode begins,
 * this process (the leader) and its workers take ranges of rows until none is left, and parallel mode ends
 * before the query goes on: what it calls may do what parallel mode forbids.  A prediction depends on
 * its row alone, so the results are the same whoever walked which.
 *
 * Shared memory:
 *
 *   the segment   made at the first block that is worth it, kept to the end of the statement.
 *                   forest    a copy, read-only, unless the cache of models has it in shared memory; the
 *                             leader walks it too, so that all have one in the processor's cache
 *                   outputs   [block_rows], written by who took the row
 *                   lanes     [block_rows][n_lanes], written by the leader before the launch
 *   WalkShared    where all that is, and the first row that is not taken (atomic)
 *   query         text for pg_stat_activity
 *
 * With no worker (none free, the limits are 0, the block is small) or no segment the leader walks alone and
 * nobody is told.  Errors and cancels end as in training (train_parallel.c): a worker's reaches the leader
 * through its error queue, the leader's ends the workers by the server's own cleanup.
 */
#include "postgres.h"

#include <math.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/dsm.h"
#include "storage/shm_toc.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"

#include "pg/coding.h"
#include "pg/predict_parallel.h"
#include "pg/segment.h"

/*
 * What must be won before others are asked for help, in ns: a step down a tree, at least (0.5 to 0.65 measured);
 * a process, from its start to its end; a byte of a forest to be copied, which serves more blocks after a full
 * one.
 */
#define NS_PER_STEP		0.5
#define NS_PER_WORKER	5e6
#define NS_PER_BYTE		1.0
#define BLOCKS_EXPECTED 4.0
#define WORTH			1.5

#define FIRST_CAPACITY 256

/* A forest is copied so many bytes at a time, some ms. */
#define COPY_BYTES ((Size) 16 * 1024 * 1024)

/* Ranges get smaller, so that all end together, but not so small that bringing the trees into the cache shows. */
#define RANGE_ROWS_MIN 32768

/* Keys of the table of contents. */
enum
{
	KEY_SHARED = 1,
	KEY_QUERY
};

struct MlopsWalker
{
	MemoryContext context;
	const MlopsForest *forest; /* the model's, or its copy in the segment */
	dsm_handle forest_handle;  /* where others find the model's; DSM_HANDLE_INVALID = nowhere */
	size_t block_rows;
	int n_workers;		  /* at most; 0 = alone, for good */
	dsm_segment *segment; /* where forest, lanes and outputs are; NULL = in this process */
	size_t n_rows;		  /* in the block */
	size_t capacity;	  /* of lanes and outputs, in rows */
	uint16 *lanes;
	double *outputs;
};

typedef struct WalkShared
{
	dsm_handle segment;
	dsm_handle forest; /* of a segment that begins with it */
	Size outputs_offset;
	Size lanes_offset;
	uint32 n_rows;
	uint32 n_processes;
	pg_atomic_uint32 next_row;
} WalkShared;

/* What a process walks. */
typedef struct Walk
{
	const MlopsForest *forest;
	const uint16 *lanes;
	double *outputs;
	WalkShared *shared;
} Walk;

extern PGDLLEXPORT void mlops_predict_worker_main(dsm_segment *segment, shm_toc *toc);

MlopsWalker *
mlops_walker_create(const MlopsModel *model, size_t block_rows)
{
	MlopsWalker *walker = palloc0(sizeof(MlopsWalker));

	walker->context = CurrentMemoryContext;
	walker->forest = model->forest;
	walker->forest_handle = mlops_cache_forest_handle(model);
	walker->block_rows = block_rows;
	walker->n_workers = IsInParallelMode() ? 0 : max_parallel_workers_per_gather;
	return walker;
}

static Size
lane_bytes(const MlopsWalker *walker)
{
	return sizeof(uint16) * mlops_forest_n_lanes(walker->forest);
}

/* Make room for more rows, in this process. */
static void
grow_lanes(MlopsWalker *walker)
{
	size_t n = Min(Max(4 * walker->capacity, FIRST_CAPACITY), walker->block_rows);
	Size n_bytes = mul_size(n, lane_bytes(walker));

	walker->lanes = walker->lanes == NULL ? MemoryContextAllocHuge(walker->context, n_bytes) :
											repalloc_huge(walker->lanes, n_bytes);
	/* nothing in them is needed any more */
	if (walker->outputs != NULL)
		pfree(walker->outputs);
	walker->outputs = NULL;
	walker->capacity = n;
}

uint16 *
mlops_walker_add(MlopsWalker *walker)
{
	Assert(walker->n_rows < walker->block_rows);
	if (walker->n_rows == walker->capacity)
		grow_lanes(walker);
	return walker->lanes + walker->n_rows++ * mlops_forest_n_lanes(walker->forest);
}

/* Bytes of the forest that a segment must hold: none if others can map the model's. */
static Size
copy_bytes(const MlopsWalker *walker)
{
	return walker->forest_handle == DSM_HANDLE_INVALID ? walker->forest->n_bytes : 0;
}

/* What walking the block alone takes, in ns. */
static double
walk_ns(const MlopsWalker *walker)
{
	const MlopsForest *forest = walker->forest;
	double depth = log2(1 + (double) forest->n_nodes / forest->n_trees);

	return NS_PER_STEP * depth * forest->n_trees * (double) walker->n_rows;
}

/* What copying the forest takes that is not copied yet, for this block. */
static double
copy_ns(const MlopsWalker *walker)
{
	double blocks = walker->n_rows == walker->block_rows ? BLOCKS_EXPECTED : 1;

	return walker->segment != NULL ? 0 : NS_PER_BYTE * (double) copy_bytes(walker) / blocks;
}

/* Workers that are worth their start for a block; each process must have something to do. */
static int
plan_workers(const MlopsWalker *walker)
{
	double walk = walk_ns(walker);
	double copy = copy_ns(walker);
	int n = Min(walker->n_workers, (int) (walker->n_rows / RANGE_ROWS_MIN));

	while (n > 0 && walk - walk / (n + 1) < WORTH * (NS_PER_WORKER * n + copy))
		n--;
	return n;
}

/* Copy a forest; a cancel need not wait for all of it. */
static void
copy_forest(char *to, const MlopsForest *forest)
{
	for (Size done = 0; done < forest->n_bytes; done += COPY_BYTES)
	{
		CHECK_FOR_INTERRUPTS();
		memcpy(to + done, (const char *) forest + done, Min(COPY_BYTES, forest->n_bytes - done));
	}
}

/* Move forest and block to a segment; false if there is no room for it, and there will be none. */
static bool
share_block(MlopsWalker *walker)
{
	Size outputs = CACHELINEALIGN(copy_bytes(walker));
	Size lanes = CACHELINEALIGN(add_size(outputs, mul_size(walker->block_rows, sizeof(double))));
	char *start;

	walker->segment = mlops_segment_create_owned(
		add_size(lanes, mul_size(walker->block_rows, lane_bytes(walker))));
	if (walker->segment == NULL)
	{
		walker->n_workers = 0;
		return false;
	}
	start = dsm_segment_address(walker->segment);
	if (walker->forest_handle == DSM_HANDLE_INVALID)
	{
		copy_forest(start, walker->forest);
		walker->forest = (const MlopsForest *) start;
	}
	memcpy(start + lanes, walker->lanes, walker->n_rows * lane_bytes(walker));
	pfree(walker->lanes);
	if (walker->outputs != NULL)
		pfree(walker->outputs);
	walker->outputs = (double *) (start + outputs);
	walker->lanes = (uint16 *) (start + lanes);
	walker->capacity = walker->block_rows;
	return true;
}

/* Take the next rows, a share of those that are left; 0 if none are. */
static uint32
take_rows(WalkShared *shared, uint32 *first)
{
	uint32 n;

	*first = pg_atomic_read_u32(&shared->next_row);
	do
	{
		uint32 left = shared->n_rows - *first;

		n = Min(left, Max(left / (2 * shared->n_processes), RANGE_ROWS_MIN));
	} while (n > 0 && !pg_atomic_compare_exchange_u32(&shared->next_row, first, *first + n));
	return n;
}

/* Walk rows until none is left. */
static void
walk_rows(const Walk *walk)
{
	uint32 first, n;

	while ((n = take_rows(walk->shared, &first)) > 0)
		mlops_predict_lanes(walk->forest,
							walk->lanes + (Size) first * mlops_forest_n_lanes(walk->forest), n,
							walk->outputs + first);
}

/* Map a segment of the leader's, which is there as long as it waits for this process. */
static dsm_segment *
map_segment(dsm_handle handle)
{
	dsm_segment *segment = dsm_attach(handle);

	if (segment == NULL)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("could not map the rows or the forest of a prediction")));
	return segment;
}

/* Entry of a worker. */
void
mlops_predict_worker_main(dsm_segment *segment, shm_toc *toc)
{
	Walk walk = { .shared = shm_toc_lookup(toc, KEY_SHARED, false) };
	dsm_segment *block = map_segment(walk.shared->segment);
	/* a process maps a segment once */
	dsm_segment *forest =
		walk.shared->forest == walk.shared->segment ? block : map_segment(walk.shared->forest);
	char *start = dsm_segment_address(block);

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY, false);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
	walk.forest = dsm_segment_address(forest);
	walk.outputs = (double *) (start + walk.shared->outputs_offset);
	walk.lanes = (const uint16 *) (start + walk.shared->lanes_offset);
	walk_rows(&walk);
	if (forest != block)
		dsm_detach(forest);
	dsm_detach(block);
}

/* Lay the shared memory of one block out. */
static WalkShared *
share(ParallelContext *parallel, const MlopsWalker *walker, const char *query)
{
	WalkShared *shared = shm_toc_allocate(parallel->toc, sizeof(WalkShared));
	char *text = shm_toc_allocate(parallel->toc, strlen(query) + 1);
	const char *start = dsm_segment_address(walker->segment);

	*shared = (WalkShared){ .segment = dsm_segment_handle(walker->segment),
							.forest = walker->forest_handle == DSM_HANDLE_INVALID ?
										  dsm_segment_handle(walker->segment) :
										  walker->forest_handle,
							.outputs_offset = (Size) ((const char *) walker->outputs - start),
							.lanes_offset = (Size) ((const char *) walker->lanes - start),
							.n_rows = (uint32) walker->n_rows,
							.n_processes = (uint32) parallel->nworkers + 1 };
	pg_atomic_init_u32(&shared->next_row, 0);
	memcpy(text, query, strlen(query) + 1);
	shm_toc_insert(parallel->toc, KEY_SHARED, shared);
	shm_toc_insert(parallel->toc, KEY_QUERY, text);
	return shared;
}

/* Walk the block that is in the segment; false, with nothing done, if there is no shared memory for more. */
static bool
walk_together(MlopsWalker *walker, int n_workers)
{
	const char *query = debug_query_string == NULL ? "" : debug_query_string;
	Walk walk = { walker->forest, walker->lanes, walker->outputs, NULL };
	ParallelContext *parallel;
	bool is_shared;

	EnterParallelMode();
	parallel = CreateParallelContext("mlops", "mlops_predict_worker_main", n_workers);
	shm_toc_estimate_chunk(&parallel->estimator, sizeof(WalkShared));
	shm_toc_estimate_chunk(&parallel->estimator, strlen(query) + 1);
	shm_toc_estimate_keys(&parallel->estimator, 2);
	InitializeParallelDSM(parallel);
	is_shared = parallel->seg != NULL;
	if (is_shared)
	{
		walk.shared = share(parallel, walker, query);
		LaunchParallelWorkers(parallel);
		ereport(DEBUG1, (errmsg_internal("predicting with %d parallel workers",
										 parallel->nworkers_launched)));
		walk_rows(&walk);
		WaitForParallelWorkersToFinish(parallel);
	}
	DestroyParallelContext(parallel);
	ExitParallelMode();
	return is_shared;
}

/* Walk the block in this process. */
static void
walk_alone(MlopsWalker *walker)
{
	if (walker->outputs == NULL)
		walker->outputs = MemoryContextAllocHuge(
			walker->context, mul_size(Max(walker->capacity, 1), sizeof(double)));
	mlops_predict_lanes(walker->forest, walker->lanes, walker->n_rows, walker->outputs);
}

const double *
mlops_walker_walk(MlopsWalker *walker)
{
	int n_workers = plan_workers(walker);

	if (n_workers == 0 || (walker->segment == NULL && !share_block(walker)) ||
		!walk_together(walker, n_workers))
		walk_alone(walker);
	walker->n_rows = 0;
	return walker->outputs;
}

void
mlops_walker_end(MlopsWalker *walker)
{
	if (walker->segment != NULL)
		dsm_detach(walker->segment);
	else if (walker->lanes != NULL)
		pfree(walker->lanes);
	if (walker->segment == NULL && walker->outputs != NULL)
		pfree(walker->outputs);
	pfree(walker);
}

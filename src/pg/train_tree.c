/*
 * One tree: grown and encoded.
 */
#include "postgres.h"

#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/train_tree.h"

MlopsImportance
mlops_importance_alloc(MemoryContext context, uint32 n_columns)
{
	Size n_bytes = mul_size(n_columns, sizeof(double));

	StaticAssertStmt(sizeof(double) == sizeof(uint64), "all three have the same size");
	return (MlopsImportance){ MemoryContextAllocZero(context, n_bytes),
							  MemoryContextAllocZero(context, n_bytes),
							  MemoryContextAllocZero(context, n_bytes) };
}

bool
mlops_tree_job_is_late(const MlopsTreeJob *job)
{
	return job->deadline != DT_NOEND && GetCurrentTimestamp() >= job->deadline;
}

void
mlops_tree_maker_init(MlopsTreeMaker *maker, const MlopsTreeJob *job, MemoryContext context)
{
	memset(maker, 0, sizeof(*maker));
	maker->allocator = mlops_hooks_allocator(context);
	maker->job = job;
	mlops_report_status(mlops_grower_create(job->dataset, &job->params, &maker->allocator,
											mlops_hooks_cancel(), &maker->grower),
						NULL);
}

void
mlops_tree_maker_end(MlopsTreeMaker *maker)
{
	mlops_tree_free(&maker->tree, &maker->allocator);
	mlops_grower_free(maker->grower);
}

void
mlops_tree_maker_make(MlopsTreeMaker *maker, uint32 number, MlopsMadeTree *made)
{
	Size n_bytes = maker->job->spec.n_columns * sizeof(double);

	memset(made->importance.gain, 0, n_bytes);
	memset(made->importance.cover, 0, n_bytes);
	memset(made->importance.splits, 0, n_bytes);
	made->totals = (MlopsForestTotals){ 0 };
	made->bytes = (MlopsBuffer){ .allocator = &maker->allocator };
	mlops_report_status(mlops_grower_grow(maker->grower, number, &maker->tree, &made->importance),
						NULL);
	mlops_report_status(
		mlops_codec_encode_tree(&maker->job->spec, &maker->tree, &made->totals, &made->bytes),
		NULL);
}

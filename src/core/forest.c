/*
 * A forest ready to predict: its columns with pointers.
 */
#include "core/forest.h"

/* Fill one column; its levels go to levels and codes. */
static void
point_column(const MlopsForest *forest, const MlopsForestColumn *record, MlopsColumn *column,
			 MlopsBytes *levels, uint16_t *codes)
{
	const MlopsForestLevel *stored = mlops_forest_at(forest, record->levels_offset);

	*column = (MlopsColumn){
		.name = { mlops_forest_at(forest, record->name_offset), record->name_bytes },
		.kind = (MlopsColumnKind) record->kind,
		.feature = record->feature,
		.n_codes = record->n_codes,
		.edges = mlops_forest_at(forest, record->edges_offset),
		.guide = record->guide_offset == 0 ? NULL : mlops_forest_at(forest, record->guide_offset),
		.n_levels = record->n_levels,
		.levels = levels,
		.level_codes = codes,
		.missing_code = record->missing_code,
		.unseen_code = record->unseen_code,
		.has_rest = record->has_rest,
		.refuses_missing = record->refuses_missing,
	};
	for (uint32_t i = 0; i < record->n_levels; i++)
	{
		levels[i] = (MlopsBytes){ mlops_forest_at(forest, stored[i].offset), stored[i].n_bytes };
		codes[i] = (uint16_t) stored[i].code;
	}
}

MlopsColumn *
mlops_forest_columns(const MlopsForest *forest, const MlopsAllocator *allocator)
{
	const MlopsForestColumn *records = mlops_forest_at(forest, forest->columns_offset);
	size_t n_levels = 0;
	MlopsColumn *columns;
	MlopsBytes *levels;
	uint16_t *codes;

	for (uint32_t c = 0; c < forest->n_columns; c++)
		n_levels += records[c].n_levels;
	columns = mlops_alloc(allocator, 1,
						  forest->n_columns * sizeof(MlopsColumn) +
							  n_levels * (sizeof(MlopsBytes) + sizeof(uint16_t)));
	if (columns == NULL)
		return NULL;
	levels = (MlopsBytes *) (columns + forest->n_columns);
	codes = (uint16_t *) (levels + n_levels);
	for (uint32_t c = 0; c < forest->n_columns; c++)
	{
		point_column(forest, &records[c], &columns[c], levels, codes);
		levels += records[c].n_levels;
		codes += records[c].n_levels;
	}
	return columns;
}

MlopsStatus
mlops_forest_check_size(const MlopsForest *forest, size_t max_bytes, MlopsReason *reason)
{
	if (forest->n_bytes <= max_bytes)
		return MLOPS_STATUS_OK;
	return mlops_status_fail(reason, MLOPS_STATUS_LIMIT,
							 "the forest has %llu nodes and takes more than %zu bytes",
							 (unsigned long long) forest->n_nodes, max_bytes);
}

/*
 * The order of what a reader kept: labels by their type, rows by their key.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/sortsupport.h"
#include "utils/typcache.h"

#include "pg/reader_internal.h"

/* Rows that are moved between two looks at interrupts. */
#define ROWS_PER_CHECK 65536

/* Labels on their way into the order of their type. */
typedef struct SortedLabel
{
	Datum value;
	uint32 label;
} SortedLabel;

static int
compare_labels(const void *a, const void *b, void *state)
{
	return ApplySortComparator(((const SortedLabel *) a)->value, false,
							   ((const SortedLabel *) b)->value, false, (SortSupport) state);
}

void
mlops_reader_sort_labels(MlopsReader *reader)
{
	MlopsRows *rows = reader->rows;
	uint32 n = (uint32) reader->label_set.n_levels;
	SortedLabel *sorted = palloc(sizeof(SortedLabel) * Max(n, 1));
	uint32 *class_of = palloc(sizeof(uint32) * Max(n, 1));
	SortSupportData sort = { .ssup_cxt = CurrentMemoryContext, .ssup_collation = C_COLLATION_OID };
	TypeCacheEntry *type = lookup_type_cache(reader->target.type.base, TYPECACHE_LT_OPR);

	for (uint32 i = 0; i < n; i++)
		sorted[i] = (SortedLabel){ reader->label_values[i], i };
	PrepareSortSupportFromOrderingOp(type->lt_opr, &sort);
	qsort_arg(sorted, n, sizeof(SortedLabel), compare_labels, &sort);
	rows->n_classes = n;
	rows->labels = MemoryContextAlloc(rows->context, sizeof(char *) * Max(n, 1));
	for (uint32 i = 0; i < n; i++)
	{
		MlopsBytes text = reader->label_set.levels[sorted[i].label];

		class_of[sorted[i].label] = i;
		rows->labels[i] = MemoryContextAllocZero(rows->context, text.n_bytes + 1);
		memcpy(rows->labels[i], text.data, text.n_bytes);
	}
	for (size_t i = 0; i < rows->n_rows; i++)
		rows->classes[i] = class_of[rows->classes[i]];
}

static int
compare_rows(const void *a, const void *b, void *state)
{
	const MlopsReader *reader = state;
	uint32 x = *(const uint32 *) a;
	uint32 y = *(const uint32 *) b;

	CHECK_FOR_INTERRUPTS();
	if (reader->rows->keys[x] != reader->rows->keys[y])
		return reader->rows->keys[x] < reader->rows->keys[y] ? -1 : 1;
	if (reader->row_hashes[x] != reader->row_hashes[y])
		return reader->row_hashes[x] < reader->row_hashes[y] ? -1 : 1;
	return 0;
}

/* Bring one array into a new order; scratch holds as many elements. */
static void
permute(void *array, const uint32 *order, size_t n, size_t size, char *scratch)
{
	if (array == NULL)
		return;
	for (size_t i = 0; i < n; i++)
	{
		if (i % ROWS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(scratch + i * size, (char *) array + order[i] * size, size);
	}
	memcpy(array, scratch, n * size);
}

void
mlops_reader_sort_rows(MlopsReader *reader)
{
	MlopsRows *rows = reader->rows;
	size_t n = rows->n_rows;
	uint32 *order;
	char *scratch;

	if (rows->keys == NULL || n == 0)
		return;
	order = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(uint32));
	scratch = MemoryContextAllocHuge(CurrentMemoryContext, n * sizeof(uint64));
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32) i;
	qsort_arg(order, n, sizeof(uint32), compare_rows, reader);
	permute(rows->targets, order, n, sizeof(double), scratch);
	permute(rows->classes, order, n, sizeof(uint32), scratch);
	permute(rows->entities, order, n, sizeof(uint64), scratch);
	permute(rows->times, order, n, sizeof(double), scratch);
	permute(rows->split, order, n, sizeof(uint8), scratch);
	permute(rows->weights, order, n, sizeof(double), scratch);
	permute(rows->keys, order, n, sizeof(uint64), scratch);
	permute(rows->contents, order, n, sizeof(uint64), scratch);
	pfree(scratch);
	pfree(reader->row_hashes);
	rows->places = MemoryContextAllocHuge(rows->context, n * sizeof(uint32));
	for (size_t i = 0; i < n; i++)
		rows->places[order[i]] = (uint32) i;
	pfree(order);
}

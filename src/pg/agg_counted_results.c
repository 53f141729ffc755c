/*
 * What is told from how often each value comes: entropy, concentration_index, distinct_count, most_common, top_values.
 *
 * Of most types equal values have equal images, so that an entry of the state is a value.  Of the others entries are
 * sorted here by the order of the type, and equal ones become one, for which the entry with the smallest bytes stands;
 * for counts alone the classes of numeric spare that.
 * A type without an order is ordered by the bytes of its images.
 */
#include "postgres.h"

#include <limits.h>

#include "access/nbtree.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "core/diversity.h"
#include "core/logarithm.h"
#include "pg/agg_counted.h"
#include "pg/error.h"
#include "pg/hooks.h"

/* How values of a type are ordered under a collation; kept from call to call. */
typedef struct ValueOrder
{
	Oid type;
	Oid collation;
	FmgrInfo *compare;		/* of the type's default btree order, NULL without one */
	bool images_are_values; /* equal values have equal images */
} ValueOrder;

/* An entry of the state. */
typedef struct CountedValue
{
	Datum value; /* 0 if it is not wanted */
	const uint8 *image;
	uint32 n_bytes;
	int64 count;
	float8 weight; /* 0 without weights */
} CountedValue;

typedef struct CountedValues
{
	CountedValue *values; /* [n], palloc'd */
	Size n;
} CountedValues;

/* ---- order ---- */

/* True if the type's own order says that equal values have equal images. */
static bool
ask_equal_image(const TypeCacheEntry *entry, Oid collation)
{
	Oid function = get_opfamily_proc(entry->btree_opf, entry->btree_opintype, entry->btree_opintype,
									 BTEQUALIMAGE_PROC);

	return OidIsValid(function) &&
		   DatumGetBool(
			   OidFunctionCall1Coll(function, collation, ObjectIdGetDatum(entry->btree_opintype)));
}

static void
set_order(ValueOrder *order, const MlopsImageType *type, Oid collation)
{
	TypeCacheEntry *entry =
		lookup_type_cache(type->base, TYPECACHE_BTREE_OPFAMILY | TYPECACHE_CMP_PROC_FINFO);

	order->type = type->type;
	order->collation = collation;
	order->compare = OidIsValid(entry->cmp_proc) ? &entry->cmp_proc_finfo : NULL;
	if (order->compare == NULL || type->base == FLOAT8OID || type->base == FLOAT4OID)
		order->images_are_values = true;
	else
		/* char(n) of unequal n differs in blanks alone, which an index never meets */
		order->images_are_values = type->base != BPCHAROID && ask_equal_image(entry, collation);
}

static ValueOrder *
order_of(FunctionCallInfo fcinfo, const MlopsCountedState *state)
{
	ValueOrder *order = fcinfo->flinfo->fn_extra;

	if (order == NULL)
	{
		order = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ValueOrder));
		fcinfo->flinfo->fn_extra = order;
	}
	if (order->type != state->type.type || order->collation != PG_GET_COLLATION())
		set_order(order, &state->type, PG_GET_COLLATION());
	return order;
}

static int
compare_images(const CountedValue *a, const CountedValue *b)
{
	return mlops_bytes_compare((MlopsBytes){ (const char *) a->image, a->n_bytes },
							   (MlopsBytes){ (const char *) b->image, b->n_bytes });
}

/* Order of two values whose Datums are there; 0 if they are equal. */
static int
compare_values(const CountedValue *a, const CountedValue *b, const ValueOrder *order)
{
	CHECK_FOR_INTERRUPTS();
	if (order->compare == NULL)
		return compare_images(a, b);
	return DatumGetInt32(FunctionCall2Coll(order->compare, order->collation, a->value, b->value));
}

/* By value, and for equal ones by image. */
static int
sort_by_value(const void *a, const void *b, void *order)
{
	int difference = compare_values(a, b, order);

	return difference != 0 ? difference : compare_images(a, b);
}

static int
sort_by_image(const void *a, const void *b, void *order)
{
	CHECK_FOR_INTERRUPTS();
	return compare_images(a, b);
}

/* The most frequent first. */
static int
sort_by_count(const void *a, const void *b, void *order)
{
	const CountedValue *x = a;
	const CountedValue *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return sort_by_value(a, b, order);
}

static void
sort_values(CountedValues *list, int (*compare)(const void *a, const void *b, void *order),
			const ValueOrder *order)
{
	qsort_arg(list->values, list->n, sizeof(CountedValue), compare,
			  unconstify(ValueOrder *, order));
}

/* ---- entries and values ---- */

static void
make_datum(const MlopsCountedState *state, CountedValue *value)
{
	value->value = mlops_image_datum(&state->type, value->image, value->n_bytes);
}

/* All entries, with their Datums if those are wanted. */
static CountedValues
list_entries(const MlopsCountedState *state, bool with_datums)
{
	Size skipped = state->has_weights ? MLOPS_COUNTED_WEIGHT_BYTES : 0;
	/* no overflow: the entries themselves are in memory */
	CountedValues list = {
		palloc_extended(state->set.n_entries * sizeof(CountedValue), MCXT_ALLOC_HUGE), 0
	};
	MlopsCountedEntry entry;
	size_t position = 0;

	while (mlops_counted_set_next(&state->set, &position, &entry))
	{
		CountedValue *value = &list.values[list.n++];

		*value = (CountedValue){ .image = entry.key + skipped,
								 .n_bytes = entry.n_bytes - (uint32) skipped,
								 .count = entry.counts[0] };
		memcpy(&value->weight, entry.key, skipped);
		if (with_datums)
			make_datum(state, value);
	}
	return list;
}

/* Make one of entries that are equal values, in the order of values; their Datums are there. */
static void
join_equal(CountedValues *list, const ValueOrder *order)
{
	Size n = 0;

	sort_values(list, sort_by_value, order);
	for (Size i = 0; i < list->n; i++)
	{
		if (n > 0 && compare_values(&list->values[n - 1], &list->values[i], order) == 0)
			list->values[n - 1].count += list->values[i].count;
		else
			list->values[n++] = list->values[i];
	}
	list->n = n;
}

/* All values and how often they come. */
static CountedValues
list_values(const MlopsCountedState *state, const ValueOrder *order, bool with_datums)
{
	CountedValues list = list_entries(state, with_datums || !order->images_are_values);

	if (!order->images_are_values)
		join_equal(&list, order);
	return list;
}

/* ---- results ---- */

static const MlopsCountedState *
get_state(FunctionCallInfo fcinfo)
{
	const MlopsCountedState *state =
		PG_ARGISNULL(0) ? NULL : mlops_state_get(fcinfo, 0, &mlops_counted_class);

	return state == NULL || state->set.n_entries == 0 ? NULL : state;
}

/* The set whose entries are the values, or NULL if entries are to be sorted to find equal ones. */
static const MlopsCountedSet *
values_of(const MlopsCountedState *state, const ValueOrder *order)
{
	if (order->images_are_values)
		return &state->set;
	return state->classes.n_entries > 0 ? &state->classes : NULL;
}

static void
tally_values(FunctionCallInfo fcinfo, const MlopsCountedState *state, MlopsTally *tally,
			 const MlopsAllocator *allocator)
{
	const ValueOrder *order = order_of(fcinfo, state);
	const MlopsCountedSet *values = values_of(state, order);
	bool has_memory = true;

	if (values != NULL)
	{
		MlopsCountedEntry entry;
		size_t position = 0;

		while (has_memory && mlops_counted_set_next(values, &position, &entry))
			has_memory = mlops_tally_add(tally, entry.counts[0], allocator);
	}
	else
	{
		CountedValues list = list_values(state, order, true);

		for (Size i = 0; i < list.n && has_memory; i++)
			has_memory = mlops_tally_add(tally, list.values[i].count, allocator);
	}
	if (!has_memory)
		mlops_report_status(MLOPS_STATUS_NOMEM, NULL);
}

MLOPS_FUNCTION(mlops_entropy_final);

Datum
mlops_entropy_final(PG_FUNCTION_ARGS)
{
	const MlopsCountedState *state = get_state(fcinfo);
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsTally tally = { 0 };
	float8 entropy;

	if (state == NULL)
		PG_RETURN_NULL();
	tally_values(fcinfo, state, &tally, &allocator);
	mlops_report_status(mlops_tally_entropy(&tally, mlops_hooks_cancel(), &entropy), NULL);
	PG_RETURN_FLOAT8(state->base == 0 ? entropy : entropy / mlops_log(state->base));
}

/* The rows of all values, those of one next to one another. */
static MlopsWeightedCount *
list_weights(const MlopsCountedState *state, const ValueOrder *order, Size *n)
{
	CountedValues list = list_entries(state, !order->images_are_values);
	MlopsWeightedCount *rows =
		palloc_extended(list.n * sizeof(MlopsWeightedCount), MCXT_ALLOC_HUGE);
	Size group = 0;

	sort_values(&list, order->images_are_values ? sort_by_image : sort_by_value, order);
	for (Size i = 0; i < list.n; i++)
	{
		const CountedValue *value = &list.values[i];

		if (i > 0 && (order->images_are_values ? compare_images(value - 1, value) :
												 compare_values(value - 1, value, order)) != 0)
			group++;
		rows[i] =
			(MlopsWeightedCount){ .group = group, .count = value->count, .weight = value->weight };
	}
	*n = list.n;
	return rows;
}

static Datum
weighted_concentration(FunctionCallInfo fcinfo, const MlopsCountedState *state)
{
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	float8 index = 0;
	bool has_sum;
	Size n;
	MlopsWeightedCount *rows = list_weights(state, order_of(fcinfo, state), &n);

	mlops_report_status(
		mlops_weighted_concentration(rows, n, mlops_hooks_cancel(), &allocator, &index, &has_sum),
		NULL);
	if (!has_sum)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(index);
}

MLOPS_FUNCTION(mlops_concentration_index_final);

Datum
mlops_concentration_index_final(PG_FUNCTION_ARGS)
{
	const MlopsCountedState *state = get_state(fcinfo);
	MlopsAllocator allocator = mlops_hooks_allocator(CurrentMemoryContext);
	MlopsTally tally = { 0 };
	float8 index;

	if (state == NULL)
		PG_RETURN_NULL();
	if (state->has_weights)
		return weighted_concentration(fcinfo, state);
	tally_values(fcinfo, state, &tally, &allocator);
	mlops_report_status(mlops_tally_concentration(&tally, mlops_hooks_cancel(), &index), NULL);
	PG_RETURN_FLOAT8(index);
}

MLOPS_FUNCTION(mlops_distinct_count_final);

Datum
mlops_distinct_count_final(PG_FUNCTION_ARGS)
{
	const MlopsCountedState *state = get_state(fcinfo);
	const ValueOrder *order;
	const MlopsCountedSet *values;

	if (state == NULL)
		PG_RETURN_INT64(0);
	order = order_of(fcinfo, state);
	values = values_of(state, order);
	if (values != NULL)
		PG_RETURN_INT64((int64) values->n_entries);
	PG_RETURN_INT64((int64) list_values(state, order, true).n);
}

/* Datums are made only of values that are candidates. */
static Datum
find_most_common(const MlopsCountedState *state, const ValueOrder *order)
{
	CountedValues list = list_values(state, order, false);
	CountedValue *best = &list.values[0];

	for (Size i = 0; i < list.n; i++)
	{
		CountedValue *value = &list.values[i];

		if (value->count < best->count)
			continue;
		if (order->images_are_values)
			make_datum(state, value);
		if (value->count > best->count || compare_values(value, best, order) < 0)
			best = value;
	}
	return best->value;
}

MLOPS_FUNCTION(mlops_most_common_final);

Datum
mlops_most_common_final(PG_FUNCTION_ARGS)
{
	const MlopsCountedState *state = get_state(fcinfo);

	if (state == NULL)
		PG_RETURN_NULL();
	mlops_counted_check_type(state, get_fn_expr_argtype(fcinfo->flinfo, 1));
	return find_most_common(state, order_of(fcinfo, state));
}

MLOPS_FUNCTION(mlops_top_values_final);

Datum
mlops_top_values_final(PG_FUNCTION_ARGS)
{
	const MlopsCountedState *state = get_state(fcinfo);
	const ValueOrder *order;
	CountedValues list;
	Datum *elements;
	int16 length;
	bool is_by_value;
	char align;
	int n;

	if (state == NULL)
		PG_RETURN_NULL();
	mlops_counted_check_type(state, get_fn_expr_argtype(fcinfo->flinfo, 1));
	order = order_of(fcinfo, state);
	list = list_values(state, order, true);
	sort_values(&list, sort_by_count, order);
	n = (int) Min((Size) state->k, list.n);
	elements = palloc_extended((Size) n * sizeof(Datum), MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
		elements[i] = list.values[i].value;
	get_typlenbyvalalign(state->type.type, &length, &is_by_value, &align);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(elements, n, state->type.type, length, is_by_value, align));
}

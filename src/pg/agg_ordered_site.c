/*
 * How the rows of ordered aggregates are compared: ranks, the btree order of the types, bytes.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "pg/agg_ordered.h"

/* ---- ranks ---- */

/* The default orders of these types are known, and nobody can change them. */
static MlopsRankForm
rank_form_of(Oid base)
{
	switch (base)
	{
		case INT2OID:
			return MLOPS_RANK_INT16;
		case INT4OID:
		case DATEOID:
			return MLOPS_RANK_INT32;
		case INT8OID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case CASHOID:
			return MLOPS_RANK_INT64;
		case FLOAT4OID:
			return MLOPS_RANK_FLOAT32;
		case FLOAT8OID:
			return MLOPS_RANK_FLOAT64;
		default:
			return MLOPS_RANK_NONE;
	}
}

/* -0 is 0, and NaN above all: the bits of a negative value are turned but for the sign. */
static int64
rank_float(float8 value)
{
	int64 bits;

	if (isnan(value))
		return PG_INT64_MAX;
	value += 0.0;
	memcpy(&bits, &value, sizeof(bits));
	return bits < 0 ? bits ^ PG_INT64_MAX : bits;
}

int64
mlops_ordered_rank(const MlopsOrderedSite *site, const MlopsRankedRow *row)
{
	Datum key = mlops_ordered_has_keys(site->kind) ? row->key : row->value;

	switch (site->rank_form)
	{
		case MLOPS_RANK_INT16:
			return mlops_ranked_turn(&site->order, DatumGetInt16(key));
		case MLOPS_RANK_INT32:
			return mlops_ranked_turn(&site->order, DatumGetInt32(key));
		case MLOPS_RANK_INT64:
			return mlops_ranked_turn(&site->order, DatumGetInt64(key));
		case MLOPS_RANK_FLOAT32:
			return mlops_ranked_turn(&site->order, rank_float((float8) DatumGetFloat4(key)));
		case MLOPS_RANK_FLOAT64:
			return mlops_ranked_turn(&site->order, rank_float(DatumGetFloat8(key)));
		case MLOPS_RANK_NONE:
			break;
	}
	return 0;
}

/* ---- comparators ---- */

static int
compare_keys(const MlopsRankedRow *a, const MlopsRankedRow *b, const void *context)
{
	const MlopsOrderedSite *site = context;
	bool has_keys = mlops_ordered_has_keys(site->kind);

	CHECK_FOR_INTERRUPTS();
	return DatumGetInt32(FunctionCall2Coll(site->compare_keys, site->collation,
										   has_keys ? a->key : a->value,
										   has_keys ? b->key : b->value));
}

/* The bits of a by-value type's value, without what stands above them in the word. */
static uint64
bits_of(const MlopsImageType *type, Datum value)
{
	switch (type->length)
	{
		case 1:
			return (uint8) DatumGetChar(value);
		case 2:
			return (uint16) DatumGetInt16(value);
		case 4:
			return (uint32) DatumGetInt32(value);
		default:
			return value;
	}
}

static int
compare_bytes(const MlopsImageType *type, Datum a, Datum b)
{
	if (type->is_by_value)
		return (bits_of(type, a) > bits_of(type, b)) - (bits_of(type, a) < bits_of(type, b));
	return mlops_bytes_compare(mlops_image_bytes(type, a), mlops_image_bytes(type, b));
}

static int
compare_values(const MlopsRankedRow *a, const MlopsRankedRow *b, const void *context)
{
	const MlopsOrderedSite *site = context;

	/* values that are their keys were compared */
	if (mlops_ordered_has_keys(site->kind) && site->compare_values != NULL)
	{
		int difference;

		CHECK_FOR_INTERRUPTS();
		difference = DatumGetInt32(
			FunctionCall2Coll(site->compare_values, site->collation, a->value, b->value));
		if (difference != 0)
			return difference;
	}
	return compare_bytes(&site->value_type, a->value, b->value);
}

/* ---- the site ---- */

/* The comparator of the type's default btree order, or NULL. */
static FmgrInfo *
comparator_of(Oid base)
{
	TypeCacheEntry *entry = lookup_type_cache(base, TYPECACHE_CMP_PROC_FINFO);

	return OidIsValid(entry->cmp_proc) ? &entry->cmp_proc_finfo : NULL;
}

static void
set_site(MlopsOrderedSite *site, MlopsRankedKind kind, Oid key_type, Oid value_type, Oid collation)
{
	*site = (MlopsOrderedSite){ .kind = kind, .collation = collation };
	mlops_image_type(value_type, &site->value_type);
	mlops_image_type(key_type, &site->key_type);
	site->compare_values = comparator_of(site->value_type.base);
	site->compare_keys = comparator_of(site->key_type.base);
	if (site->compare_keys == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("values of type %s have no order", format_type_be(key_type)),
				 errhint("Cast them to a type that ORDER BY can sort, such as text or numeric.")));
	site->rank_form = rank_form_of(site->key_type.base);
	mlops_ranked_order_of(&site->order, kind);
	site->order.owns_keys = mlops_ordered_has_keys(kind) && !site->key_type.is_by_value;
	site->order.owns_values = !site->value_type.is_by_value;
	if (site->rank_form == MLOPS_RANK_NONE)
		site->order.compare_keys = compare_keys;
	site->order.compare_values = compare_values;
	site->order.context = site;
}

const MlopsOrderedSite *
mlops_ordered_site(FunctionCallInfo fcinfo, MlopsRankedKind kind, Oid key_type, Oid value_type)
{
	const MlopsOrderedSite *first = fcinfo->flinfo->fn_extra;
	MlopsOrderedSite *made;

	if (!mlops_ordered_has_keys(kind))
		key_type = value_type;
	for (const MlopsOrderedSite *site = first; site != NULL; site = site->next)
	{
		if (site->kind == kind && site->key_type.type == key_type &&
			site->value_type.type == value_type && site->collation == PG_GET_COLLATION())
			return site;
	}
	/* a site stays as it is: combine may meet groups of several types, whose states point to theirs */
	made = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(MlopsOrderedSite));
	set_site(made, kind, key_type, value_type, PG_GET_COLLATION());
	made->next = first;
	fcinfo->flinfo->fn_extra = made;
	return made;
}

void
mlops_ordered_use(MlopsOrderedState *state, const MlopsOrderedSite *site)
{
	state->site = site;
	if (!state->best.is_unordered)
		return;
	for (size_t i = 0; i < state->best.n; i++)
		state->best.rows[i].rank = mlops_ordered_rank(site, &state->best.rows[i]);
	mlops_best_heapify(&state->best, &site->order);
}

/* ---- keys and values ---- */

/* A copy that is not compressed, with a long header; false when there is no memory. */
static bool
own_datum(uint64 *word, const MlopsImageType *type, const MlopsAllocator *allocator)
{
	Size header_bytes = type->length > 0 ? 0 : VARHDRSZ;
	MlopsBytes bytes;
	char *block;

	if (type->is_by_value)
		return true;
	bytes = mlops_image_bytes(type, *word);
	block = mlops_alloc(allocator, header_bytes + bytes.n_bytes, 1);
	if (block == NULL)
		return false;
	if (header_bytes > 0)
		SET_VARSIZE(block, header_bytes + bytes.n_bytes);
	memcpy(block + header_bytes, bytes.data, bytes.n_bytes);
	*word = PointerGetDatum(block);
	return true;
}

bool
mlops_ordered_own(MlopsRankedRow *row, const MlopsOrderedState *state,
				  const MlopsAllocator *allocator)
{
	MlopsRankedRow owned = *row;

	if (mlops_ordered_has_keys(state->parameters.kind) &&
		!own_datum(&owned.key, &state->key_type, allocator))
		return false;
	if (owned.has_value && !own_datum(&owned.value, &state->value_type, allocator))
	{
		if (mlops_ordered_has_keys(state->parameters.kind) && !state->key_type.is_by_value)
			mlops_free(allocator, DatumGetPointer(owned.key));
		return false;
	}
	*row = owned;
	return true;
}

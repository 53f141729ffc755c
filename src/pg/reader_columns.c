/*
 * The columns of a result, and what each of them is for.
 *
 * Names are matched exactly and must be unique where they are asked for.  A
 * feature is a column, or an element of a float8[] column: training names the
 * column and learns the number of elements from the first row that has an
 * array; a model names each element, x[1] .. x[n], so the number is known.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "pg/error.h"
#include "pg/reader_internal.h"

static int
find_attribute(TupleDesc desc, const char *name)
{
	int found = -1;

	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped ||
			strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) != 0)
			continue;
		if (found >= 0)
			ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_COLUMN),
							errmsg("column \"%s\" occurs twice in the result", name),
							errhint("Name the columns of the query differently.")));
		found = i;
	}
	return found;
}

static void report_missing(TupleDesc desc, const char *role, const char *name)
	pg_attribute_noreturn();

static void
report_missing(TupleDesc desc, const char *role, const char *name)
{
	const char **names = palloc(sizeof(char *) * Max(desc->natts, 1));
	const char *nearest;
	int n_names = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			names[n_names++] = NameStr(TupleDescAttr(desc, i)->attname);
	}
	nearest = mlops_nearest_name(name, names, n_names);
	if (n_names == 0)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
						errmsg("%s column \"%s\" does not exist", role, name),
						errhint("There are no columns.")));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("%s column \"%s\" does not exist", role, name),
			 nearest != NULL ? errhint("Did you mean \"%s\"?", nearest) :
							   errhint("Columns are %s.", mlops_join_names(names, n_names))));
}

int
mlops_reader_require_attribute(TupleDesc desc, const char *role, const char *name)
{
	int found = find_attribute(desc, name);

	if (found < 0)
		report_missing(desc, role, name);
	return found;
}

bool
mlops_split_element(const char *name, char **array, int *element)
{
	const char *bracket = strrchr(name, '[');
	char *end;
	long position;

	if (bracket == NULL || bracket[1] < '1' || bracket[1] > '9')
		return false;
	position = strtol(bracket + 1, &end, 10);
	if (strcmp(end, "]") != 0 || position > MLOPS_MAX_COLUMNS)
		return false;
	*array = pnstrdup(name, bracket - name);
	*element = (int) position - 1;
	return true;
}

static bool
is_array(TupleDesc desc, int attribute)
{
	return getBaseType(TupleDescAttr(desc, attribute)->atttypid) == FLOAT8ARRAYOID;
}

/* Where the feature of a name comes from; it must exist. */
static MlopsFeatureSource
find_source(TupleDesc desc, const char *name)
{
	MlopsFeatureSource source = { .attribute = find_attribute(desc, name), .array = -1 };
	char *base;

	if (source.attribute >= 0)
		return source;
	if (mlops_split_element(name, &base, &source.element))
		source.attribute = find_attribute(desc, base);
	if (source.attribute < 0 || !is_array(desc, source.attribute))
		report_missing(desc, "feature", name);
	source.array = 0;
	return source;
}

static void
set_role(TupleDesc desc, const char *role, const char *name, MlopsRoleColumn *column)
{
	column->attribute = -1;
	if (name == NULL)
		return;
	column->attribute = mlops_reader_require_attribute(desc, role, name);
	mlops_value_type(TupleDescAttr(desc, column->attribute)->atttypid, &column->type);
	column->type.column = name;
}

static bool
is_in_list(const char *name, List *names)
{
	ListCell *cell;

	foreach (cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return false;
}

static bool
is_role(const MlopsReadRequest *request, const char *name)
{
	const char *roles[] = { request->target,	  request->id_column,	 request->entity_column,
							request->time_column, request->split_column, request->weight_column };

	for (size_t i = 0; i < lengthof(roles); i++)
	{
		if (roles[i] != NULL && strcmp(roles[i], name) == 0)
			return true;
	}
	return false;
}

/* Names of the features: as asked for, or every column without another role. */
static List *
feature_names(const MlopsReadRequest *request, TupleDesc desc)
{
	List *names = NIL;

	if (request->features != NIL)
		return request->features;
	for (int i = 0; i < desc->natts; i++)
	{
		char *name = NameStr(TupleDescAttr(desc, i)->attname);

		if (!TupleDescAttr(desc, i)->attisdropped && !is_role(request, name) &&
			!is_in_list(name, request->exclude))
			names = lappend(names, pstrdup(name));
	}
	return names;
}

static void
check_feature_count(int n_features)
{
	if (n_features > MLOPS_MAX_COLUMNS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the number of features must be at most %d, not %d",
							   MLOPS_MAX_COLUMNS, n_features),
						errhint("Name fewer columns in features, or list some in exclude.")));
}

/* Position of an array column in arrays; a new one is added. */
static int
add_array(MlopsReader *reader, TupleDesc desc, int attribute)
{
	MlopsArrayColumn *array;

	for (int i = 0; i < reader->n_arrays; i++)
	{
		if (reader->arrays[i].attribute == attribute)
			return i;
	}
	reader->arrays =
		reader->arrays == NULL ?
			palloc(sizeof(MlopsArrayColumn)) :
			repalloc(reader->arrays, sizeof(MlopsArrayColumn) * (reader->n_arrays + 1));
	array = &reader->arrays[reader->n_arrays];
	*array = (MlopsArrayColumn){ .name = pstrdup(NameStr(TupleDescAttr(desc, attribute)->attname)),
								 .attribute = attribute,
								 .n_elements = -1 };
	return reader->n_arrays++;
}

/* Set up one feature; its name and source are known. */
static void
set_feature(MlopsReader *reader, TupleDesc desc, int i)
{
	MlopsReadColumn *column = &reader->rows->features[i];
	MlopsFeatureSource *source = &reader->sources[i];
	bool is_element = source->array >= 0;

	column->levels.allocator = &reader->rows->allocator;
	if (is_element || is_array(desc, source->attribute))
	{
		source->array = add_array(reader, desc, source->attribute);
		mlops_value_type(FLOAT8OID, &column->type);
	}
	else
		mlops_value_type(TupleDescAttr(desc, source->attribute)->atttypid, &column->type);
	column->type.column = column->name;
	if (is_element)
		reader->arrays[source->array].n_elements =
			Max(reader->arrays[source->array].n_elements, source->element + 1);
	else if (source->array >= 0)
		source->element = -1;
	if (!column->type.is_supported)
		mlops_value_report_unsupported(column->name, column->type.type);
}

/* Refuse a feature that is the target or occurs twice. */
static void
check_feature(const MlopsReader *reader, int i)
{
	const MlopsFeatureSource *source = &reader->sources[i];
	const char *name = reader->rows->features[i].name;

	if (source->attribute == reader->target.attribute)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("target column \"%s\" is also a feature", name),
						errhint("Leave it out of features.")));
	for (int j = 0; j < i; j++)
	{
		if (reader->sources[j].attribute == source->attribute &&
			(source->array < 0 || reader->sources[j].element == source->element ||
			 reader->sources[j].element < 0 || source->element < 0))
			ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
							errmsg("feature \"%s\" is named twice", name),
							errhint("Name each feature once.")));
	}
}

static void
set_features(MlopsReader *reader, TupleDesc desc)
{
	MlopsRows *rows = reader->rows;
	List *names = feature_names(reader->request, desc);
	ListCell *cell;

	if (names == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no feature column"),
				 errdetail("Every column is the target, has another role or is excluded."),
				 errhint("Name columns in features.")));
	check_feature_count(list_length(names));
	rows->features = palloc0(sizeof(MlopsReadColumn) * list_length(names));
	reader->sources = palloc(sizeof(MlopsFeatureSource) * list_length(names));
	foreach (cell, names)
	{
		int i = rows->n_features++;

		rows->features[i].name = pstrdup(lfirst(cell));
		reader->sources[i] = find_source(desc, rows->features[i].name);
		set_feature(reader, desc, i);
		check_feature(reader, i);
	}
}

/* Types that can be a class; integers count when the task is given. */
static void
check_target(MlopsReader *reader)
{
	MlopsRows *rows = reader->rows;
	MlopsValueType *type = &reader->target.type;
	bool is_class = type->kind == MLOPS_COLUMN_CATEGORICAL || type->base == BOOLOID;
	bool is_integer = type->base == INT2OID || type->base == INT4OID || type->base == INT8OID;
	bool is_real = type->base == FLOAT4OID || type->base == FLOAT8OID || type->base == NUMERICOID;

	if (reader->target.attribute < 0)
		return;
	if (!is_class && !is_integer && !is_real)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("target column \"%s\" of type %s cannot be learned", type->column,
						format_type_be(type->type)),
				 errhint("A class is boolean, integer, text or enum, a value is a number.")));
	rows->is_classification = reader->request->is_classification == 1 ||
							  (reader->request->is_classification < 0 && !is_real);
	if (rows->is_classification && is_real)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("target column \"%s\" of type %s cannot be a class", type->column,
							   format_type_be(type->type)),
						errhint("Cast it to integer or text, or choose task => 'regression'.")));
	if (!rows->is_classification && is_class && type->base != BOOLOID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("target column \"%s\" of type %s cannot be a value of a regression",
							   type->column, format_type_be(type->type)),
						errhint("Choose task => 'classification'.")));
	rows->target_type = *type;
}

static void
check_role_type(const MlopsRoleColumn *column, const char *role, bool is_fit, const char *wanted)
{
	if (column->attribute >= 0 && !is_fit)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s column \"%s\" must be %s, not %s", role, column->type.column,
							   wanted, format_type_be(column->type.type))));
}

static bool
is_number(const MlopsValueType *type)
{
	return type->is_supported && type->kind == MLOPS_COLUMN_NUMERIC;
}

void
mlops_reader_set_columns(MlopsReader *reader, TupleDesc desc)
{
	const MlopsReadRequest *request = reader->request;
	ListCell *cell;

	set_role(desc, "target", request->target, &reader->target);
	set_role(desc, "id", request->id_column, &reader->id);
	set_role(desc, "entity", request->entity_column, &reader->entity);
	set_role(desc, "time", request->time_column, &reader->time);
	set_role(desc, "split", request->split_column, &reader->split);
	set_role(desc, "weight", request->weight_column, &reader->weight);
	check_target(reader);
	check_role_type(&reader->weight, "weight", is_number(&reader->weight.type), "a number");
	check_role_type(&reader->time, "time", is_number(&reader->time.type),
					"a date, a timestamp or a number");
	check_role_type(&reader->split, "split", reader->split.type.base == BOOLOID, "boolean");
	if (!OidIsValid(request->relation)) /* the query of a relation leaves them out */
	{
		foreach (cell, request->exclude)
			(void) mlops_reader_require_attribute(desc, "exclude", lfirst(cell));
	}
	set_features(reader, desc);
}

void
mlops_reader_expand_array(MlopsReader *reader, int array, int n_elements)
{
	MlopsRows *rows = reader->rows;
	int n_features = rows->n_features - 1 + n_elements;
	int place = 0;
	MlopsReadColumn *features;
	MlopsFeatureSource *sources;

	while (reader->sources[place].array != array)
		place++;
	check_feature_count(n_features);
	features = palloc0(sizeof(MlopsReadColumn) * Max(n_features, 1));
	sources = palloc(sizeof(MlopsFeatureSource) * Max(n_features, 1));
	memcpy(features, rows->features, sizeof(MlopsReadColumn) * place);
	memcpy(sources, reader->sources, sizeof(MlopsFeatureSource) * place);
	for (int i = 0; i < n_elements; i++)
	{
		MlopsReadColumn *column = &features[place + i];

		*column = rows->features[place];
		column->name = psprintf("%s[%d]", rows->features[place].name, i + 1);
		column->type.column = column->name;
		column->numbers = NULL;
		sources[place + i] = reader->sources[place];
		sources[place + i].element = i;
	}
	memcpy(features + place + n_elements, rows->features + place + 1,
		   sizeof(MlopsReadColumn) * (rows->n_features - place - 1));
	memcpy(sources + place + n_elements, reader->sources + place + 1,
		   sizeof(MlopsFeatureSource) * (rows->n_features - place - 1));
	reader->arrays[array].n_elements = n_elements;
	reader->sources = sources;
	/* each array is expanded once */
	if (rows->expansions == NULL)
		rows->expansions = palloc(sizeof(MlopsExpansion) * reader->n_arrays);
	rows->expansions[rows->n_expansions++] = (MlopsExpansion){ place, n_elements };
	rows->features = features;
	rows->n_features = n_features;
}

char *
mlops_reader_relation_name(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

/* Refuse what has no rows to select. */
static void
check_relation(Relation relation, Oid oid)
{
	char kind = relation == NULL ? '\0' : relation->rd_rel->relkind;

	if (relation == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation with OID %u does not exist", oid)));
	if (kind == RELKIND_RELATION || kind == RELKIND_VIEW || kind == RELKIND_MATVIEW ||
		kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_FOREIGN_TABLE)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not a table or view", RelationGetRelationName(relation)),
			 errhint("Name a table, view, materialized view, partitioned or foreign table.")));
}

static void
append_name(StringInfo text, List **done, const char *name)
{
	if (name == NULL || is_in_list(name, *done))
		return;
	appendStringInfo(text, "%s%s", *done == NIL ? "" : ", ", quote_identifier(name));
	*done = lappend(*done, unconstify(char *, name));
}

/* Append a column that another one than a feature is; it must exist. */
static void
append_role(StringInfo text, List **done, TupleDesc desc, const char *role, const char *name)
{
	if (name != NULL)
		(void) mlops_reader_require_attribute(desc, role, name);
	append_name(text, done, name);
}

/* Only what is needed is read, so no privilege is asked for on other columns. */
char *
mlops_reader_relation_query(const MlopsReadRequest *request)
{
	Relation relation = try_relation_open(request->relation, AccessShareLock);
	TupleDesc desc;
	StringInfoData text;
	List *done = NIL;
	ListCell *cell;

	check_relation(relation, request->relation);
	desc = RelationGetDescr(relation);
	initStringInfo(&text);
	appendStringInfoString(&text, "SELECT ");
	foreach (cell, feature_names(request, desc))
	{
		int attribute = find_source(desc, lfirst(cell)).attribute;

		append_name(&text, &done, pstrdup(NameStr(TupleDescAttr(desc, attribute)->attname)));
	}
	foreach (cell, request->exclude)
		(void) mlops_reader_require_attribute(desc, "exclude", lfirst(cell));
	append_role(&text, &done, desc, "target", request->target);
	append_role(&text, &done, desc, "id", request->id_column);
	append_role(&text, &done, desc, "entity", request->entity_column);
	append_role(&text, &done, desc, "time", request->time_column);
	append_role(&text, &done, desc, "split", request->split_column);
	append_role(&text, &done, desc, "weight", request->weight_column);
	appendStringInfo(&text, " FROM %s", mlops_reader_relation_name(request->relation));
	relation_close(relation, NoLock);
	return text.data;
}

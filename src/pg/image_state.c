/*
 * Values of any type in states: the names of their types, and the context of what is raised.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "pg/image.h"

static void
write_type(const MlopsImageType *type, MlopsStateIo *io, const char *const fields[2])
{
	char *names[2] = { pstrdup(""), pstrdup("") };

	if (OidIsValid(type->type))
	{
		HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type->type));
		Form_pg_type form;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for type %u", type->type);
		form = (Form_pg_type) GETSTRUCT(tuple);
		names[0] = get_namespace_name(form->typnamespace);
		names[1] = pstrdup(NameStr(form->typname));
		ReleaseSysCache(tuple);
		if (names[0] == NULL)
			elog(ERROR, "cache lookup failed for the schema of type %u", type->type);
	}
	for (int i = 0; i < 2; i++)
	{
		uint8 *bytes = (uint8 *) names[i];
		size_t n_bytes = strlen(names[i]);

		mlops_io_bytes(io, fields[i], &bytes, &n_bytes);
	}
}

static void
read_type(MlopsImageType *image_type, MlopsStateIo *io, const char *const fields[2])
{
	char *names[2];
	Oid schema, type = InvalidOid;

	for (int i = 0; i < 2; i++)
	{
		uint8 *bytes;
		size_t n_bytes;

		mlops_io_bytes(io, fields[i], &bytes, &n_bytes);
		if (!mlops_io_failed(io) && n_bytes >= NAMEDATALEN)
			mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "the name of its type is too long");
		if (mlops_io_failed(io))
			return;
		names[i] = pnstrdup((char *) bytes, n_bytes);
	}
	if (names[0][0] == '\0' && names[1][0] == '\0')
		return;
	schema = LookupExplicitNamespace(names[0], true);
	if (OidIsValid(schema))
		type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(names[1]),
							   ObjectIdGetDatum(schema));
	if (!OidIsValid(type) || !get_typisdefined(type))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "there is no type %s.%s", names[0], names[1]);
	else
		mlops_image_type(type, image_type);
}

void
mlops_image_transfer_type(MlopsImageType *type, MlopsStateIo *io, const char *schema_name,
						  const char *name)
{
	const char *const fields[2] = { schema_name, name };

	if (mlops_io_is_reading(io))
		read_type(type, io, fields);
	else
		write_type(type, io, fields);
}

/* Whatever the type says of bytes from outside, they are no state. */
static void
add_context(void *opaque)
{
	const MlopsImageContext *context = opaque;
	int category = ERRCODE_TO_CATEGORY(geterrcode());

	if (!context->is_text &&
		(category == ERRCODE_DATA_EXCEPTION || category == ERRCODE_CONNECTION_EXCEPTION ||
		 category == ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION ||
		 category == ERRCODE_PROGRAM_LIMIT_EXCEEDED))
		errcode(ERRCODE_INVALID_BINARY_REPRESENTATION);
	errcontext("a value of type %s in a state of type mlops.%s", context->type_name,
			   context->state_type);
}

void
mlops_image_context_begin(MlopsImageContext *context, const MlopsImageType *type,
						  const MlopsStateIo *io, const char *state_type)
{
	*context = (MlopsImageContext){
		.callback = { .previous = error_context_stack, .callback = add_context, .arg = context },
		.type_name = format_type_be(type->type),
		.state_type = state_type,
		.is_text = mlops_io_is_text(io)
	};
	error_context_stack = &context->callback;
}

void
mlops_image_context_end(MlopsImageContext *context)
{
	error_context_stack = context->callback.previous;
}

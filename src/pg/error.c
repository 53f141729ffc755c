/*
 * Status of the core -> error of the server: the one place that maps them.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "pg/error.h"
#include "pg/hooks.h"

void
mlops_report_status(MlopsStatus status, const MlopsReason *reason)
{
	const char *text = reason != NULL && reason->text[0] != '\0' ? reason->text : NULL;

	switch (status)
	{
		case MLOPS_STATUS_OK:
			return;
		case MLOPS_STATUS_NOMEM:
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("%s", text ? text : "out of memory"),
					 errhint("Train on fewer rows or columns, or limit max_depth.")));
			break;
		case MLOPS_STATUS_CANCELLED:
			mlops_hooks_rethrow();
			break;
		case MLOPS_STATUS_INVALID:
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("%s", text ? text : "an argument is out of range")));
			break;
		case MLOPS_STATUS_DATA:
			ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
							errmsg("%s", text ? text : "the data cannot be learned from")));
			break;
		case MLOPS_STATUS_RANGE:
			ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							errmsg("%s", text ? text : "a result is out of range")));
			break;
		case MLOPS_STATUS_LIMIT:
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("%s", text ? text : "a limit of the program is exceeded")));
			break;
		case MLOPS_STATUS_CORRUPT:
			ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("stored forest is corrupted"),
							text ? errdetail("%s.", text) : 0));
			break;
		case MLOPS_STATUS_UNSUPPORTED:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("%s", text ? text : "the format is newer than this server's mlops"),
					 errhint("Update the extension mlops on this server.")));
			break;
	}
}

void
mlops_report_corrupted(const char *model, int version, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored forest of model \"%s\" version %d is corrupted", model, version),
			 errdetail("Reason: %s.", reason),
			 errhint("Restore mlops.model_blob from a backup, or train the version again.")));
}

/* Edit distance of two names; one that is too long to be a name is far from all. */
static int
edit_distance(const char *a, const char *b)
{
	int n_a = (int) strlen(a);
	int n_b = (int) strlen(b);
	int row[NAMEDATALEN + 1];

	if (n_a > NAMEDATALEN || n_b > NAMEDATALEN)
		return PG_INT32_MAX;
	for (int j = 0; j <= n_b; j++)
		row[j] = j;
	for (int i = 1; i <= n_a; i++)
	{
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= n_b; j++)
		{
			int replaced = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = Min(replaced, Min(row[j], row[j - 1]) + 1);
		}
	}
	return row[n_b];
}

const char *
mlops_nearest_name(const char *name, const char *const *names, int n_names)
{
	const char *nearest = NULL;
	int limit = Max(2, (int) strlen(name) / 3);

	for (int i = 0; i < n_names; i++)
	{
		int distance = edit_distance(name, names[i]);

		/* a distance of the whole length means that nothing is alike */
		if (distance <= limit && distance < (int) Min(strlen(name), strlen(names[i])))
		{
			nearest = names[i];
			limit = distance - 1;
		}
	}
	return nearest;
}

char *
mlops_join_names(const char *const *names, int n_names)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < n_names; i++)
		appendStringInfo(&text, "%s\"%s\"", i == 0 ? "" : ", ", names[i]);
	return text.data;
}

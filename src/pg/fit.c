/*
 * Whether a decoded forest is the one that a version describes.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "pg/fit.h"

/* True if levels can be shown as text of this database. */
static bool
has_text_levels(const MlopsColumn *column)
{
	for (uint32 i = 0; mlops_column_has_levels(column) && i < column->n_levels; i++)
	{
		if (!pg_verify_mbstr(GetDatabaseEncoding(), column->levels[i].data,
							 (int) column->levels[i].n_bytes, true))
			return false;
	}
	return true;
}

const char *
mlops_fit_check(const MlopsVersion *version, const MlopsForest *forest, const MlopsColumn *columns)
{
	bool fits = forest->task == version->task && forest->n_classes == (uint32) version->n_classes &&
				forest->n_features == (uint32) version->n_features;

	for (uint32 c = 0; fits && c < forest->n_columns; c++)
		fits = mlops_column_has_levels(&columns[c]) ==
			   (version->features[columns[c].feature].kind == MLOPS_COLUMN_CATEGORICAL);
	if (!fits)
		return "it has another task, classes or features than its version";
	for (uint32 c = 0; c < forest->n_columns; c++)
	{
		if (!has_text_levels(&columns[c]))
			return psprintf("a level of \"%s\" is no text in the encoding of this database",
							version->features[columns[c].feature].name);
	}
	return NULL;
}

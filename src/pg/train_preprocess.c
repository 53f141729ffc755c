/*
 * Training: what the argument preprocess makes of a feature's column.
 *
 * Everything becomes codes (core/column.h), which the forest keeps: what stands
 * for a missing value, ranks of levels, a column for each level, or the bins of
 * the levels' mean targets.  Only the last is not the same for training rows and
 * all others: a training row gets the code that its level has without the rows
 * of its fold (core/target_encoding.h).
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"

#include "core/binning.h"
#include "core/target_encoding.h"
#include "pg/error.h"
#include "pg/hooks.h"
#include "pg/train_columns.h"

/* Columns that one-hot makes of a feature, at most: a tree would hardly see more of them. */
#define MAX_ONE_HOT 255

/* Take a number of a training row. */
static void
gather_number(MlopsGathered *gathered, double number)
{
	if (isnan(number))
		return;
	gathered->min = Min(gathered->min, number);
	gathered->max = Max(gathered->max, number);
	if (isinf(number))
		return;
	if (gathered->n_finite == 0)
		mlops_exact_sum_place(&gathered->sum, gathered->limbs);
	(void) mlops_exact_sum_add(&gathered->sum, number, NULL);
	gathered->n_finite++;
}

void
mlops_preprocess_gather(const MlopsPass *pass, int feature, const void *values,
						MlopsGathered *gathered)
{
	MlopsImpute impute = pass->training->preprocess[feature].impute;
	bool is_numeric = pass->training->rows->features[feature].type.kind == MLOPS_COLUMN_NUMERIC;
	const double *numbers = values;
	const uint32 *level_ids = values;
	size_t n_rows = pass->n_chosen + pass->n_test;

	for (size_t i = 0; impute == MLOPS_IMPUTE_ERROR && i < n_rows; i++)
		gathered->n_missing += is_numeric ? isnan(numbers[i]) : level_ids[i] == MLOPS_LEVEL_NONE;
	if (impute != MLOPS_IMPUTE_MEAN && impute != MLOPS_IMPUTE_MIN && impute != MLOPS_IMPUTE_MAX)
		return;
	for (size_t i = 0; i < pass->n_chosen; i++)
		gather_number(gathered, numbers[pass->chosen[i]]);
}

/* Middle of sorted values, between the middle two of an even number. */
static double
find_median(const double *values, size_t n)
{
	double low, middle;

	if (n == 0)
		return get_float8_nan();
	low = values[(n - 1) / 2];
	middle = low / 2 + values[n / 2] / 2;
	return isfinite(middle) ? middle : low;
}

/* The most frequent of sorted values, the least of equally frequent ones. */
static double
find_mode(const double *values, size_t n)
{
	double mode = get_float8_nan();
	size_t most = 0;

	for (size_t first = 0, end = 0; first < n; first = end)
	{
		while (end < n && values[end] == values[first])
			end++;
		if (end - first > most)
		{
			most = end - first;
			mode = values[first];
		}
	}
	return mode;
}

static double
find_mean(const MlopsGathered *gathered)
{
	double mean = get_float8_nan();

	if (gathered->n_finite > 0)
		(void) mlops_exact_sum_divide(&gathered->sum, (int64) gathered->n_finite, &mean);
	return mean;
}

/* The number that stands for a missing one; NaN if there is no value to make it from. */
static double
find_imputed(MlopsImpute impute, const MlopsGathered *gathered)
{
	bool has_values = gathered->min <= gathered->max;

	switch (impute)
	{
		case MLOPS_IMPUTE_MEAN:
			return find_mean(gathered);
		case MLOPS_IMPUTE_MEDIAN:
			return find_median(gathered->values, gathered->n_values);
		case MLOPS_IMPUTE_MODE:
			return find_mode(gathered->values, gathered->n_values);
		case MLOPS_IMPUTE_MIN:
			return has_values ? gathered->min : get_float8_nan();
		case MLOPS_IMPUTE_MAX:
			return has_values ? gathered->max : get_float8_nan();
		case MLOPS_IMPUTE_ZERO:
			return 0;
		case MLOPS_IMPUTE_NONE:
		case MLOPS_IMPUTE_ERROR:
			break;
	}
	return get_float8_nan();
}

/* The most frequent level of the training rows, the first by bytes of equally frequent ones. */
static uint32
find_mode_level(const MlopsColumn *native, const MlopsGathered *gathered)
{
	uint32 mode = MLOPS_LEVEL_NONE;

	for (uint32 i = 0; i < native->n_levels; i++)
	{
		uint32 level = gathered->sorted[i];

		if (mode == MLOPS_LEVEL_NONE || gathered->counts[level] > gathered->counts[mode])
			mode = level;
	}
	return mode;
}

/* Count what the last column takes, and refuse what would not fit. */
static void
count_column(MlopsTraining *training)
{
	uint32 c = training->n_columns - 1;
	const MlopsColumn *column = &training->columns[c];
	size_t n_levels = training->rows->features[column->feature].levels.n_levels;
	/* those of its coder, and those of the folds */
	size_t n_codings = 1 + (training->fold_codes[c] == NULL ? 0 : MLOPS_ENCODING_FOLDS);

	if (mlops_column_has_levels(column))
	{
		training->column_bytes += column->n_levels * sizeof(uint16);
		training->packing_bytes += n_codings * n_levels * sizeof(uint16);
	}
	else
		training->column_bytes += column->n_codes * sizeof(double);
	mlops_train_check_columns(training);
}

/* Append a column; fold_codes is NULL if training rows are coded like all others. */
static void
add_column(MlopsTraining *training, const MlopsColumn *column, MlopsFoldCodes *fold_codes)
{
	if (training->n_columns >= MLOPS_MAX_COLUMNS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("preprocess makes more than %d columns of %d features",
							   MLOPS_MAX_COLUMNS, training->rows->n_features),
						errhint("Encode fewer features by \"one_hot\" or \"target\".")));
	if (training->n_columns >= training->columns_capacity)
	{
		training->columns_capacity *= 2;
		training->columns =
			repalloc(training->columns, sizeof(MlopsColumn) * training->columns_capacity);
		training->fold_codes =
			repalloc(training->fold_codes, sizeof(MlopsFoldCodes *) * training->columns_capacity);
	}
	training->columns[training->n_columns] = *column;
	training->fold_codes[training->n_columns++] = fold_codes;
	count_column(training);
}

/* Set the code of missing values from the level that stands for them. */
static void
impute_level(MlopsTraining *training, MlopsColumn *column, uint32 level)
{
	const MlopsReadColumn *read = &training->rows->features[column->feature];

	if (level != MLOPS_LEVEL_NONE)
		column->missing_code = mlops_column_code_level(column, read->levels.levels[level]);
}

/* A column of a feature in which all levels have the code 0, until it is told otherwise. */
static MlopsColumn
make_ordered(const MlopsColumn *native, const char *value)
{
	const char *name = native->name.data;
	MlopsColumn column = *native;

	if (value != NULL)
	{
		name = psprintf("%s=%s", name, value);
		column.name = (MlopsBytes){ name, (uint32) strlen(name) };
	}
	column.kind = MLOPS_COLUMN_ORDERED;
	column.has_rest = false;
	return column;
}

/* The rank of a level is its code. */
static void
add_ordinal(MlopsTraining *training, const MlopsColumn *native, uint32 mode)
{
	MlopsColumn column = make_ordered(native, NULL);
	uint16 *codes = mlops_train_alloc(training, native->n_levels, sizeof(uint16));

	for (uint32 i = 0; i < native->n_levels; i++)
		codes[i] = (uint16) i;
	column.level_codes = codes;
	column.n_codes = Max(native->n_levels, 1);
	impute_level(training, &column, mode);
	add_column(training, &column, NULL);
}

/* A column for each level; what has none of them has code 0 in all. */
static void
add_one_hot(MlopsTraining *training, const MlopsColumn *native, uint32 mode)
{
	static const uint16 ONE[1] = { 1 };

	if (native->n_levels > MAX_ONE_HOT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("encode \"one_hot\" would make %u columns of \"%s\", more than %d",
						native->n_levels, native->name.data, MAX_ONE_HOT),
				 errhint("Choose \"target\", or leave it out: a forest takes categories as they "
						 "are.")));
	/* a feature without a level in the training rows has a column, too */
	for (uint32 i = 0; i < Max(native->n_levels, 1); i++)
	{
		bool has_level = i < native->n_levels;
		MlopsColumn column = make_ordered(
			native, has_level ? pnstrdup(native->levels[i].data, native->levels[i].n_bytes) : NULL);

		column.levels = native->levels + i;
		column.level_codes = ONE;
		column.n_levels = has_level ? 1 : 0;
		column.n_codes = has_level ? 2 : 1;
		column.unseen_code = 0;
		if (!column.refuses_missing)
			column.missing_code = 0;
		impute_level(training, &column, mode);
		add_column(training, &column, NULL);
	}
}

/* Level of each training row, by its place; missing ones become that which stands for them. */
static uint32 *
read_levels(MlopsPass *pass, int feature, uint32 mode)
{
	MlopsTraining *training = pass->training;
	uint32 *levels = mlops_train_alloc(training, training->train.n, sizeof(uint32));

	for (size_t block = 0; block < mlops_spool_n_blocks(training->spool); block++)
	{
		const uint32 *level_ids = mlops_spool_read(training->spool, block, feature);

		mlops_pass_enter(pass, block);
		for (size_t i = 0; i < pass->n_chosen; i++)
		{
			uint32 level = level_ids[pass->chosen[i]];

			levels[pass->places[i]] = level == MLOPS_LEVEL_NONE ? mode : level;
		}
	}
	return levels;
}

/* Cut points between the encodings that the training rows of the sample have; as a numeric column. */
static MlopsColumn
cut_encodings(const MlopsPass *pass, const MlopsEncodingRows *rows, const double *encodings)
{
	MlopsTraining *training = pass->training;
	MlopsColumn column = { .kind = MLOPS_COLUMN_NUMERIC, .missing_code = MLOPS_CODE_MISSING };
	double *values = mlops_train_alloc(training, pass->n_sampled, sizeof(double));
	size_t n_values = 0;
	double *edges;
	uint32_t n_edges;

	for (size_t i = 0; i < rows->n_rows; i++)
	{
		if (rows->levels[i] != MLOPS_LEVEL_NONE && mlops_pass_is_sampled(pass, (uint32) i))
			values[n_values++] =
				encodings[(size_t) rows->folds[i] * rows->n_levels + rows->levels[i]];
	}
	mlops_report_status(mlops_binning_edges(values, n_values, training->params.max_bins,
											&training->allocator, &edges, &n_edges),
						NULL);
	column.edges = edges;
	column.n_codes = n_edges + 1;
	pfree(values);
	return column;
}

/* Codes of training rows: of each level without the rows of a fold. */
static MlopsFoldCodes *
code_folds(MlopsTraining *training, const MlopsEncodingRows *rows, const MlopsColumn *cuts,
		   const double *encodings, uint32 mode)
{
	MlopsFoldCodes *fold_codes = mlops_train_alloc(training, 1, sizeof(MlopsFoldCodes));
	size_t n = (size_t) rows->n_folds * rows->n_levels;

	fold_codes->codes = mlops_train_alloc(training, n, sizeof(uint16));
	fold_codes->n_levels = rows->n_levels;
	fold_codes->impute_level = mode;
	mlops_column_code_numbers(cuts, encodings, n, fold_codes->codes, 1);
	return fold_codes;
}

/* Add the column of one target: that of a regression, or a class. */
static void
add_target_column(MlopsPass *pass, const MlopsColumn *native, const MlopsGathered *gathered,
				  const MlopsEncodingRows *rows, uint32 mode)
{
	MlopsTraining *training = pass->training;
	bool is_of_class = training->rows->n_classes > 2;
	MlopsColumn column =
		make_ordered(native, is_of_class ? training->rows->labels[rows->class_number] : NULL);
	double *encodings =
		mlops_train_alloc(training, (size_t) MLOPS_ENCODING_VIEWS * rows->n_levels, sizeof(double));
	const double *of_all = encodings + (size_t) rows->n_folds * rows->n_levels;
	double priors[MLOPS_ENCODING_VIEWS];
	uint16 *codes = mlops_train_alloc(training, native->n_levels, sizeof(uint16));
	MlopsColumn cuts;

	mlops_report_status(
		mlops_target_encode(rows, &training->allocator, mlops_hooks_cancel(), encodings, priors),
		NULL);
	cuts = cut_encodings(pass, rows, encodings);
	for (uint32 i = 0; i < native->n_levels; i++)
		codes[i] = mlops_column_code_number(&cuts, of_all[gathered->sorted[i]]);
	column.level_codes = codes;
	column.n_codes = cuts.n_codes;
	column.unseen_code = mlops_column_code_number(&cuts, priors[rows->n_folds]);
	if (!column.refuses_missing)
		column.missing_code = column.unseen_code;
	impute_level(training, &column, mode);
	add_column(training, &column, code_folds(training, rows, &cuts, encodings, mode));
	pfree(unconstify(double *, cuts.edges));
	pfree(encodings);
}

static void
check_rows(const MlopsTraining *training)
{
	if (training->train.n < MLOPS_ENCODING_FOLDS)
		ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
						errmsg("encode \"target\" needs at least %d training rows, not %zu",
							   MLOPS_ENCODING_FOLDS, training->train.n),
						errhint("Read more rows, or choose another encode.")));
}

/* A column for the target, of more than two classes one for each. */
static void
add_target(MlopsPass *pass, const MlopsColumn *native, const MlopsGathered *gathered, uint32 mode)
{
	MlopsTraining *training = pass->training;
	int feature = (int) native->feature;
	uint32 n_classes = training->rows->n_classes;
	uint32 *levels = read_levels(pass, feature, mode);
	MlopsEncodingRows rows = {
		.n_rows = training->train.n,
		.levels = levels,
		.n_levels = (uint32) training->rows->features[feature].levels.n_levels,
		.n_folds = MLOPS_ENCODING_FOLDS,
		.targets = training->train.targets,
		.classes = training->train.classes,
		.class_number = n_classes == 2 ? (uint32) training->positive : 0,
		.weights = training->train.weights,
	};

	check_rows(training);
	if (training->encoding_folds == NULL)
		training->encoding_folds = mlops_train_deal_folds(training, MLOPS_ENCODING_FOLDS);
	rows.folds = training->encoding_folds;
	add_target_column(pass, native, gathered, &rows, mode);
	for (uint32 c = 1; n_classes > 2 && c < n_classes; c++)
	{
		rows.class_number = c;
		add_target_column(pass, native, gathered, &rows, mode);
	}
	pfree(levels);
}

static void
check_missing(const MlopsTraining *training, int feature, const MlopsGathered *gathered)
{
	if (gathered->n_missing == 0)
		return;
	ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
					errmsg("feature \"%s\" is missing in %zu of %zu rows",
						   training->rows->features[feature].name, gathered->n_missing,
						   training->rows->n_rows),
					errdetail("Its impute is \"error\"."),
					errhint("Leave such rows out with a query, or choose another impute.")));
}

void
mlops_preprocess_add_columns(MlopsPass *pass, const MlopsColumn *native,
							 const MlopsGathered *gathered)
{
	MlopsTraining *training = pass->training;
	int feature = (int) native->feature;
	MlopsImpute impute = training->preprocess[feature].impute;
	MlopsColumn column = *native;
	uint32 mode = MLOPS_LEVEL_NONE;

	check_missing(training, feature, gathered);
	column.refuses_missing = impute == MLOPS_IMPUTE_ERROR;
	if (mlops_column_has_levels(native) && impute == MLOPS_IMPUTE_MODE)
		mode = find_mode_level(native, gathered);
	else if (impute != MLOPS_IMPUTE_NONE && impute != MLOPS_IMPUTE_ERROR)
	{
		double imputed = find_imputed(impute, gathered);

		column.missing_code = isnan(imputed) ? 0 : mlops_column_code_number(native, imputed);
	}
	switch (training->preprocess[feature].encode)
	{
		case MLOPS_ENCODE_NATIVE:
			impute_level(training, &column, mode);
			add_column(training, &column, NULL);
			break;
		case MLOPS_ENCODE_ORDINAL:
			add_ordinal(training, &column, mode);
			break;
		case MLOPS_ENCODE_ONE_HOT:
			add_one_hot(training, &column, mode);
			break;
		case MLOPS_ENCODE_TARGET:
			add_target(pass, &column, gathered, mode);
			break;
	}
}

void
mlops_preprocess_code_folds(const MlopsPass *pass, const MlopsFoldCodes *fold_codes,
							const uint32 *level_ids, uint16 *codes)
{
	const uint8 *folds = pass->training->encoding_folds;

	for (size_t i = 0; i < pass->n_chosen; i++)
	{
		uint32 row = pass->chosen[i];
		uint32 level =
			level_ids[row] == MLOPS_LEVEL_NONE ? fold_codes->impute_level : level_ids[row];

		if (level != MLOPS_LEVEL_NONE)
			codes[row] = fold_codes->codes[folds[pass->places[i]] * fold_codes->n_levels + level];
	}
}

void
mlops_preprocess_free(MlopsTraining *training)
{
	for (uint32 c = 0; c < training->n_columns; c++)
	{
		if (training->fold_codes[c] == NULL)
			continue;
		pfree(training->fold_codes[c]->codes);
		pfree(training->fold_codes[c]);
	}
	pfree(training->fold_codes);
	if (training->encoding_folds != NULL)
		pfree(training->encoding_folds);
	training->fold_codes = NULL;
	training->encoding_folds = NULL;
	training->packing_bytes = 0;
}

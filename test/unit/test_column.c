/*
 * A raw value has the code that its column says, preprocessing included; a column that breaks a rule
 * is refused with a reason.
 */
#include <math.h>
#include <string.h>

#include "core/column.h"

#include "unit.h"

static const double EDGES[] = { 10, 20 };
static const MlopsBytes LEVELS[] = { { "a", 1 }, { "b", 1 }, { "bb", 2 } };
static const uint16_t RANKS[] = { 0, 1, 2 };
static const uint16_t ONE[] = { 1 };

static MlopsBytes
bytes_of(const char *text)
{
	return (MlopsBytes){ text, (uint32_t) strlen(text) };
}

static MlopsColumn
make_numeric(void)
{
	MlopsColumn column = mlops_column_make(bytes_of("x"), MLOPS_COLUMN_NUMERIC, 0);

	column.n_codes = 3;
	column.edges = EDGES;
	return column;
}

static MlopsColumn
make_levels(MlopsColumnKind kind, uint32_t feature)
{
	MlopsColumn column = mlops_column_make(bytes_of("c"), kind, feature);

	column.n_codes = 3;
	column.n_levels = 3;
	column.levels = LEVELS;
	column.level_codes = RANKS;
	return column;
}

/* The column of one level among those of a one-hot feature. */
static MlopsColumn
make_one_hot(const MlopsBytes *level, uint32_t feature)
{
	MlopsColumn column = mlops_column_make(bytes_of("c=?"), MLOPS_COLUMN_ORDERED, feature);

	column.n_codes = 2;
	column.n_levels = 1;
	column.levels = level;
	column.level_codes = ONE;
	column.missing_code = 0;
	column.unseen_code = 0;
	return column;
}

static void
without_preprocessing_missing_and_unseen_are_missing(void)
{
	MlopsColumn x = make_numeric();
	MlopsColumn c = make_levels(MLOPS_COLUMN_CATEGORICAL, 0);

	UNIT_CHECK_INT(mlops_column_code_number(&x, NAN), MLOPS_CODE_MISSING);
	UNIT_CHECK_INT(mlops_column_code_level(&c, bytes_of("")), MLOPS_CODE_MISSING);
	UNIT_CHECK_INT(mlops_column_code_level(&c, bytes_of("bb")), 2);
	UNIT_CHECK_INT(c.missing_code, MLOPS_CODE_MISSING);
}

static void
an_imputed_number_has_the_code_of_its_value(void)
{
	static const double many[] = { NAN, 5, 15, 25, NAN, 10, 20, NAN, NAN };
	MlopsColumn x = make_numeric();
	uint16_t codes[9];

	x.missing_code = mlops_column_code_number(&x, 15);
	UNIT_CHECK_INT(mlops_column_code_number(&x, NAN), 1);
	UNIT_CHECK_INT(mlops_column_code_number(&x, 10), 0);
	UNIT_CHECK_INT(mlops_column_code_number(&x, INFINITY), 2);
	UNIT_CHECK_INT(mlops_column_validate(&x, NULL), MLOPS_STATUS_OK);
	/* eight are searched side by side, the ninth alone */
	mlops_column_code_numbers(&x, many, 9, codes, 1);
	for (int i = 0; i < 9; i++)
		UNIT_CHECK_INT(codes[i], mlops_column_code_number(&x, many[i]));
}

static void
one_hot_columns_know_one_level_each(void)
{
	for (uint32_t i = 0; i < 3; i++)
	{
		MlopsColumn column = make_one_hot(&LEVELS[i], 0);

		UNIT_CHECK_INT(mlops_column_validate(&column, NULL), MLOPS_STATUS_OK);
		for (uint32_t k = 0; k < 3; k++)
			UNIT_CHECK_INT(mlops_column_code_level(&column, LEVELS[k]), i == k);
		UNIT_CHECK_INT(mlops_column_code_level(&column, bytes_of("new")), 0);
	}
}

/* A category has at most 4,095 codes, an ordered column as many as a number. */
static void
an_ordered_column_may_have_many_codes(void)
{
	MlopsColumn column = make_levels(MLOPS_COLUMN_ORDERED, 0);
	MlopsReason reason = { "" };

	column.n_codes = MLOPS_MAX_CODES;
	UNIT_CHECK_INT(mlops_column_validate(&column, &reason), MLOPS_STATUS_OK);
	column.kind = MLOPS_COLUMN_CATEGORICAL;
	UNIT_CHECK_INT(mlops_column_validate(&column, &reason), MLOPS_STATUS_CORRUPT);
	UNIT_CHECK_TEXT(reason.text, "65535 codes of a categorical column, more than 4095");
}

static void
check_refused(const MlopsColumn *columns, uint32_t n, const char *expected)
{
	MlopsReason reason = { "" };

	UNIT_CHECK_INT(mlops_column_validate_list(columns, n, &reason), MLOPS_STATUS_CORRUPT);
	UNIT_CHECK_TEXT(reason.text, expected);
}

static void
codes_beyond_the_column_are_refused(void)
{
	MlopsColumn x = make_numeric();
	MlopsColumn c = make_levels(MLOPS_COLUMN_ORDERED, 0);

	x.missing_code = 3;
	check_refused(&x, 1, "column 1: missing values have code 3, not below 3");
	x.missing_code = 2;
	x.refuses_missing = true;
	check_refused(&x, 1, "column 1: missing values are refused and have code 2 of 3");
	x = make_numeric();
	x.unseen_code = 1;
	check_refused(&x, 1, "column 1: unseen levels of a number have code 1 of 3");
	c.unseen_code = 65534;
	check_refused(&c, 1, "column 1: unseen levels have code 65534, not below 3");
	c = make_levels(MLOPS_COLUMN_ORDERED, 0);
	c.has_rest = true;
	check_refused(&c, 1, "column 1: rare levels share a code of a column that is not categorical");
	c = make_levels((MlopsColumnKind) 3, 0);
	check_refused(&c, 1, "column 1: unknown column kind 3");
}

/* x, then c as one-hot columns, then c again. */
static void
features_follow_one_another(void)
{
	MlopsColumn columns[4] = { make_numeric(), make_one_hot(&LEVELS[0], 1),
							   make_one_hot(&LEVELS[1], 1),
							   make_levels(MLOPS_COLUMN_CATEGORICAL, 2) };

	UNIT_CHECK_INT(mlops_column_validate_list(columns, 4, NULL), MLOPS_STATUS_OK);
	columns[3].feature = 3;
	check_refused(columns, 4, "column 4: feature 3 does not follow in the order of the features");
	columns[3].feature = 0;
	check_refused(columns, 4, "column 4: feature 0 does not follow in the order of the features");
	columns[0].feature = 1;
	check_refused(columns, 4, "column 1: feature 1 does not follow in the order of the features");
	columns[0].feature = 0;
	columns[1].feature = 0;
	check_refused(columns, 2,
				  "column 2: feature 0 is a number in one column and a level in the next");
	columns[1].feature = 1;
	columns[2].refuses_missing = true;
	columns[2].missing_code = MLOPS_CODE_MISSING;
	check_refused(columns, 3,
				  "column 3: feature 1 refuses missing values in only some of its columns");
}

int
main(void)
{
	UNIT_RUN(without_preprocessing_missing_and_unseen_are_missing);
	UNIT_RUN(an_imputed_number_has_the_code_of_its_value);
	UNIT_RUN(one_hot_columns_know_one_level_each);
	UNIT_RUN(an_ordered_column_may_have_many_codes);
	UNIT_RUN(codes_beyond_the_column_are_refused);
	UNIT_RUN(features_follow_one_another);
	return unit_end();
}

/*
 * Drift functions, intervals and the special functions below them are those of mpmath and scipy
 * (test/oracle/drift.sh) to 12 digits, in the tails down to 1e-300 too.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/drift.h"
#include "core/interval.h"
#include "core/special.h"

#include "plain_alloc.h"
#include "unit.h"

#define MAX_CELLS  64
#define MAX_FIELDS 16
#define LINE_BYTES 8192

/* Fields of a line behind its kind. */
typedef struct Line
{
	char text[LINE_BYTES];
	char *fields[MAX_FIELDS];
	size_t n_fields;
} Line;

/* Within 1e-12 of what is expected, relative to it; numbers that are not normal are taken as 0. */
static bool
is_close(double actual, double expected)
{
	if (isnan(expected))
		return isnan(actual);
	return fabs(actual - expected) <= 1e-12 * fabs(expected) + 1e-306;
}

#define CHECK_CLOSE(actual, line, i)                                                               \
	do                                                                                             \
	{                                                                                              \
		double result_ = (actual);                                                                 \
		if (!is_close(result_, strtod((line)->fields[i], NULL)))                                   \
			UNIT_CHECK_NEAR(result_, strtod((line)->fields[i], NULL), 0);                          \
	} while (0)

static void
split_line(Line *line)
{
	char *at = line->text;

	line->n_fields = 0;
	while ((at = strchr(at, ',')) != NULL && line->n_fields < MAX_FIELDS)
	{
		*at++ = '\0';
		line->fields[line->n_fields++] = at;
	}
}

/* Call a function for each line of a kind with its number of fields; at least n_least must be there. */
static void
check_lines(const char *kind, size_t n_fields, int n_least, void (*check)(const Line *line))
{
	FILE *file = fopen("test/data/drift.csv", "r");
	Line line;
	int n = 0;

	if (!UNIT_CHECK(file != NULL))
		return;
	while (fgets(line.text, LINE_BYTES, file) != NULL)
	{
		split_line(&line);
		if (strcmp(line.text, kind) != 0 || !UNIT_CHECK_INT(line.n_fields, n_fields))
			continue;
		check(&line);
		n++;
	}
	(void) fclose(file);
	UNIT_CHECK(n >= n_least);
}

static size_t
read_counts(const char *text, int64_t *counts)
{
	char *end;
	size_t n = 0;

	for (; n < MAX_CELLS && *text != '\0' && *text != ','; n++)
	{
		counts[n] = strtoll(text, &end, 10);
		text = end + strspn(end, " ");
	}
	return n;
}

static void
check_pair(const Line *line)
{
	int64_t current[MAX_CELLS], reference[MAX_CELLS];
	MlopsCellPair pair = { .current = current, .reference = reference };
	double alpha = strtod(line->fields[2], NULL);
	MlopsTestResult test;

	pair.n_cells = read_counts(line->fields[0], current);
	if (!UNIT_CHECK_INT(read_counts(line->fields[1], reference), pair.n_cells) ||
		!UNIT_CHECK(mlops_drift_sum(&pair)))
		return;
	CHECK_CLOSE(mlops_drift_psi(&pair, alpha), line, 3);
	CHECK_CLOSE(mlops_drift_psi_p_value(&pair, alpha), line, 4);
	CHECK_CLOSE(mlops_drift_js_distance(&pair), line, 5);
	CHECK_CLOSE(mlops_drift_hellinger_distance(&pair), line, 6);
	CHECK_CLOSE(mlops_drift_total_variation(&pair), line, 7);
	UNIT_CHECK(mlops_drift_chi2(&pair, &plain_allocator, NULL, &test) == MLOPS_STATUS_OK);
	CHECK_CLOSE(test.statistic, line, 8);
	CHECK_CLOSE((double) test.df, line, 9);
	CHECK_CLOSE(test.p_value, line, 10);
	CHECK_CLOSE(test.effect, line, 11);
}

static void
check_survival(const Line *line)
{
	CHECK_CLOSE(mlops_chi2_survival(strtod(line->fields[0], NULL), atoi(line->fields[1])), line, 2);
}

static void
check_quantile(const Line *line)
{
	CHECK_CLOSE(mlops_normal_quantile(strtod(line->fields[0], NULL)), line, 1);
}

static void
check_wilson(const Line *line)
{
	double low, high;

	mlops_interval_wilson(strtoll(line->fields[0], NULL, 10), strtoll(line->fields[1], NULL, 10),
						  strtod(line->fields[2], NULL), &low, &high);
	CHECK_CLOSE(low, line, 3);
	CHECK_CLOSE(high, line, 4);
}

static void
drift_is_that_of_the_formulas(void)
{
	check_lines("pair", 12, 150, check_pair);
}

static void
chi_squared_tails_are_right_down_to_1e_300(void)
{
	check_lines("survival", 3, 300, check_survival);
}

static void
normal_quantiles_are_right_in_both_tails(void)
{
	check_lines("quantile", 2, 60, check_quantile);
}

static void
wilson_intervals_are_right(void)
{
	check_lines("wilson", 5, 60, check_wilson);
}

/* The ends, and what no statistic is but a sum of rounding errors may be. */
static void
chi_squared_has_ends(void)
{
	UNIT_CHECK_NEAR(mlops_chi2_survival(0, 3), 1, 0);
	UNIT_CHECK_NEAR(mlops_chi2_survival(-1e-17, 3), 1, 0);
	UNIT_CHECK_NEAR(mlops_chi2_survival(INFINITY, 3), 0, 0);
	UNIT_CHECK_NEAR(mlops_chi2_survival(1e308, 3), 0, 0);
	UNIT_CHECK_NEAR(mlops_chi2_survival(0, 0), 1, 0);
	UNIT_CHECK_NEAR(mlops_chi2_survival(1e-300, 0), 0, 0);
	UNIT_CHECK_NEAR(mlops_chi2_survival(2147483648.0, INT64_C(2147483648)), 0.5, 1e-4);
	UNIT_CHECK_NEAR(mlops_chi2_survival(2147483652.0, INT64_C(2147483648)), 0.5, 1e-4);
}

/* libm is within one unit in the last place of both. */
static void
exponentials_and_logarithms_are_those_of_libm(void)
{
	for (int i = -70800; i < 70970; i += 3)
		UNIT_CHECK_NEAR(mlops_exp(0.01 * i) / exp(0.01 * i), 1, 5e-16);
	for (int i = -1000; i <= 1000; i++)
	{
		double x = 1.37 * pow(2, i);

		UNIT_CHECK_NEAR(mlops_log1p(x) / log1p(x), 1, 1e-15);
		if (x < 1)
			UNIT_CHECK_NEAR(mlops_log1p(-x) / log1p(-x), 1, 1e-15);
	}
	UNIT_CHECK_NEAR(mlops_exp(0), 1, 0);
	UNIT_CHECK_NEAR(mlops_exp(-INFINITY), 0, 0);
	UNIT_CHECK_NEAR(mlops_exp(INFINITY), INFINITY, 0);
	UNIT_CHECK_NEAR(mlops_exp(-745.2), 0, 0);
}

int
main(void)
{
	UNIT_RUN(drift_is_that_of_the_formulas);
	UNIT_RUN(chi_squared_tails_are_right_down_to_1e_300);
	UNIT_RUN(normal_quantiles_are_right_in_both_tails);
	UNIT_RUN(wilson_intervals_are_right);
	UNIT_RUN(chi_squared_has_ends);
	UNIT_RUN(exponentials_and_logarithms_are_those_of_libm);
	return unit_end();
}

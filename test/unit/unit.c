/*
 * Counting and printing of unit tests.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

static int n_tests;
static int n_failed_tests;
static bool test_failed;

void
unit_run(const char *name, void (*test)(void))
{
	test_failed = false;
	test();
	n_tests++;
	if (test_failed)
		n_failed_tests++;
	(void) printf("%s %s\n", test_failed ? "not ok" : "ok", name);
	(void) fflush(stdout);
}

bool
unit_check(bool holds, const char *condition, const char *file, int line)
{
	if (!holds)
	{
		test_failed = true;
		(void) printf("# %s:%d: not true: %s\n", file, line, condition);
	}
	return holds;
}

bool
unit_check_int(long long actual, long long expected, const char *what, const char *file, int line)
{
	if (actual == expected)
		return true;
	test_failed = true;
	(void) printf("# %s:%d: %s is %lld, not %lld\n", file, line, what, actual, expected);
	return false;
}

bool
unit_check_near(double actual, double expected, double tolerance, const char *what,
				const char *file, int line)
{
	if ((isnan(actual) && isnan(expected)) || actual == expected ||
		fabs(actual - expected) <= tolerance)
		return true;
	test_failed = true;
	(void) printf("# %s:%d: %s is %.17g, not %.17g within %g\n", file, line, what, actual, expected,
				  tolerance);
	return false;
}

bool
unit_check_text(const char *actual, const char *expected, const char *what, const char *file,
				int line)
{
	if (strcmp(actual, expected) == 0)
		return true;
	test_failed = true;
	(void) printf("# %s:%d: %s is \"%s\", not \"%s\"\n", file, line, what, actual, expected);
	return false;
}

int
unit_end(void)
{
	return n_tests > 0 && n_failed_tests == 0 ? 0 : 1;
}

bool
unit_always(void *state)
{
	(void) state;
	return true;
}

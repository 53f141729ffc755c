/*
 * Unit tests of the core: a program per module, a function per claim.
 *
 *	static void
 *	empty_input_has_no_bins(void)
 *	{
 *		UNIT_CHECK_INT(count_bins(NULL, 0), 0);
 *	}
 *
 *	int
 *	main(void)
 *	{
 *		UNIT_RUN(empty_input_has_no_bins);
 *		return unit_end();
 *	}
 *
 * Each test prints "ok NAME" or "not ok NAME"; a check that fails prints where
 * and what before that line and the test goes on, unless it leaves by itself.
 * Checks return whether they hold, so that a test can leave early.
 */
#ifndef MLOPS_UNIT_H
#define MLOPS_UNIT_H

#include <stdbool.h>

/* Run one test: a function without arguments and result. */
#define UNIT_RUN(test) unit_run(#test, test)

/* The condition holds. */
#define UNIT_CHECK(condition) unit_check((condition), #condition, __FILE__, __LINE__)

/* Two integers are equal; both are converted to long long. */
#define UNIT_CHECK_INT(actual, expected)                                                           \
	unit_check_int((long long) (actual), (long long) (expected), #actual, __FILE__, __LINE__)

/* Two doubles differ by at most tolerance (0: same value); NaN equals NaN. */
#define UNIT_CHECK_NEAR(actual, expected, tolerance)                                               \
	unit_check_near((actual), (expected), (tolerance), #actual, __FILE__, __LINE__)

/* Two texts are equal. */
#define UNIT_CHECK_TEXT(actual, expected)                                                          \
	unit_check_text((actual), (expected), #actual, __FILE__, __LINE__)

extern void unit_run(const char *name, void (*test)(void));
extern bool unit_check(bool holds, const char *condition, const char *file, int line);
extern bool unit_check_int(long long actual, long long expected, const char *what, const char *file,
						   int line);
extern bool unit_check_near(double actual, double expected, double tolerance, const char *what,
							const char *file, int line);
extern bool unit_check_text(const char *actual, const char *expected, const char *what,
							const char *file, int line);

/* The value for main to return: 0 if every test passed and at least one ran. */
extern int unit_end(void);

/* A hook that always asks to stop (core/memory.h). */
extern bool unit_always(void *state);

#endif

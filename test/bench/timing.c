/*
 * CPU time of a call, rows of a Markdown table.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "timing.h"

/* A round of many rows, and of few, where only the running is tested. */
#define ROUND_NS	1e7
#define FEW_ROWS	100000
#define FEW_ROWS_NS 1e6

static long
from_environment(const char *name, long otherwise)
{
	const char *value = getenv(name);
	long number = value == NULL ? 0 : strtol(value, NULL, 10);

	return number > 0 ? number : otherwise;
}

size_t
timing_rows(void)
{
	return (size_t) from_environment("BENCH_ROWS", 1000000);
}

double
timing_cpu_ns(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double) now.tv_sec * 1e9 + (double) now.tv_nsec;
}

double
timing_least_ns(TimingRun run, void *state)
{
	long n_rounds = from_environment("BENCH_ROUNDS", 5);
	double round_ns = timing_rows() < FEW_ROWS ? FEW_ROWS_NS : ROUND_NS;
	double least = 0;

	run(state); /* the first call finds cold caches and untouched pages */
	for (long round = 0; round < n_rounds; round++)
	{
		double started = timing_cpu_ns();
		double taken = 0;
		int n_calls = 0;

		for (; taken < round_ns; n_calls++)
		{
			run(state);
			taken = timing_cpu_ns() - started;
		}
		taken /= n_calls;
		if (round == 0 || taken < least)
			least = taken;
	}
	return least;
}

void
timing_print(const char *kernel, const char *variant, const char *unit, double n_units,
			 double naive_ns, double fast_ns)
{
	(void) printf("| %s | %s | %s | ", kernel, variant, unit);
	if (naive_ns < 0)
		(void) printf("| %.2f | |\n", fast_ns / n_units);
	else
		(void) printf("%.2f | %.2f | %.2fx |\n", naive_ns / n_units, fast_ns / n_units,
					  naive_ns / fast_ns);
	(void) fflush(stdout);
}

void
timing_require(bool holds, const char *what)
{
	if (holds)
		return;
	(void) fprintf(stderr, "not the naive result: %s\n", what);
	exit(1);
}

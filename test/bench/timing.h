/*
 * What the programs bench_*.c share: CPU time of a call, rows of a Markdown table.
 *
 * BENCH_ROWS (default 1,000,000) and BENCH_ROUNDS (default 5) are environment variables.
 */
#ifndef MLOPS_BENCH_TIMING_H
#define MLOPS_BENCH_TIMING_H

#include <stdbool.h>
#include <stddef.h>

/* There is no naive twin, or it is not measured. */
#define TIMING_NONE (-1.0)

typedef void (*TimingRun)(void *state);

/* Rows to measure with. */
extern size_t timing_rows(void);

/* Nanoseconds of CPU time that this process has taken. */
extern double timing_cpu_ns(void);

/* Least CPU nanoseconds of one call: the least of BENCH_ROUNDS rounds of at least 10 ms each (1 ms below 100,000 rows). */
extern double timing_least_ns(TimingRun run, void *state);

/*
 * Print "| kernel | variant | unit | naive | fast | naive / fast |", in nanoseconds per unit.
 *
 *   n_units    what one call worked on
 *   naive_ns   of one call, or TIMING_NONE
 */
extern void timing_print(const char *kernel, const char *variant, const char *unit, double n_units,
						 double naive_ns, double fast_ns);

/* End the program unless the fast result is the naive one. */
extern void timing_require(bool holds, const char *what);

#endif

/*
 * A guide to the cut points of a numeric column.
 */
#include "core/column_guide.h"

/* Fewer cut points are searched as fast without. */
#define EDGES_MIN 16
/* Buckets for each cut point, or up to twice as many: most windows then have one or two. */
#define BUCKETS_PER_EDGE 2
/* A window that needs no comparison with that of the other function. */
#define GOOD_WINDOW 4

static uint32_t
count_buckets(uint32_t n_edges)
{
	uint32_t n = 1;

	while (n < BUCKETS_PER_EDGE * n_edges)
		n *= 2;
	return n;
}

size_t
mlops_column_guide_bytes(uint32_t n_edges)
{
	size_t n_bytes = sizeof(MlopsColumnGuide) + count_buckets(n_edges) * sizeof(uint16_t);

	return n_edges < EDGES_MIN ? 0 : (n_bytes + 7) / 8 * 8;
}

/* Cut points of the fullest bucket; 1 if all are empty. */
static uint32_t
measure_window(const MlopsColumnGuide *guide, const double *edges, uint32_t n_edges)
{
	uint32_t n_window = 1;
	uint32_t first = 0;
	uint32_t bucket_of_first = mlops_column_guide_bucket(guide, edges[0]);

	for (uint32_t i = 1; i < n_edges; i++)
	{
		uint32_t bucket = mlops_column_guide_bucket(guide, edges[i]);

		first = bucket == bucket_of_first ? first : i;
		bucket_of_first = bucket;
		n_window = i - first + 1 > n_window ? i - first + 1 : n_window;
	}
	return n_window;
}

static void
fill_firsts(MlopsColumnGuide *guide, const double *edges, uint32_t n_edges)
{
	uint32_t first_max = n_edges - guide->n_window;
	uint32_t next = 0;

	for (uint32_t i = 0; i < n_edges; i++)
	{
		/* the buckets after that of the edge before, up to that of this one, begin here */
		for (uint32_t last = mlops_column_guide_bucket(guide, edges[i]); next <= last; next++)
			guide->firsts[next] = (uint16_t) (i < first_max ? i : first_max);
	}
	for (; next < guide->n_buckets; next++)
		guide->firsts[next] = (uint16_t) first_max;
}

void
mlops_column_guide_make(MlopsColumnGuide *guide, const double *edges, uint32_t n_edges)
{
	double span = edges[n_edges - 1] - edges[0];
	uint64_t key_span =
		mlops_column_guide_key(edges[n_edges - 1]) - mlops_column_guide_key(edges[0]);
	uint32_t window_in_line;

	*guide = (MlopsColumnGuide){ .low = edges[0],
								 .low_key = mlops_column_guide_key(edges[0]),
								 .n_buckets = count_buckets(n_edges) };
	guide->scale = (guide->n_buckets - 1) / span;
	while (key_span >> guide->shift >= guide->n_buckets)
		guide->shift++;
	window_in_line = measure_window(guide, edges, n_edges);
	guide->n_window = window_in_line;
	if (window_in_line > GOOD_WINDOW)
	{
		guide->is_by_key = true;
		guide->n_window = measure_window(guide, edges, n_edges);
		if (guide->n_window >= window_in_line)
		{
			guide->is_by_key = false;
			guide->n_window = window_in_line;
		}
	}
	fill_firsts(guide, edges, n_edges);
}

/*
 * The curve of a state is that of the rows, in any order of adding, merging and taking away; a state comes
 * back from its bytes and its text; bytes that no state has are refused.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "core/score_stats.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define N_MAX 200

typedef struct Rows
{
	double scores[N_MAX];
	double weights[N_MAX];
	uint8_t is_positive[N_MAX];
	size_t n;
} Rows;

static void
draw_rows(Rows *rows, MlopsRng *rng)
{
	const double weights[] = { 1, 1, 1, 2, 0.1, 0.3, 1e-100, 1e100 };

	rows->n = mlops_rng_next(rng) % N_MAX;
	for (size_t i = 0; i < rows->n; i++)
	{
		rows->scores[i] = (double) (mlops_rng_next(rng) % 30) / 10 - 1;
		if (rows->scores[i] == 0 && mlops_rng_next(rng) % 2 == 0)
			rows->scores[i] = -0.0;
		rows->weights[i] = weights[mlops_rng_next(rng) % 8];
		rows->is_positive[i] = mlops_rng_next(rng) % 3 == 0;
	}
}

/* Add the rows from a place to another, or take them away. */
static void
change(MlopsScoreStats *stats, const Rows *rows, size_t first, size_t end, int64_t n)
{
	for (size_t i = first; i < end; i++)
		UNIT_CHECK_INT(mlops_score_stats_add(stats, rows->scores[i], rows->weights[i],
											 rows->is_positive[i] != 0, n, &plain_allocator, NULL),
					   MLOPS_STATUS_OK);
}

static void
release(MlopsScoreStats *stats)
{
	mlops_counted_set_free(&stats->rows, &plain_allocator);
}

static MlopsBuffer
written(MlopsScoreStats *stats, bool is_text)
{
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;

	mlops_io_begin_write(&io, is_text, &buffer);
	mlops_io_object_begin(&io);
	mlops_score_stats_transfer(stats, 0, &io);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	return buffer;
}

static MlopsStatus
read_stats(const void *bytes, size_t n, bool is_text, bool is_calibration, MlopsScoreStats *stats)
{
	MlopsStateIo io;

	memset(stats, 0, sizeof(*stats));
	mlops_io_begin_read(&io, is_text, bytes, n, &plain_allocator);
	mlops_io_object_begin(&io);
	mlops_score_stats_transfer(stats, is_calibration, &io);
	return mlops_io_object_end(&io);
}

static void
check_same_bytes(MlopsScoreStats *a, MlopsScoreStats *b)
{
	MlopsBuffer x = written(a, false);
	MlopsBuffer y = written(b, false);

	UNIT_CHECK(x.n_bytes == y.n_bytes && memcmp(x.bytes, y.bytes, x.n_bytes) == 0);
	free(x.bytes);
	free(y.bytes);
}

static void
check_curve(const MlopsScoreStats *stats, const Rows *rows)
{
	MlopsCurve a, b;

	UNIT_CHECK_INT(mlops_score_stats_curve(stats, &plain_allocator, NULL, &a), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_curve_build(rows->scores, rows->is_positive, rows->weights, rows->n,
									 &plain_allocator, NULL, &b),
				   MLOPS_STATUS_OK);
	if (UNIT_CHECK_INT(a.n_points, b.n_points))
	{
		size_t n_bytes = a.n_points * sizeof(double);

		UNIT_CHECK(memcmp(a.scores, b.scores, n_bytes) == 0);
		UNIT_CHECK(memcmp(a.positives, b.positives, n_bytes) == 0);
		UNIT_CHECK(memcmp(a.negatives, b.negatives, n_bytes) == 0);
	}
	mlops_curve_free(&a, &plain_allocator);
	mlops_curve_free(&b, &plain_allocator);
}

static void
any_way_to_the_rows_gives_their_curve(void)
{
	MlopsRng rng = mlops_rng_stream(11, 0);

	for (int round = 0; round < 300; round++)
	{
		Rows rows, others;
		MlopsScoreStats plain = { .n_null = 3 }, moved = { .n_null = 2 }, part = { .n_null = 1 };
		size_t middle;

		draw_rows(&rows, &rng);
		draw_rows(&others, &rng);
		middle = rows.n == 0 ? 0 : mlops_rng_next(&rng) % rows.n;
		change(&plain, &rows, 0, rows.n, 1);
		change(&moved, &others, 0, others.n, 1);
		change(&moved, &rows, middle, rows.n, 1);
		change(&moved, &others, 0, others.n, -1);
		change(&part, &rows, 0, middle, 1);
		UNIT_CHECK_INT(mlops_score_stats_merge(&moved, &part, &plain_allocator, NULL),
					   MLOPS_STATUS_OK);
		check_curve(&plain, &rows);
		check_same_bytes(&plain, &moved);
		release(&plain);
		release(&moved);
		release(&part);
	}
}

/* A count beyond 32 bits times a weight that is no power of 2 is exact, too. */
static void
large_counts_are_weighed_exactly(void)
{
	MlopsScoreStats stats = { .n_null = 0 };
	MlopsCurve curve;
	int64_t n = INT64_C(6004799503160661);

	/* two weights, so that the sum is taken; n 0.1 in fractions */
	UNIT_CHECK_INT(mlops_score_stats_add(&stats, 0.5, 0.1, true, n, &plain_allocator, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_score_stats_add(&stats, 0.5, 0.2, true, n, &plain_allocator, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_score_stats_curve(&stats, &plain_allocator, NULL, &curve),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_NEAR(curve.positives[0], 0x1.999999999999ap+50, 0);
	mlops_curve_free(&curve, &plain_allocator);
	release(&stats);
}

static void
states_come_back(void)
{
	MlopsRng rng = mlops_rng_stream(12, 0);

	for (int round = 0; round < 200; round++)
	{
		Rows rows;
		MlopsScoreStats stats = { .n_null = round, .policy = round % 4 }, again;

		stats.n_nonfinite = stats.policy == MLOPS_SCORE_POLICY_PROPAGATE ? round : 0;
		draw_rows(&rows, &rng);
		change(&stats, &rows, 0, rows.n, 1);
		for (int is_text = 0; is_text < 2; is_text++)
		{
			MlopsBuffer buffer = written(&stats, is_text != 0);

			UNIT_CHECK_INT(read_stats(buffer.bytes, buffer.n_bytes, is_text != 0, false, &again),
						   MLOPS_STATUS_OK);
			check_same_bytes(&stats, &again);
			UNIT_CHECK_INT(mlops_score_stats_is_nan(&again),
						   stats.policy == MLOPS_SCORE_POLICY_PROPAGATE && round > 0);
			free(buffer.bytes);
			release(&again);
		}
		release(&stats);
	}
}

static void
wrong_states_are_refused(void)
{
	static const struct
	{
		const char *text;
		bool is_calibration;
	} wrong[] = {
		{ "{\"on_nonfinite\":4,\"nulls\":0,\"nonfinite\":0,\"scores\":[]}", false },
		{ "{\"on_nonfinite\":1,\"nulls\":-1,\"nonfinite\":0,\"scores\":[]}", false },
		{ "{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":1,\"scores\":[]}", false },
		{ "{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":0,\"scores\":[[\"NaN\",1,1,0]]}", false },
		{ "{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":0,\"scores\":[[-0.0,1,1,0]]}", false },
		{ "{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":0,\"scores\":[[0.5,0,1,0]]}", false },
		{ "{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":0,\"scores\":[[0.5,1e101,1,0]]}", false },
		{ "{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":0,\"scores\":[[0.5,1,-1,0]]}", false },
		{ "{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":0,\"scores\":[[0.5,1,0,0]]}", false },
		{ "{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":0,\"scores\":[[0.5,1,1,0],[0.5,1,1,0]]}",
		  false },
		{ "{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":0,\"scores\":[[1.5,1,1,0]]}", true },
	};
	static const char right[] =
		"{\"on_nonfinite\":1,\"nulls\":0,\"nonfinite\":0,\"scores\":[[1.5,1,1,0]]}";
	MlopsScoreStats stats;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
	{
		UNIT_CHECK_INT(
			read_stats(wrong[i].text, strlen(wrong[i].text), true, wrong[i].is_calibration, &stats),
			MLOPS_STATUS_CORRUPT);
		release(&stats);
	}
	UNIT_CHECK_INT(read_stats(right, strlen(right), true, false, &stats), MLOPS_STATUS_OK);
	release(&stats);
}

static void
policies_do_not_mix(void)
{
	MlopsScoreStats none = { .n_null = 1 }, skip = { .policy = MLOPS_SCORE_POLICY_SKIP };
	MlopsScoreStats spread = { .policy = MLOPS_SCORE_POLICY_PROPAGATE };
	MlopsReason reason = { "" };

	UNIT_CHECK_INT(mlops_score_stats_merge(&skip, &spread, &plain_allocator, &reason),
				   MLOPS_STATUS_INVALID);
	UNIT_CHECK(reason.text[0] != '\0');
	UNIT_CHECK_INT(mlops_score_stats_merge(&none, &spread, &plain_allocator, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(none.policy, MLOPS_SCORE_POLICY_PROPAGATE);
	none.n_null = INT64_MAX;
	skip.n_null = 1;
	skip.policy = MLOPS_SCORE_POLICY_UNSET;
	UNIT_CHECK_INT(mlops_score_stats_merge(&none, &skip, &plain_allocator, &reason),
				   MLOPS_STATUS_LIMIT);
}

static MlopsStatus
make_any(const MlopsAllocator *allocator, void *argument)
{
	MlopsScoreStats stats = { .n_null = 0 };
	MlopsCurve curve;
	MlopsStatus status = MLOPS_STATUS_OK;

	(void) argument;
	for (int i = 0; status == MLOPS_STATUS_OK && i < 50; i++)
		status = mlops_score_stats_add(&stats, i, 1, i % 2 == 0, 1, allocator, NULL);
	if (status == MLOPS_STATUS_OK)
		status = mlops_score_stats_curve(&stats, allocator, NULL, &curve);
	if (status == MLOPS_STATUS_OK)
		mlops_curve_free(&curve, allocator);
	mlops_counted_set_free(&stats.rows, allocator);
	return status;
}

static void
every_failed_allocation_is_survived(void)
{
	UNIT_CHECK(alloc_failing_each(make_any, NULL) > 5);
}

int
main(void)
{
	UNIT_RUN(any_way_to_the_rows_gives_their_curve);
	UNIT_RUN(large_counts_are_weighed_exactly);
	UNIT_RUN(states_come_back);
	UNIT_RUN(wrong_states_are_refused);
	UNIT_RUN(policies_do_not_mix);
	UNIT_RUN(every_failed_allocation_is_survived);
	return unit_end();
}

/*
 * Averages over time of a value that is known at some times.
 */
#include <math.h>

#include "core/time_weight.h"

#define SECOND 1000000
/* Events between two questions for a cancel. */
#define EVENTS_PER_CHECK 4096

/* What is between two events, or behind the last one, within the span. */
typedef struct Piece
{
	double from; /* value at the first event */
	double to;	 /* value that the line goes to; from itself where it holds */
	uint64_t length;
	uint64_t cut; /* of that before the span */
} Piece;

typedef struct PieceSums
{
	MlopsExactSum doubled; /* twice the integral of whole pieces, value times microseconds */
	MlopsExactSum cut;	   /* of the piece that is cut, times twice cut_length */
	uint64_t cut_length;   /* 0 without one */
	uint64_t span;		   /* microseconds */
	MlopsExactSum above;   /* microseconds */
	double threshold;
	int64_t n_nan; /* pieces whose integral is not finite */
	int64_t n_plus;
	int64_t n_minus;
	bool is_above_unknown;
	const MlopsAllocator *allocator;
} PieceSums;

/* Events up to the end of the range. */
static size_t
count_known(const MlopsEventState *state)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	size_t n = state->events.n;

	while (n > 0 && events[n - 1].time > state->parameters[MLOPS_TIME_WEIGHT_END])
		n--;
	return n;
}

bool
mlops_time_weight_is_partial(const MlopsEventState *state, size_t *n)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);

	*n = count_known(state);
	if (*n < 2 || events == NULL)
		return *n == 1;
	return events[0].time > state->parameters[MLOPS_TIME_WEIGHT_START];
}

static MlopsProduct
product_of_length(uint64_t length)
{
	return (MlopsProduct){ .words = { length }, .n_words = 1 };
}

/* Add value * a * b, of which lengths may be 1. */
static bool
add_area(MlopsExactSum *sum, double value, uint64_t a, uint64_t b, const MlopsAllocator *allocator)
{
	MlopsProduct v = mlops_product_of(value);
	MlopsProduct x = product_of_length(a);
	MlopsProduct y = product_of_length(b);
	MlopsProduct area = mlops_product_multiply(&x, &y);

	area = mlops_product_multiply(&area, &v);
	return mlops_exact_sum_add_product(sum, &area, false, allocator);
}

/*
 * The integral of a piece.  A whole one is (from + to) length / 2; of one with a cut, where r is what
 * rests, it is r (from r + to cut + to length) / (2 length).
 */
static bool
add_integral(PieceSums *sums, const Piece *piece)
{
	uint64_t rest = piece->length - piece->cut;

	if (piece->cut == 0 || piece->from == piece->to)
		return add_area(&sums->doubled, piece->from, rest, 1, sums->allocator) &&
			   add_area(&sums->doubled, piece->to, rest, 1, sums->allocator);
	sums->cut_length = piece->length;
	return add_area(&sums->cut, piece->from, rest, rest, sums->allocator) &&
		   add_area(&sums->cut, piece->to, rest, piece->cut, sums->allocator) &&
		   add_area(&sums->cut, piece->to, rest, piece->length, sums->allocator);
}

/* a - b, exactly. */
static void
get_difference(double a, double b, MlopsBig *difference)
{
	int64_t limbs[MLOPS_EXACT_SUM_LIMBS];
	MlopsExactSum sum;

	mlops_exact_sum_place(&sum, limbs);
	(void) mlops_exact_sum_add(&sum, a, NULL);
	(void) mlops_exact_sum_subtract(&sum, b, NULL);
	mlops_exact_sum_get(&sum, 1, difference);
}

static void
scale_length(const MlopsBig *big, uint64_t length, MlopsBig *product)
{
	MlopsBig factor;

	mlops_big_set_uint(&factor, length);
	mlops_big_multiply(big, &factor, product);
}

/*
 * Microseconds above the threshold of a line that crosses it: its part before or behind the crossing,
 * length |top - x| / |to - from|, without what is cut off.
 */
static double
measure_crossing(const PieceSums *sums, const Piece *piece)
{
	bool is_rising = piece->from < piece->to;
	uint64_t rest = piece->length - piece->cut;
	MlopsBig height, part, range, above, cut;
	double result = 0;

	get_difference(is_rising ? piece->to : piece->from, sums->threshold, &height);
	get_difference(is_rising ? piece->to : piece->from, is_rising ? piece->from : piece->to,
				   &range);
	scale_length(&height, piece->length, &part);
	if (is_rising)
	{
		scale_length(&range, rest, &cut);
		mlops_big_subtract(&part, &cut, &above);
		if (above.sign >= 0)
			return (double) rest;
		above = part;
	}
	else
	{
		scale_length(&range, piece->cut, &cut);
		mlops_big_subtract(&part, &cut, &above);
		if (above.sign <= 0)
			return 0;
	}
	(void) mlops_big_ratio(&above, &range, &result);
	return result;
}

static bool
add_above(PieceSums *sums, const Piece *piece)
{
	MlopsProduct length = product_of_length(piece->length - piece->cut);

	if (isnan(piece->from) || isnan(piece->to) ||
		(piece->from != piece->to && (isinf(piece->from) || isinf(piece->to))))
		sums->is_above_unknown = true;
	else if (piece->from > sums->threshold && piece->to > sums->threshold)
	{
		length.position = -MLOPS_BIG_UNIT_EXPONENT;
		return mlops_exact_sum_add_product(&sums->above, &length, false, sums->allocator);
	}
	else if (piece->from > sums->threshold || piece->to > sums->threshold)
		return mlops_exact_sum_add(&sums->above, measure_crossing(sums, piece), sums->allocator);
	return true;
}

static bool
add_piece(PieceSums *sums, const Piece *piece, MlopsTimeWeightStatistic statistic)
{
	/* halves, so that finite ones give no infinity */
	double middle = piece->from / 2 + piece->to / 2;

	if (piece->length == piece->cut)
		return true;
	sums->span += piece->length - piece->cut;
	if (statistic == MLOPS_TIME_WEIGHT_ABOVE)
		return add_above(sums, piece);
	if (isfinite(middle))
		return add_integral(sums, piece);
	if (isnan(middle))
		sums->n_nan++;
	else if (middle > 0)
		sums->n_plus++;
	else
		sums->n_minus++;
	return true;
}

/* All pieces of n > 0 events. */
static MlopsStatus
add_pieces(const MlopsEventState *state, size_t n, MlopsTimeWeightStatistic statistic,
		   const MlopsCancel *cancel, PieceSums *sums)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	bool is_linear = state->parameters[MLOPS_TIME_WEIGHT_METHOD] == MLOPS_TIME_WEIGHT_LINEAR;
	int64_t start = state->parameters[MLOPS_TIME_WEIGHT_START];

	for (size_t i = 0; i < n; i++)
	{
		int64_t begin = events[i].time;
		bool is_last = i + 1 == n;
		int64_t end = is_last ? state->parameters[MLOPS_TIME_WEIGHT_END] : events[i + 1].time;
		Piece piece = { events[i].value,
						is_last || !is_linear ? events[i].value : events[i + 1].value,
						(uint64_t) end - (uint64_t) begin, 0 };

		if (i % EVENTS_PER_CHECK == 0 && mlops_cancelled(cancel))
			return MLOPS_STATUS_CANCELLED;
		if (end <= start)
			continue;
		if (begin < start)
			piece.cut = (uint64_t) start - (uint64_t) begin;
		if (!add_piece(sums, &piece, statistic))
			return MLOPS_STATUS_NOMEM;
	}
	return MLOPS_STATUS_OK;
}

/* (doubled + cut / cut_length) / 2 over a divisor in microseconds. */
static MlopsAnswer
answer_integral(const PieceSums *sums, uint64_t divisor, double *result)
{
	uint64_t length = sums->cut_length == 0 ? 1 : sums->cut_length;
	MlopsBig doubled, cut, scaled, above, below;

	if (sums->n_nan > 0 || (sums->n_plus > 0 && sums->n_minus > 0))
		*result = (double) NAN;
	else if (sums->n_plus > 0 || sums->n_minus > 0)
		*result = sums->n_plus > 0 ? (double) INFINITY : (double) -INFINITY;
	else
	{
		mlops_exact_sum_get(&sums->doubled, 1, &doubled);
		mlops_exact_sum_get(&sums->cut, 1, &cut);
		scale_length(&doubled, length, &scaled);
		mlops_big_add(&scaled, &cut, &above);
		mlops_big_set_uint(&cut, divisor);
		scale_length(&cut, length, &doubled);
		mlops_big_scale(&doubled, 2, &below);
		return mlops_answer_in_range(mlops_big_ratio(&above, &below, result));
	}
	return MLOPS_ANSWER_VALUE;
}

static MlopsAnswer
answer_sums(const PieceSums *sums, MlopsTimeWeightStatistic statistic, double last, double *result)
{
	switch (statistic)
	{
		case MLOPS_TIME_WEIGHT_AVERAGE:
			if (sums->span > 0)
				return answer_integral(sums, sums->span, result);
			*result = last;
			break;
		case MLOPS_TIME_WEIGHT_INTEGRAL:
			return answer_integral(sums, SECOND, result);
		case MLOPS_TIME_WEIGHT_ABOVE:
			*result = (double) NAN;
			if (!sums->is_above_unknown)
				return mlops_answer_in_range(mlops_exact_sum_divide(&sums->above, SECOND, result));
			break;
	}
	return MLOPS_ANSWER_VALUE;
}

MlopsAnswer
mlops_time_weight_statistic(const MlopsEventState *state, MlopsTimeWeightStatistic statistic,
							double threshold, const MlopsAllocator *allocator,
							const MlopsCancel *cancel, MlopsStatus *status, double *result)
{
	PieceSums sums = { .threshold = threshold, .allocator = allocator };
	size_t n = count_known(state);
	MlopsAnswer found = MLOPS_ANSWER_NONE;

	*status = MLOPS_STATUS_OK;
	if (n == 0)
		return MLOPS_ANSWER_NONE;
	*status = add_pieces(state, n, statistic, cancel, &sums);
	if (*status == MLOPS_STATUS_OK)
		found = answer_sums(&sums, statistic,
							mlops_event_buffer_events(&state->events)[n - 1].value, result);
	mlops_free(allocator, sums.doubled.limbs);
	mlops_free(allocator, sums.cut.limbs);
	mlops_free(allocator, sums.above.limbs);
	return found;
}

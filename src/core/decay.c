/*
 * Averages, sums and variances whose weights halve with age.
 */
#include <math.h>

#include "core/decay.h"

__extension__ typedef unsigned __int128 Uint128;

/* Bits of a weight below 1. */
#define WEIGHT_BITS 63
/* Beyond this many halvings the sum of 2^63 values rounds to 0. */
#define SHIFT_MAX 4096
/* Events between two questions for a cancel. */
#define EVENTS_PER_CHECK 4096

/* (ln 2)^k / k! in units of 2^-64, k = 1 .. 18: the series of 1 - 2^-f, whose signs alternate */
static const uint64_t SERIES[] = {
	UINT64_C(0xB17217F7D1CF79AC), UINT64_C(0x3D7F7BFF058B1D51), UINT64_C(0x0E35846B82505FC6),
	UINT64_C(0x0276556DF749CEE5), UINT64_C(0x005761FF9E299CC4), UINT64_C(0x000A184897C363C4),
	UINT64_C(0x0000FFE5FE2C4586), UINT64_C(0x0000162C0223A5C8), UINT64_C(0x000001B5253D395E),
	UINT64_C(0x0000001E4CF5158C), UINT64_C(0x00000001E8CAC735), UINT64_C(0x000000001C3BD651),
	UINT64_C(0x0000000001816193), UINT64_C(0x0000000000131496), UINT64_C(0x000000000000E1B7),
	UINT64_C(0x00000000000009C7), UINT64_C(0x0000000000000066), UINT64_C(0x0000000000000004),
};

#define N_TERMS ((int) (sizeof(SERIES) / sizeof(SERIES[0])))

/* The sums, of degrees 1, 2 and 3 in values. */
typedef struct DecaySums
{
	MlopsExactSum weights;
	MlopsExactSum values;
	MlopsExactSum squares;
} DecaySums;

static uint64_t
multiply_high(uint64_t a, uint64_t b)
{
	return (uint64_t) ((Uint128) a * b >> 64);
}

uint64_t
mlops_decay_weight(uint64_t age, int64_t half_life, uint64_t *shift)
{
	uint64_t rest = age % (uint64_t) half_life;
	uint64_t fraction = (uint64_t) (((Uint128) rest << 64) / (uint64_t) half_life);
	uint64_t sum = SERIES[N_TERMS - 1];

	*shift = age / (uint64_t) half_life;
	for (int k = N_TERMS - 2; k >= 0; k--)
		sum = SERIES[k] - multiply_high(fraction, sum);
	return (UINT64_C(1) << WEIGHT_BITS) - (multiply_high(fraction, sum) >> 1);
}

/* Let go of the bits of a product that are below the unit of its sum. */
static void
cut_product(MlopsProduct *product)
{
	int n_bits = -product->position;

	if (n_bits <= 0)
		return;
	product->position = 0;
	for (; n_bits >= 64; n_bits -= 64)
	{
		for (int i = 0; i < 3; i++)
			product->words[i] = product->words[i + 1];
		product->words[3] = 0;
	}
	for (int i = 0; n_bits > 0 && i < 4; i++)
	{
		uint64_t above = i < 3 ? product->words[i + 1] : 0;

		product->words[i] = product->words[i] >> n_bits | above << (64 - n_bits);
	}
}

static bool
add_cut(MlopsExactSum *sum, MlopsProduct product, const MlopsAllocator *allocator)
{
	cut_product(&product);
	return mlops_exact_sum_add_product(sum, &product, false, allocator);
}

/* Add an event that is so much older than the latest; squares only where they are asked for. */
static bool
add_event(DecaySums *sums, double value, uint64_t age, int64_t half_life, bool has_squares,
		  const MlopsAllocator *allocator)
{
	MlopsProduct v = mlops_product_of(value);
	MlopsProduct w = { .n_words = 1 };
	MlopsProduct wv, wvv;
	uint64_t shift;

	w.words[0] = mlops_decay_weight(age, half_life, &shift);
	if (shift > SHIFT_MAX)
		return true;
	w.position = -MLOPS_BIG_UNIT_EXPONENT - WEIGHT_BITS - (int32_t) shift;
	wv = mlops_product_multiply(&w, &v);
	if (!add_cut(&sums->weights, w, allocator) || !add_cut(&sums->values, wv, allocator))
		return false;
	if (!has_squares)
		return true;
	wvv = mlops_product_multiply(&wv, &v);
	return add_cut(&sums->squares, wvv, allocator);
}

static MlopsStatus
sum_events(const MlopsEventState *state, bool has_squares, DecaySums *sums,
		   const MlopsAllocator *allocator, const MlopsCancel *cancel)
{
	const MlopsEvent *events = mlops_event_buffer_events(&state->events);
	size_t n = state->events.n;
	int64_t half_life = state->parameters[MLOPS_DECAY_HALF_LIFE];

	for (size_t i = 0; i < n; i++)
	{
		uint64_t age = (uint64_t) events[n - 1].time - (uint64_t) events[i].time;

		if (i % EVENTS_PER_CHECK == 0 && mlops_cancelled(cancel))
			return MLOPS_STATUS_CANCELLED;
		if (!add_event(sums, events[i].value, age, half_life, has_squares, allocator))
			return MLOPS_STATUS_NOMEM;
	}
	return MLOPS_STATUS_OK;
}

static MlopsAnswer
answer_average(const DecaySums *sums, double *result)
{
	MlopsBig values, weights;

	mlops_exact_sum_get(&sums->weights, 1, &weights);
	mlops_exact_sum_get(&sums->values, 2, &values);
	return mlops_answer_in_range(mlops_big_ratio(&values, &weights, result));
}

/* The sum at the latest event, which has an age of its own. */
static MlopsAnswer
answer_sum(const MlopsEventState *state, const DecaySums *sums, double *result)
{
	const MlopsEvent *latest = mlops_event_buffer_events(&state->events) + state->events.n - 1;
	uint64_t age = (uint64_t) state->parameters[MLOPS_DECAY_AS_OF] - (uint64_t) latest->time;
	uint64_t shift;
	uint64_t weight = mlops_decay_weight(age, state->parameters[MLOPS_DECAY_HALF_LIFE], &shift);
	MlopsBig values, half, above, below;
	int32_t n_bits;

	*result = 0;
	if (shift > SHIFT_MAX)
		return MLOPS_ANSWER_VALUE;
	/* a weight of 2^63 is no int64_t, its half is */
	mlops_exact_sum_get(&sums->values, 2, &values);
	mlops_big_set_int(&half, (int64_t) (weight >> 1));
	mlops_big_multiply(&values, &half, &above);
	n_bits = WEIGHT_BITS - 1 + (int32_t) shift;
	mlops_big_set_int(&below, INT64_C(1) << n_bits % MLOPS_BIG_DIGIT_BITS);
	below.first += n_bits / MLOPS_BIG_DIGIT_BITS;
	return mlops_answer_in_range(mlops_big_ratio(&above, &below, result));
}

/* (W sum of w v^2 - (sum of w v)^2) / W^2; what was cut from weights far below the others may make it negative. */
static MlopsAnswer
answer_variance(const DecaySums *sums, double *result)
{
	MlopsBig weights, values, squares, left, right;

	mlops_exact_sum_get(&sums->weights, 1, &weights);
	mlops_exact_sum_get(&sums->values, 2, &values);
	mlops_exact_sum_get(&sums->squares, 3, &squares);
	mlops_big_multiply(&weights, &squares, &left);
	mlops_big_multiply(&values, &values, &right);
	mlops_big_subtract(&left, &right, &squares);
	*result = 0;
	if (squares.sign < 0)
		return MLOPS_ANSWER_VALUE;
	mlops_big_multiply(&weights, &weights, &right);
	return mlops_answer_in_range(mlops_big_ratio(&squares, &right, result));
}

static MlopsAnswer
answer_nonfinite(const MlopsEventState *state, MlopsDecayStatistic statistic, double *result)
{
	bool is_signed = state->n_nan == 0 && (state->n_plus == 0 || state->n_minus == 0);

	*result = (double) NAN;
	if (is_signed && statistic != MLOPS_DECAY_VARIANCE)
		*result = state->n_plus > 0 ? (double) INFINITY : (double) -INFINITY;
	return MLOPS_ANSWER_VALUE;
}

static void
free_sums(DecaySums *sums, const MlopsAllocator *allocator)
{
	mlops_free(allocator, sums->weights.limbs);
	mlops_free(allocator, sums->values.limbs);
	mlops_free(allocator, sums->squares.limbs);
}

MlopsAnswer
mlops_decay_statistic(const MlopsEventState *state, MlopsDecayStatistic statistic,
					  const MlopsAllocator *allocator, const MlopsCancel *cancel,
					  MlopsStatus *status, double *result)
{
	MlopsAnswer found = MLOPS_ANSWER_NONE;
	DecaySums sums = { 0 };

	*status = MLOPS_STATUS_OK;
	if (state->n_nan > 0 || state->n_plus > 0 || state->n_minus > 0)
		return answer_nonfinite(state, statistic, result);
	if (state->events.n == 0)
		return MLOPS_ANSWER_NONE;
	*status = sum_events(state, statistic == MLOPS_DECAY_VARIANCE, &sums, allocator, cancel);
	if (*status == MLOPS_STATUS_OK)
		found = statistic == MLOPS_DECAY_AVERAGE ? answer_average(&sums, result) :
				statistic == MLOPS_DECAY_SUM	 ? answer_sum(state, &sums, result) :
												   answer_variance(&sums, result);
	free_sums(&sums, allocator);
	return found;
}

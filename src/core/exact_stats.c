/*
 * Statistics of exact sums.
 */
#include <math.h>

#include "core/exact_stats.h"


static bool
has_nonfinite(const MlopsExactState *state)
{
	return state->n_nan > 0 || state->n_plus > 0 || state->n_minus > 0;
}

/* Sum, mean or weighted mean of values with infinities. */
static double
total_nonfinite(const MlopsExactState *state)
{
	if (state->n_nan > 0 || (state->n_plus > 0 && state->n_minus > 0))
		return (double) NAN;
	return state->n_plus > 0 ? (double) INFINITY : (double) -INFINITY;
}

static MlopsAnswer
answer_nonfinite(const MlopsExactState *state, MlopsStatistic statistic, double *result)
{
	*result = (double) NAN;
	if (state->n_nan > 0)
		return MLOPS_ANSWER_VALUE;
	if (statistic == MLOPS_TOTAL || statistic == MLOPS_MEAN)
		*result = total_nonfinite(state);
	else if (statistic == MLOPS_MINIMUM)
		*result = state->n_minus > 0 ? (double) -INFINITY :
				  state->n > 0		 ? mlops_exact_minimum(state) :
									   (double) INFINITY;
	else if (statistic == MLOPS_MAXIMUM)
		*result = state->n_plus > 0 ? (double) INFINITY :
				  state->n > 0		? mlops_exact_maximum(state) :
									  (double) -INFINITY;
	else if (statistic == MLOPS_ROOT_MEAN_SQUARE)
		*result = (double) INFINITY;
	return MLOPS_ANSWER_VALUE;
}

/* n * sum of ab - sum of a * sum of b: n^2 times a population covariance. */
static void
get_moment(int64_t n, const MlopsBig *a, const MlopsBig *b, const MlopsBig *ab, MlopsBig *moment)
{
	MlopsBig scaled, product;

	mlops_big_scale(ab, n, &scaled);
	mlops_big_multiply(a, b, &product);
	mlops_big_subtract(&scaled, &product, moment);
}

/* S_1 and M2 of a STATS1D. */
static void
get_variation(const MlopsExactState *state, MlopsBig *sum, MlopsBig *moment)
{
	MlopsBig squares;

	mlops_exact_sum_get(&state->sums[0], 1, sum);
	mlops_exact_sum_get(&state->sums[1], 2, &squares);
	get_moment(state->n, sum, sum, &squares, moment);
}

/* M3 = n (n S_3 - 3 S_2 S_1) + 2 S_1^3 */
static void
get_third(const MlopsExactState *state, MlopsBig *third)
{
	MlopsBig s1, s2, s3, left, right, sum;

	mlops_exact_sum_get(&state->sums[0], 1, &s1);
	mlops_exact_sum_get(&state->sums[1], 2, &s2);
	mlops_exact_sum_get(&state->sums[2], 3, &s3);
	mlops_big_scale(&s3, state->n, &left);
	mlops_big_multiply(&s2, &s1, &sum);
	mlops_big_scale(&sum, 3, &right);
	mlops_big_subtract(&left, &right, &sum);
	mlops_big_scale(&sum, state->n, &left);
	mlops_big_multiply(&s1, &s1, &sum);
	mlops_big_multiply(&sum, &s1, &s2);
	mlops_big_scale(&s2, 2, &right);
	mlops_big_add(&left, &right, third);
}

/* M4 - 3 M2^2, with M4 = n (n (n S_4 - 4 S_3 S_1) + 6 S_2 S_1^2) - 3 S_1^4 */
static void
get_excess(const MlopsExactState *state, const MlopsBig *m2_squared, MlopsBig *excess)
{
	MlopsBig s1, s2, s3, s4, a, b, c;

	mlops_exact_sum_get(&state->sums[0], 1, &s1);
	mlops_exact_sum_get(&state->sums[1], 2, &s2);
	mlops_exact_sum_get(&state->sums[2], 3, &s3);
	mlops_exact_sum_get(&state->sums[3], 4, &s4);
	mlops_big_scale(&s4, state->n, &a);
	mlops_big_multiply(&s3, &s1, &b);
	mlops_big_scale(&b, 4, &c);
	mlops_big_subtract(&a, &c, &b);
	mlops_big_scale(&b, state->n, &a);
	/* s3 and s4 are free from here: S_1^2 and others */
	mlops_big_multiply(&s1, &s1, &s3);
	mlops_big_multiply(&s2, &s3, &b);
	mlops_big_scale(&b, 6, &c);
	mlops_big_add(&a, &c, &b);
	mlops_big_scale(&b, state->n, &a);
	mlops_big_multiply(&s3, &s3, &b);
	mlops_big_add(&b, m2_squared, &c);
	mlops_big_scale(&c, 3, &s4);
	mlops_big_subtract(&a, &s4, excess);
}

/* n (n - 1), or n^2. */
static void
get_divisor(int64_t n, bool is_sample, MlopsBig *divisor)
{
	mlops_big_set_wide(divisor, (MlopsUint128) n * (MlopsUint128) (is_sample ? n - 1 : n));
}

/* M2, for values that are not far apart. */
static bool
get_short_variation(const MlopsExactState *state, MlopsShort *moment)
{
	MlopsShort n = mlops_short_of(state->n, 0);
	MlopsShort sum, squares, scaled, square;

	/* what is likely to be too long first */
	return mlops_exact_sum_get_short(&state->sums[1], 2, &squares) &&
		   mlops_short_multiply(&squares, &n, &scaled) &&
		   mlops_exact_sum_get_short(&state->sums[0], 1, &sum) &&
		   mlops_short_multiply(&sum, &sum, &square) &&
		   mlops_short_subtract(&scaled, &square, moment);
}

/* The same answer as by numbers of any length; false: they do not fit, or the answer is none. */
static bool
answer_short_variance(const MlopsExactState *state, bool is_root, bool is_sample, double *result)
{
	uint64_t n = (uint64_t) state->n;
	MlopsShort moment;

	if (n > UINT32_MAX / 2 || !get_short_variation(state, &moment))
		return false;
	n *= is_sample ? n - 1 : n;
	return is_root ? mlops_short_root(&moment, n, result) : mlops_short_ratio(&moment, n, result);
}

static MlopsAnswer
answer_variance(const MlopsExactState *state, bool is_root, bool is_sample, double *result)
{
	MlopsBig s1, m2, divisor;

	if (is_sample && state->n < 2)
		return MLOPS_ANSWER_NONE;
	if (answer_short_variance(state, is_root, is_sample, result))
		return MLOPS_ANSWER_VALUE;
	get_variation(state, &s1, &m2);
	if (m2.sign < 0)
		return MLOPS_ANSWER_CORRUPT;
	get_divisor(state->n, is_sample, &divisor);
	return mlops_answer_in_range(is_root ? mlops_big_root(&m2, &divisor, result) :
										   mlops_big_ratio(&m2, &divisor, result));
}

/* sd / mean = sqrt(variance n^2 / S_1^2), with the sign of the mean */
static MlopsAnswer
answer_coefficient(const MlopsExactState *state, bool is_sample, double *result)
{
	MlopsBig s1, m2, above, below, square;

	if (is_sample && state->n < 2)
		return MLOPS_ANSWER_NONE;
	get_variation(state, &s1, &m2);
	if (m2.sign < 0)
		return MLOPS_ANSWER_CORRUPT;
	if (s1.sign == 0)
		return MLOPS_ANSWER_NONE;
	mlops_big_multiply(&s1, &s1, &square);
	mlops_big_scale(&m2, is_sample ? state->n : 1, &above);
	mlops_big_scale(&square, is_sample ? state->n - 1 : 1, &below);
	if (!mlops_big_root(&above, &below, result))
		return MLOPS_ANSWER_RANGE;
	if (s1.sign < 0 && *result != 0)
		*result = -*result;
	return MLOPS_ANSWER_VALUE;
}

/* g1^2 = M3^2 / M2^3, G1^2 = g1^2 n (n - 1) / (n - 2)^2 */
static MlopsAnswer
answer_skewness(const MlopsExactState *state, bool is_sample, double *result)
{
	MlopsBig s1, m2, m3, above, below, square;
	int64_t n = state->n;

	get_variation(state, &s1, &m2);
	if (m2.sign < 0)
		return MLOPS_ANSWER_CORRUPT;
	if (m2.sign == 0 || (is_sample && n < 3))
		return MLOPS_ANSWER_NONE;
	get_third(state, &m3);
	mlops_big_multiply(&m3, &m3, &above);
	mlops_big_multiply(&m2, &m2, &square);
	mlops_big_multiply(&square, &m2, &below);
	if (is_sample)
	{
		mlops_big_scale(&above, n, &square);
		mlops_big_scale(&square, n - 1, &above);
		mlops_big_scale(&below, n - 2, &square);
		mlops_big_scale(&square, n - 2, &below);
	}
	if (!mlops_big_root(&above, &below, result))
		return MLOPS_ANSWER_RANGE;
	if (m3.sign < 0 && *result != 0)
		*result = -*result;
	return MLOPS_ANSWER_VALUE;
}

/* g2 = E / M2^2 with E the excess; G2 = ((n + 1) E + 6 M2^2) (n - 1) / ((n - 2) (n - 3) M2^2) */
static MlopsAnswer
answer_kurtosis(const MlopsExactState *state, bool is_sample, double *result)
{
	MlopsBig s1, m2, excess, square, a, b;
	int64_t n = state->n;

	get_variation(state, &s1, &m2);
	if (m2.sign < 0)
		return MLOPS_ANSWER_CORRUPT;
	if (m2.sign == 0 || (is_sample && n < 4))
		return MLOPS_ANSWER_NONE;
	mlops_big_multiply(&m2, &m2, &square);
	get_excess(state, &square, &excess);
	if (!is_sample)
		return mlops_answer_in_range(mlops_big_ratio(&excess, &square, result));
	mlops_big_scale(&excess, n + 1, &a);
	mlops_big_scale(&square, 6, &b);
	mlops_big_add(&a, &b, &excess);
	mlops_big_scale(&excess, n - 1, &a);
	mlops_big_scale(&square, n - 2, &b);
	mlops_big_scale(&b, n - 3, &square);
	return mlops_answer_in_range(mlops_big_ratio(&a, &square, result));
}

static MlopsAnswer
answer_root_mean_square(const MlopsExactState *state, double *result)
{
	MlopsBig squares, n;

	mlops_exact_sum_get(&state->sums[1], 2, &squares);
	if (squares.sign < 0)
		return MLOPS_ANSWER_CORRUPT;
	mlops_big_set_int(&n, state->n);
	return mlops_answer_in_range(mlops_big_root(&squares, &n, result));
}

/* What two coordinates have: sums and central moments. */
typedef struct Plane
{
	MlopsBig x;
	MlopsBig y;
	MlopsBig xx; /* sum of x^2 */
	MlopsBig xy; /* sum of x y */
	MlopsBig m_xx;
	MlopsBig m_xy;
	MlopsBig m_yy;
} Plane;

/* False if no values have these sums. */
static bool
get_plane(const MlopsExactState *state, Plane *plane)
{
	MlopsBig yy;

	mlops_exact_sum_get(&state->sums[0], 1, &plane->x);
	mlops_exact_sum_get(&state->sums[1], 1, &plane->y);
	mlops_exact_sum_get(&state->sums[2], 2, &plane->xx);
	mlops_exact_sum_get(&state->sums[3], 2, &plane->xy);
	mlops_exact_sum_get(&state->sums[4], 2, &yy);
	get_moment(state->n, &plane->x, &plane->x, &plane->xx, &plane->m_xx);
	get_moment(state->n, &plane->x, &plane->y, &plane->xy, &plane->m_xy);
	get_moment(state->n, &plane->y, &plane->y, &yy, &plane->m_yy);
	return plane->m_xx.sign >= 0 && plane->m_yy.sign >= 0;
}

static MlopsAnswer
answer_covariance(const MlopsExactState *state, const Plane *plane, bool is_sample, double *result)
{
	MlopsBig divisor;

	if (is_sample && state->n < 2)
		return MLOPS_ANSWER_NONE;
	get_divisor(state->n, is_sample, &divisor);
	return mlops_answer_in_range(mlops_big_ratio(&plane->m_xy, &divisor, result));
}

/* (sum of y * sum of x^2 - sum of x * sum of x y) / M_xx */
static MlopsAnswer
answer_intercept(const Plane *plane, double *result)
{
	MlopsBig a, b, above;

	mlops_big_multiply(&plane->y, &plane->xx, &a);
	mlops_big_multiply(&plane->x, &plane->xy, &b);
	mlops_big_subtract(&a, &b, &above);
	return mlops_answer_in_range(mlops_big_ratio(&above, &plane->m_xx, result));
}

/* Square or, with a sign, root of M_xy^2 / (M_xx M_yy). */
static MlopsAnswer
answer_correlation(const Plane *plane, bool is_squared, double *result)
{
	MlopsBig above, below;

	if (plane->m_yy.sign == 0)
	{
		*result = 1;
		return is_squared ? MLOPS_ANSWER_VALUE : MLOPS_ANSWER_NONE;
	}
	mlops_big_multiply(&plane->m_xy, &plane->m_xy, &above);
	mlops_big_multiply(&plane->m_xx, &plane->m_yy, &below);
	if (is_squared)
		return mlops_answer_in_range(mlops_big_ratio(&above, &below, result));
	if (!mlops_big_root(&above, &below, result))
		return MLOPS_ANSWER_RANGE;
	if (plane->m_xy.sign < 0 && *result != 0)
		*result = -*result;
	return MLOPS_ANSWER_VALUE;
}

/* r sqrt((n - 2) / (1 - r^2)) = sign sqrt((n - 2) M_xy^2 / (M_xx M_yy - M_xy^2)) */
static MlopsAnswer
answer_slope_t(const MlopsExactState *state, const Plane *plane, double *result)
{
	MlopsBig square, product, above, below;

	if (state->n < 3)
		return MLOPS_ANSWER_NONE;
	mlops_big_multiply(&plane->m_xy, &plane->m_xy, &square);
	mlops_big_multiply(&plane->m_xx, &plane->m_yy, &product);
	mlops_big_subtract(&product, &square, &below);
	if (below.sign <= 0)
		return below.sign == 0 ? MLOPS_ANSWER_NONE : MLOPS_ANSWER_CORRUPT;
	mlops_big_scale(&square, state->n - 2, &above);
	if (!mlops_big_root(&above, &below, result))
		return MLOPS_ANSWER_RANGE;
	if (plane->m_xy.sign < 0 && *result != 0)
		*result = -*result;
	return MLOPS_ANSWER_VALUE;
}

static MlopsAnswer
answer_plane(const MlopsExactState *state, MlopsStatistic statistic, bool is_sample, double *result)
{
	Plane plane;

	if (!get_plane(state, &plane))
		return MLOPS_ANSWER_CORRUPT;
	if (statistic == MLOPS_COVARIANCE)
		return answer_covariance(state, &plane, is_sample, result);
	if (plane.m_xx.sign == 0)
		return MLOPS_ANSWER_NONE;
	switch (statistic)
	{
		case MLOPS_SLOPE:
			return mlops_answer_in_range(mlops_big_ratio(&plane.m_xy, &plane.m_xx, result));
		case MLOPS_INTERCEPT:
			return answer_intercept(&plane, result);
		case MLOPS_SLOPE_T:
			return answer_slope_t(state, &plane, result);
		default:
			return answer_correlation(&plane, statistic == MLOPS_R_SQUARED, result);
	}
}

MlopsAnswer
mlops_exact_statistic(const MlopsExactState *state, MlopsStatistic statistic, bool is_sample,
					  double *result)
{
	if (has_nonfinite(state))
		return answer_nonfinite(state, statistic, result);
	if (state->n == 0)
		return MLOPS_ANSWER_NONE;
	switch (statistic)
	{
		case MLOPS_TOTAL:
			return mlops_answer_in_range(mlops_exact_sum_round(&state->sums[0], result));
		case MLOPS_MEAN:
			return mlops_answer_in_range(mlops_exact_sum_divide(&state->sums[0], state->n, result));
		case MLOPS_MINIMUM:
			*result = mlops_exact_minimum(state);
			return MLOPS_ANSWER_VALUE;
		case MLOPS_MAXIMUM:
			*result = mlops_exact_maximum(state);
			return MLOPS_ANSWER_VALUE;
		case MLOPS_ROOT_MEAN_SQUARE:
			return answer_root_mean_square(state, result);
		case MLOPS_VARIANCE:
		case MLOPS_STDDEV:
			return answer_variance(state, statistic == MLOPS_STDDEV, is_sample, result);
		case MLOPS_COEFFICIENT_OF_VARIATION:
			return answer_coefficient(state, is_sample, result);
		case MLOPS_SKEWNESS:
			return answer_skewness(state, is_sample, result);
		case MLOPS_KURTOSIS:
			return answer_kurtosis(state, is_sample, result);
		default:
			return answer_plane(state, statistic, is_sample, result);
	}
}

MlopsAnswer
mlops_exact_weighted_average(const MlopsExactState *state, double *result)
{
	MlopsBig products, weights;

	if (has_nonfinite(state))
	{
		*result = total_nonfinite(state);
		return MLOPS_ANSWER_VALUE;
	}
	mlops_exact_sum_get(&state->sums[0], 2, &products);
	mlops_exact_sum_get(&state->sums[1], 1, &weights);
	if (weights.sign <= 0)
		return weights.sign == 0 ? MLOPS_ANSWER_NONE : MLOPS_ANSWER_CORRUPT;
	return mlops_answer_in_range(mlops_big_ratio(&products, &weights, result));
}

MlopsAnswer
mlops_exact_trend(const MlopsExactState *state, double *result)
{
	MlopsBig v, t, tt, tv, spread, slope, scaled;

	if (has_nonfinite(state))
	{
		*result = (double) NAN;
		return MLOPS_ANSWER_VALUE;
	}
	mlops_exact_sum_get(&state->sums[0], 1, &v);
	mlops_exact_sum_get(&state->sums[1], 0, &t);
	mlops_exact_sum_get(&state->sums[2], 0, &tt);
	mlops_exact_sum_get(&state->sums[3], 1, &tv);
	get_moment(state->n, &t, &t, &tt, &spread);
	if (spread.sign <= 0)
		return spread.sign == 0 ? MLOPS_ANSWER_NONE : MLOPS_ANSWER_CORRUPT;
	get_moment(state->n, &t, &v, &tv, &slope);
	mlops_big_scale(&slope, state->parameters->unit, &scaled);
	return mlops_answer_in_range(mlops_big_ratio(&scaled, &spread, result));
}

/* count + a number of values, of degree 1. */
static void
add_priors(int64_t count, const double *priors, int n_priors, MlopsBig *big)
{
	int64_t limbs[MLOPS_EXACT_SUM_LIMBS];
	MlopsExactSum sum;
	MlopsProduct product = mlops_product_of_int(count);

	product.position = -MLOPS_BIG_UNIT_EXPONENT;
	mlops_exact_sum_place(&sum, limbs);
	(void) mlops_exact_sum_add_product(&sum, &product, false, NULL);
	for (int i = 0; i < n_priors; i++)
		(void) mlops_exact_sum_add(&sum, priors[i], NULL);
	mlops_exact_sum_get(&sum, 1, big);
}

MlopsAnswer
mlops_exact_rate(const MlopsExactState *state, double *result)
{
	MlopsBig above, below;

	add_priors(state->counts[0], state->parameters->prior, 1, &above);
	add_priors(state->n, state->parameters->prior, 2, &below);
	if (below.sign == 0)
		return MLOPS_ANSWER_NONE;
	return mlops_answer_in_range(mlops_big_ratio(&above, &below, result));
}

MlopsAnswer
mlops_exact_velocity(const MlopsExactState *state, double *result)
{
	const MlopsExactParameters *parameters = state->parameters;
	MlopsBig count, above, below;

	if (state->counts[1] == 0)
		return MLOPS_ANSWER_NONE;
	mlops_big_set_int(&count, state->counts[0]);
	mlops_big_scale(&count, parameters->windows[1], &above);
	mlops_big_set_int(&count, state->counts[1]);
	mlops_big_scale(&count, parameters->windows[0], &below);
	return mlops_answer_in_range(mlops_big_ratio(&above, &below, result));
}

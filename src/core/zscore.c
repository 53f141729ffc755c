/*
 * Distances from a mean in standard deviations.
 */
#include "core/zscore.h"

bool
mlops_zscore_prepare(MlopsZscore *zscore, int64_t n, const MlopsExactSum *sum,
					 const MlopsExactSum *squares)
{
	MlopsBig squared_sum, total_squares, scaled_squares, spread;

	if (n < 2)
		return false;
	zscore->n = n;
	mlops_exact_sum_get(sum, 1, &zscore->sum);
	mlops_exact_sum_get(squares, 2, &total_squares);
	mlops_big_multiply(&zscore->sum, &zscore->sum, &squared_sum);
	mlops_big_scale(&total_squares, n, &scaled_squares);
	mlops_big_subtract(&scaled_squares, &squared_sum, &spread);
	mlops_big_scale(&spread, n, &zscore->denominator);
	return spread.sign > 0;
}

bool
mlops_zscore_of(const MlopsZscore *zscore, double x, double *result)
{
	MlopsProduct count = mlops_product_of_int(zscore->n);
	MlopsProduct value = mlops_product_of(x);
	MlopsProduct scaled_value = mlops_product_multiply(&value, &count);
	MlopsBig scaled, deviation, square, numerator;

	mlops_product_get(&scaled_value, 1, &scaled);
	mlops_big_subtract(&scaled, &zscore->sum, &deviation);
	mlops_big_multiply(&deviation, &deviation, &square);
	mlops_big_scale(&square, zscore->n - 1, &numerator);
	if (!mlops_big_root(&numerator, &zscore->denominator, result))
		return false;
	if (deviation.sign < 0 && *result != 0)
		*result = -*result;
	return true;
}

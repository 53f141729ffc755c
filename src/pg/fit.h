/*
 * Whether a decoded forest is the one that a version describes.
 */
#ifndef MLOPS_FIT_H
#define MLOPS_FIT_H

#include "core/forest.h"
#include "pg/catalog.h"

/*
 * Compare task, classes, features and their kinds, and check that levels are text here.
 *
 *   version   of it task, classes and features are read
 *   columns   [n_columns] of the forest
 *
 * Returns NULL, or why not.  Cost: O(columns + bytes of levels).
 */
extern const char *mlops_fit_check(const MlopsVersion *version, const MlopsForest *forest,
								   const MlopsColumn *columns);

#endif

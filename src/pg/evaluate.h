/*
 * Rows of a query against what a version knows: shared by evaluate and compare_models.
 */
#ifndef MLOPS_EVALUATE_H
#define MLOPS_EVALUATE_H

#include "pg/catalog.h"
#include "pg/reader.h"

/*
 * Number the classes of the rows as the version does; of a regression nothing changes.
 *
 * Errors: 22000 for a label that is no class of the model.
 */
extern void mlops_evaluate_match_classes(const MlopsVersion *version, MlopsRows *rows);

#endif

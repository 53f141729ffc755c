/*
 * The argument preprocess of train_model: what is done to the values of a feature
 * before trees see them.  Read here; how it becomes codes is in core/column.h.
 */
#ifndef MLOPS_PREPROCESS_H
#define MLOPS_PREPROCESS_H

#include "utils/jsonb.h"

#include "pg/reader.h"

/* How levels become codes, in the order of the words. */
typedef enum MlopsEncode
{
	MLOPS_ENCODE_NATIVE,
	MLOPS_ENCODE_ORDINAL,
	MLOPS_ENCODE_ONE_HOT,
	MLOPS_ENCODE_TARGET,
} MlopsEncode;

/* What stands for a missing value, in the order of the words; none: a split's missing side. */
typedef enum MlopsImpute
{
	MLOPS_IMPUTE_NONE,
	MLOPS_IMPUTE_ERROR,
	MLOPS_IMPUTE_MEAN,
	MLOPS_IMPUTE_MEDIAN,
	MLOPS_IMPUTE_MODE,
	MLOPS_IMPUTE_MIN,
	MLOPS_IMPUTE_MAX,
	MLOPS_IMPUTE_ZERO,
} MlopsImpute;

/* Of one feature. */
typedef struct MlopsPreprocess
{
	bool is_named; /* by the argument; if not, the rest is native and none */
	MlopsEncode encode;
	MlopsImpute impute;
} MlopsPreprocess;

/*
 * Read {"feature": {"encode": word, "impute": word, "scale": word}}; what is
 * absent or null gets its default: native, none, preserve.
 *
 *   object   NULL means {}
 *   rows     names and types of the features; NULL checks keys and words alone,
 *            before rows are read, and gives NULL
 *
 * Returns [n_features], palloc'd.
 * Errors: 42703 for a name that is no feature; 22023 for a key or word that does
 * not exist, a value that is no object or no string, an encode other than native
 * of a numeric feature, an impute of a categorical one that needs numbers; 0A000
 * for a scale other than preserve.
 */
extern MlopsPreprocess *mlops_preprocess_read(Jsonb *object, const MlopsRows *rows);

/*
 * The same as jsonb, with all three keys for each feature that was named.  Reading
 * it gives the same again.
 */
extern Jsonb *mlops_preprocess_jsonb(const MlopsPreprocess *preprocess, const MlopsRows *rows);

#endif

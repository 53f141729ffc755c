/*
 * Random training rows for tests: kept raw beside the packed dataset, so that a
 * test can follow each row by its definition instead of by the code it tests.
 */
#ifndef MLOPS_TEST_RANDOM_DATASET_H
#define MLOPS_TEST_RANDOM_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dataset.h"
#include "core/memory.h"
#include "core/tree.h"

#include "plain_alloc.h"
#include "unit.h"

#define RANDOM_COLUMNS_MAX 80

/* Check a condition inside a long loop: the test is left when it does not hold. */
#define REQUIRE(condition)                                                                         \
	do                                                                                             \
	{                                                                                              \
		if (!UNIT_CHECK(condition))                                                                \
			return;                                                                                \
	} while (0)

/* What to make. */
typedef struct RandomShape
{
	uint64_t seed;
	size_t n_rows;
	uint32_t n_columns;		  /* 1 .. RANDOM_COLUMNS_MAX */
	uint32_t n_codes;		  /* of every column whose entry below is 0 */
	const uint32_t *codes_of; /* [n_columns], or NULL */
	uint32_t n_categorical;	  /* so many of the first columns are categorical */
	uint32_t n_ordered;		  /* so many behind them are ordered, two for each feature */
	uint32_t n_classes;		  /* 0: regression */
	uint32_t missing_percent; /* of all values */
	bool is_weighted;		  /* sample weights 1 .. 1000 */
} RandomShape;

/* The rows as they are and as they are packed.  The label leans on column 0. */
typedef struct RandomDataset
{
	RandomShape shape;
	MlopsColumn *columns; /* [n_columns], without cut points or levels */
	uint16_t *codes;	  /* [n_columns][n_rows], MLOPS_CODE_MISSING = missing */
	uint32_t *classes;	  /* [n_rows], or NULL */
	int64_t *targets;	  /* [n_rows], or NULL */
	uint32_t *weights;	  /* [n_rows], all 1 unless weighted */
	MlopsDataset *dataset;
} RandomDataset;

/* Rows as a node of a tree has them. */
typedef struct RandomBag
{
	size_t n_rows;
	size_t *row_idx;		 /* [n_rows] in the dataset */
	uint8_t *multiplicities; /* [n_rows] 1 .. 15 */
	uint64_t *rows;			 /* [n_rows][n_words] packed, with multiplicity */
} RandomBag;

/* malloc of at least one zeroed byte; ends the program when there is no memory. */
extern void *random_alloc(size_t n, size_t size);

/* A number in 0 .. n - 1; the state of splitmix64 is advanced. */
extern uint32_t random_below(uint64_t *state, uint64_t n);

extern void random_dataset_make(RandomDataset *data, const RandomShape *shape);
extern void random_dataset_free(RandomDataset *data);

/* Pack data->codes, classes, targets and weights again after a test has changed them. */
extern void random_dataset_pack(RandomDataset *data);

static inline uint16_t
random_dataset_code(const RandomDataset *data, uint32_t column, size_t row)
{
	return data->codes[column * data->shape.n_rows + row];
}

/*
 * Draw a bag of n_rows rows with replacement.
 *
 *   max_multiplicity   1 .. 15
 */
extern void random_bag_make(RandomBag *bag, const RandomDataset *data, size_t n_rows,
							uint32_t max_multiplicity, uint64_t seed);
extern void random_bag_free(RandomBag *bag);

/* Side of a row by the definition in core/tree.h; code may be MLOPS_CODE_MISSING. */
extern bool random_goes_right(const MlopsTreeNode *node, const uint16_t *set_codes, uint16_t code);

#endif

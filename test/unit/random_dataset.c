/*
 * Random training rows for tests.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "random_dataset.h"

void *
random_alloc(size_t n, size_t size)
{
	void *block = calloc(n == 0 ? 1 : n, size);

	if (block == NULL)
	{
		(void) fputs("out of memory\n", stderr);
		exit(2);
	}
	return block;
}

uint32_t
random_below(uint64_t *state, uint64_t n)
{
	return n == 0 ? 0 : (uint32_t) (mlops_splitmix64(state) % n);
}

/* Random codes of all columns; three of four levels of a wide column are never used. */
static void
fill_codes(RandomDataset *data, uint64_t *state)
{
	const RandomShape *shape = &data->shape;

	for (uint32_t c = 0; c < shape->n_columns; c++)
	{
		for (size_t i = 0; i < shape->n_rows; i++)
		{
			uint32_t code = random_below(state, data->columns[c].n_codes);
			bool is_missing = random_below(state, 100) < shape->missing_percent;

			if (code > 64)
				code -= code % 4;
			data->codes[c * shape->n_rows + i] = is_missing ? MLOPS_CODE_MISSING : (uint16_t) code;
		}
	}
}

/* Labels: half of them by the code of column 0, half of them noise. */
static void
fill_labels(RandomDataset *data, uint64_t *state)
{
	const RandomShape *shape = &data->shape;
	uint64_t n_codes = data->columns[0].n_codes > 0 ? data->columns[0].n_codes : 1;

	for (size_t i = 0; i < shape->n_rows; i++)
	{
		uint32_t code = data->codes[i] == MLOPS_CODE_MISSING ? 0 : data->codes[i];
		bool is_noise = random_below(state, 2) == 0;

		if (shape->n_classes > 0)
			data->classes[i] = is_noise ? random_below(state, shape->n_classes) :
										  (uint32_t) ((uint64_t) code * shape->n_classes / n_codes);
		else
			data->targets[i] = (int64_t) code * 1000 * (is_noise ? -1 : 1) +
							   (int64_t) random_below(state, 5000) - 2500;
		data->weights[i] = shape->is_weighted ? 1 + random_below(state, 1000) : 1;
	}
}

/* Column number c without its codes; columns that are not ordered have a feature of their own. */
static MlopsColumn
make_column(const RandomShape *shape, uint32_t c)
{
	MlopsBytes name = { "", 0 };
	uint32_t n_pairs = (shape->n_ordered + 1) / 2;

	if (c < shape->n_categorical)
		return mlops_column_make(name, MLOPS_COLUMN_CATEGORICAL, c);
	c -= shape->n_categorical;
	if (c < shape->n_ordered)
		return mlops_column_make(name, MLOPS_COLUMN_ORDERED, shape->n_categorical + c / 2);
	return mlops_column_make(name, MLOPS_COLUMN_NUMERIC,
							 shape->n_categorical + n_pairs + c - shape->n_ordered);
}

void
random_dataset_make(RandomDataset *data, const RandomShape *shape)
{
	uint64_t state = shape->seed;

	memset(data, 0, sizeof(*data));
	data->shape = *shape;
	data->columns = random_alloc(shape->n_columns, sizeof(MlopsColumn));
	for (uint32_t c = 0; c < shape->n_columns; c++)
	{
		uint32_t n_codes = shape->codes_of != NULL ? shape->codes_of[c] : 0;

		data->columns[c] = make_column(shape, c);
		data->columns[c].n_codes = n_codes > 0 ? n_codes : shape->n_codes;
	}
	data->codes = random_alloc(shape->n_columns * shape->n_rows, sizeof(uint16_t));
	data->weights = random_alloc(shape->n_rows, sizeof(uint32_t));
	if (shape->n_classes > 0)
		data->classes = random_alloc(shape->n_rows, sizeof(uint32_t));
	else
		data->targets = random_alloc(shape->n_rows, sizeof(int64_t));
	fill_codes(data, &state);
	fill_labels(data, &state);
	random_dataset_pack(data);
}

void
random_dataset_pack(RandomDataset *data)
{
	const RandomShape *shape = &data->shape;
	size_t n_bytes = mlops_dataset_bytes(data->columns, shape->n_columns, shape->n_rows,
										 shape->n_classes, shape->is_weighted);

	free(data->dataset);
	data->dataset = mlops_dataset_init(random_alloc(1, n_bytes), data->columns, shape->n_columns,
									   shape->n_rows, shape->n_classes, shape->is_weighted);
	for (uint32_t c = 0; c < shape->n_columns; c++)
		mlops_dataset_set_codes(data->dataset, c, 0, shape->n_rows,
								data->codes + c * shape->n_rows);
	if (shape->n_classes > 0)
		mlops_dataset_set_classes(data->dataset, data->classes);
	else
		mlops_dataset_set_targets(data->dataset, data->targets);
	if (shape->is_weighted)
		mlops_dataset_set_weights(data->dataset, data->weights);
}

void
random_dataset_free(RandomDataset *data)
{
	free(data->columns);
	free(data->codes);
	free(data->classes);
	free(data->targets);
	free(data->weights);
	free(data->dataset);
	memset(data, 0, sizeof(*data));
}

void
random_bag_make(RandomBag *bag, const RandomDataset *data, size_t n_rows, uint32_t max_multiplicity,
				uint64_t seed)
{
	uint32_t n_words = data->dataset->n_words;
	uint64_t state = seed;

	bag->n_rows = n_rows;
	bag->row_idx = random_alloc(n_rows, sizeof(size_t));
	bag->multiplicities = random_alloc(n_rows, sizeof(uint8_t));
	bag->rows = random_alloc(n_rows * n_words, sizeof(uint64_t));
	for (size_t i = 0; i < n_rows; i++)
	{
		uint64_t *row = bag->rows + i * n_words;

		bag->row_idx[i] = random_below(&state, data->shape.n_rows);
		bag->multiplicities[i] = (uint8_t) (1 + random_below(&state, max_multiplicity));
		memcpy(row, mlops_dataset_rows(data->dataset) + bag->row_idx[i] * n_words,
			   n_words * sizeof(uint64_t));
		row[0] |= (uint64_t) bag->multiplicities[i] << data->dataset->class_bits;
	}
}

void
random_bag_free(RandomBag *bag)
{
	free(bag->row_idx);
	free(bag->multiplicities);
	free(bag->rows);
	memset(bag, 0, sizeof(*bag));
}

bool
random_goes_right(const MlopsTreeNode *node, const uint16_t *set_codes, uint16_t code)
{
	bool is_member = false;

	if (code == MLOPS_CODE_MISSING)
		return !node->missing_left;
	if (!node->is_subset)
		return code > node->threshold;
	for (uint32_t i = 0; i < node->n_set_codes; i++)
		is_member |= set_codes[i] == code;
	return is_member ? node->missing_left : !node->missing_left;
}

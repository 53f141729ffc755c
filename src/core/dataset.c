/*
 * The training rows as packed codes.
 */
#include <string.h>

#include "core/checked.h"
#include "core/dataset.h"

/* Smallest width with 2^width >= n. */
static uint32_t
bits_for(uint32_t n)
{
	uint32_t width = 0;

	while ((UINT64_C(1) << width) < n)
		width++;
	return width;
}

static uint32_t
class_bits_for(uint32_t n_classes)
{
	return n_classes == 0 ? 0 : bits_for(n_classes);
}

/*
 * Place the fields one after the other, first fit from word 0; fields may be
 * NULL to count words only.  Returns the number of words that codes take.
 */
static uint32_t
place_fields(const MlopsColumn *columns, uint32_t n_columns, uint32_t n_classes, MlopsField *fields)
{
	uint32_t word = 0;
	uint32_t used = class_bits_for(n_classes) + MLOPS_MULTIPLICITY_BITS;

	for (uint32_t c = 0; c < n_columns; c++)
	{
		uint32_t width = bits_for(columns[c].n_codes + 1);

		if (used + width > 64)
		{
			word++;
			used = 0;
		}
		if (fields != NULL)
			fields[c] = (MlopsField){ .n_codes = columns[c].n_codes,
									  .word = (uint16_t) word,
									  .mask = (uint16_t) ((UINT64_C(1) << width) - 1),
									  .shift = (uint8_t) used,
									  .kind = (uint8_t) columns[c].kind };
		used += width;
	}
	return word + 1;
}

static size_t
rows_offset(uint32_t n_columns)
{
	size_t n_bytes = sizeof(MlopsDataset) + n_columns * sizeof(MlopsField);

	return (n_bytes + 63) / 64 * 64;
}

static uint32_t
count_words(const MlopsColumn *columns, uint32_t n_columns, uint32_t n_classes, bool is_weighted)
{
	return place_fields(columns, n_columns, n_classes, NULL) + (n_classes == 0) + is_weighted;
}

size_t
mlops_dataset_bytes(const MlopsColumn *columns, uint32_t n_columns, size_t n_rows,
					uint32_t n_classes, bool is_weighted)
{
	size_t row_bytes = count_words(columns, n_columns, n_classes, is_weighted) * sizeof(uint64_t);
	size_t n_bytes;

	if (!mlops_checked_mul(n_rows, row_bytes, &n_bytes) ||
		!mlops_checked_add(n_bytes, rows_offset(n_columns), &n_bytes))
		return 0;
	return n_bytes;
}

MlopsDataset *
mlops_dataset_init(void *block, const MlopsColumn *columns, uint32_t n_columns, size_t n_rows,
				   uint32_t n_classes, bool is_weighted)
{
	MlopsDataset *dataset = block;
	MlopsField *fields;
	uint32_t word;

	memset(block, 0, mlops_dataset_bytes(columns, n_columns, n_rows, n_classes, is_weighted));
	dataset->n_bytes = mlops_dataset_bytes(columns, n_columns, n_rows, n_classes, is_weighted);
	dataset->n_rows = n_rows;
	dataset->n_columns = n_columns;
	dataset->n_classes = n_classes;
	dataset->class_bits = class_bits_for(n_classes);
	dataset->is_weighted = is_weighted;
	dataset->rows_offset = rows_offset(n_columns);
	fields = (MlopsField *) (dataset + 1);
	word = place_fields(columns, n_columns, n_classes, fields);
	if (n_classes == 0)
		dataset->target_word = word++;
	if (is_weighted)
		dataset->weight_word = word++;
	dataset->n_words = word;
	for (uint32_t c = 0; c < n_columns; c++)
	{
		if (fields[c].mask + 1u > dataset->max_codes)
			dataset->max_codes = fields[c].mask + 1u;
	}
	return dataset;
}

static uint64_t *
rows_of(MlopsDataset *dataset)
{
	return (uint64_t *) ((char *) dataset + dataset->rows_offset);
}

void
mlops_dataset_set_codes(MlopsDataset *dataset, uint32_t column, size_t first_row, size_t n,
						const uint16_t *codes)
{
	const MlopsField *field = &mlops_dataset_fields(dataset)[column];
	uint64_t *word = rows_of(dataset) + first_row * dataset->n_words + field->word;

	/* MLOPS_CODE_MISSING is all ones, so masking makes it the field's own */
	for (size_t i = 0; i < n; i++, word += dataset->n_words)
		*word |= (uint64_t) (codes[i] & field->mask) << field->shift;
}

void
mlops_dataset_set_classes(MlopsDataset *dataset, const uint32_t *classes)
{
	uint64_t *word = rows_of(dataset);

	for (size_t i = 0; i < dataset->n_rows; i++, word += dataset->n_words)
		*word |= classes[i];
}

void
mlops_dataset_set_targets(MlopsDataset *dataset, const int64_t *targets)
{
	uint64_t *word = rows_of(dataset) + dataset->target_word;

	for (size_t i = 0; i < dataset->n_rows; i++, word += dataset->n_words)
		*word = (uint64_t) targets[i];
}

void
mlops_dataset_set_weights(MlopsDataset *dataset, const uint32_t *weights)
{
	uint64_t *word = rows_of(dataset) + dataset->weight_word;

	for (size_t i = 0; i < dataset->n_rows; i++, word += dataset->n_words)
		*word = weights[i];
}

void
mlops_dataset_clear(MlopsDataset *dataset)
{
	memset(rows_of(dataset), 0, dataset->n_rows * dataset->n_words * sizeof(uint64_t));
}

void
mlops_dataset_place(MlopsDataset *dataset, const uint32_t *places, const MlopsDataset *block,
					const uint32_t *chosen, size_t n)
{
	size_t n_words = dataset->n_words;
	uint64_t *target = rows_of(dataset);
	const uint64_t *source = mlops_dataset_rows(block);

	for (size_t i = 0; i < n; i++)
		memcpy(target + places[i] * n_words, source + chosen[i] * n_words,
			   n_words * sizeof(uint64_t));
}

size_t
mlops_dataset_subset_bytes(const MlopsDataset *dataset, size_t n_rows)
{
	return dataset->rows_offset + n_rows * dataset->n_words * sizeof(uint64_t);
}

MlopsDataset *
mlops_dataset_subset_init(void *block, const MlopsDataset *dataset, size_t n_rows)
{
	MlopsDataset *subset = block;

	memcpy(block, dataset, dataset->rows_offset);
	subset->n_rows = n_rows;
	subset->n_bytes = mlops_dataset_subset_bytes(dataset, n_rows);
	return subset;
}

MlopsDataset *
mlops_dataset_subset(void *block, const MlopsDataset *dataset, const uint32_t *chosen, size_t n)
{
	MlopsDataset *subset = mlops_dataset_subset_init(block, dataset, n);
	size_t row_bytes = dataset->n_words * sizeof(uint64_t);
	const char *rows = (const char *) mlops_dataset_rows(dataset);
	char *target = (char *) rows_of(subset);

	for (size_t i = 0; i < n; i++)
		memcpy(target + i * row_bytes, rows + chosen[i] * row_bytes, row_bytes);
	return subset;
}

void
mlops_dataset_unpack(const MlopsDataset *dataset, size_t first_row, size_t n, uint16_t *lanes)
{
	const uint64_t *row = mlops_dataset_rows(dataset) + first_row * dataset->n_words;

	for (size_t i = 0; i < n; i++, row += dataset->n_words)
	{
		*lanes++ = 0;
		for (uint32_t c = 0; c < dataset->n_columns; c++)
		{
			const MlopsField *field = &mlops_dataset_fields(dataset)[c];
			uint16_t code = (uint16_t) (row[field->word] >> field->shift & field->mask);

			*lanes++ = code == field->mask ? MLOPS_CODE_MISSING : code;
		}
	}
}

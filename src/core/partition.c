/*
 * The rows of a node moved into its two children.
 *
 * Whether a row goes right is computed, not branched on: half of all branches
 * would be mispredicted.  Missing is the largest code of its field, so
 *   code > t                            sends it right,
 *   ((code + 1) & mask) > t + 1         wraps it to 0 and sends it left.
 */
#include <string.h>

#include "core/partition.h"

/* Move rows; n_words and is_subset are constants where this is inlined. */
static inline size_t
/* NOLINTNEXTLINE(readability-function-size): a struct would be in the way of the constants */
move_rows(size_t n_words, bool is_subset, const MlopsField *field, uint32_t threshold,
		  uint32_t missing_left, const uint8_t *sides, const uint64_t *src, uint64_t *dst,
		  size_t n_rows)
{
	uint32_t word = field->word;
	uint32_t shift = field->shift;
	uint32_t mask = field->mask;
	size_t n_left = 0;
	uint64_t *last = dst + (n_rows - 1) * n_words;

	for (size_t i = 0; i < n_rows; i++, src += n_words)
	{
		uint32_t code = (uint32_t) (src[word] >> shift) & mask;
		size_t right = is_subset ? sides[code] : ((code + missing_left) & mask) > threshold;

		if (n_words == 1)
		{
			uint64_t *left_target = dst + n_left;
			uint64_t *right_target = last - (i - n_left);

			*left_target = *src;
			*right_target = *src;
		}
		else
		{
			/* arithmetic, because compilers make a branch of a choice between two addresses */
			size_t last_free = n_rows - 1 - (i - n_left);
			size_t place = n_left ^ ((n_left ^ last_free) & (0 - right));

			memcpy(dst + place * n_words, src, n_words * sizeof(uint64_t));
		}
		n_left += 1 - right;
	}
	return n_left;
}

/* Side of every code of the field: 1 = right. */
static void
fill_sides(const MlopsField *field, const MlopsSplit *split, uint8_t *sides)
{
	memset(sides, split->missing_left ? 0 : 1, field->mask + 1u);
	for (uint32_t i = 0; i < split->n_set_codes; i++)
		sides[split->set_codes[i]] = split->missing_left ? 1 : 0;
}

size_t
mlops_partition(uint32_t n_words, const MlopsField *field, const MlopsSplit *split, uint8_t *sides,
				const uint64_t *src, uint64_t *dst, size_t n_rows)
{
	uint32_t missing_left = split->missing_left;
	uint32_t t = split->threshold + missing_left;

	if (split->is_subset)
	{
		fill_sides(field, split, sides);
		if (n_words == 1)
			return move_rows(1, true, field, 0, 0, sides, src, dst, n_rows);
		return move_rows(n_words, true, field, 0, 0, sides, src, dst, n_rows);
	}
	switch (n_words)
	{
		case 1:
			return move_rows(1, false, field, t, missing_left, sides, src, dst, n_rows);
		case 2:
			return move_rows(2, false, field, t, missing_left, sides, src, dst, n_rows);
		case 3:
			return move_rows(3, false, field, t, missing_left, sides, src, dst, n_rows);
		case 4:
			return move_rows(4, false, field, t, missing_left, sides, src, dst, n_rows);
		default:
			return move_rows(n_words, false, field, t, missing_left, sides, src, dst, n_rows);
	}
}

/* Side of one code, by the definition. */
static bool
goes_right(const MlopsField *field, const MlopsSplit *split, uint32_t code)
{
	if (code == field->mask)
		return !split->missing_left;
	if (!split->is_subset)
		return code > split->threshold;
	for (uint32_t i = 0; i < split->n_set_codes; i++)
	{
		if (split->set_codes[i] == code)
			return split->missing_left;
	}
	return !split->missing_left;
}

size_t
mlops_partition_naive(uint32_t n_words, const MlopsField *field, const MlopsSplit *split,
					  const uint64_t *src, uint64_t *dst, size_t n_rows)
{
	size_t n_left = 0;
	size_t n_right = 0;

	for (size_t i = 0; i < n_rows; i++)
	{
		const uint64_t *row = src + i * n_words;
		uint32_t code = (uint32_t) (row[field->word] >> field->shift) & field->mask;
		size_t target = goes_right(field, split, code) ? n_rows - 1 - n_right++ : n_left++;

		memcpy(dst + target * n_words, row, n_words * sizeof(uint64_t));
	}
	return n_left;
}

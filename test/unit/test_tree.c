/*
 * A tree keeps equal leaf entries once, finds them again among many, and starts anew for the next tree.
 */
#include <string.h>

#include "core/tree.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define N_DISTINCT 5000

static MlopsStatus
add_many(const MlopsAllocator *allocator, void *argument)
{
	MlopsTree tree = { .entry_words = 3 };
	MlopsStatus status = MLOPS_STATUS_OK;

	(void) argument;
	for (uint32_t i = 0; status == MLOPS_STATUS_OK && i < 3 * N_DISTINCT; i++)
	{
		uint64_t k = i * 7919 % N_DISTINCT;
		uint64_t sums[3] = { k % 10, k / 10 % 10, k / 100 };
		uint32_t entry;

		if (!mlops_tree_add_entry(&tree, allocator, sums, &entry))
			status = MLOPS_STATUS_NOMEM;
		/* the first round gives out numbers in order, later ones find them */
		else if (entry != i % N_DISTINCT ||
				 memcmp(tree.entries + (size_t) entry * 3, sums, sizeof(sums)) != 0)
			status = MLOPS_STATUS_CORRUPT;
	}
	if (status == MLOPS_STATUS_OK && tree.n_entries != N_DISTINCT)
		status = MLOPS_STATUS_CORRUPT;
	mlops_tree_free(&tree, allocator);
	return status;
}

static void
equal_entries_are_kept_once(void)
{
	UNIT_CHECK_INT(add_many(&plain_allocator, NULL), MLOPS_STATUS_OK);
	UNIT_CHECK(alloc_failing_each(add_many, NULL) > 0);
}

static void
a_reset_forgets_them(void)
{
	MlopsTree tree = { .entry_words = 1 };
	uint64_t sums = 5;
	uint32_t entry = 9;

	UNIT_CHECK(mlops_tree_add_entry(&tree, &plain_allocator, &sums, &entry));
	mlops_tree_reset(&tree);
	sums = 6;
	UNIT_CHECK(mlops_tree_add_entry(&tree, &plain_allocator, &sums, &entry));
	UNIT_CHECK_INT(entry, 0);
	UNIT_CHECK_INT(tree.entries[0], 6);
	mlops_tree_free(&tree, &plain_allocator);
}

int
main(void)
{
	UNIT_RUN(equal_entries_are_kept_once);
	UNIT_RUN(a_reset_forgets_them);
	return unit_end();
}

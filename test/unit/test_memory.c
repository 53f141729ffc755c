/*
 * Memory of the core: a size that overflows is a refusal, never a short block;
 * a growable array keeps its elements, and a failed growth leaves it as it was.
 */
#include <stdint.h>

#include "core/checked.h"
#include "core/memory.h"

#include "alloc_failing.h"
#include "unit.h"

static void
a_product_that_overflows_is_refused(void)
{
	AllocFailing memory;

	alloc_failing_init(&memory, 0);
	UNIT_CHECK(mlops_alloc(&memory.allocator, SIZE_MAX / 2 + 1, 2) == NULL);
	UNIT_CHECK(mlops_alloc_zero(&memory.allocator, SIZE_MAX, SIZE_MAX) == NULL);
	UNIT_CHECK_INT(memory.n_allocs, 0);
}

static void
a_block_of_no_bytes_is_not_a_failure(void)
{
	AllocFailing memory;
	void *block;

	alloc_failing_init(&memory, 0);
	block = mlops_alloc(&memory.allocator, 0, 8);
	UNIT_CHECK(block != NULL);
	mlops_free(&memory.allocator, block);
	mlops_free(&memory.allocator, NULL);
	UNIT_CHECK_INT(memory.n_live, 0);
}

static void
zeroed_memory_is_zero(void)
{
	AllocFailing memory;
	const unsigned char *bytes;
	void *block;

	alloc_failing_init(&memory, 0);
	block = mlops_alloc_zero(&memory.allocator, 1000, 3);
	bytes = block;
	for (size_t i = 0; i < 3000; i++)
		if (!UNIT_CHECK_INT(bytes[i], 0))
			break;
	mlops_free(&memory.allocator, block);
}

static void
a_grown_array_keeps_its_elements(void)
{
	AllocFailing memory;
	void *array = NULL;
	size_t capacity = 0;

	alloc_failing_init(&memory, 0);
	for (size_t i = 0; i < 1000; i++)
	{
		if (!UNIT_CHECK(
				mlops_array_reserve(&memory.allocator, &array, &capacity, i + 1, sizeof(size_t))))
			break;
		((size_t *) array)[i] = i;
	}
	for (size_t i = 0; i < 1000; i++)
		if (!UNIT_CHECK_INT(((size_t *) array)[i], i))
			break;
	/* By half each time: about log(1000 / 16) / log(1.5) blocks, not 1000. */
	UNIT_CHECK(memory.n_allocs < 20);
	mlops_free(&memory.allocator, array);
	UNIT_CHECK_INT(memory.n_live, 0);
}

static void
a_failed_growth_changes_nothing(void)
{
	AllocFailing memory;
	void *array = NULL;
	void *before;
	size_t capacity = 0;
	size_t capacity_before;

	alloc_failing_init(&memory, 2);
	UNIT_CHECK(mlops_array_reserve(&memory.allocator, &array, &capacity, 5, sizeof(int)));
	((int *) array)[4] = 42;
	before = array;
	capacity_before = capacity;
	UNIT_CHECK(!mlops_array_reserve(&memory.allocator, &array, &capacity, 500, sizeof(int)));
	UNIT_CHECK(array == before);
	UNIT_CHECK_INT(capacity, capacity_before);
	UNIT_CHECK_INT(((int *) array)[4], 42);
	mlops_free(&memory.allocator, array);
	UNIT_CHECK_INT(memory.n_live, 0);
}

static void
an_array_larger_than_memory_is_refused(void)
{
	AllocFailing memory;
	void *array = NULL;
	size_t capacity = 0;

	alloc_failing_init(&memory, 0);
	memory.max_bytes = 1 << 20;
	UNIT_CHECK(!mlops_array_reserve(&memory.allocator, &array, &capacity, SIZE_MAX, 1));
	UNIT_CHECK(!mlops_array_reserve(&memory.allocator, &array, &capacity, SIZE_MAX / 4, 8));
	UNIT_CHECK(array == NULL);
	UNIT_CHECK_INT(capacity, 0);
}

static MlopsStatus
build_two_arrays(const MlopsAllocator *allocator, void *argument)
{
	void *first = mlops_alloc(allocator, 4, 4);
	void *second = first == NULL ? NULL : mlops_alloc_zero(allocator, 4, 4);
	MlopsStatus status = second == NULL ? MLOPS_STATUS_NOMEM : MLOPS_STATUS_OK;

	(void) argument;
	mlops_free(allocator, second);
	mlops_free(allocator, first);
	return status;
}

static void
each_allocation_fails_once(void)
{
	UNIT_CHECK_INT(alloc_failing_each(build_two_arrays, NULL), 2);
}

static void
checked_arithmetic_knows_its_limits(void)
{
	size_t result = 0;

	UNIT_CHECK(mlops_checked_mul(SIZE_MAX, 1, &result) && result == SIZE_MAX);
	UNIT_CHECK(mlops_checked_mul(SIZE_MAX, 0, &result) && result == 0);
	UNIT_CHECK(!mlops_checked_mul(SIZE_MAX / 2 + 1, 2, &result));
	UNIT_CHECK(mlops_checked_add(SIZE_MAX - 1, 1, &result) && result == SIZE_MAX);
	UNIT_CHECK(!mlops_checked_add(SIZE_MAX, 1, &result));
}

int
main(void)
{
	UNIT_RUN(a_product_that_overflows_is_refused);
	UNIT_RUN(a_block_of_no_bytes_is_not_a_failure);
	UNIT_RUN(zeroed_memory_is_zero);
	UNIT_RUN(a_grown_array_keeps_its_elements);
	UNIT_RUN(a_failed_growth_changes_nothing);
	UNIT_RUN(an_array_larger_than_memory_is_refused);
	UNIT_RUN(each_allocation_fails_once);
	UNIT_RUN(checked_arithmetic_knows_its_limits);
	return unit_end();
}

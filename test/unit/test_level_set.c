/*
 * A level set numbers byte strings in the order of first sight: equal bytes get
 * equal numbers, bytes that differ in anything do not.
 */
#include <stdio.h>
#include <string.h>

#include "core/level_set.h"

#include "alloc_failing.h"
#include "unit.h"

static uint32_t
add(MlopsLevelSet *set, const char *text)
{
	return mlops_level_set_add(set, (MlopsBytes){ text, (uint32_t) strlen(text) });
}

static void
levels_are_numbered_in_the_order_of_first_sight(void)
{
	AllocFailing memory;
	MlopsLevelSet set = { 0 };

	alloc_failing_init(&memory, 0);
	set.allocator = &memory.allocator;
	UNIT_CHECK_INT(add(&set, "b"), 0);
	UNIT_CHECK_INT(add(&set, "a"), 1);
	UNIT_CHECK_INT(add(&set, "b"), 0);
	UNIT_CHECK_INT(add(&set, "c"), 2);
	UNIT_CHECK_INT(set.n_levels, 3);
	UNIT_CHECK(set.levels[1].n_bytes == 1 && set.levels[1].data[0] == 'a');
	mlops_level_set_free(&set);
	UNIT_CHECK_INT(memory.n_live, 0);
	UNIT_CHECK_INT(add(&set, "again"), 0);
	mlops_level_set_free(&set);
}

static void
all_bytes_and_their_number_count(void)
{
	static const MlopsBytes levels[] = { { "", 0 },			{ "\0", 1 },  { "\0\0", 2 },
										 { "a", 1 },		{ "a\0", 2 }, { "A", 1 },
										 { " ", 1 },		{ "a ", 2 },  { "\xC3\xA4", 2 },
										 { "a\xCC\x88", 3 } };
	AllocFailing memory;
	MlopsLevelSet set = { 0 };

	alloc_failing_init(&memory, 0);
	set.allocator = &memory.allocator;
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
			UNIT_CHECK_INT(mlops_level_set_add(&set, levels[i]), i);
	mlops_level_set_free(&set);
}

static void
bytes_are_copied(void)
{
	AllocFailing memory;
	MlopsLevelSet set = { 0 };
	char text[] = "first";

	alloc_failing_init(&memory, 0);
	set.allocator = &memory.allocator;
	UNIT_CHECK_INT(add(&set, text), 0);
	memcpy(text, "other", sizeof(text));
	UNIT_CHECK_INT(add(&set, "first"), 0);
	UNIT_CHECK_INT(add(&set, text), 1);
	mlops_level_set_free(&set);
}

static void
many_levels_keep_their_numbers(void)
{
	AllocFailing memory;
	MlopsLevelSet set = { 0 };
	char text[16];

	alloc_failing_init(&memory, 0);
	set.allocator = &memory.allocator;
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < 70000; i++)
		{
			(void) snprintf(text, sizeof(text), "%u", (unsigned) i);
			if (!UNIT_CHECK_INT(add(&set, text), i))
				break;
		}
	UNIT_CHECK_INT(set.n_levels, 70000);
	mlops_level_set_free(&set);
	UNIT_CHECK_INT(memory.n_live, 0);
}

/* Add 40 levels, which grows slots and levels twice. */
static MlopsStatus
fill(const MlopsAllocator *allocator, void *argument)
{
	MlopsLevelSet set = { .allocator = allocator };
	MlopsStatus status = MLOPS_STATUS_OK;
	char text[16];

	(void) argument;
	for (unsigned i = 0; i < 40 && status == MLOPS_STATUS_OK; i++)
	{
		(void) snprintf(text, sizeof(text), "%u", i);
		if (add(&set, text) == MLOPS_LEVEL_NONE)
			status = MLOPS_STATUS_NOMEM;
	}
	mlops_level_set_free(&set);
	return status;
}

static void
each_allocation_may_fail(void)
{
	UNIT_CHECK(alloc_failing_each(fill, NULL) > 40);
}

int
main(void)
{
	UNIT_RUN(levels_are_numbered_in_the_order_of_first_sight);
	UNIT_RUN(all_bytes_and_their_number_count);
	UNIT_RUN(bytes_are_copied);
	UNIT_RUN(many_levels_keep_their_numbers);
	UNIT_RUN(each_allocation_may_fail);
	return unit_end();
}

/*
 * A counted set is what a list of (value, counts) is: after any mixture of additions and removals it holds the same
 * entries, and what was taken away as often as it was added leaves nothing behind.
 */
#include <stdio.h>
#include <string.h>

#include "core/counted_set.h"
#include "core/rng.h"

#include "alloc_failing.h"
#include "plain_alloc.h"
#include "unit.h"

#define MODEL_VALUES 300
#define MODEL_STEPS	 100000

/* The naive version: counts of values that have numbers. */
typedef struct Model
{
	int64_t counts[MODEL_VALUES][MLOPS_COUNTED_SET_MAX_COUNTS];
} Model;

/*
 * Bytes of value number v: of a fixed length, or of v % 40, around the length that a slot holds, with lengths of
 * several thousand among them.  Returns the length.
 */
static size_t
make_value(uint32_t v, uint32_t key_bytes, uint8_t *bytes)
{
	size_t n = key_bytes > 0 ? key_bytes : v % 40 + (v % 29 == 0 ? 3000 : 0);

	memset(bytes, v % 3 == 0 ? 0 : 0xFF, n);
	for (size_t i = 0; i < n && i < 4; i++)
		bytes[n - 1 - i] = (uint8_t) (v >> (8 * i));
	if (key_bytes == 0 && n > 0 && n < 3)
		bytes[0] = (uint8_t) v;
	return n;
}

/* Different numbers of the model may be the same bytes when these are short: the first such number. */
static uint32_t
first_equal(uint32_t v, uint32_t key_bytes)
{
	uint8_t bytes[4096], other[4096];
	size_t n = make_value(v, key_bytes, bytes);

	for (uint32_t u = 0; u < v; u++)
		if (make_value(u, key_bytes, other) == n && memcmp(bytes, other, n) == 0)
			return u;
	return v;
}

static void
check_against_model(const MlopsCountedSet *set, const Model *model, const uint32_t *equal)
{
	size_t n_entries = 0;
	int64_t totals[2] = { 0, 0 };
	uint8_t bytes[4096];

	for (uint32_t v = 0; v < MODEL_VALUES; v++)
	{
		size_t n = make_value(v, set->key_bytes, bytes);

		for (uint32_t which = 0; which < set->n_counts; which++)
			UNIT_CHECK_INT(mlops_counted_set_get(set, bytes, n, which),
						   model->counts[equal[v]][which]);
		totals[0] += model->counts[v][0];
		totals[1] += model->counts[v][1];
		n_entries += model->counts[v][0] + model->counts[v][1] > 0;
	}
	UNIT_CHECK_INT(set->n_entries, n_entries);
	UNIT_CHECK_INT(set->totals[0], totals[0]);
	UNIT_CHECK_INT(set->totals[1], totals[1]);
}

/* The export has each entry once, in order, and its counts add up. */
static void
check_export(const MlopsCountedSet *set)
{
	MlopsCountedEntry *entries;
	int64_t total = 0;

	UNIT_CHECK_INT(mlops_counted_set_export(set, NULL, NULL, &plain_allocator, &entries),
				   MLOPS_STATUS_OK);
	for (size_t i = 0; i < set->n_entries; i++)
	{
		UNIT_CHECK(i == 0 || mlops_counted_entry_compare(&entries[i - 1], &entries[i]) < 0);
		UNIT_CHECK_INT(mlops_counted_set_get(set, entries[i].key, entries[i].n_bytes, 0),
					   entries[i].counts[0]);
		total += entries[i].counts[0] + entries[i].counts[1];
	}
	UNIT_CHECK_INT(total, set->totals[0] + set->totals[1]);
	plain_allocator.free(plain_allocator.state, entries);
}

/* One random step: more often an addition in the first half of each thousand, else a removal. */
static void
take_step(MlopsCountedSet *set, Model *model, const uint32_t *equal, uint64_t *random, int step,
		  const MlopsAllocator *allocator)
{
	uint32_t v = (uint32_t) (mlops_splitmix64(random) % MODEL_VALUES);
	uint32_t which = (uint32_t) (mlops_splitmix64(random) % set->n_counts);
	int64_t delta = (int64_t) (mlops_splitmix64(random) % 7) - (step % 1000 < 500 ? 1 : 5);
	int64_t *count = &model->counts[equal[v]][which];
	uint8_t bytes[4096];
	size_t n = make_value(v, set->key_bytes, bytes);
	MlopsStatus status = mlops_counted_set_add(set, bytes, n, which, delta, allocator, NULL);

	if (*count + delta < 0)
		UNIT_CHECK_INT(status, MLOPS_STATUS_INVALID);
	else
	{
		UNIT_CHECK_INT(status, MLOPS_STATUS_OK);
		*count += delta;
	}
}

static void
run_model(uint32_t n_counts, uint32_t key_bytes)
{
	AllocFailing memory;
	MlopsCountedSet set;
	Model model = { { { 0 } } };
	uint32_t equal[MODEL_VALUES];
	uint64_t random = 1;

	alloc_failing_init(&memory, 0);
	mlops_counted_set_begin(&set, n_counts, key_bytes);
	for (uint32_t v = 0; v < MODEL_VALUES; v++)
		equal[v] = first_equal(v, key_bytes);
	for (int step = 0; step < MODEL_STEPS; step++)
	{
		take_step(&set, &model, equal, &random, step, &memory.allocator);
		if (step % 2503 == 0)
			check_against_model(&set, &model, equal);
	}
	check_against_model(&set, &model, equal);
	check_export(&set);
	mlops_counted_set_free(&set, &memory.allocator);
	UNIT_CHECK_INT(memory.n_live, 0);
}

static void
random_operations_give_what_a_list_gives(void)
{
	run_model(1, 0);
	run_model(2, 0);
	run_model(1, 8);
	run_model(2, 16);
	run_model(1, 24);
	run_model(2, 32);
}

/* Add or take away a text. */
static MlopsStatus
count_text(MlopsCountedSet *set, const char *text, int64_t delta, const MlopsAllocator *allocator,
		   MlopsReason *reason)
{
	return mlops_counted_set_add(set, text, strlen(text), 0, delta, allocator, reason);
}

static void
the_last_removal_leaves_nothing(void)
{
	AllocFailing memory;
	MlopsCountedSet set, begun;

	alloc_failing_init(&memory, 0);
	mlops_counted_set_begin(&set, 1, 0);
	begun = set;
	UNIT_CHECK_INT(count_text(&set, "", 2, &memory.allocator, NULL), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(
		count_text(&set, "a text that is longer than a slot", 1, &memory.allocator, NULL),
		MLOPS_STATUS_OK);
	UNIT_CHECK_INT(set.n_entries, 2);
	UNIT_CHECK_INT(count_text(&set, "", -2, &memory.allocator, NULL), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(
		count_text(&set, "a text that is longer than a slot", -1, &memory.allocator, NULL),
		MLOPS_STATUS_OK);
	UNIT_CHECK(memcmp(&set, &begun, sizeof(set)) == 0);
	UNIT_CHECK_INT(memory.n_live, 0);
}

static void
what_is_not_there_cannot_be_taken_away(void)
{
	MlopsCountedSet set;
	MlopsReason reason;

	mlops_counted_set_begin(&set, 1, 0);
	UNIT_CHECK_INT(count_text(&set, "a", -1, &plain_allocator, &reason), MLOPS_STATUS_INVALID);
	UNIT_CHECK_TEXT(reason.text, "a counted value is taken away more often than it was added");
	UNIT_CHECK_INT(count_text(&set, "a", 1, &plain_allocator, &reason), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(count_text(&set, "b", -1, &plain_allocator, &reason), MLOPS_STATUS_INVALID);
	UNIT_CHECK_INT(count_text(&set, "a", -2, &plain_allocator, &reason), MLOPS_STATUS_INVALID);
	UNIT_CHECK_INT(count_text(&set, "a", INT64_MIN, &plain_allocator, &reason),
				   MLOPS_STATUS_INVALID);
	UNIT_CHECK_INT(set.totals[0], 1);
	mlops_counted_set_free(&set, &plain_allocator);
}

static void
sums_of_counts_do_not_overflow(void)
{
	MlopsCountedSet set;
	MlopsReason reason;

	mlops_counted_set_begin(&set, 2, 0);
	UNIT_CHECK_INT(count_text(&set, "a", INT64_MAX, &plain_allocator, &reason), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(count_text(&set, "b", 1, &plain_allocator, &reason), MLOPS_STATUS_LIMIT);
	UNIT_CHECK_INT(mlops_counted_set_add(&set, "a", 1, 1, 1, &plain_allocator, &reason),
				   MLOPS_STATUS_LIMIT);
	UNIT_CHECK_TEXT(reason.text, "the counts of values add up to more than 2^63 - 1");
	UNIT_CHECK_INT(count_text(&set, "a", -1, &plain_allocator, &reason), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_counted_set_add(&set, "b", 1, 1, 1, &plain_allocator, &reason),
				   MLOPS_STATUS_OK);
	mlops_counted_set_free(&set, &plain_allocator);
}

static void
a_key_of_another_length_is_refused(void)
{
	MlopsCountedSet set;
	MlopsReason reason;

	mlops_counted_set_begin(&set, 1, 8);
	UNIT_CHECK_INT(count_text(&set, "seven b", 1, &plain_allocator, &reason), MLOPS_STATUS_INVALID);
	UNIT_CHECK_TEXT(reason.text, "a value to count must have 8 bytes, not 7");
	UNIT_CHECK_INT(set.n_entries, 0);
}

/* A frame of 100 long texts slides over 100,000 different ones. */
static void
memory_follows_what_is_there(void)
{
	AllocFailing memory;
	MlopsCountedSet set;
	char text[64];
	size_t most_arena = 0, most_slots = 0;

	alloc_failing_init(&memory, 0);
	mlops_counted_set_begin(&set, 1, 0);
	for (int i = 0; i < 100000; i++)
	{
		(void) snprintf(text, sizeof(text), "a text longer than a slot, number %08d", i);
		UNIT_CHECK_INT(count_text(&set, text, 1, &memory.allocator, NULL), MLOPS_STATUS_OK);
		if (i >= 100)
		{
			(void) snprintf(text, sizeof(text), "a text longer than a slot, number %08d", i - 100);
			UNIT_CHECK_INT(count_text(&set, text, -1, &memory.allocator, NULL), MLOPS_STATUS_OK);
		}
		most_arena = set.arena_capacity > most_arena ? set.arena_capacity : most_arena;
		most_slots = set.n_slots > most_slots ? set.n_slots : most_slots;
	}
	UNIT_CHECK_INT(set.n_entries, 100);
	UNIT_CHECK(most_arena < (size_t) 3 * 101 * 41);
	UNIT_CHECK(most_slots <= 256);
	mlops_counted_set_free(&set, &memory.allocator);
	UNIT_CHECK_INT(memory.n_live, 0);
}

/* After 100,000 values all but 10 go: the table is small again, so that walking over it is fast. */
static void
a_table_shrinks(void)
{
	MlopsCountedSet set;

	mlops_counted_set_begin(&set, 1, 8);
	for (uint64_t v = 0; v < 100000; v++)
		(void) mlops_counted_set_add(&set, &v, sizeof(v), 0, 1, &plain_allocator, NULL);
	UNIT_CHECK_INT(set.n_slots, 262144);
	for (uint64_t v = 10; v < 100000; v++)
		(void) mlops_counted_set_add(&set, &v, sizeof(v), 0, -1, &plain_allocator, NULL);
	UNIT_CHECK_INT(set.n_entries, 10);
	UNIT_CHECK(set.n_slots <= 128);
	for (uint64_t v = 0; v < 100000; v++)
		UNIT_CHECK_INT(mlops_counted_set_get(&set, &v, sizeof(v), 0), v < 10);
	mlops_counted_set_free(&set, &plain_allocator);
}

/* Values 0 .. n - 1, value v as often as weight says. */
static void
fill(MlopsCountedSet *set, uint64_t first, uint64_t end, int64_t count)
{
	for (uint64_t v = first; v < end; v++)
		UNIT_CHECK_INT(
			mlops_counted_set_add(set, &v, sizeof(v), v % 2, count, &plain_allocator, NULL),
			MLOPS_STATUS_OK);
}

static void
merged_parts_are_the_whole(void)
{
	MlopsCountedSet whole, parts[2], none = { 0 };
	MlopsCountedEntry *expected, *merged;

	mlops_counted_set_begin(&whole, 2, 8);
	mlops_counted_set_begin(&parts[0], 2, 8);
	mlops_counted_set_begin(&parts[1], 2, 8);
	fill(&whole, 0, 5000, 3);
	fill(&whole, 3000, 9000, 2);
	fill(&parts[0], 0, 5000, 3);
	fill(&parts[1], 3000, 9000, 2);
	UNIT_CHECK_INT(mlops_counted_set_merge(&parts[0], &none, NULL, &plain_allocator, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_counted_set_merge(&parts[0], &parts[1], NULL, &plain_allocator, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_counted_set_merge(&none, &parts[0], NULL, &plain_allocator, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(none.n_entries, 9000);
	UNIT_CHECK_INT(none.n_entries, whole.n_entries);
	(void) mlops_counted_set_export(&whole, NULL, NULL, &plain_allocator, &expected);
	(void) mlops_counted_set_export(&none, NULL, NULL, &plain_allocator, &merged);
	for (size_t i = 0; i < whole.n_entries; i++)
	{
		UNIT_CHECK_INT(mlops_counted_entry_compare(&expected[i], &merged[i]), 0);
		UNIT_CHECK_INT(expected[i].counts[0], merged[i].counts[0]);
		UNIT_CHECK_INT(expected[i].counts[1], merged[i].counts[1]);
	}
	plain_allocator.free(plain_allocator.state, expected);
	plain_allocator.free(plain_allocator.state, merged);
	mlops_counted_set_free(&none, &plain_allocator);
	mlops_counted_set_free(&whole, &plain_allocator);
	mlops_counted_set_free(&parts[0], &plain_allocator);
	mlops_counted_set_free(&parts[1], &plain_allocator);
}

static void
sets_of_other_kinds_do_not_merge(void)
{
	MlopsCountedSet one, two;
	MlopsReason reason;

	mlops_counted_set_begin(&one, 1, 8);
	mlops_counted_set_begin(&two, 1, 0);
	UNIT_CHECK_INT(mlops_counted_set_merge(&one, &two, NULL, &plain_allocator, &reason),
				   MLOPS_STATUS_INVALID);
	UNIT_CHECK_TEXT(reason.text, "counts of values of different kinds cannot be merged");
	mlops_counted_set_begin(&two, 2, 8);
	UNIT_CHECK_INT(mlops_counted_set_merge(&one, &two, NULL, &plain_allocator, &reason),
				   MLOPS_STATUS_INVALID);
}

static bool
cancel_at_once(void *state)
{
	(void) state;
	return true;
}

static void
merge_and_export_can_be_stopped(void)
{
	MlopsCancel cancel = { cancel_at_once, NULL };
	MlopsCountedSet set, into = { 0 };
	MlopsCountedEntry *entries;

	mlops_counted_set_begin(&set, 1, 0);
	UNIT_CHECK_INT(count_text(&set, "a", 1, &plain_allocator, NULL), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_counted_set_merge(&into, &set, &cancel, &plain_allocator, NULL),
				   MLOPS_STATUS_CANCELLED);
	UNIT_CHECK_INT(mlops_counted_set_export(&set, NULL, &cancel, &plain_allocator, &entries),
				   MLOPS_STATUS_CANCELLED);
	UNIT_CHECK(entries == NULL);
	mlops_counted_set_free(&set, &plain_allocator);
}

static void
keys_are_ordered_by_bytes_and_then_length(void)
{
	static const char *const texts[] = {
		"b", "a", "", "ab", "\xC3\xA4", "a text that is long, 2", "a text that is long, 1"
	};
	static const char *const sorted[] = {
		"", "a", "a text that is long, 1", "a text that is long, 2", "ab", "b", "\xC3\xA4"
	};
	MlopsCountedSet set;
	MlopsCountedEntry *entries;

	mlops_counted_set_begin(&set, 1, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		(void) count_text(&set, texts[i], 1, &plain_allocator, NULL);
	(void) mlops_counted_set_export(&set, NULL, NULL, &plain_allocator, &entries);
	for (size_t i = 0; i < set.n_entries; i++)
		UNIT_CHECK(entries[i].n_bytes == strlen(sorted[i]) &&
				   memcmp(entries[i].key, sorted[i], entries[i].n_bytes) == 0);
	plain_allocator.free(plain_allocator.state, entries);
	mlops_counted_set_free(&set, &plain_allocator);
}

/* A set as the only field of a state, written. */
static void
write_set(MlopsCountedSet *set, bool is_text, MlopsBuffer *buffer)
{
	MlopsStateIo io;

	*buffer = (MlopsBuffer){ .allocator = &plain_allocator };
	mlops_io_begin_write(&io, is_text, buffer);
	mlops_io_object_begin(&io);
	mlops_counted_set_transfer(set, &io, "values", mlops_counted_key_bytes);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
}

/* ... and read, from text when that begins with a brace. */
static MlopsStatus
read_set(MlopsCountedSet *set, uint32_t n_counts, const void *bytes, size_t n_bytes,
		 const MlopsAllocator *allocator, MlopsReason *reason)
{
	MlopsStateIo io;
	MlopsStatus status;

	mlops_counted_set_begin(set, n_counts, 0);
	mlops_io_begin_read(&io, n_bytes > 0 && *(const char *) bytes == '{', bytes, n_bytes,
						allocator);
	mlops_io_object_begin(&io);
	mlops_counted_set_transfer(set, &io, "values", mlops_counted_key_bytes);
	status = mlops_io_object_end(&io);
	if (reason != NULL)
		*reason = io.reason;
	return status;
}

static void
equal_sets_have_the_same_bytes(void)
{
	MlopsCountedSet set, other;
	MlopsBuffer bytes, other_bytes;

	mlops_counted_set_begin(&set, 1, 0);
	mlops_counted_set_begin(&other, 1, 0);
	(void) count_text(&set, "b", 1, &plain_allocator, NULL);
	(void) count_text(&set, "a text that is longer than a slot", 70, &plain_allocator, NULL);
	for (int i = 0; i < 1000; i++)
		(void) mlops_counted_set_add(&other, &i, sizeof(i), 0, 1, &plain_allocator, NULL);
	(void) count_text(&other, "a text that is longer than a slot", 70, &plain_allocator, NULL);
	(void) count_text(&other, "b", 1, &plain_allocator, NULL);
	for (int i = 0; i < 1000; i++)
		(void) mlops_counted_set_add(&other, &i, sizeof(i), 0, -1, &plain_allocator, NULL);
	write_set(&set, false, &bytes);
	write_set(&other, false, &other_bytes);
	UNIT_CHECK(bytes.n_bytes == other_bytes.n_bytes &&
			   memcmp(bytes.bytes, other_bytes.bytes, bytes.n_bytes) == 0);
	mlops_free(&plain_allocator, bytes.bytes);
	mlops_free(&plain_allocator, other_bytes.bytes);
	mlops_counted_set_free(&set, &plain_allocator);
	mlops_counted_set_free(&other, &plain_allocator);
}

static void
what_is_written_is_read(void)
{
	static const char text[] = "{\"values\":[[\"\",3,0],[\"a\\\"\",0,9],[\"b\",1,2]]}";
	MlopsCountedSet set;
	MlopsBuffer buffer;

	UNIT_CHECK_INT(read_set(&set, 2, text, sizeof(text) - 1, &plain_allocator, NULL),
				   MLOPS_STATUS_OK);
	write_set(&set, true, &buffer);
	UNIT_CHECK(buffer.n_bytes == sizeof(text) - 1 &&
			   memcmp(buffer.bytes, text, buffer.n_bytes) == 0);
	mlops_free(&plain_allocator, buffer.bytes);
	write_set(&set, false, &buffer);
	mlops_counted_set_free(&set, &plain_allocator);
	UNIT_CHECK_INT(read_set(&set, 2, buffer.bytes, buffer.n_bytes, &plain_allocator, NULL),
				   MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_counted_set_get(&set, "b", 1, 1), 2);
	UNIT_CHECK_INT(mlops_counted_set_get(&set, "", 0, 0), 3);
	UNIT_CHECK_INT(set.totals[1], 11);
	mlops_free(&plain_allocator, buffer.bytes);
	mlops_counted_set_free(&set, &plain_allocator);
}

/* A set that was never begun is written as one without entries. */
static void
the_empty_state_is_written(void)
{
	MlopsCountedSet set = { 0 };
	MlopsBuffer buffer;

	write_set(&set, true, &buffer);
	UNIT_CHECK(buffer.n_bytes == 13 && memcmp(buffer.bytes, "{\"values\":[]}", 13) == 0);
	mlops_free(&plain_allocator, buffer.bytes);
}

static void
what_no_set_writes_is_refused(void)
{
	static const struct
	{
		char text[80];
		char reason[60];
	} cases[] = {
		{ "{\"values\":[[\"a\",0]]}", "a value has a count of 0" },
		{ "{\"values\":[[\"a\",-1]]}",
		  "a number must be between 0 and 9223372036854775807, not -1" },
		{ "{\"values\":[[\"a\",1],[\"a\",1]]}", "its values are not in increasing order" },
		{ "{\"values\":[[\"b\",1],[\"a\",1]]}", "its values are not in increasing order" },
		{ "{\"values\":[[\"\",9223372036854775807],[\"a\",1]]}",
		  "the counts of values add up to more than 2^63 - 1" },
		{ "{\"values\":[[\"a\",1}", "\"]\" is missing before \"}\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		AllocFailing memory;
		MlopsCountedSet set;
		MlopsReason reason;

		alloc_failing_init(&memory, 0);
		UNIT_CHECK_INT(
			read_set(&set, 1, cases[i].text, strlen(cases[i].text), &memory.allocator, &reason),
			MLOPS_STATUS_CORRUPT);
		UNIT_CHECK_TEXT(reason.text, cases[i].reason);
		mlops_counted_set_free(&set, &memory.allocator);
		UNIT_CHECK_INT(memory.n_live, 0);
	}
}

/* Two numbers as a key of fixed length. */
static void
transfer_numbers(MlopsStateIo *io, uint8_t **key, size_t *n_bytes)
{
	double numbers[2];

	memcpy(numbers, *key, sizeof(numbers));
	UNIT_CHECK_INT(*n_bytes, sizeof(numbers));
	mlops_io_double(io, NULL, &numbers[0]);
	mlops_io_double(io, NULL, &numbers[1]);
	if (mlops_io_is_reading(io))
		memcpy(*key, numbers, sizeof(numbers));
}

static void
keys_of_fixed_length_go_field_by_field(void)
{
	static const char text[] = "{\"values\":[[1.5,0.25,3],[2,0.1,9]]}";
	MlopsCountedSet set;
	MlopsBuffer buffer = { .allocator = &plain_allocator };
	MlopsStateIo io;
	double key[2] = { 2, 0.1 };

	mlops_counted_set_begin(&set, 1, sizeof(key));
	mlops_io_begin_read(&io, true, text, sizeof(text) - 1, &plain_allocator);
	mlops_io_object_begin(&io);
	mlops_counted_set_transfer(&set, &io, "values", transfer_numbers);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_CORRUPT); /* the bytes of 2 come first */
	mlops_counted_set_free(&set, &plain_allocator);
	(void) mlops_counted_set_add(&set, key, sizeof(key), 0, 9, &plain_allocator, NULL);
	key[0] = 1.5;
	key[1] = 0.25;
	(void) mlops_counted_set_add(&set, key, sizeof(key), 0, 3, &plain_allocator, NULL);
	mlops_io_begin_write(&io, true, &buffer);
	mlops_io_object_begin(&io);
	mlops_counted_set_transfer(&set, &io, "values", transfer_numbers);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	mlops_counted_set_free(&set, &plain_allocator);
	mlops_io_begin_read(&io, true, buffer.bytes, buffer.n_bytes, &plain_allocator);
	mlops_io_object_begin(&io);
	mlops_counted_set_transfer(&set, &io, "values", transfer_numbers);
	UNIT_CHECK_INT(mlops_io_object_end(&io), MLOPS_STATUS_OK);
	UNIT_CHECK_INT(mlops_counted_set_get(&set, key, sizeof(key), 0), 3);
	mlops_free(&plain_allocator, buffer.bytes);
	mlops_counted_set_free(&set, &plain_allocator);
}

static MlopsStatus
read_all(const MlopsAllocator *allocator, void *argument)
{
	const MlopsBuffer *buffer = argument;
	MlopsCountedSet set;
	MlopsStatus status = read_set(&set, 1, buffer->bytes, buffer->n_bytes, allocator, NULL);

	mlops_counted_set_free(&set, allocator);
	return status;
}

static void
each_allocation_of_reading_may_fail(void)
{
	MlopsCountedSet set;
	MlopsBuffer buffer;
	char text[64];

	mlops_counted_set_begin(&set, 1, 0);
	for (int i = 0; i < 20; i++)
	{
		(void) snprintf(text, sizeof(text), i % 2 ? "%d" : "a text that is longer: %d", i);
		(void) count_text(&set, text, 1, &plain_allocator, NULL);
	}
	write_set(&set, false, &buffer);
	UNIT_CHECK(alloc_failing_each(read_all, &buffer) > 20);
	mlops_free(&plain_allocator, buffer.bytes);
	mlops_counted_set_free(&set, &plain_allocator);
}

/* Long and short keys, a merge and an export: all that allocates. */
static MlopsStatus
allocate_all(const MlopsAllocator *allocator, void *argument)
{
	MlopsCountedSet set, other = { 0 };
	MlopsCountedEntry *entries = NULL;
	MlopsStatus status = MLOPS_STATUS_OK;
	char text[64];

	(void) argument;
	mlops_counted_set_begin(&set, 1, 0);
	for (int i = 0; i < 40 && status == MLOPS_STATUS_OK; i++)
	{
		size_t n_entries = set.n_entries;

		(void) snprintf(text, sizeof(text), i % 2 ? "%d" : "a text that is longer: %d", i);
		status = count_text(&set, text, 1, allocator, NULL);
		UNIT_CHECK_INT(set.n_entries, n_entries + (status == MLOPS_STATUS_OK));
	}
	if (status == MLOPS_STATUS_OK)
		status = mlops_counted_set_merge(&other, &set, NULL, allocator, NULL);
	if (status == MLOPS_STATUS_OK)
		status = mlops_counted_set_export(&other, NULL, NULL, allocator, &entries);
	mlops_free(allocator, entries);
	mlops_counted_set_free(&set, allocator);
	mlops_counted_set_free(&other, allocator);
	return status;
}

static void
each_allocation_may_fail(void)
{
	UNIT_CHECK(alloc_failing_each(allocate_all, NULL) > 8);
}

int
main(void)
{
	UNIT_RUN(random_operations_give_what_a_list_gives);
	UNIT_RUN(the_last_removal_leaves_nothing);
	UNIT_RUN(what_is_not_there_cannot_be_taken_away);
	UNIT_RUN(sums_of_counts_do_not_overflow);
	UNIT_RUN(a_key_of_another_length_is_refused);
	UNIT_RUN(memory_follows_what_is_there);
	UNIT_RUN(a_table_shrinks);
	UNIT_RUN(merged_parts_are_the_whole);
	UNIT_RUN(sets_of_other_kinds_do_not_merge);
	UNIT_RUN(merge_and_export_can_be_stopped);
	UNIT_RUN(keys_are_ordered_by_bytes_and_then_length);
	UNIT_RUN(each_allocation_may_fail);
	UNIT_RUN(equal_sets_have_the_same_bytes);
	UNIT_RUN(what_is_written_is_read);
	UNIT_RUN(the_empty_state_is_written);
	UNIT_RUN(what_no_set_writes_is_refused);
	UNIT_RUN(keys_of_fixed_length_go_field_by_field);
	UNIT_RUN(each_allocation_of_reading_may_fail);
	return unit_end();
}

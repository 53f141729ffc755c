/*
 * Elements come out in the order of qsort, whatever their order and however many are equal; a
 * cancel is heard while they are sorted, and loses none of them.
 */
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "core/sort.h"

#include "random_dataset.h"
#include "unit.h"

#define N_LARGE ((size_t) 5 * MLOPS_SORT_PART)

/* Of a size that is no power of two. */
typedef struct Element
{
	uint64_t key;
	uint64_t rank;
	uint64_t row;
} Element;

typedef struct Hook
{
	int n_asked;
	int stop_at; /* this question, counted from 1, is answered by true; 0 = none */
} Hook;

static bool
is_stopped(void *state)
{
	Hook *hook = state;

	return ++hook->n_asked == hook->stop_at;
}

static int
compare(const void *a, const void *b)
{
	const Element *x = a;
	const Element *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* Random keys of which only the bits of mask vary; ascending or descending ones with no mask. */
static Element *
make_elements(size_t n, uint64_t mask, int step)
{
	Element *elements = random_alloc(n, sizeof(Element));
	MlopsRng rng = mlops_rng_stream((int64_t) n, mask);

	for (size_t i = 0; i < n; i++)
	{
		uint64_t key = step == 0 ? mlops_rng_next(&rng) & mask : step > 0 ? i : n - i;

		/* what compares as equal is equal */
		elements[i] = (Element){ key, key / 3, ~key };
	}
	return elements;
}

static void
check(size_t n, uint64_t mask, int step)
{
	Element *elements = make_elements(n, mask, step);
	Element *expected = random_alloc(n, sizeof(Element));
	Hook hook = { 0, 0 };
	MlopsCancel cancel = { is_stopped, &hook };

	memcpy(expected, elements, n * sizeof(Element));
	if (n > 0)
		qsort(expected, n, sizeof(Element), compare);
	UNIT_CHECK_INT(mlops_sort(elements, n, sizeof(Element), compare, &cancel), MLOPS_STATUS_OK);
	UNIT_CHECK(memcmp(elements, expected, n * sizeof(Element)) == 0);
	UNIT_CHECK(n < N_LARGE || hook.n_asked >= 5);
	/* each pass over all elements would ask 5 times: far from one pass an element */
	UNIT_CHECK(hook.n_asked < 200);
	free(elements);
	free(expected);
}

static void
elements_of_all_kinds_are_sorted(void)
{
	static const size_t SIZES[] = { 0, 1, 2, 1000, MLOPS_SORT_PART, MLOPS_SORT_PART + 1, N_LARGE };

	for (size_t s = 0; s < sizeof(SIZES) / sizeof(SIZES[0]); s++)
	{
		check(SIZES[s], UINT64_MAX, 0);
		check(SIZES[s], 0, 0);
		check(SIZES[s], 3, 0);
		check(SIZES[s], 0, 1);
		check(SIZES[s], 0, -1);
	}
}

static void
a_cancel_is_heard_at_each_question(void)
{
	for (int stop_at = 1; stop_at <= 8; stop_at++)
	{
		Element *elements = make_elements(N_LARGE, UINT64_MAX, 0);
		Hook hook = { 0, stop_at };
		MlopsCancel cancel = { is_stopped, &hook };
		uint64_t before = 0, after = 0;

		for (size_t i = 0; i < N_LARGE; i++)
			before += elements[i].key;
		UNIT_CHECK_INT(mlops_sort(elements, N_LARGE, sizeof(Element), compare, &cancel),
					   MLOPS_STATUS_CANCELLED);
		for (size_t i = 0; i < N_LARGE; i++)
			after += elements[i].key;
		UNIT_CHECK_INT(hook.n_asked, stop_at);
		UNIT_CHECK(before == after);
		free(elements);
	}
}

int
main(void)
{
	UNIT_RUN(elements_of_all_kinds_are_sorted);
	UNIT_RUN(a_cancel_is_heard_at_each_question);
	return unit_end();
}

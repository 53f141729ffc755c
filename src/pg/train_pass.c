/*
 * Training: passes over the spool, which tell training rows, those of the sample and test rows apart.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "core/hash.h"
#include "pg/train_columns.h"

/* Numbers that cut points are made from, at most: more add time, not quality. */
#define SAMPLE_ROWS 200000

/*
 * Choose the sample: selection sampling, where each row of the rest has the
 * chance that fills the sample.
 */
static void
choose_sample(MlopsPass *pass)
{
	size_t n = pass->training->train.n;
	uint64 seed = (uint64) pass->training->params.random_state;

	pass->n_sampled = Min(n, SAMPLE_ROWS);
	if (n <= SAMPLE_ROWS)
		return;
	pass->sampled = mlops_train_alloc(pass->training, n / 8 + 1, sizeof(bits8));
	memset(pass->sampled, 0, n / 8 + 1);
	for (size_t i = 0, n_values = 0; n_values < SAMPLE_ROWS; i++)
	{
		uint64 draw = mlops_hash_int(i, seed) >> 32;

		if (draw * (n - i) < ((uint64) (SAMPLE_ROWS - n_values) << 32))
		{
			pass->sampled[i / 8] |= (bits8) (1 << (i % 8));
			n_values++;
		}
	}
}

void
mlops_pass_init(MlopsPass *pass, MlopsTraining *training)
{
	size_t n =
		mlops_spool_n_blocks(training->spool) == 0 ? 0 : mlops_spool_block_rows(training->spool, 0);

	memset(pass, 0, sizeof(*pass));
	pass->training = training;
	choose_sample(pass);
	pass->chosen = mlops_train_alloc(training, n, sizeof(uint32));
	pass->places = mlops_train_alloc(training, n, sizeof(uint32));
	pass->sample = mlops_train_alloc(training, n, sizeof(uint32));
	pass->test = mlops_train_alloc(training, n, sizeof(uint32));
	pass->test_places = mlops_train_alloc(training, n, sizeof(uint32));
}

void
mlops_pass_free(MlopsPass *pass)
{
	if (pass->sampled != NULL)
		pfree(pass->sampled);
	pfree(pass->chosen);
	pfree(pass->places);
	pfree(pass->sample);
	pfree(pass->test);
	pfree(pass->test_places);
}

void
mlops_pass_enter(MlopsPass *pass, size_t block)
{
	const MlopsTraining *training = pass->training;
	size_t n = mlops_spool_block_rows(training->spool, block);

	CHECK_FOR_INTERRUPTS();
	if (block == 0)
		pass->n_read = 0;
	pass->n_chosen = pass->n_sample = pass->n_test = 0;
	for (uint32 i = 0; i < n; i++)
	{
		uint32 slot = mlops_train_slot(training, pass->n_read + i);

		if ((slot & MLOPS_SLOT_TEST) != 0)
		{
			pass->test[pass->n_test] = i;
			pass->test_places[pass->n_test++] = slot & ~MLOPS_SLOT_TEST;
			continue;
		}
		pass->chosen[pass->n_chosen] = i;
		pass->places[pass->n_chosen++] = slot;
		if (mlops_pass_is_sampled(pass, slot))
			pass->sample[pass->n_sample++] = i;
	}
	pass->n_read += n;
}

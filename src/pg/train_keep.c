/*
 * Training: rows as they were read, for keep_training_data.
 *
 * A row is kept as json by the server's own row_to_json, so that it reads back
 * as the same values by jsonb_populate_record, floats to the last bit.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/tuplestore.h"

#include "pg/train.h"

MlopsKeptRows *
mlops_kept_create(void)
{
	MlopsKeptRows *kept = palloc0(sizeof(MlopsKeptRows));

	kept->desc = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(kept->desc, 1, "data", JSONOID, -1, 0);
	kept->rows = tuplestore_begin_heap(true, false, work_mem);
	return kept;
}

void
mlops_kept_take(void *state, TupleTableSlot *slot)
{
	MlopsKeptRows *kept = state;
	TupleDesc desc = BlessTupleDesc(slot->tts_tupleDescriptor);
	HeapTuple tuple = heap_form_tuple(desc, slot->tts_values, slot->tts_isnull);
	Datum json = DirectFunctionCall1(row_to_json, HeapTupleGetDatum(tuple));
	bool is_null = false;

	tuplestore_putvalues(kept->rows, kept->desc, &json, &is_null);
}

void
mlops_kept_free(MlopsKeptRows *kept)
{
	if (kept != NULL)
		tuplestore_end(kept->rows);
}

void
mlops_kept_mark_test(MlopsTraining *training)
{
	size_t n = training->rows->n_rows;
	Size n_bytes = VARHDRSZ + n / 8 + 1;
	bytea *bits = MemoryContextAllocZero(training->context, n_bytes);

	SET_VARSIZE(bits, n_bytes);
	for (size_t i = 0; i < n; i++)
	{
		if ((mlops_train_slot(training, i) & MLOPS_SLOT_TEST) != 0)
			VARDATA(bits)[i / 8] |= (char) (1 << (i % 8));
	}
	training->kept->is_test = bits;
}

/*
 * Hash of a set of rows that does not depend on their order.
 */
#include "core/row_hash.h"

/* Eight bytes, the most significant first. */
static uint64_t
read_word(const uint8_t *bytes)
{
	uint64_t word = 0;

	for (int i = 0; i < 8; i++)
		word = word << 8 | bytes[i];
	return word;
}

static uint8_t *
write_word(uint8_t *bytes, uint64_t word)
{
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t) (word >> (56 - 8 * i));
	return bytes + 8;
}

void
mlops_row_hash_add(MlopsRowHash *hash, const uint8_t *digest)
{
	MlopsRowHash row = { .n_rows = 1 };

	row.sum_high = row.xor_high = read_word(digest);
	row.sum_low = row.xor_low = read_word(digest + 8);
	mlops_row_hash_merge(hash, &row);
}

void
mlops_row_hash_remove(MlopsRowHash *hash, const uint8_t *digest)
{
	uint64_t high = read_word(digest);
	uint64_t low = read_word(digest + 8);

	hash->n_rows--;
	hash->sum_high -= high + (hash->sum_low < low);
	hash->sum_low -= low;
	hash->xor_high ^= high;
	hash->xor_low ^= low;
}

void
mlops_row_hash_merge(MlopsRowHash *into, const MlopsRowHash *from)
{
	into->n_rows += from->n_rows;
	into->sum_low += from->sum_low;
	into->sum_high += from->sum_high + (into->sum_low < from->sum_low);
	into->xor_high ^= from->xor_high;
	into->xor_low ^= from->xor_low;
}

void
mlops_row_hash_write(const MlopsRowHash *hash, uint8_t *bytes)
{
	bytes = write_word(bytes, (uint64_t) hash->n_rows);
	bytes = write_word(bytes, hash->sum_high);
	bytes = write_word(bytes, hash->sum_low);
	bytes = write_word(bytes, hash->xor_high);
	write_word(bytes, hash->xor_low);
}

static void
transfer_word(MlopsStateIo *io, const char *name, uint64_t *word)
{
	int64_t value = (int64_t) *word;

	mlops_io_int(io, name, &value, INT64_MIN, INT64_MAX);
	*word = (uint64_t) value;
}

/* The last bits of sum and xor agree; of no rows both are 0, of one row they are its digest. */
static bool
can_be_of_rows(const MlopsRowHash *hash)
{
	bool are_equal = hash->sum_high == hash->xor_high && hash->sum_low == hash->xor_low;

	if (hash->n_rows == 0)
		return are_equal && (hash->sum_high | hash->sum_low) == 0;
	return hash->n_rows == 1 ? are_equal : (hash->sum_low & 1) == (hash->xor_low & 1);
}

void
mlops_row_hash_transfer(MlopsRowHash *hash, MlopsStateIo *io)
{
	mlops_io_int(io, "n", &hash->n_rows, 0, INT64_MAX);
	transfer_word(io, "sum_high", &hash->sum_high);
	transfer_word(io, "sum_low", &hash->sum_low);
	transfer_word(io, "xor_high", &hash->xor_high);
	transfer_word(io, "xor_low", &hash->xor_low);
	if (mlops_io_is_reading(io) && !can_be_of_rows(hash))
		mlops_io_fail(io, MLOPS_STATUS_CORRUPT, "no %lld rows have this sum and xor",
					  (long long) hash->n_rows);
}

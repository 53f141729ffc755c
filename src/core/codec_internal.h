/*
 * Bytes that encoder and decoder agree on.  See FORMAT.md.
 */
#ifndef MLOPS_CODEC_INTERNAL_H
#define MLOPS_CODEC_INTERNAL_H

#include "core/codec.h"

#define MLOPS_MAGIC_HEADER 0x464F4C4Du /* "MLOF" */
#define MLOPS_MAGIC_TREE   0x544F4C4Du /* "MLOT" */
#define MLOPS_CRC_BYTES	   4

/* First byte of a node. */
#define MLOPS_BYTE_LEAF			127
#define MLOPS_BYTE_WIDE_COLUMN	126
#define MLOPS_BYTE_COLUMN		0x7F
#define MLOPS_BYTE_MISSING_LEFT 0x80

/* Format versions. */
#define MLOPS_FORMAT_PLAIN		  1 /* column c codes feature c, without preprocessing */
#define MLOPS_FORMAT_PREPROCESSED 2

/* Flags of a column; version 1 knows only the first. */
#define MLOPS_COLUMN_HAS_REST		 0x01
#define MLOPS_COLUMN_REFUSES_MISSING 0x02
#define MLOPS_COLUMN_ALL_FLAGS		 0x03

/* Flags of a tree chunk. */
#define MLOPS_TREE_INLINE_ENTRIES 0x01
#define MLOPS_TREE_CLASS_WEIGHTS  0x02

/* Words of a leaf entry. */
static inline uint32_t
mlops_entry_words(uint32_t n_classes)
{
	return n_classes > 0 ? n_classes : MLOPS_REGRESSION_ENTRY_WORDS;
}

/* Doubles of a leaf value. */
static inline uint32_t
mlops_n_outputs(uint32_t n_classes)
{
	return n_classes > 2 ? n_classes : 1;
}

/* Bytes of the bit set form of a set of codes. */
static inline size_t
mlops_set_bits_bytes(uint32_t n_codes)
{
	return (n_codes + 7) / 8;
}

/* Slots of a set in memory: the smaller of list and bit set, by its size and largest code. */
static inline uint32_t
mlops_set_slots(uint32_t n_set_codes, uint32_t last_code, bool *is_bits)
{
	uint32_t list = (n_set_codes + 3) / 4;
	uint32_t bits = last_code / 64 + 1;

	*is_bits = bits <= list;
	return *is_bits ? bits : list;
}

/* Address of something in a forest's block that is being made. */
static inline void *
mlops_codec_block_at(MlopsForest *forest, uint64_t offset)
{
	return (char *) forest + offset;
}

/* Check magic and checksum; the cursor then stands behind the magic and ends before the CRC. */
extern MlopsStatus mlops_codec_open_chunk(MlopsCursor *cursor, const void *bytes, size_t n_bytes,
										  uint32_t magic, MlopsReason *reason);

/* CORRUPT, for a cursor that failed. */
extern MlopsStatus mlops_codec_short_chunk(MlopsReason *reason);

/* Read class weights [n_classes]; out may be NULL to check only. */
extern MlopsStatus mlops_codec_read_weights(MlopsCursor *cursor, uint32_t n_classes, double *out,
											MlopsReason *reason);

#endif

/*
 * Some trees of a forest, decoded as a forest of their own: under a header that
 * says how many they are.
 */
#include "core/forest_part.h"

static MlopsStatus
decode(const MlopsBuffer *header, const MlopsChunk *chunks, uint32_t n_trees,
	   const MlopsAllocator *allocator, MlopsForest **part, MlopsReason *reason)
{
	MlopsDecoder decoder;
	MlopsStatus status = mlops_decoder_begin(&decoder, header->bytes, header->n_bytes, SIZE_MAX,
											 allocator, NULL, reason);
	MlopsStatus end_status;

	for (uint32_t k = 0; status == MLOPS_STATUS_OK && k < n_trees; k++)
		status = mlops_decoder_add_tree(&decoder, chunks[k].bytes, chunks[k].n_bytes, reason);
	end_status = mlops_decoder_end(&decoder, status == MLOPS_STATUS_OK ? reason : NULL);
	if (status == MLOPS_STATUS_OK)
		status = end_status;
	if (status == MLOPS_STATUS_OK)
		*part = decoder.forest;
	else
		mlops_free(allocator, decoder.forest);
	return status;
}

MlopsStatus
mlops_forest_part_decode(const MlopsForestSpec *spec, const MlopsChunk *chunks,
						 const MlopsForestTotals *totals, uint32_t n_trees,
						 const MlopsAllocator *allocator, MlopsForest **part, MlopsReason *reason)
{
	MlopsForestSpec of_part = *spec;
	MlopsForestTotals sum = { 0 };
	MlopsBuffer header = { .allocator = allocator };
	MlopsStatus status;

	*part = NULL;
	of_part.n_trees = n_trees;
	for (uint32_t k = 0; k < n_trees; k++)
	{
		sum.n_nodes += totals[k].n_nodes;
		sum.n_values += totals[k].n_values;
	}
	mlops_codec_encode_header(&of_part, &sum, &header);
	if (header.is_failed)
		status = mlops_status_fail(reason, MLOPS_STATUS_NOMEM, "no memory for a header");
	else
		status = decode(&header, chunks, n_trees, allocator, part, reason);
	mlops_free(allocator, header.bytes);
	return status;
}

uint32_t
mlops_forest_part_size(const MlopsForestTotals *totals, uint32_t first, uint32_t n_trees,
					   uint32_t n_max, uint64_t max_bytes)
{
	uint64_t n_bytes = 0;
	uint32_t n = 0;

	while (first + n < n_trees && n < n_max)
	{
		n_bytes += totals[first + n].n_nodes * sizeof(MlopsForestNode) +
				   totals[first + n].n_values * sizeof(double);
		if (n > 0 && n_bytes > max_bytes)
			break;
		n++;
	}
	return n;
}

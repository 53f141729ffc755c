/*
 * A tree as it is grown: life of its blocks.
 */
#include "core/tree.h"

void
mlops_tree_reset(MlopsTree *tree)
{
	tree->n_nodes = 0;
	tree->n_entries = 0;
	tree->n_set_codes = 0;
}

void
mlops_tree_free(MlopsTree *tree, const MlopsAllocator *allocator)
{
	mlops_free(allocator, tree->nodes);
	mlops_free(allocator, tree->entries);
	mlops_free(allocator, tree->set_codes);
	mlops_free(allocator, tree->class_weights);
	*tree = (MlopsTree){ 0 };
}

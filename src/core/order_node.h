/*
 * Nodes of a B-tree with counts, for those who go through one.
 */
#ifndef MLOPS_ORDER_NODE_H
#define MLOPS_ORDER_NODE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/order_tree.h"

typedef struct MlopsOrderLeaf
{
	int32_t n;
	double values[MLOPS_ORDER_LEAF];  /* strictly increasing */
	int64_t counts[MLOPS_ORDER_LEAF]; /* > 0 */
} MlopsOrderLeaf;

typedef struct MlopsOrderInner
{
	int32_t n;
	double lows[MLOPS_ORDER_INNER];	   /* lows[0] is not looked at */
	int64_t counts[MLOPS_ORDER_INNER]; /* values below each child */
	void *children[MLOPS_ORDER_INNER];
} MlopsOrderInner;

/* Both kinds of nodes begin with their number of entries. */
static inline int32_t
mlops_order_entries(const void *node)
{
	int32_t n = 0;

	/* no node is missing: this is for who reads the code by machine, as the same elsewhere */
	if (node != NULL)
		memcpy(&n, node, sizeof(n));
	return n;
}

/* The lowest value that a node may hold, as its parent keeps it. */
static inline double
mlops_order_low(const void *node, bool is_leaf)
{
	return is_leaf ? ((const MlopsOrderLeaf *) node)->values[0] :
					 ((const MlopsOrderInner *) node)->lows[0];
}

#endif

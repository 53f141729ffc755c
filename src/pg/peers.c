/*
 * Where groups of peers begin.
 *
 * To ask the executor is to fetch two rows of the partition and copy them.  All
 * functions of a window have the same peers and are called one after the other
 * for each row, so the first one's answer serves the others.
 *
 * A window is told from others by the memory of its rows, in which the executor
 * calls its functions.  What is remembered cannot be of another partition or of
 * a window that is gone: each goes through its rows from position 0 on, and there
 * it is forgotten.  A window that runs in between overwrites it, which costs the
 * other one a second comparison.
 */
#include "pg/peers.h"

/* Rows go in lots of so many: each time costs as much as a comparison. */
#define ROWS_KEPT 32

static struct
{
	MemoryContext rows; /* of the window; NULL for none */
	int64 position;
	bool begins_group;
} remembered;

bool
mlops_begins_peer_group(WindowObject window)
{
	int64 position = WinGetCurrentPosition(window);

	if (position == 0)
	{
		remembered.rows = NULL;
		return true;
	}
	if (remembered.rows != CurrentMemoryContext || remembered.position != position)
	{
		remembered.begins_group = !WinRowsArePeers(window, position - 1, position);
		remembered.position = position;
		remembered.rows = CurrentMemoryContext;
	}
	if (position % ROWS_KEPT == 0)
		WinSetMarkPosition(window, position);
	return remembered.begins_group;
}

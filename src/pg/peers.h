/*
 * Where groups of peers begin, for window functions whose answer changes only there.
 */
#ifndef MLOPS_PEERS_H
#define MLOPS_PEERS_H

#include "postgres.h"

#include "windowapi.h"

/*
 * True if the current row begins a group of peers: it is the first of its partition, or its ORDER BY
 * value is not that of the row before.  Without ORDER BY only the first row does.
 *
 * To be called once for each row.  Lets go of the rows before, so the caller must not ask for their
 * values.
 * Cost: one comparison a row for all functions of a window together.
 */
extern bool mlops_begins_peer_group(WindowObject window);

#endif

/*
 * Word of changes to the registry, sent to every backend before they can be seen.
 */
#ifndef MLOPS_REGISTRY_CHANGE_H
#define MLOPS_REGISTRY_CHANGE_H

#include "access/transam.h"
#include "utils/snapshot.h"

/*
 * True if what two snapshots of this backend see of the registry is the same.
 *
 * Takes in all messages that have arrived.  False means no more than that it is
 * not known to be the same.
 *
 *   xmin    of the earlier snapshot
 *   later   of now
 *
 * Does not answer for changes of the own transaction, whose snapshots have an
 * xmin up to its id: false is the answer then, too.
 * Cost: no lock but after a message; tens of nanoseconds.
 */
extern bool mlops_registry_is_unchanged(TransactionId xmin, Snapshot later);

#endif

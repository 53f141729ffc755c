/*
 * Status of the core -> error of the server.
 */
#ifndef MLOPS_ERROR_H
#define MLOPS_ERROR_H

#include "core/status.h"

/*
 * Raise the error that a status stands for; returns only for MLOPS_STATUS_OK.
 *
 *   reason   why, becomes the primary text; may be NULL
 *
 * MLOPS_STATUS_CANCELLED rethrows what the cancel hook caught (pg/hooks.h).
 */
extern void mlops_report_status(MlopsStatus status, const MlopsReason *reason);

/*
 * Raise XX001 for a stored model.
 *
 *   reason   why, becomes the detail
 */
extern void mlops_report_corrupted(const char *model, int version, const char *reason)
	pg_attribute_noreturn();

/*
 * The nearest of the known names, for a hint "Did you mean ...?".
 *
 *   names    [n_names]
 *
 * Returns NULL if none is within an edit distance of 2 or a third of its length.
 * Cost: O(n_names * length^2).
 */
extern const char *mlops_nearest_name(const char *name, const char *const *names, int n_names);

/* "a", "b", "c": names quoted and joined, palloc'd. */
extern char *mlops_join_names(const char *const *names, int n_names);

#endif

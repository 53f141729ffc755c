/*
 * Entry of the shared library: the module magic, and the settings of every
 * file that owns some.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "pg/agg_state.h"
#include "pg/cache.h"
#include "pg/coding.h"
#include "pg/compat.h"
#include "pg/run.h"
#include "pg/train.h"

PG_MODULE_MAGIC;

/* The server looks for this name.  NOLINTNEXTLINE(bugprone-reserved-identifier) */
extern PGDLLEXPORT void _PG_init(void);

/* Runs once per server process, when the library is loaded. */
void
_PG_init(void)
{
	mlops_state_init_gucs();
	mlops_reference_init();
	mlops_cache_init();
	mlops_shared_cache_init();
	mlops_coding_init_gucs();
	mlops_train_init_gucs();
	mlops_train_permute_init_gucs();
	mlops_run_init();
	MarkGUCPrefixReserved("mlops");
}

/*
 * Differences between PostgreSQL 14 .. 18; the only file that asks for the version.
 */
#ifndef MLOPS_COMPAT_H
#define MLOPS_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "mlops needs PostgreSQL 15 or later"
#endif

/* 15 renamed it; before, it warned about unknown settings instead of refusing them. */
#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

/*
 * A function that SQL may call: declared for everyone, defined next to it.
 * PostgreSQL 16 and later export only what says so.
 */
#define MLOPS_FUNCTION(name)                                                                       \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                               \
	PG_FUNCTION_INFO_V1(name)

/* 16 renamed it. */
#if PG_VERSION_NUM < 160000
#define mlops_local_backend(i) pgstat_fetch_stat_local_beentry(i)
#else
#define mlops_local_backend(i) pgstat_get_local_beentry_by_index(i)
#endif

/*
 * Bytes of a temporary file, which must all be there: 16 has a function for it, and a const source.
 */
#if PG_VERSION_NUM < 160000
#define mlops_buffile_write(file, bytes, n) BufFileWrite(file, unconstify(void *, bytes), n)
#define mlops_buffile_read(file, bytes, n)                                                         \
	do                                                                                             \
	{                                                                                              \
		if (BufFileRead(file, bytes, n) != (n))                                                    \
			ereport(ERROR, (errcode_for_file_access(),                                             \
							errmsg("could not read a temporary file: it ends too early")));        \
	} while (0)
#else
#define mlops_buffile_write(file, bytes, n) BufFileWrite(file, bytes, n)
#define mlops_buffile_read(file, bytes, n)	BufFileReadExact(file, bytes, n)
#endif

/* 17 added a third argument. */
#if PG_VERSION_NUM < 170000
#define mlops_lock_is_held(tag, mode) LockHeldByMe(tag, mode)
#else
#define mlops_lock_is_held(tag, mode) LockHeldByMe(tag, mode, false)
#endif

/* Settings that would end a long transaction; 17 added the second. */
#if PG_VERSION_NUM < 170000
#define MLOPS_TIMEOUTS "lock_timeout"
#else
#define MLOPS_TIMEOUTS "lock_timeout", "transaction_timeout"
#endif

/* Intervals have no infinity before 17. */
#if PG_VERSION_NUM < 170000
#define INTERVAL_IS_NOBEGIN(interval) ((void) (interval), false)
#define INTERVAL_IS_NOEND(interval)	  ((void) (interval), false)
#endif

#endif

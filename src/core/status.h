/*
 * Status codes of the core: what went wrong, without saying it to anybody.
 *
 * Every core function that can fail returns one of these.  The core never
 * prints, aborts or jumps; src/pg/error.c alone turns a status into SQLSTATE,
 * message and hint.
 */
#ifndef MLOPS_STATUS_H
#define MLOPS_STATUS_H

/* Length of the buffer that a reason is written to, with its NUL. */
#define MLOPS_REASON_BYTES 160

typedef enum MlopsStatus
{
	MLOPS_STATUS_OK = 0,
	MLOPS_STATUS_NOMEM,		  /* the allocator returned NULL */
	MLOPS_STATUS_CANCELLED,	  /* the cancel hook said so */
	MLOPS_STATUS_INVALID,	  /* an argument is outside its range */
	MLOPS_STATUS_DATA,		  /* the data cannot be learned from */
	MLOPS_STATUS_LIMIT,		  /* too many rows, columns, classes, levels */
	MLOPS_STATUS_CORRUPT,	  /* stored bytes fail validation */
	MLOPS_STATUS_UNSUPPORTED, /* bytes of a newer format version */
	MLOPS_STATUS_RANGE,		  /* a result does not fit into its type */
} MlopsStatus;

/* Why a status other than OK came back: one lower-case line without a period. */
typedef struct MlopsReason
{
	char text[MLOPS_REASON_BYTES];
} MlopsReason;

/*
 * Write a reason, printf style, cut to MLOPS_REASON_BYTES - 1 characters.
 *
 *   reason   OUT  may be NULL: then nothing is written
 *
 * Returns status, so that "return mlops_status_fail(...)" is one line.
 * Errors: none.
 */
extern MlopsStatus mlops_status_fail(MlopsReason *reason, MlopsStatus status, const char *format,
									 ...) __attribute__((format(printf, 3, 4)));

#endif

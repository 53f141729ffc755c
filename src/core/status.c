/*
 * Status codes of the core.
 */
#include <stdarg.h>
#include <stdio.h>

#include "core/status.h"

MlopsStatus
mlops_status_fail(MlopsReason *reason, MlopsStatus status, const char *format, ...)
{
	if (reason != NULL)
	{
		va_list args;

		va_start(args, format);
		(void) vsnprintf(reason->text, sizeof(reason->text), format, args);
		va_end(args);
	}
	return status;
}

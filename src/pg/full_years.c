/*
 * Whole calendar years between two dates: ages and tenures.
 *
 * Calendar fields are compared, not days divided by 365, so that a birthday is a
 * birthday.  Who was born on 29 February has his birthday on 1 March in other
 * years, because 28 February is before it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "pg/compat.h"

MLOPS_FUNCTION(mlops_full_years);

Datum
mlops_full_years(PG_FUNCTION_ARGS)
{
	DateADT from_date = PG_GETARG_DATEADT(0);
	DateADT to_date = PG_GETARG_DATEADT(1);
	int from_year, from_month, from_day;
	int to_year, to_month, to_day;
	bool is_before_anniversary;

	if (DATE_NOT_FINITE(from_date) || DATE_NOT_FINITE(to_date) || from_date > to_date)
		PG_RETURN_NULL();
	j2date(from_date + POSTGRES_EPOCH_JDATE, &from_year, &from_month, &from_day);
	j2date(to_date + POSTGRES_EPOCH_JDATE, &to_year, &to_month, &to_day);
	is_before_anniversary = to_month < from_month || (to_month == from_month && to_day < from_day);
	PG_RETURN_INT32(to_year - from_year - (is_before_anniversary ? 1 : 0));
}

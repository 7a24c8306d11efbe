/*-------------------------------------------------------------------------
 *
 * years.c
 *		Dates and timestamps of JSON as decimal years.
 *
 * years = 1970 + seconds since 1970-01-01 / 31557600, a year of 365.25 days:
 * as mg_source_value() writes it in SQL.  PostgreSQL writes dates into JSON in
 * ISO 8601, whatever DateStyle says: 2020-04-24, 2020-04-24T08:30:00.5 and,
 * for timestamptz, 2020-04-24T08:30:00.5+01:00.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/datetime.h"

#include "prediction/predict.h"

#define SECONDS_A_DAY	86400.0
#define SECONDS_A_YEAR	31557600.0

typedef struct Text
{
	const char *at;
	const char *end;
} Text;

/* A number of min to max digits. */
static bool
digits(Text *t, int min, int max, int *value)
{
	int			n = 0;

	*value = 0;
	while (n < max && t->at < t->end && *t->at >= '0' && *t->at <= '9')
	{
		*value = *value * 10 + (*t->at++ - '0');
		n++;
	}
	return n >= min;
}

static bool
mark(Text *t, const char *marks)
{
	if (t->at >= t->end || strchr(marks, *t->at) == NULL)
		return false;
	t->at++;
	return true;
}

static bool
read_date(Text *t, double *seconds)
{
	int			year;
	int			month;
	int			day;

	if (!digits(t, 4, 6, &year) || !mark(t, "-") ||
		!digits(t, 2, 2, &month) || !mark(t, "-") || !digits(t, 2, 2, &day) ||
		year < 1 || month < 1 || month > MONTHS_PER_YEAR || day < 1 ||
		day > day_tab[isleap(year)][month - 1])
		return false;
	*seconds = (date2j(year, month, day) - UNIX_EPOCH_JDATE) * SECONDS_A_DAY;
	return true;
}

/* hh:mm:ss[.f...] */
static bool
read_time(Text *t, double *seconds)
{
	int			hour;
	int			minute;
	int			second;
	double		unit = 1;

	if (!digits(t, 2, 2, &hour) || !mark(t, ":") ||
		!digits(t, 2, 2, &minute) || !mark(t, ":") ||
		!digits(t, 2, 2, &second) || hour > 24 || minute > 59 || second > 60)
		return false;
	*seconds += (hour * 60.0 + minute) * 60 + second;
	if (mark(t, "."))
	{
		while (t->at < t->end && *t->at >= '0' && *t->at <= '9')
			*seconds += (*t->at++ - '0') * (unit /= 10);
	}
	return true;
}

/* Z, +hh, +hh:mm or +hh:mm:ss, or nothing */
static bool
read_zone(Text *t, double *seconds)
{
	double		sign;
	int			part;
	double		unit = 3600;

	if (t->at == t->end || (mark(t, "Zz") && t->at == t->end))
		return true;
	sign = *t->at == '-' ? -1 : 1;
	if (!mark(t, "+-"))
		return false;
	do
	{
		if (!digits(t, 2, 2, &part))
			return false;
		*seconds -= sign * part * unit;
		unit /= 60;
	} while (unit >= 1 && mark(t, ":"));
	return t->at == t->end;
}

/* False where the text is not a finite date or timestamp of our era. */
bool
mg_years_from_text(const char *s, int len, double *years)
{
	Text		t = {s, s + len};
	double		seconds;

	if (!read_date(&t, &seconds))
		return false;
	if (mark(&t, "T ") && !(read_time(&t, &seconds) && read_zone(&t, &seconds)))
		return false;
	*years = 1970 + seconds / SECONDS_A_YEAR;
	return t.at == t.end;
}

/*-------------------------------------------------------------------------
 *
 * person_window.c
 *		Individual change as window functions, over (PARTITION BY person
 *		ORDER BY wave).
 *
 * Each function carries what it needs of the earlier rows from row to row, so
 * a partition is read once.  NULL scores are passed over: they are nobody's
 * previous score.  The frame does not matter; rows that compare equal in the
 * window's order are taken in the order in which they come.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "windowapi.h"

/* Two-sided 95% point of the normal, as Jacobson and Truax 1991 print it. */
#define RELIABLE	1.96

/* What is known of the earlier rows of a partition. */
typedef struct PersonState
{
	int64		seen;			/* rows taken in */
	int64		n;				/* of which with a score */
	double		first;
	double		previous;
	double		shift_x;		/* first time and score, for the line */
	double		shift_y;
	double		mean_x;			/* less the shift */
	double		mean_y;
	double		sxx;
	double		sxy;
} PersonState;

static double
checked(double x, const char *name)
{
	if (!isfinite(x))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be finite", name),
				 errhint("Use NULL for missing values.")));
	return x;
}

/* A row's number, at the row's position or (position < 0) at hand. */
static bool
number_at(WindowObject winobj, int arg, int64 position, const char *name,
		  double *x)
{
	bool		isnull;
	bool		isout;
	Datum		d;

	if (position < 0)
		d = WinGetFuncArgCurrent(winobj, arg, &isnull);
	else
		d = WinGetFuncArgInPartition(winobj, arg, (int) position,
									 WINDOW_SEEK_HEAD, false, &isnull, &isout);
	if (isnull)
		return false;
	*x = checked(DatumGetFloat8(d), name);
	return true;
}

static void
take_score(PersonState *state, double y)
{
	if (state->n++ == 0)
		state->first = y;
	state->previous = y;
}

/*
 * The state before the row at hand, and the row's score.  The executor calls
 * once a row, in order; should it ever leave rows out they are read back.
 */
static PersonState *
before_row(WindowObject winobj, bool *has_score, double *score)
{
	PersonState *state = (PersonState *)
		WinGetPartitionLocalMemory(winobj, sizeof(PersonState));
	int64		position = WinGetCurrentPosition(winobj);

	for (; state->seen < position; state->seen++)
	{
		double		y;

		if (number_at(winobj, 0, state->seen, "score", &y))
			take_score(state, y);
	}
	*has_score = number_at(winobj, 0, -1, "score", score);
	state->seen = position + 1;
	return state;
}

PG_FUNCTION_INFO_V1(mindgap_previous_score);

/* previous_score(score): the last score before this row */
Datum
mindgap_previous_score(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	bool		has_score;
	double		score;
	PersonState *state = before_row(winobj, &has_score, &score);
	PersonState before = *state;

	if (has_score)
		take_score(state, score);
	if (before.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(before.previous);
}

PG_FUNCTION_INFO_V1(mindgap_change_from_previous);

/* change_from_previous(score) */
Datum
mindgap_change_from_previous(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	bool		has_score;
	double		score;
	PersonState *state = before_row(winobj, &has_score, &score);
	PersonState before = *state;

	if (!has_score)
		PG_RETURN_NULL();
	take_score(state, score);
	if (before.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(score - before.previous);
}

PG_FUNCTION_INFO_V1(mindgap_change_from_baseline);

/* change_from_baseline(score): since the person's first score */
Datum
mindgap_change_from_baseline(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	bool		has_score;
	double		score;
	PersonState *state = before_row(winobj, &has_score, &score);

	if (!has_score)
		PG_RETURN_NULL();
	take_score(state, score);
	PG_RETURN_FLOAT8(score - state->first);
}

static void
take_point(PersonState *state, double x, double y)
{
	double		dx;

	if (state->n++ == 0)
	{
		state->shift_x = x;
		state->shift_y = y;
	}
	x -= state->shift_x;
	y -= state->shift_y;
	dx = x - state->mean_x;
	state->mean_x += dx / state->n;
	state->mean_y += (y - state->mean_y) / state->n;
	state->sxx += dx * (x - state->mean_x);
	state->sxy += dx * (y - state->mean_y);
}

PG_FUNCTION_INFO_V1(mindgap_change_beyond_trend);

/*
 * change_beyond_trend(score, years): the score less the person's own line
 * through the earlier points; NULL unless these have two distinct times
 */
Datum
mindgap_change_beyond_trend(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	PersonState *state = (PersonState *)
		WinGetPartitionLocalMemory(winobj, sizeof(PersonState));
	PersonState before;
	int64		position = WinGetCurrentPosition(winobj);
	double		x;
	double		y;

	for (; state->seen < position; state->seen++)
	{
		if (number_at(winobj, 0, state->seen, "score", &y) &&
			number_at(winobj, 1, state->seen, "years", &x))
			take_point(state, x, y);
	}
	before = *state;
	state->seen = position + 1;
	if (!number_at(winobj, 0, -1, "score", &y) ||
		!number_at(winobj, 1, -1, "years", &x))
		PG_RETURN_NULL();
	take_point(state, x, y);
	if (before.n < 2 || !(before.sxx > 0))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((y - before.shift_y - before.mean_y) -
					 before.sxy / before.sxx *
					 (x - before.shift_x - before.mean_x));
}

/* Standard error of a difference; false when one of its parts is NULL. */
static bool
difference_error(WindowObject winobj, double *error)
{
	double		sd;
	double		reliability;

	if (!number_at(winobj, 1, -1, "sd", &sd) ||
		!number_at(winobj, 2, -1, "reliability", &reliability))
		return false;
	if (!(sd > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sd must be above 0"),
				 errhint("It is the standard deviation of the score in a norm or baseline sample.")));
	if (!(reliability >= 0 && reliability < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reliability must be at least 0 and below 1"),
				 errhint("It is the instrument's test-retest reliability or Cronbach's alpha.")));
	*error = sd * sqrt(2 * (1 - reliability));
	return true;
}

PG_FUNCTION_INFO_V1(mindgap_reliable_change);

/* reliable_change(score, sd, reliability): Jacobson and Truax's RC */
Datum
mindgap_reliable_change(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	bool		has_score;
	double		score;
	double		error;
	PersonState *state = before_row(winobj, &has_score, &score);
	PersonState before = *state;

	if (!has_score)
		PG_RETURN_NULL();
	take_score(state, score);
	if (!difference_error(winobj, &error) || before.n == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((score - before.previous) / error);
}

/* Is a higher score worse? */
static bool
higher_is_worse(WindowObject winobj, FunctionCallInfo fcinfo)
{
	bool		isnull;
	Datum		d;
	char	   *word;

	if (PG_NARGS() < 5)
		return true;
	d = WinGetFuncArgCurrent(winobj, 4, &isnull);
	if (!isnull)
	{
		word = text_to_cstring(DatumGetTextPP(d));
		if (strcmp(word, "worse") == 0)
			return true;
		if (strcmp(word, "better") == 0)
			return false;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("higher_is must be 'worse' or 'better'"),
			 errhint("It says what a higher score means.")));
	return true;
}

PG_FUNCTION_INFO_V1(mindgap_change_class);

/*
 * change_class(score, sd, reliability, cutoff [, higher_is]): Jacobson and
 * Truax's classes against the previous score.  A score at the cut-off is not
 * on the functional side; a change of exactly 1.96 errors is not reliable.
 */
Datum
mindgap_change_class(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	bool		has_score;
	bool		was_functional;
	bool		is_functional;
	double		sign = higher_is_worse(winobj, fcinfo) ? 1 : -1;
	double		score;
	double		error;
	double		cutoff;
	double		rc;
	const char *class;
	PersonState *state = before_row(winobj, &has_score, &score);
	PersonState before = *state;

	if (!has_score)
		PG_RETURN_NULL();
	take_score(state, score);
	if (!difference_error(winobj, &error) || before.n == 0 ||
		!number_at(winobj, 3, -1, "cutoff", &cutoff))
		PG_RETURN_NULL();
	rc = sign * (score - before.previous) / error;
	was_functional = sign * (before.previous - cutoff) < 0;
	is_functional = sign * (score - cutoff) < 0;
	if (rc < -RELIABLE)
		class = !was_functional && is_functional ? "recovered" : "improved";
	else if (rc > RELIABLE)
		class = was_functional && !is_functional ? "harmed" : "deteriorated";
	else
		class = "unchanged";
	PG_RETURN_TEXT_P(cstring_to_text(class));
}

PG_FUNCTION_INFO_V1(mindgap_case_transition);

/* case_transition(is_case): against the last wave where it is known */
Datum
mindgap_case_transition(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	PersonState *state = (PersonState *)
		WinGetPartitionLocalMemory(winobj, sizeof(PersonState));
	PersonState before;
	int64		position = WinGetCurrentPosition(winobj);
	bool		isnull;
	bool		isout;
	bool		is_case;
	Datum		d;

	for (; state->seen < position; state->seen++)
	{
		d = WinGetFuncArgInPartition(winobj, 0, (int) state->seen,
									 WINDOW_SEEK_HEAD, false, &isnull, &isout);
		if (!isnull)
			take_score(state, DatumGetBool(d) ? 1 : 0);
	}
	before = *state;
	state->seen = position + 1;
	d = WinGetFuncArgCurrent(winobj, 0, &isnull);
	if (isnull)
		PG_RETURN_NULL();
	is_case = DatumGetBool(d);
	take_score(state, is_case ? 1 : 0);
	if (before.n == 0)
		PG_RETURN_NULL();
	if (is_case)
		PG_RETURN_TEXT_P(cstring_to_text(before.previous != 0 ? "persistent" : "onset"));
	PG_RETURN_TEXT_P(cstring_to_text(before.previous != 0 ? "remission" : "none"));
}

/*-------------------------------------------------------------------------
 *
 * table_agg.c
 *		Summaries of published estimates: one row a subgroup.
 *
 * Such a summary knows each subgroup's estimate, standard error and
 * population and nothing of the sample behind them: its groups are taken as
 * independent and their shares as fixed, and every result says so.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "core/cells.h"
#include "survey/survey_agg.h"

/* One row as a summary of its own. */
static MgSurvey *
one_row(FunctionCallInfo fcinfo, uint16 kind)
{
	MgSurvey	counts = {0};
	MgSurvey   *s;
	MgView		v;
	text	   *label = NULL;
	double		estimate;
	double		se = 0;
	double		population;

	counts.flags = kind | MG_FROM_TABLE;
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(4))
	{
		/* nothing known of this subgroup: counted, no more */
		counts.n_skipped = 1;
		return mg_survey_alloc(&counts);
	}
	estimate = PG_GETARG_FLOAT8(2);
	population = PG_GETARG_FLOAT8(4);
	if (!isfinite(estimate))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("estimate must be finite"),
				 errhint("Use NULL for an estimate that is not known.")));
	if (!(population > 0) || isinf(population))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("population must be finite and above 0"),
				 errhint("Give the number of people in the subgroup, or its share.")));
	if (!PG_ARGISNULL(3))
	{
		se = PG_GETARG_FLOAT8(3);
		if (!(se >= 0) || isinf(se))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("std_error must be finite and not negative"),
					 errhint("Use NULL for a standard error that is not known; of a 95%% interval it is its width divided by 3.92.")));
	}
	counts.n_groups = 1;
	if (kind == MG_TEXT_GROUPS)
	{
		label = PG_GETARG_TEXT_PP(1);
		counts.label_bytes = (int32) VARSIZE_ANY_EXHDR(label);
	}
	counts.flags |= mg_outcome_flags(estimate) & ~MG_HAS_SHIFT;
	s = mg_survey_alloc(&counts);
	mg_survey_view(s, &v);
	if (label != NULL)
	{
		v.groups[0].label_len = counts.label_bytes;
		memcpy(v.labels, VARDATA_ANY(label), counts.label_bytes);
	}
	else
		v.groups[0].key = PG_GETARG_INT64(1);
	v.groups[0].w = population;
	v.groups[0].mean = estimate;
	v.groups[0].m2 = se * se;
	v.groups[0].no_error = PG_ARGISNULL(3);
	return s;
}

PG_FUNCTION_INFO_V1(mindgap_table_accum_text);
PG_FUNCTION_INFO_V1(mindgap_table_accum_int8);

/* (state, subgroup, estimate, std_error, population) */
Datum
mindgap_table_accum_text(PG_FUNCTION_ARGS)
{
	MgView		v;

	mg_survey_view(one_row(fcinfo, MG_TEXT_GROUPS), &v);
	return mg_survey_absorb(fcinfo, &v);
}

Datum
mindgap_table_accum_int8(PG_FUNCTION_ARGS)
{
	MgView		v;

	mg_survey_view(one_row(fcinfo, MG_INT_GROUPS), &v);
	return mg_survey_absorb(fcinfo, &v);
}

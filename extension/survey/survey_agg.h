/*-------------------------------------------------------------------------
 *
 * survey_agg.h
 *		What aggregates over the rows of a survey share: reading a row, and
 *		merging into the state of survey_agg.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_SURVEY_AGG_H
#define MG_SURVEY_AGG_H

#include <math.h>

#include "core/cells.h"

/*
 * Weight, stratum and PSU, arguments arg_weight and the two behind it, as far
 * as the call has them.  False: the weight is NULL, the row is skipped and
 * only counted.
 */
static inline bool
mg_read_design(FunctionCallInfo fcinfo, int arg_weight, MgRow *row)
{
	int			nargs = PG_NARGS();

	row->weight = 1;
	if (nargs > arg_weight)
	{
		if (PG_ARGISNULL(arg_weight))
			return false;
		row->weight = PG_GETARG_FLOAT8(arg_weight);
		if (!(row->weight >= 0) || isinf(row->weight))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("weight must be finite and not negative"),
					 errhint("Use 0 for a row that only registers its primary sampling unit, NULL to leave a row out.")));
	}
	row->replicates = NULL;
	row->has_stratum = row->has_psu = row->has_fpc = false;
	if (nargs > arg_weight + 2)
	{
		row->has_stratum = !PG_ARGISNULL(arg_weight + 1);
		row->has_psu = !PG_ARGISNULL(arg_weight + 2);
		if (row->has_stratum)
			row->stratum = PG_GETARG_INT64(arg_weight + 1);
		else if (row->has_psu)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("stratum must not be NULL where psu is given"),
					 errdetail("Primary sampling units are identified within their stratum."),
					 errhint("Give a constant, such as 1, when the sample is not stratified.")));
		if (row->has_psu)
			row->psu = PG_GETARG_INT64(arg_weight + 2);
	}
	return true;
}

static inline void
mg_check_outcome(double y)
{
	if (!isfinite(y))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("outcome must be finite"),
				 errhint("Use NULL for missing values.")));
}

/* The subgroup; kind 0: the call has none, all rows are one subgroup. */
static inline void
mg_read_subgroup(FunctionCallInfo fcinfo, int arg, uint16 kind, MgRow *row)
{
	row->key = 0;
	row->label = NULL;
	row->label_len = 0;
	row->has_group = true;
	if (kind == 0)
		return;
	row->has_group = !PG_ARGISNULL(arg);
	if (row->has_group && kind == MG_INT_GROUPS)
		row->key = PG_GETARG_INT64(arg);
	else if (row->has_group)
	{
		text	   *label = PG_GETARG_TEXT_PP(arg);

		row->label = VARDATA_ANY(label);
		row->label_len = (int32) VARSIZE_ANY_EXHDR(label);
	}
}

extern Datum mg_survey_absorb(FunctionCallInfo fcinfo, const MgView *b);

#endif							/* MG_SURVEY_AGG_H */

/*-------------------------------------------------------------------------
 *
 * replicates.c
 *		Variances from replicate weights.
 *
 *		V = scale sum_r rscale_r (theta_r - c)(theta_r - c)'
 *
 * where theta_r is the estimate with the r-th replicate weights and c the
 * mean of the replicates, or, with mse, the estimate itself.  scale and
 * rscale say how the replicates were made:
 *
 *		BRR			1/R, 1					(balanced half-samples)
 *		Fay			as given: 1/(R (1 - rho)^2)
 *		JK1			(R - 1)/R, 1			(jackknife without strata)
 *		JKn			1, (n_h - 1)/n_h		(jackknife with strata)
 *		bootstrap	1/(R - 1), 1
 *
 * (Wolter 2007).  df is R - 1, for JKn the sum of (n_h - 1)/n_h over the
 * replicates, which is PSUs less strata; the call may give another.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "io/expanded.h"
#include "io/tidy.h"
#include "survey/replicates.h"

typedef enum ReplicateType
{
	REPLICATE_BRR,
	REPLICATE_FAY,
	REPLICATE_JK1,
	REPLICATE_JKN,
	REPLICATE_BOOTSTRAP
} ReplicateType;

/* replication(summary, type, scale, rscales, mse, df) */
PG_FUNCTION_INFO_V1(mindgap_replication);

Datum
mindgap_replication(PG_FUNCTION_ARGS)
{
	static const MgChoice types[] = {
		{"BRR", REPLICATE_BRR},
		{"Fay", REPLICATE_FAY},
		{"JK1", REPLICATE_JK1},
		{"JKn", REPLICATE_JKN},
		{"bootstrap", REPLICATE_BOOTSTRAP}
	};
	MgView		v;
	MgView		o;
	MgSurvey	counts;
	MgSurvey   *out;
	ReplicateType type;
	const double *given = NULL;
	double		scale = 1;
	double		df = 0;
	int			n;
	int			n_given;
	int			i;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	type = (ReplicateType) mg_arg_choice(fcinfo, 1, "type", types,
										 lengthof(types));
	mg_survey_open(PG_GETARG_DATUM(0), &v);
	n = v.head->n_replicates;
	if (n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the summary has no replicate weights"),
				 errhint("Make it with mindgap.survey_replicate_agg.")));
	if (!PG_ARGISNULL(3))
	{
		given = mg_arg_doubles(fcinfo, 3, "rscales", &n_given);
		if (n_given != n)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("rscales must have one number for each replicate"),
					 errdetail("There are %d replicates and %d numbers.", n,
							   n_given)));
		for (i = 0; i < n; i++)
		{
			if (given[i] < 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("rscales must not be negative")));
		}
	}
	if (PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("mse must not be NULL"),
				 errhint("true: about the estimate; false: about the mean of the replicates.")));
	switch (type)
	{
		case REPLICATE_BRR:
			scale = 1.0 / n;
			break;
		case REPLICATE_FAY:
			if (PG_ARGISNULL(2))
				ereport(ERROR,
						(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						 errmsg("type Fay needs scale"),
						 errhint("It is 1 / (R (1 - rho)^2), with R replicates and Fay's rho.")));
			break;
		case REPLICATE_JK1:
			scale = (n - 1.0) / n;
			break;
		case REPLICATE_JKN:
			if (given == NULL)
				ereport(ERROR,
						(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						 errmsg("type JKn needs rscales"),
						 errhint("Give (n_h - 1) / n_h for each replicate, n_h being the sampling units of its stratum.")));
			break;
		case REPLICATE_BOOTSTRAP:
			scale = 1 / (n - 1.0);
			break;
	}
	if (!PG_ARGISNULL(2))
		scale = PG_GETARG_FLOAT8(2);
	if (!(scale > 0) || isinf(scale))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale must be finite and above 0")));
	df = n - 1;
	if (type == REPLICATE_JKN)
	{
		df = 0;
		for (i = 0; i < n; i++)
			df += given[i];
		df = rint(df);
	}
	if (!PG_ARGISNULL(5))
		df = PG_GETARG_FLOAT8(5);
	if (!(df >= 0) || df > 1e15)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("df must be finite and not negative")));

	counts = *v.head;
	counts.flags |= MG_HAS_REPLICATION;
	out = mg_survey_alloc(&counts);
	mg_survey_view(out, &o);
	memcpy(o.groups, v.groups,
		   (char *) (v.rowcells + v.head->n_rowcells) - (char *) v.groups);
	memcpy(o.replicates, v.replicates,
		   (Size) v.head->n_groups * n * 2 * sizeof(double));
	memcpy(o.labels, v.labels, v.head->label_bytes);
	o.replication->scale = scale;
	o.replication->df = df;
	o.replication->mse = PG_GETARG_BOOL(4) ? 1 : 0;
	for (i = 0; i < n; i++)
		o.rscales[i] = given != NULL ? given[i] : 1;
	PG_RETURN_POINTER(out);
}

/* Does the summary take its variances from replicates? */
bool
mg_replicated(const MgView *view)
{
	if (view->head->n_replicates == 0)
		return false;
	if (view->replication == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the kind of the replicate weights is not known"),
				 errhint("Call mindgap.replication(summary, type => ...) first.")));
	return true;
}

/* The totals with the r-th replicate weights, into arrays that are there. */
static void
replicate_totals(const MgView *v, const MgTotals *base, int r, MgTotals *t)
{
	int			n = v->head->n_replicates;
	int32		g;

	t->all_w = t->all_dev = 0;
	for (g = 0; g < base->n_groups; g++)
	{
		const double *x = v->replicates + ((Size) g * n + r) * 2;

		t->w[g] = base->w[g] > 0 ? x[0] : 0;
		t->dev[g] = t->w[g] > 0 ?
			x[1] / x[0] + (v->groups[g].shift - base->shift) : 0;
		if (t->w[g] > 0)
		{
			t->all_w += x[0];
			t->all_dev += x[0] * t->dev[g];
		}
		else
			t->w[g] = 0;
	}
	if (t->all_w > 0)
		t->all_dev /= t->all_w;
}

/*
 * The variance (and covariance, if "full") of k estimates.  Several summaries
 * share their replicates: the r-th of one belongs to the r-th of the others.
 * A column of log_scale gets the variance of the logarithm, by the delta
 * method from that of the estimate, so that its standard error is the
 * replicates' own.  Replicates without an estimate are an error of the
 * column: its variance is NaN.
 */
void
mg_replicate_variance(const MgView *const *views, const MgTotals *totals,
					  int n_views, int k, MgEstimator estimator, void *arg,
					  const bool *log_scale, bool full, MgVariance *out)
{
	const MgReplication *spec = views[0]->replication;
	const double *rscales = views[0]->rscales;
	int			n = views[0]->head->n_replicates;
	MgTotals   *t = palloc(n_views * sizeof(MgTotals));
	double	   *theta = palloc(k * sizeof(double));
	double	   *all = MemoryContextAllocHuge(CurrentMemoryContext,
											 (Size) n * k * sizeof(double));
	double	   *centre = palloc0(k * sizeof(double));
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "mindgap replicate",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	int			used = 0;
	int			i;
	int			j;
	int			r;

	for (i = 0; i < n_views; i++)
	{
		mg_check_same_replicates(views[0]->head, views[i]);
		t[i] = totals[i];
		t[i].w = palloc((totals[i].n_groups + 1) * sizeof(double));
		t[i].dev = palloc((totals[i].n_groups + 1) * sizeof(double));
	}
	out->k = k;
	out->var = palloc0(k * sizeof(double));
	out->df = palloc(k * sizeof(int64));
	out->lonely = palloc0(k * sizeof(bool));
	out->v = full ? palloc0((Size) k * k * sizeof(double)) : NULL;

	estimator(totals, arg, theta);
	for (r = 0; r < n; r++)
	{
		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < n_views; i++)
			replicate_totals(views[i], &totals[i], r, &t[i]);
		old = MemoryContextSwitchTo(scratch);
		estimator(t, arg, all + (Size) r * k);
		MemoryContextSwitchTo(old);
		MemoryContextReset(scratch);
		if (rscales[r] > 0)
		{
			used++;
			for (j = 0; j < k; j++)
				centre[j] += all[(Size) r * k + j];
		}
	}
	for (j = 0; j < k; j++)
	{
		centre[j] = spec->mse ? theta[j] : centre[j] / Max(used, 1);
		out->df[j] = (int64) rint(spec->df);
	}
	for (r = 0; r < n; r++)
	{
		double		f = spec->scale * rscales[r];

		if (f == 0)
			continue;
		for (i = 0; i < k; i++)
		{
			double		d = all[(Size) r * k + i] - centre[i];

			out->var[i] += f * d * d;
			for (j = 0; full && j < k; j++)
				out->v[(Size) i * k + j] +=
					f * d * (all[(Size) r * k + j] - centre[j]);
		}
	}
	for (i = 0; i < k && log_scale != NULL; i++)
	{
		if (!log_scale[i])
			continue;
		out->var[i] /= theta[i] * theta[i];
		for (j = 0; full && j < k; j++)
		{
			out->v[(Size) i * k + j] /= theta[i];
			out->v[(Size) j * k + i] /= theta[i];
		}
	}
	MemoryContextDelete(scratch);
	pfree(all);
}

/*-------------------------------------------------------------------------
 *
 * composition.c
 *		Kitagawa's decomposition and direct standardisation.
 *
 * In both, the subgroups of a summary are the strata of composition (ages,
 * say), and a summary is one group (region A).
 *
 *		composition		sum_k (p_Ak - p_Bk)(y_Ak + y_Bk)/2
 *		rate			sum_k (y_Ak - y_Bk)(p_Ak + p_Bk)/2		(Kitagawa 1955)
 *		standardised	sum_k s_k y_k, with the standard's shares s fixed
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "io/expanded.h"
#include "survey/replicates.h"
#include "survey/survey.h"

#define N_PARTS	3

static void
put_part(MgTidy *tidy, int first, const MgInference *r)
{
	mg_tidy_double(tidy, first, r->estimate);
	mg_tidy_double(tidy, first + 1, r->std_error);
	mg_tidy_double(tidy, first + 2, r->conf_low);
	mg_tidy_double(tidy, first + 3, r->conf_high);
	mg_tidy_double(tidy, first + 4, r->df);
}

/*
 * Derivatives of the three parts by the means and weights of summary "side";
 * "shift" is what the second summary's shift exceeds the first's by.
 */
static void
kitagawa_gradient(const MgUnion *u, const MgTotals *t, int side, double shift,
				  double *dy, double *dw)
{
	const MgTotals *own = &t[side];
	const MgTotals *other = &t[1 - side];
	double		sign = side == 0 ? 1 : -1;
	double		mean[N_PARTS] = {0, 0, 0};
	int			i;
	int			j;

	/* dp first, then to weights: dw = (dp - sum p dp) / W */
	for (i = 0; i < u->n; i++)
	{
		int32		g = u->index[side][i];
		int32		h = u->index[1 - side][i];
		double		p;
		double		q;
		double		y;
		double		z;
		double	   *w;

		if (g < 0 || !(own->w[g] > 0))
			continue;
		p = own->w[g] / own->all_w;
		q = other->w[h] / other->all_w;
		y = own->dev[g];
		z = other->dev[h] + (side == 0 ? shift : -shift);
		w = &dw[(Size) g * N_PARTS];
		dy[(Size) g * N_PARTS] = sign * (p - q) / 2;
		dy[(Size) g * N_PARTS + 1] = sign * (p + q) / 2;
		dy[(Size) g * N_PARTS + 2] = sign * p;
		w[0] = sign * (y + z) / 2;
		w[1] = sign * (y - z) / 2;
		w[2] = sign * y;
		for (j = 0; j < N_PARTS; j++)
			mean[j] += p * w[j];
	}
	for (i = 0; i < own->n_groups; i++)
	{
		if (!(own->w[i] > 0))
			continue;
		for (j = 0; j < N_PARTS; j++)
			dw[(Size) i * N_PARTS + j] =
				(dw[(Size) i * N_PARTS + j] - mean[j]) / own->all_w;
	}
}

/* The three parts, or the reason why there are none. */
static const char *
kitagawa_values(const MgUnion *u, const MgTotals *t, double *value)
{
	double		shift = t[1].shift - t[0].shift;
	int			i;

	value[0] = value[1] = 0;
	value[2] = t[0].all_dev - (t[1].all_dev + shift);
	if (!(t[0].all_w > 0 && t[1].all_w > 0))
		return "no_data";
	for (i = 0; i < u->n; i++)
	{
		int32		a = u->index[0][i];
		int32		b = u->index[1][i];
		bool		in_a = a >= 0 && t[0].w[a] > 0;
		bool		in_b = b >= 0 && t[1].w[b] > 0;
		double		p;
		double		q;
		double		y;
		double		z;

		if (in_a != in_b)
			return "subgroups_differ";
		if (!in_a)
			continue;
		p = t[0].w[a] / t[0].all_w;
		q = t[1].w[b] / t[1].all_w;
		y = t[0].dev[a];
		z = t[1].dev[b] + shift;
		value[0] += (p - q) * (y + z) / 2;
		value[1] += (p + q) * (y - z) / 2;
	}
	return NULL;
}

static void
replicate_kitagawa(const MgTotals *t, void *arg, double *theta)
{
	int			i;

	if (kitagawa_values((const MgUnion *) arg, t, theta) != NULL)
	{
		for (i = 0; i < N_PARTS; i++)
			theta[i] = NAN;
	}
}

/* kitagawa(a, b, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_kitagawa);

Datum
mindgap_kitagawa(PG_FUNCTION_ARGS)
{
	static const char *const names[N_PARTS] = {"composition", "rate", "gap"};
	MgTidy		tidy;
	MgView		v[2];
	const MgView *views[2] = {&v[0], &v[1]};
	MgTotals	t[2];
	MgUnion		u;
	MgPart	   *parts[2];
	MgVariance	var;
	MgInference r[N_PARTS] = {{0}};
	const char *problem = NULL;
	double		level;
	MgLonely	lonely;
	double		value[N_PARTS];
	double		shift;
	bool		separate;
	int			i;
	int			w;

	mg_tidy_open_rows(&tidy, fcinfo);
	level = mg_arg_level(fcinfo, 2);
	lonely = mg_arg_lonely(fcinfo, 3);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	for (w = 0; w < 2; w++)
	{
		mg_survey_open(PG_GETARG_DATUM(w), &v[w]);
		mg_totals(&v[w], &t[w]);
	}
	separate = mg_check_comparable(&v[0], &v[1]);
	mg_union(views, 2, &u);
	shift = t[1].shift - t[0].shift;
	problem = kitagawa_values(&u, t, value);
	for (i = 0; i < N_PARTS; i++)
		r[i].estimate = value[i];

	if (problem == NULL)
	{
		for (w = 0; w < 2; w++)
		{
			Size		size = (Size) (t[w].n_groups + 1) * N_PARTS * sizeof(double);
			double	   *dy = palloc0(size);
			double	   *dw = palloc0(size);

			kitagawa_gradient(&u, t, w, shift, dy, dw);
			parts[w] = mg_part_create(&v[w], t[w].n_groups * N_PARTS);
			mg_part_dense(parts[w], N_PARTS, dy, dw);
		}
		if (mg_replicated(&v[0]) && mg_replicated(&v[1]))
			mg_replicate_variance(views, t, 2, N_PARTS, replicate_kitagawa, &u,
								  NULL, false, &var);
		else
			mg_linearise(parts, 2, N_PARTS, lonely, separate, false, &var);
	}
	for (i = 0; i < N_PARTS; i++)
	{
		strcpy(r[i].status, "ok");
		mg_tidy_text(&tidy, 0, names[i]);
		if (problem != NULL)
			mg_status_add(r[i].status, problem);
		else
		{
			mg_infer(&r[i], var.var[i], var.lonely[i], var.df[i], level, 0);
			if (separate)
				mg_status_add(r[i].status, "independent_samples_assumed");
			put_part(&tidy, 1, &r[i]);
			mg_tidy_double(&tidy, 6, r[i].p_value);
		}
		mg_tidy_text(&tidy, 7, r[i].status);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

/* sum of share x mean, dy being the shares by subgroup */
static void
replicate_standardised(const MgTotals *t, void *arg, double *theta)
{
	const double *dy = (const double *) arg;
	int32		g;

	*theta = t->shift;
	for (g = 0; g < t->n_groups; g++)
	{
		if (dy[g] != 0)
			*theta += t->w[g] > 0 ? dy[g] * t->dev[g] : NAN;
	}
}

/* standardise(summary, strata, shares, level, lonely_psu) */
PG_FUNCTION_INFO_V1(mindgap_standardise);

Datum
mindgap_standardise(PG_FUNCTION_ARGS)
{
	MgTidy		tidy;
	MgView		v;
	const MgView *views[1] = {&v};
	MgTotals	t;
	MgUnion		u;
	MgInference r = {0};
	MgLabel    *strata;
	const double *given;
	double	   *dy;
	double	   *dw;
	double		level;
	MgLonely	lonely;
	double		total = 0;
	int64		n = 0;
	bool		there = true;
	int			n_strata;
	int			n_shares;
	int			i;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	mg_tidy_open_one(&tidy, fcinfo);
	strata = mg_arg_labels(fcinfo, 1, "strata", &n_strata);
	given = mg_arg_doubles(fcinfo, 2, "shares", &n_shares);
	level = mg_arg_level(fcinfo, 3);
	lonely = mg_arg_lonely(fcinfo, 4);
	if (n_strata != n_shares || n_strata == 0)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("strata and shares must have the same length"),
				 errdetail("There are %d strata and %d shares.", n_strata, n_shares),
				 errhint("Give the share of each stratum in the standard population.")));
	for (i = 0; i < n_shares; i++)
	{
		if (given[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("shares must not be negative")));
		total += given[i];
	}
	if (!(total > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares must not all be 0")));

	mg_survey_open(PG_GETARG_DATUM(0), &v);
	mg_totals(&v, &t);
	mg_union(views, 1, &u);
	dy = palloc0((t.n_groups + 1) * sizeof(double));
	dw = palloc0((t.n_groups + 1) * sizeof(double));
	strcpy(r.status, "ok");
	for (i = 0; i < n_strata; i++)
	{
		int			g = mg_union_find(&u, strata[i]);

		if (given[i] == 0)
			continue;
		if (g < 0 || !(t.w[g] > 0))
		{
			/* a stratum of the standard that the group does not have */
			mg_status_add(r.status, "empty_stratum");
			there = false;
			continue;
		}
		if (dy[g] != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("strata names a subgroup twice"),
					 errhint("Name each stratum once.")));
		dy[g] = given[i] / total;
		r.estimate += dy[g] * t.dev[g];
		n += t.n[g];
	}
	if (there)
	{
		MgPart	   *part = mg_part_create(&v, t.n_groups);
		MgVariance	var;

		r.estimate += t.shift;
		mg_part_dense(part, 1, dy, dw);
		if (mg_replicated(&v))
			mg_replicate_variance(views, &t, 1, 1, replicate_standardised, dy,
								  NULL, false, &var);
		else
			mg_linearise(&part, 1, 1, lonely, false, false, &var);
		mg_infer(&r, var.var[0], var.lonely[0], var.df[0], level, 0);
		put_part(&tidy, 0, &r);
	}
	if (t.se == NULL)
		mg_tidy_int64(&tidy, 5, n);
	else
		mg_status_add(r.status, "groups_independent_shares_fixed");
	mg_tidy_text(&tidy, 6, r.status);
	return mg_tidy_value(&tidy);
}

/*-------------------------------------------------------------------------
 *
 * test_measures.c
 *	  The table of inequality measures, and identities between measures at
 *	  random points.
 *
 *-------------------------------------------------------------------------
 */
#include "measures_points.h"

static double
value_of(const char *name, const Point *pt)
{
	const MgMeasure *m = mg_measure_find(name);
	double		x = full_value(m, pt);

	return m->traits & MG_LOG_SCALE ? exp(x) : x;
}

static double
relative_error(double got, double wanted)
{
	return fabs(got - wanted) / fabs(wanted);
}

static void
test_identities(void)
{
	enum
	{
		SII, SLOPE, MDB, MDB_FAVOURABLE, ERREYGERS, WAGSTAFF, MODIFIED, RCI,
		CONVENIENT, COV, IDIS, PAF, RII, LOGIT, TWO, N_IDENTITIES
	};
	static const char *const names[] = {
		"sii = 6 aci / (1 - sum p^3)",
		"sii is the slope of a weighted regression on ranks",
		"mdb = |par|, adverse, without an order",
		"mdb = |par|, favourable, without an order",
		"erreygers = 4 aci / (upper - lower)",
		"wagstaff = (upper - lower) aci / ((upper - mu)(mu - lower))",
		"modified_ci = aci / (mu - lower)",
		"rci = aci / mu",
		"rci = 2 sum S R / sum S - 1",
		"cov = 100 sqrt(bgv) / mu",
		"idis = 100 mdm / mu",
		"paf = 100 par / mu",
		"rii = (mu + sii / 2) / (mu - sii / 2)",
		"the logistic line meets the total and the ranked total",
		"two groups: the logistic line goes through both"
	};
	double		error[N_IDENTITIES] = {0};
	int			k;
	int			i;

	for (k = 0; k < POINTS; k++)
	{
		Point		pt = {0};
		double		x[MAX_GROUPS];
		double		variance;
		double		cubes = 0;
		double		ranked = 0;
		double		b0;
		double		b1;
		Given		g;

		pt.ordered = true;
		draw(mg_measure_find("rii"), &pt);
		pt.lower = 2;
		pt.upper = 31;
		look(&pt, &g);
		variance = ranks(&pt, x);
		fit_line(&pt, x, &b0, &b1);
		for (i = 0; i < pt.n; i++)
		{
			cubes += pow(g.p[i], 3);
			ranked += g.p[i] * pt.y[i] * (x[i] + 0.5);
		}
#define CHECK(which, got, wanted) \
	error[which] = worst(error[which], relative_error(got, wanted))

		CHECK(SII, value_of("sii", &pt), 6 * value_of("aci", &pt) / (1 - cubes));
		CHECK(SLOPE, value_of("sii", &pt), b1);
		CHECK(SLOPE, 12 * variance, 1 - cubes);
		CHECK(ERREYGERS, value_of("erreygers", &pt), 4 * value_of("aci", &pt) / 29);
		CHECK(WAGSTAFF, value_of("wagstaff", &pt), 29 * value_of("aci", &pt) /
			  ((31 - g.in.mu) * (g.in.mu - 2)));
		CHECK(MODIFIED, value_of("modified_ci", &pt),
			  value_of("aci", &pt) / (g.in.mu - 2));
		CHECK(RCI, value_of("rci", &pt), value_of("aci", &pt) / g.in.mu);
		error[CONVENIENT] = worst(error[CONVENIENT],
								  fabs(value_of("rci", &pt) -
									   (2 * ranked / g.in.mu - 1)));
		CHECK(COV, value_of("cov", &pt), 100 * sqrt(value_of("bgv", &pt)) / g.in.mu);
		CHECK(IDIS, value_of("idis", &pt), 100 * value_of("mdm", &pt) / g.in.mu);
		CHECK(PAF, value_of("paf", &pt), 100 * value_of("par", &pt) / g.in.mu);
		CHECK(RII, value_of("rii", &pt), (g.in.mu + b1 / 2) / (g.in.mu - b1 / 2));
		pt.ordered = false;
		pt.adverse = true;
		CHECK(MDB, value_of("mdb", &pt), fabs(value_of("par", &pt)));
		pt.adverse = false;
		CHECK(MDB_FAVOURABLE, value_of("mdb", &pt), fabs(value_of("par", &pt)));

		/* b from the two indices alone; then the score equations */
		pt.ordered = true;
		draw(mg_measure_find("sii_logit"), &pt);
		(void) ranks(&pt, x);
		{
			double		q0 = value_of("sii_logit", &pt) /
			(value_of("rii_logit", &pt) - 1);
			double		q1 = q0 * value_of("rii_logit", &pt);
			double		score0 = 0;
			double		score1 = 0;
			double		all_w = 0;

			b0 = log(q0 / (1 - q0));
			b1 = log(q1 / (1 - q1)) - b0;
			for (i = 0; i < pt.n; i++)
			{
				double		q = expit(b0 + b1 * (x[i] + 0.5));

				score0 += pt.w[i] * (pt.y[i] - q);
				score1 += pt.w[i] * (pt.y[i] - q) * x[i];
				all_w += pt.w[i];
			}
			error[LOGIT] = worst(error[LOGIT], fabs(score0) / all_w);
			error[LOGIT] = worst(error[LOGIT], fabs(score1) / all_w);
			pt.n = 2;
			(void) ranks(&pt, x);
			b1 = (log(pt.y[1] / (1 - pt.y[1])) - log(pt.y[0] / (1 - pt.y[0]))) /
				(x[1] - x[0]);
			b0 = log(pt.y[0] / (1 - pt.y[0])) - b1 * x[0];
			CHECK(TWO, value_of("sii_logit", &pt),
				  expit(b0 + b1 / 2) - expit(b0 - b1 / 2));
		}
	}
	for (i = 0; i < N_IDENTITIES; i++)
		is_close(error[i], 0, 1e-10, "%s", names[i]);
}

/* Every entry of the table has what the machinery relies on. */
static void
test_table(void)
{
	bool		found = true;
	bool		companions = true;
	bool		complete = true;
	int			k;

	for (k = 0; k < mg_n_measures; k++)
	{
		const MgMeasure *m = &mg_measures[k];
		const MgMeasure *a = mg_measure_absolute(m);

		found = found && mg_measure_find(m->name) == m;
		companions = companions && a != NULL && a->absolute == NULL &&
			strcmp(a->absolute_or_relative, "absolute") == 0 &&
			(a == m) == (strcmp(m->absolute_or_relative, "absolute") == 0);
		complete = complete && m->label != NULL && m->range != NULL &&
			m->source != NULL && m->value != NULL && m->gradient != NULL;
	}
	ok(mg_n_measures == 27, "27 measures");
	ok(found, "every measure is found by its name");
	ok(mg_measure_find("") == NULL, "no measure without a name");
	ok(companions, "every relative measure has an absolute companion");
	ok(complete, "every measure has a value, a gradient and its texts");
}

int
main(void)
{
	test_table();
	test_identities();
	return done_testing();
}

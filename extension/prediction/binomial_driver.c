/*-------------------------------------------------------------------------
 *
 * binomial_driver.c
 *		A model of a yes/no outcome from a query, by SPI as the caller.
 *
 * All passes read with the snapshot of the calling statement, so they see the
 * same rows; nothing is written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "prediction/binomial.h"
#include "prediction/binomial_pass.h"

#define BATCH			1000	/* rows fetched at a time */

/*
 * Of rows and columns times squared columns, to be fitted in memory with the
 * ten trusts of one panel: some seconds.
 */
#define MOST_WORK		1e8
#define WORK_TRUSTS		10.0

/* Rows that are passed over. */
typedef struct Passes
{
	MgLikelihood like;
	const MgBinomialSource *source;
	MgPassPlan	plan;			/* but for the vectors */
} Passes;

/* The columns of the model: where from, and how standardised. */
static void
make_plan(MgPassPlan *plan, const MgBinomialSource *source,
		  const MgGram *gram, const MgBinomialPrior *prior)
{
	double	   *parent = mg_zeros(prior->p);
	double	   *mean = mg_zeros(prior->p);
	double	   *divisor = mg_zeros(prior->p);
	int			j;

	memset(plan, 0, sizeof(MgPassPlan));
	for (j = 0; j < prior->p; j++)
	{
		int			c = prior->problem->column[j];
		int			from = source->parent ? source->parent[c] : c;

		if (from < 0 || from >= source->n_x)
			elog(ERROR, "column %d has no parent", c);
		parent[j] = c < source->n_x ? from : -1 - from;
		mean[j] = gram->mean[c];
		divisor[j] = gram->sd[c];
		/* the one column of a model without any counts for nothing */
		if (gram->dropped[c])
			divisor[j] = DBL_MAX;
	}
	plan->drop_missing = source->drop_missing;
	plan->n_x = source->n_x;
	plan->p = prior->p;
	plan->n_folds = 1;
	plan->scale = gram->n / gram->sum_w;
	plan->parent = parent;
	plan->mean = mean;
	plan->divisor = divisor;
}

/* SELECT ... FROM the source, its rows as (outcome, x, weight, fold) */
static char *
make_query(const MgBinomialSource *source, const char *select)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT %s FROM (SELECT (%s)::pg_catalog.float8 AS outcome, (%s)::pg_catalog.float8[] AS x, ",
					 select, source->outcome, source->x);
	appendStringInfo(&buf, source->weight ?
					 "(%s)::pg_catalog.float8 AS weight, " :
					 "1::pg_catalog.float8 AS weight, ", source->weight);
	appendStringInfo(&buf, source->fold && source->n_folds > 1 ?
					 "(%s)::pg_catalog.int4 AS fold " :
					 "0 AS fold ", source->fold);
	appendStringInfo(&buf, "FROM %s) AS given", source->source);
	return buf.data;
}

static void
spi_failed(int result)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("rows of a prediction model could not be read"),
			 errdetail("%s", SPI_result_code_string(result))));
}

/*
 * One pass over the table with these coefficients: of every vector 1 + p, or,
 * for a score, of every vector and fold.
 */
static MgPass *
run_pass(const Passes *passes, const double *coef, int n_vectors, int n_folds,
		 bool scoring)
{
	MgPassPlan	plan = passes->plan;
	MemoryContext caller = CurrentMemoryContext;
	Oid			type = FLOAT8ARRAYOID;
	Datum		settings;
	Size		length;
	Size		size;
	ArrayType  *a;
	double	   *s;
	MgPass	   *pass;
	bool		isnull;
	Datum		d;
	int			result;

	plan.n_vectors = n_vectors;
	plan.n_folds = n_folds;
	plan.scoring = scoring;
	length = mg_pass_settings_length(&plan);
	size = ARR_OVERHEAD_NONULLS(1) + length * sizeof(double);
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a prediction model of so many variables does not fit into a value")));
	a = (ArrayType *) palloc0(size);
	SET_VARSIZE(a, size);
	a->ndim = 1;
	a->elemtype = FLOAT8OID;
	ARR_DIMS(a)[0] = (int) length;
	ARR_LBOUND(a)[0] = 1;
	s = (double *) ARR_DATA_PTR(a);
	s[MG_SETTING_SCORING] = scoring;
	s[MG_SETTING_N_X] = plan.n_x;
	s[MG_SETTING_P] = plan.p;
	s[MG_SETTING_VECTORS] = n_vectors;
	s[MG_SETTING_FOLDS] = n_folds;
	s[MG_SETTING_DROP_MISSING] = plan.drop_missing;
	s[MG_SETTING_SCALE] = plan.scale;
	s += MG_SETTINGS_HEADER;
	memcpy(s, plan.parent, plan.p * sizeof(double));
	s += plan.p;
	memcpy(s, plan.mean, plan.p * sizeof(double));
	s += plan.p;
	memcpy(s, plan.divisor, plan.p * sizeof(double));
	s += plan.p;
	memcpy(s, coef, (char *) a + size - (char *) s);
	settings = PointerGetDatum(a);

	/* read-only, and all rows at once, so that workers may help */
	result = SPI_execute_with_args(make_query(passes->source,
											  "mindgap.binomial_pass_agg(outcome, x, weight, fold, $1)"),
								   1, &type, &settings, NULL, true, 0);
	MemoryContextSwitchTo(caller);	/* SPI has left us in its own */
	if (result != SPI_OK_SELECT || SPI_processed != 1)
		spi_failed(result);
	d = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("no row can be used for a prediction model")));
	pass = mg_pass_open(d);
	SPI_freetuptable(SPI_tuptable);
	pfree(a);
	return pass;
}

/* intercept and beta of k quadratics, one after the other */
static double *
coefficients_of(MgQuadratic *const *q, int k, int p)
{
	double	   *coef = mg_zeros((Size) k * (1 + p));
	int			i;

	for (i = 0; i < k; i++)
	{
		coef[(Size) i * (1 + p)] = q[i]->intercept;
		memcpy(coef + (Size) i * (1 + p) + 1, q[i]->beta, p * sizeof(double));
	}
	return coef;
}

static void
passes_quadratics(MgLikelihood *self, MgQuadratic **q, int k,
				  int without_fold)
{
	Passes	   *passes = (Passes *) self;
	double	   *coef = coefficients_of(q, k, self->p);
	MgPass	   *pass = run_pass(passes, coef, k, 1, false);
	int			i;

	for (i = 0; i < k; i++)
		mg_pass_quadratic(pass, 0, i, q[i]);
	pfree(pass);
	pfree(coef);
}

static void
passes_fold_quadratics(MgLikelihood *self, MgQuadratic **q, int k)
{
	Passes	   *passes = (Passes *) self;
	double	   *coef = coefficients_of(q, k, self->p);
	MgPass	   *pass = run_pass(passes, coef, k, self->n_folds, false);
	int			f;
	int			i;

	for (f = 0; f < self->n_folds; f++)
		for (i = 0; i < k; i++)
			mg_pass_quadratic(pass, f, i, q[f * k + i]);
	pfree(pass);
	pfree(coef);
}

static void
passes_score(MgLikelihood *self, const double *coef, MgScores *scores)
{
	MgPass	   *pass = run_pass((Passes *) self, coef, scores->n_vectors,
								scores->n_folds, true);

	mg_pass_scores(pass, scores);
	pfree(pass);
}

static MgFit *
fit_passes(const MgBinomialSource *source, const MgGram *gram,
		   const MgBinomialPrior *prior)
{
	Passes	   *passes = palloc0(sizeof(Passes));
	int			folds = source->fold ? source->n_folds : 0;
	MgFit	   *fit;
	bool		too_large;

	passes->source = source;
	make_plan(&passes->plan, source, gram, prior);
	passes->like.p = prior->p;
	too_large = folds > 1 && mg_pass_size(0, prior->p, MG_VECTORS, folds) >
		MaxAllocSize;
	passes->like.n_folds = too_large ? 0 : folds;
	passes->like.quadratics = passes_quadratics;
	passes->like.fold_quadratics = passes_fold_quadratics;
	passes->like.score = passes_score;
	fit = mg_fit_binomial_passes(&passes->like, gram, prior);
	if (too_large)
		mg_binomial_note(fit, "not cross-validated: too many variables and folds for a value of 1 GB");
	return fit;
}

/* A row of the query: false where it does not count. */
static bool
read_row(HeapTuple tuple, TupleDesc desc, MgXRow *row, int *fold)
{
	bool		isnull[4];
	Datum		d[4];
	ArrayType  *a;
	int			i;

	for (i = 0; i < 4; i++)
	{
		d[i] = SPI_getbinval(tuple, desc, i + 1, &isnull[i]);
		if (isnull[i])
			return false;
	}
	row->outcome = DatumGetFloat8(d[0]);
	mg_binomial_outcome(row->outcome);
	row->weight = DatumGetFloat8(d[2]);
	if (!(row->weight >= 0) || isinf(row->weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be finite and not negative"),
				 errhint("Use NULL or 0 to leave a row out.")));
	if (row->weight == 0)
		return false;
	*fold = DatumGetInt32(d[3]);
	a = DatumGetArrayTypeP(d[1]);
	row->dim = 1 + (ARR_NDIM(a) == 1 ? ARR_DIMS(a)[0] : 0);
	row->x = (const double *) ARR_DATA_PTR(a);
	row->present_x = ARR_HASNULL(a) && array_contains_nulls(a) ?
		ARR_NULLBITMAP(a) : NULL;
	return true;
}

static MgFit *
fit_in_memory(const MgBinomialSource *source, const MgGram *gram,
			  const MgBinomialPrior *prior)
{
	int			folds = source->fold ? Max(source->n_folds, 1) : 1;
	MgBinomialRows *rows = mg_rows_alloc(prior->p, folds, gram->rows);
	MgPassPlan	plan;
	SPIPlanPtr	prepared;
	Portal		portal;
	double	   *x = mg_zeros(prior->p);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext batch;
	uint64		i;

	make_plan(&plan, source, gram, prior);
	prepared = SPI_prepare(make_query(source, "outcome, x, weight, fold"), 0,
						   NULL);
	if (prepared == NULL)
		spi_failed(SPI_result);
	portal = SPI_cursor_open(NULL, prepared, NULL, NULL, true);
	batch = AllocSetContextCreate(caller, "rows of a prediction model",
								  ALLOCSET_DEFAULT_SIZES);
	for (;;)
	{
		SPI_cursor_fetch(portal, true, BATCH);
		MemoryContextSwitchTo(caller);	/* SPI has left us in its own */
		if (SPI_processed == 0)
			break;
		for (i = 0; i < SPI_processed; i++)
		{
			MgXRow		row;
			int			fold;
			bool		used;

			MemoryContextSwitchTo(batch);
			used = read_row(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, &row,
							&fold) && mg_plan_row(&plan, &row, x);
			MemoryContextSwitchTo(caller);
			if (used && (fold < 0 || fold >= folds))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("fold must be 0 to %d", folds - 1)));
			if (used)
				mg_rows_add(rows, x, row.outcome == 1, row.weight, fold);
		}
		MemoryContextReset(batch);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_freetuptable(SPI_tuptable);
	SPI_cursor_close(portal);
	SPI_freeplan(prepared);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(batch);
	if (rows->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("no row can be used for a prediction model")));
	mg_rows_finish(rows, plan.scale);
	return mg_fit_binomial_rows(rows, gram, prior);
}

/*
 * Fits the model.  gram: that of prediction_agg over the same rows, with the
 * outcome as 0 and 1.
 */
MgFit *
mg_fit_binomial(const MgBinomialSource *source, const MgGram *gram,
				const MgPrior *prior)
{
	MgBinomialPrior *reduced = mg_binomial_prior(gram, prior);
	double		numbers = (double) gram->rows * reduced->p;
	double		trusts = mg_hyper_alloc(reduced, false)->n_kappa;
	bool		small = numbers * sizeof(double) <=
		MG_BINOMIAL_MEMORY * 1048576.0 &&
		(numbers + (double) reduced->p * reduced->p) * reduced->p *
		Max(trusts / WORK_TRUSTS, 1) <= MOST_WORK;

	if (source->driver == MG_BINOMIAL_IN_MEMORY ||
		(source->driver == MG_BINOMIAL_AUTO && small))
		return fit_in_memory(source, gram, reduced);
	return fit_passes(source, gram, reduced);
}

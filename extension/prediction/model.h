/*-------------------------------------------------------------------------
 *
 * model.h
 *		The prediction model: what a fit found, and all that prediction and
 *		reports need.
 *
 * A fit fills in an MgModel (mg_model_begin does most of it), then packs it
 * into a value; everybody else opens values.  The fields of a stored value,
 * of its text and of its binary form are those of the table in
 * model_fields.c, in its order: one place to add a field.
 *
 * "inputs" are the elements of x that predict takes: the columns of the data,
 * or one for each level of a column that is not a number.  "variables" are the
 * terms of the model: the inputs in their order, then indicators of missing
 * inputs.  Prediction is on the standardised scale,
 *
 *		eta = intercept + sum_j coefficient_j (x_j - mean_j) / divisor_j.
 *
 * NaN stands for what is not known, and is null in the text form.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PREDICTION_MODEL_H
#define MG_PREDICTION_MODEL_H

#include "core/compat.h"
#include "prediction/fit.h"

#define MG_MODEL_FORMAT			1
#define MG_MODEL_MAX_VARIABLES	16000
#define MG_MODEL_MAX_LIST		100000	/* of other things */

/* How many elements a field has; MG_MODEL_COUNTS are stored. */
typedef enum MgModelLength
{
	MG_LEN_INPUTS,
	MG_LEN_VARIABLES,
	MG_LEN_CATEGORIES,
	MG_LEN_PANELS,
	MG_LEN_ALWAYS,				/* variables always in */
	MG_LEN_POINTS,				/* of the grid, kept for intervals */
	MG_LEN_TRUST,				/* trust exponents */
	MG_LEN_SENSITIVITY,
	MG_LEN_FOLDS,				/* 0: not cross-validated */
	MG_LEN_OPTIONS,
	MG_LEN_FACTOR,				/* numbers in the factor; 0: not kept */
	MG_LEN_CROSS,				/* binomial: variables; else 0 */
	MG_MODEL_COUNTS,
	MG_LEN_ONE = MG_MODEL_COUNTS,
	MG_LEN_TWO,
	MG_LEN_KINDS,
	MG_LEN_VARIABLES_CATEGORIES,
	MG_LEN_PANELS_CATEGORIES,
	MG_LEN_POINTS_VARIABLES,
	MG_LEN_TRUST_PANELS,		/* without panel: one */
	MG_LEN_ALWAYS_VARIABLES,
	MG_LEN_ALWAYS_TRIANGLE
} MgModelLength;

/* What an input is to predict_row. */
typedef enum MgInputKind
{
	MG_INPUT_NUMBER,
	MG_INPUT_LEVEL,				/* 1 where the column is input_level, else 0 */
	MG_INPUT_MISSING,			/* 1 where the column of levels is NULL */
	MG_INPUT_YEARS				/* a date or timestamp */
} MgInputKind;

typedef struct MgModel
{
	MgFamily	family;
	int32		count[MG_MODEL_COUNTS];

	/* the data */
	char	   *outcome;
	int64		rows;
	int64		n_skipped;
	int64		n_patterns;		/* 0: not counted */
	double		sum_w;
	double		n;				/* effective rows */
	double		design_effect;

	/* inputs */
	char	  **input_name;
	char	  **input_column;	/* where predict_row finds it */
	int32	   *input_kind;		/* MgInputKind */
	char	  **input_level;	/* "" for numbers */
	double	   *input_fill;		/* stands for a missing value */

	/* variables */
	char	  **variable_name;
	int32	   *variable_input; /* from 1 */
	int32	   *missing;		/* 1: indicator that the input is missing */
	int32	   *dropped;		/* 1: constant, coefficient 0 */
	double	   *mean;
	double	   *divisor;
	double	   *coefficient;
	double	   *std_dev;
	double	   *prior_sd;		/* NaN: without prior */
	double	   *prior_share;
	double	   *variable_low;	/* conflict, as for categories */
	double	   *variable_high;
	double	   *variable_score;
	double	   *member;			/* variables x categories */

	/* categories and panels */
	char	  **category_name;
	double	   *conflict_low;
	double	   *conflict_high;
	double	   *conflict_score;
	double	   *leave_out;
	double	   *overrule_flat;
	double	   *overrule_panel;
	char	  **panel_name;
	int32	   *rated;			/* panels x categories */
	double	   *importance;		/* panels x categories, 0 where not rated */
	double	   *importance_error;
	double	   *trust;			/* a panel */
	double	   *trust_mean;		/* exponent, a panel */
	double	   *trust_mode;

	/* trust exponents, and their combinations where there are several panels */
	double	   *exponent;		/* one a panel */
	double	   *exponent_prior;
	double	   *exponent_weight;
	double	   *exponent_log_evidence;

	/* the fit */
	double		nu;				/* NaN: infinite */
	double		s2;
	double		intercept;
	double		r2_mean;
	double		r2_mode;
	double		log_bayes_factor;
	double		model_weight[MG_MODEL_KINDS];
	double		log_evidence[MG_MODEL_KINDS];
	double		overrule_r2[2];
	int64		passes;
	int64		converged;		/* 0 or 1 */
	char	   *notices;

	/* intervals */
	double	   *scale;			/* D */
	double	   *factor;			/* packed lower triangle */
	double		intercept_precision;
	double	   *intercept_cross;
	double	   *point_weight;
	double	   *point_coefficient;	/* points x variables */
	int32	   *always;			/* variables always in, from 1 */
	double	   *always_factor;	/* packed lower triangle; gaussian */
	double	   *always_cross;	/* always x variables; gaussian */

	/* reports */
	double	   *sensitivity_exponent;
	double	   *sensitivity_log_evidence;
	double	   *sensitivity_r2;
	double	   *sensitivity_edf;
	double	   *sensitivity_loss;
	MgQuality	quality;
	MgQuality	quality_flat;
	char	   *quality_note;	/* why it was not cross-validated */
	char	  **option_name;
	char	  **option_value;
} MgModel;

#define mg_model_p(m)		((m)->count[MG_LEN_VARIABLES])

typedef enum MgFieldKind
{
	MG_FIELD_DOUBLES,
	MG_FIELD_INT64,
	MG_FIELD_INT32S,
	MG_FIELD_TEXTS
} MgFieldKind;

typedef struct MgModelField
{
	const char *section;		/* of the text form */
	const char *key;
	MgFieldKind kind;
	MgModelLength length;		/* MG_LEN_ONE, _TWO, _KINDS: doubles lie in
								 * MgModel itself */
	size_t		offset;			/* in MgModel */
	double		low;
	double		high;
	bool		may_be_unknown; /* NaN */
} MgModelField;

/* A value as it is stored; what follows is in model_fields.c. */
typedef struct MgModelValue
{
	int32		vl_len_;
	uint16		format;
	uint16		flags;			/* always 0 */
	uint64		fingerprint;	/* of all that follows */
	int32		family;
	int32		count[MG_MODEL_COUNTS];
	int32		text_length;	/* bytes of all strings */
} MgModelValue;

/* model_fields.c */
extern const MgModelField mg_model_fields[];
extern const int mg_model_n_fields;
extern int64 mg_field_length(const MgModel *m, const MgModelField *f);
extern bool mg_field_inside(const MgModelField *f);
extern const char *mg_model_bad_counts(const MgModel *m);
extern char *mg_model_invalid(const MgModel *m);
extern MgModelValue *mg_model_pack(const MgModel *m);
extern void mg_model_unpack(MgModelValue *v, MgModel *m);

/* model_build.c */
extern MgModel *mg_model_begin(const MgFit *fit, const MgGram *g,
							   const MgSwept *swept,
							   const MgPredictionMoments *moments,
							   const MgPredictionLayout *layout);
extern void mg_model_set_categories(MgModel *m, const MgPrior *prior,
									const double *member, char **category,
									char **panel, const bool *rated,
									const double *importance_error);
extern void mg_model_set_inputs(MgModel *m, char **name, char **column,
								char **level);
extern void mg_model_set_kinds(MgModel *m, const int32 *kind);
extern void mg_model_set_always(MgModel *m, const bool *always);
extern void mg_model_add_option(MgModel *m, const char *name,
								const char *value);
extern Datum mg_model_value(const MgModel *m);

#endif							/* MG_PREDICTION_MODEL_H */

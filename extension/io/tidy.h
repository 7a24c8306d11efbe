/*-------------------------------------------------------------------------
 *
 * tidy.h
 *		Options in, tidy rows out: what every accessor does alike.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_TIDY_H
#define MG_TIDY_H

#include "core/compat.h"
#include "core/linearise.h"

#define MG_MAX_COLUMNS	32
#define MG_STATUS_SIZE	256

/* One row on its way out; columns are set by position. */
typedef struct MgTidy
{
	TupleDesc	desc;
	Tuplestorestate *store;		/* NULL: a single composite value */
	Datum		values[MG_MAX_COLUMNS];
	bool		nulls[MG_MAX_COLUMNS];
} MgTidy;

/* An estimate, its error, and what follows from them. */
typedef struct MgInference
{
	double		estimate;		/* NaN: could not be estimated */
	double		std_error;
	double		conf_low;
	double		conf_high;
	double		df;				/* NaN: none */
	double		p_value;
	char		status[MG_STATUS_SIZE];
} MgInference;

extern void mg_tidy_open_rows(MgTidy *tidy, FunctionCallInfo fcinfo);
extern void mg_tidy_open_one(MgTidy *tidy, FunctionCallInfo fcinfo);
extern void mg_tidy_clear(MgTidy *tidy);
extern void mg_tidy_double(MgTidy *tidy, int column, double x);
extern void mg_tidy_int64(MgTidy *tidy, int column, int64 x);
extern void mg_tidy_text(MgTidy *tidy, int column, const char *s);
extern void mg_tidy_text_len(MgTidy *tidy, int column, const char *s, int len);
extern void mg_tidy_row(MgTidy *tidy);
extern Datum mg_tidy_value(MgTidy *tidy);

extern void mg_status_add(char *status, const char *word);

typedef struct MgChoice
{
	const char *word;
	int			value;
} MgChoice;

extern int	mg_arg_choice(FunctionCallInfo fcinfo, int arg, const char *name,
						  const MgChoice *choices, int n_choices);
extern double mg_arg_level(FunctionCallInfo fcinfo, int arg);
extern MgLonely mg_arg_lonely(FunctionCallInfo fcinfo, int arg);

/* A piece of text, not terminated. */
typedef struct MgLabel
{
	const char *s;
	int32		len;
} MgLabel;

extern bool mg_arg_label(FunctionCallInfo fcinfo, int arg, MgLabel *label);
extern MgLabel *mg_arg_labels(FunctionCallInfo fcinfo, int arg,
							  const char *name, int *n);
extern const double *mg_arg_doubles(FunctionCallInfo fcinfo, int arg,
									const char *name, int *n);

extern void mg_infer(MgInference *r, double var, bool lonely, int64 df,
					 double level, double null_value);
extern void mg_infer_log(MgInference *r, double log_var, bool lonely,
						 int64 df, double level);

#endif							/* MG_TIDY_H */

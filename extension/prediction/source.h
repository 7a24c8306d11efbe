/*-------------------------------------------------------------------------
 *
 * source.h
 *		Rows of a table or query as an outcome and numbers to predict it from.
 *
 * Call between SPI_connect and SPI_finish; all memory is palloc'ed in the
 * current context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PREDICTION_SOURCE_H
#define MG_PREDICTION_SOURCE_H

#include "postgres.h"

#include "utils/jsonb.h"

typedef enum MgColumnKind
{
	MG_COLUMN_UNUSABLE,
	MG_COLUMN_NUMBER,			/* one variable */
	MG_COLUMN_YEARS,			/* a date or timestamp: one, decimal years */
	MG_COLUMN_BOOLEAN,			/* these two: an indicator a level */
	MG_COLUMN_TEXT
} MgColumnKind;

typedef struct MgSourceColumn
{
	const char *name;
	Oid			type;			/* of a domain: its base type */
	MgColumnKind kind;
	bool		repeated;		/* another column has the same name */
	bool		predictor;
	int			n_levels;
	char	  **levels;			/* sorted bytewise, of counted rows */
	bool		missing_level;	/* an indicator of its own for NULL, last */
} MgSourceColumn;

/* A variable, that is an element of x. */
typedef struct MgSourceVariable
{
	char	   *name;
	int			column;			/* index of MgSource.columns */
	int			level;			/* -1: a number; n_levels: NULL */
} MgSourceVariable;

/* What the caller of train_model asks for. */
typedef struct MgSourceRequest
{
	const char *source;
	const char *outcome;
	const char *weight;			/* NULL: 1 */
	const char *person;			/* NULL: none */
	int			n_predictors;	/* -1: every usable column */
	char	  **predictors;
	bool		strict;			/* a NULL makes the row incomplete */
	int			max_levels;
	bool		binomial;
} MgSourceRequest;

typedef struct MgSource
{
	char	   *item;			/* of FROM, named "source" */
	int			n_columns;
	MgSourceColumn *columns;
	int			n_predictors;
	int		   *predictors;		/* indices of columns, in the order of x */
	int			n_variables;
	MgSourceVariable *variables;

	/* expressions over item */
	char	   *outcome;		/* float8 */
	char	   *x;				/* float8[]; NULL where the row is incomplete */
	char	   *weight;			/* float8; NULL: none */
	char	   *person;			/* bigint; NULL: none */
} MgSource;

extern MgSource *mg_source_read(const MgSourceRequest *request);
extern int	mg_source_column(const MgSource *source, const char *name);
extern char *mg_source_names(char **names, int n);
extern void mg_source_rethrow(MemoryContext context, const MgSource *source);

/* source_text.c: the SQL behind it */
extern char *mg_source_item(const char *text);
extern char *mg_source_level_text(const MgSourceColumn *column);
extern char *mg_source_value(const MgSourceColumn *column, int level);

/*
 * Which column belongs to which category; categories are sorted bytewise, and
 * some may have no column.
 */
typedef struct MgSourceCategories
{
	int			n;
	char	  **name;
	double	   *strength;		/* columns of the source x n; 0: not in it */
} MgSourceCategories;

/* source_categories.c */
extern MgSourceCategories *mg_source_categories(const MgSource *source,
												Jsonb *categories);

#endif							/* MG_PREDICTION_SOURCE_H */

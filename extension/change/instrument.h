/*-------------------------------------------------------------------------
 *
 * instrument.h
 *		Instruments (questionnaires): definitions and how they are scored.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_INSTRUMENT_H
#define MG_INSTRUMENT_H

#include "postgres.h"
#include "fmgr.h"

/* A cut-off or the lower end of a band. */
typedef struct MgMark
{
	double		value;
	char	   *label;			/* NULL: none */
} MgMark;

/* One way to make a score: a method of an instrument, or a subscale. */
typedef struct MgScale
{
	char	   *name;
	char	   *label;			/* NULL: none */
	int			n_items;
	int		   *items;			/* which of the instrument's, from 0 */
	double	   *values;			/* n_items x span; NaN: no such code */
	int			max_missing;
	bool		round;			/* halves away from 0 */
	double		multiply;
	int			lookup_from;
	int			n_lookup;		/* 0: none */
	double	   *lookup;
	int			n_parts;		/* more than 0: the sum of other scales */
	int		   *parts;
	double		lowest;
	double		highest;
	bool		better;			/* a higher score is better */
	int			n_cutoffs;		/* the first is the one that counts */
	MgMark	   *cutoffs;
	int			n_bands;		/* from the lowest up */
	MgMark	   *bands;
} MgScale;

typedef struct MgInstrument
{
	char	   *name;
	char	   *version;
	char	   *label;
	char	   *source;
	int			n_items;
	int			n_codes;
	int		   *codes;			/* ascending */
	int			span;			/* last code less first, plus 1 */
	bool		better;
	int			n_methods;		/* the first of the scales */
	int			n_scales;
	MgScale    *scales;
} MgInstrument;

/* instrument.c */
extern MgInstrument *mg_instrument_parse(const char *json);
extern const MgScale *mg_instrument_find(const MgInstrument *ins,
										 const char *name, int len);

/* instrument_load.c */
extern const MgInstrument *mg_arg_instrument(FunctionCallInfo fcinfo, int arg);

#endif							/* MG_INSTRUMENT_H */

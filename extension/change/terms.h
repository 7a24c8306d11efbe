/*-------------------------------------------------------------------------
 *
 * terms.h
 *		Terms of a regression as tidy rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_TERMS_H
#define MG_TERMS_H

#include "core/least_squares.h"
#include "io/tidy.h"

/* Where the columns of mg_put_term are. */
#define MG_TERM_COLUMNS		8	/* without the name */

extern MgLabel *mg_arg_terms(FunctionCallInfo fcinfo, int arg, int k);
extern void mg_put_term(MgTidy *tidy, int column, const MgInference *r);
extern const char *mg_column_status(MgColumn column);
extern void mg_put_empty_term(MgTidy *tidy, MgLabel name, const char *status);

#endif							/* MG_TERMS_H */

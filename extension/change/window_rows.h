/*-------------------------------------------------------------------------
 *
 * window_rows.h
 *		Arguments of window functions that read their whole partition.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_WINDOW_ROWS_H
#define MG_WINDOW_ROWS_H

#include "core/compat.h"
#include "utils/array.h"
#include "windowapi.h"

extern bool mg_window_arg(WindowObject winobj, int arg, int64 position,
						  Datum *d);
extern bool mg_window_weight(WindowObject winobj, int arg, int64 position,
							 double *w);
extern int	mg_window_array_length(ArrayType *a, const char *name);
extern void mg_window_refuse_length(const char *name, int before, int now);

#endif							/* MG_WINDOW_ROWS_H */

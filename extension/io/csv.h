/*-------------------------------------------------------------------------
 *
 * csv.h
 *		Files of comma-separated values, given as text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_CSV_H
#define MG_CSV_H

#include "postgres.h"

typedef struct MgCsv
{
	char	   *next;			/* what is to be read, ending in a zero byte */
	char		delimiter;
	int			next_line;
	int			line;			/* where the row begins, from 1 */
	int			n;				/* cells of the row */
	int			room;
	char	  **cell;			/* [n] */
} MgCsv;

extern void mg_csv_open(MgCsv *csv, const text *content, bool find_delimiter);
extern bool mg_csv_next(MgCsv *csv);
extern bool mg_csv_blank(const MgCsv *csv);
extern const char *mg_csv_cell(const MgCsv *csv, int i);
extern void mg_csv_bad(int line, const char *detail, const char *hint);

#endif							/* MG_CSV_H */

/*-------------------------------------------------------------------------
 *
 * big_state.h
 *		Inside a large survey state: for big.c and big_flatten.c alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_BIG_STATE_H
#define MG_BIG_STATE_H

#include "core/cells.h"

typedef struct BigGroup
{
	MgGroup		g;				/* key of a text group: not used */
	char	   *label;
	uint32		hash;
} BigGroup;

typedef struct BigStratum
{
	int64		id;
	bool		is_null;
	double		fpc;
	int64		n_rows;
	int32		first_rowcell;
} BigStratum;

typedef struct BigPsu
{
	int64		id;
	int32		stratum;
	int32		first_cell;
} BigPsu;

typedef struct BigCell
{
	MgCell		c;				/* c.zero holds the next cell of the PSU */
} BigCell;

typedef struct BigRowCell
{
	MgRowCell	c;				/* c.zero holds the next one of the stratum */
	int32		stratum;
} BigRowCell;

struct MgBig
{
	MemoryContext cxt;
	uint16		flags;
	int64		n_skipped;

	BigGroup   *groups;
	int32		n_groups;
	int32		cap_groups;
	int64		label_bytes;
	int32		last_group;
	BigStratum *strata;
	int32		n_strata;
	int32		cap_strata;
	int32		null_stratum;	/* index, or -1 */
	int32		last_stratum;
	BigPsu	   *psus;
	int32		n_psus;
	int32		cap_psus;
	BigCell    *cells;
	int32		n_cells;
	int32		cap_cells;
	BigRowCell *rowcells;
	int32		n_rowcells;
	int32		cap_rowcells;

	struct psutab_hash *psu_table;
	struct idtab_hash *stratum_table;
	struct idtab_hash *group_table; /* integer key or label hash -> first
									 * group */
	int32	   *group_next;		/* labels of the same hash */
	struct celltab_hash *cell_table;	/* NULL while there are few subgroups */
};

#endif							/* MG_BIG_STATE_H */

/*-------------------------------------------------------------------------
 *
 * big.c
 *		A large survey state: hash tables, flattened on the way out.
 *
 * The cells of one PSU (or of the rows of one stratum) form a chain, which
 * is searched as long as there are few subgroups; with many, a hash table
 * of (PSU, subgroup) finds the cell.  Everything lives in one memory context
 * that the caller made, so that one reset frees it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "core/big_state.h"

/* Up to this many subgroups a chain or an array is searched. */
#define FEW_GROUPS	8

static inline uint32
hash_pair(uint64 a, uint64 b)
{
	uint64		h = a * UINT64CONST(0x9E3779B97F4A7C15);

	h ^= b + UINT64CONST(0xD1B54A32D192ED03) + (h << 6) + (h >> 29);
	h *= UINT64CONST(0xBF58476D1CE4E5B9);
	h ^= h >> 32;
	h *= UINT64CONST(0x94D049BB133111EB);
	return (uint32) (h >> 32);
}

/* (stratum id, psu id) -> index of the PSU */
typedef struct PsuKey
{
	int64		stratum;
	int64		psu;
} PsuKey;

typedef struct PsuEntry
{
	PsuKey		key;
	int32		index;
	char		status;
} PsuEntry;

#define SH_PREFIX psutab
#define SH_ELEMENT_TYPE PsuEntry
#define SH_KEY_TYPE PsuKey
#define SH_KEY key
#define SH_HASH_KEY(tb, k) hash_pair((uint64) (k).stratum, (uint64) (k).psu)
#define SH_EQUAL(tb, a, b) ((a).psu == (b).psu && (a).stratum == (b).stratum)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* (owner, subgroup) -> index of a cell; owner: PSU, or -1 - stratum */
typedef struct CellKey
{
	int32		owner;
	int32		group;
} CellKey;

typedef struct CellEntry
{
	CellKey		key;
	int32		index;
	char		status;
} CellEntry;

#define SH_PREFIX celltab
#define SH_ELEMENT_TYPE CellEntry
#define SH_KEY_TYPE CellKey
#define SH_KEY key
#define SH_HASH_KEY(tb, k) \
	hash_pair((uint64) (uint32) (k).owner, (uint64) (uint32) (k).group)
#define SH_EQUAL(tb, a, b) ((a).owner == (b).owner && (a).group == (b).group)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* stratum id, or hash of a subgroup -> index */
typedef struct IdEntry
{
	int64		id;
	int32		index;
	char		status;
} IdEntry;

#define SH_PREFIX idtab
#define SH_ELEMENT_TYPE IdEntry
#define SH_KEY_TYPE int64
#define SH_KEY id
#define SH_HASH_KEY(tb, k) hash_pair((uint64) (k), 0)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

MgBig *
mg_big_create(MemoryContext cxt, uint16 flags)
{
	MgBig	   *big = (MgBig *) MemoryContextAllocZero(cxt, sizeof(MgBig));

	big->cxt = cxt;
	big->flags = flags;
	big->null_stratum = -1;
	big->last_group = -1;
	big->last_stratum = -1;
	big->psu_table = psutab_create(cxt, 128, NULL);
	big->stratum_table = idtab_create(cxt, 16, NULL);
	big->group_table = idtab_create(cxt, 16, NULL);
	return big;
}

uint16
mg_big_flags(const MgBig *big)
{
	return big->flags;
}

void
mg_big_skip(MgBig *big)
{
	big->n_skipped++;
}

Size
mg_big_flat_size(MgBig *big)
{
	MgSurvey	counts = {0};

	counts.n_groups = big->n_groups;
	counts.n_strata = big->n_strata;
	counts.n_psus = big->n_psus;
	counts.n_cells = big->n_cells;
	counts.n_rowcells = big->n_rowcells;
	counts.flags = big->flags;
	return (Size) (mg_survey_size(&counts) + big->label_bytes);
}

/*
 * Room for one more element.  The flat size is checked here, where the state
 * grows, so that a summary that PostgreSQL could not store is refused before
 * the memory is taken.
 */
static void
make_room(MgBig *big, void **array, int32 n, int32 *cap, Size size)
{
	if (n < *cap)
		return;
	mg_survey_check_size(mg_big_flat_size(big));
	if (*array == NULL)
	{
		*cap = 64;
		*array = MemoryContextAlloc(big->cxt, *cap * size);
	}
	else
	{
		*cap *= 2;
		*array = repalloc_huge(*array, *cap * size);
	}
}

#define MAKE_ROOM(big, field) \
	make_room(big, (void **) &(big)->field##s, (big)->n_##field##s, \
			  &(big)->cap_##field##s, sizeof(*(big)->field##s))

static bool
same_label(const BigGroup *g, const MgRow *row)
{
	return g->g.label_len == row->label_len &&
		memcmp(g->label, row->label, row->label_len) == 0;
}

/* With many subgroups, chains are given up for a hash table of cells. */
static void
index_cells(MgBig *big)
{
	int32		i;
	int32		k;
	bool		found;

	big->cell_table = celltab_create(big->cxt, 256, NULL);
	for (i = 0; i < big->n_psus; i++)
	{
		for (k = big->psus[i].first_cell; k >= 0; k = big->cells[k].c.zero)
		{
			CellKey		key = {i, big->cells[k].c.group};

			celltab_insert(big->cell_table, key, &found)->index = k;
		}
	}
	for (i = 0; i < big->n_strata; i++)
	{
		for (k = big->strata[i].first_rowcell; k >= 0;
			 k = big->rowcells[k].c.zero)
		{
			CellKey		key = {-1 - i, big->rowcells[k].c.group};

			celltab_insert(big->cell_table, key, &found)->index = k;
		}
	}
}

static int32
big_group(MgBig *big, const MgRow *row)
{
	bool		is_text = (big->flags & MG_TEXT_GROUPS) != 0;
	int64		hash = row->key;
	IdEntry    *entry;
	bool		found;
	int32		i;

	/* A run of the same subgroup, or few of them: no hashing. */
	i = big->last_group;
	if (i >= 0 && (is_text ? same_label(&big->groups[i], row) :
				   big->groups[i].g.key == row->key))
		return i;
	if (big->n_groups <= FEW_GROUPS)
	{
		for (i = 0; i < big->n_groups; i++)
		{
			if (is_text ? same_label(&big->groups[i], row) :
				big->groups[i].g.key == row->key)
				return big->last_group = i;
		}
	}
	if (is_text)
		hash = (int64) hash_bytes((const unsigned char *) row->label,
								  row->label_len);
	entry = idtab_insert(big->group_table, hash, &found);
	if (found)
	{
		for (i = entry->index; i >= 0; i = big->group_next[i])
		{
			if (!is_text || same_label(&big->groups[i], row))
				return big->last_group = i;
		}
	}

	MAKE_ROOM(big, group);
	if (big->group_next == NULL)
		big->group_next = MemoryContextAlloc(big->cxt,
											 big->cap_groups * sizeof(int32));
	else
		big->group_next = repalloc_huge(big->group_next,
										big->cap_groups * sizeof(int32));
	i = big->n_groups;
	memset(&big->groups[i], 0, sizeof(BigGroup));
	if (is_text)
	{
		big->label_bytes += row->label_len;
		mg_survey_check_size(mg_big_flat_size(big));
		big->groups[i].g.label_len = row->label_len;
		big->groups[i].label = MemoryContextAlloc(big->cxt, row->label_len + 1);
		memcpy(big->groups[i].label, row->label, row->label_len);
	}
	else
		big->groups[i].g.key = row->key;
	big->group_next[i] = found ? entry->index : -1;
	entry->index = i;
	big->n_groups++;
	if (big->n_groups > FEW_GROUPS && big->cell_table == NULL)
		index_cells(big);
	return big->last_group = i;
}

static int32
big_stratum(MgBig *big, const MgRow *row)
{
	IdEntry    *entry = NULL;
	double		fpc = row->has_fpc ? row->fpc : 0;
	bool		found = false;
	int32		i;

	if (!row->has_stratum)
		i = big->null_stratum;
	else if (big->last_stratum >= 0 &&
			 big->strata[big->last_stratum].id == row->stratum &&
			 !big->strata[big->last_stratum].is_null)
		i = big->last_stratum;
	else
	{
		entry = idtab_insert(big->stratum_table, row->stratum, &found);
		i = found ? entry->index : -1;
	}
	if (i < 0)
	{
		make_room(big, (void **) &big->strata, big->n_strata,
				  &big->cap_strata, sizeof(BigStratum));
		i = big->n_strata++;
		memset(&big->strata[i], 0, sizeof(BigStratum));
		big->strata[i].id = row->has_stratum ? row->stratum : 0;
		big->strata[i].is_null = !row->has_stratum;
		big->strata[i].fpc = fpc;
		big->strata[i].first_rowcell = -1;
		if (entry != NULL)
			entry->index = i;
		else
		{
			big->null_stratum = i;
			big->flags |= MG_NULL_STRATUM;
		}
	}
	else
		mg_check_same_fpc(big->strata[i].fpc, fpc);
	return big->last_stratum = i;
}

static int32
big_psu(MgBig *big, const MgRow *row)
{
	PsuKey		key;
	PsuEntry   *entry;
	bool		found;
	int32		i;

	key.stratum = row->stratum;
	key.psu = row->psu;
	entry = psutab_lookup(big->psu_table, key);
	if (entry != NULL)
	{
		i = entry->index;
		if (big->flags & MG_HAS_FPC)
			mg_check_same_fpc(big->strata[big->psus[i].stratum].fpc, row->fpc);
		return i;
	}
	MAKE_ROOM(big, psu);
	i = big->n_psus;
	big->psus[i].id = row->psu;
	big->psus[i].first_cell = -1;
	big->psus[i].stratum = big_stratum(big, row);
	psutab_insert(big->psu_table, key, &found)->index = i;
	big->n_psus++;
	return i;
}

static MgCell *
big_cell(MgBig *big, int32 psu, int32 group)
{
	CellEntry  *entry = NULL;
	int32		i;

	if (big->cell_table != NULL)
	{
		CellKey		key = {psu, group};
		bool		found;

		entry = celltab_insert(big->cell_table, key, &found);
		if (found)
			return &big->cells[entry->index].c;
	}
	else
	{
		for (i = big->psus[psu].first_cell; i >= 0; i = big->cells[i].c.zero)
		{
			if (big->cells[i].c.group == group)
				return &big->cells[i].c;
		}
	}
	MAKE_ROOM(big, cell);
	i = big->n_cells++;
	memset(&big->cells[i], 0, sizeof(BigCell));
	big->cells[i].c.group = group;
	big->cells[i].c.zero = big->psus[psu].first_cell;
	big->psus[psu].first_cell = i;
	if (entry != NULL)
		entry->index = i;
	return &big->cells[i].c;
}

static MgRowCell *
big_rowcell(MgBig *big, int32 stratum, int32 group)
{
	CellEntry  *entry = NULL;
	int32		i;

	if (big->cell_table != NULL)
	{
		CellKey		key = {-1 - stratum, group};
		bool		found;

		entry = celltab_insert(big->cell_table, key, &found);
		if (found)
			return &big->rowcells[entry->index].c;
	}
	else
	{
		for (i = big->strata[stratum].first_rowcell; i >= 0;
			 i = big->rowcells[i].c.zero)
		{
			if (big->rowcells[i].c.group == group)
				return &big->rowcells[i].c;
		}
	}
	MAKE_ROOM(big, rowcell);
	i = big->n_rowcells++;
	memset(&big->rowcells[i], 0, sizeof(BigRowCell));
	big->rowcells[i].c.group = group;
	big->rowcells[i].stratum = stratum;
	big->rowcells[i].c.zero = big->strata[stratum].first_rowcell;
	big->strata[stratum].first_rowcell = i;
	if (entry != NULL)
		entry->index = i;
	return &big->rowcells[i].c;
}

/* Adds one row, whose weight is not NULL. */
void
mg_big_add(MgBig *big, const MgRow *row)
{
	int32		psu = -1;
	int32		stratum = -1;
	int32		group;
	double		shift = 0;

	if (row->has_psu)
		psu = big_psu(big, row);
	else
	{
		stratum = big_stratum(big, row);
		big->strata[stratum].n_rows++;
	}
	if (!row->has_group || row->weight == 0)
		return;

	group = big_group(big, row);
	if (row->has_outcome)
	{
		big->flags |= mg_outcome_flags(row->outcome);
		shift = mg_group_start(&big->groups[group].g, row->outcome);
		mg_group_add(&big->groups[group].g, row->outcome - shift, row->weight);
	}
	if (row->has_psu)
		mg_cell_add(big_cell(big, psu, group), row, shift);
	else
		mg_rowcell_add(big_rowcell(big, stratum, group), row, shift);
}

/* Adds a whole summary. */
void
mg_big_merge(MgBig *big, const MgView *src)
{
	const MgSurvey *b = src->head;
	int32	   *group_of = palloc(Max(b->n_groups, 1) * sizeof(int32));
	double	   *shift = palloc(Max(b->n_groups, 1) * sizeof(double));
	int32		i;
	int32		k;
	int32		c;

	mg_check_same_kind(big->flags, b->flags);
	if (b->n_replicates > 0)
	{
		MgSurvey	none = {0};

		/* a large state has none */
		mg_check_same_replicates(&none, src);
	}
	big->flags |= b->flags & ~MG_NULL_STRATUM;
	big->n_skipped += b->n_skipped;

	for (i = 0; i < b->n_groups; i++)
	{
		MgRow		row = {0};

		row.key = src->groups[i].key;
		row.label = src->labels + src->groups[i].key;
		row.label_len = src->groups[i].label_len;
		group_of[i] = big_group(big, &row);
		mg_check_table_group(&big->groups[group_of[i]].g, b->flags);
		shift[i] = mg_group_merge(&big->groups[group_of[i]].g, &src->groups[i]);
	}
	for (i = 0; i < b->n_strata; i++)
	{
		MgRow		row = {0};
		int32		stratum;

		row.has_stratum = !mg_stratum_is_null(src, i);
		row.stratum = src->strata[i].id;
		row.has_fpc = (b->flags & MG_HAS_FPC) != 0;
		row.fpc = src->strata[i].fpc;
		stratum = big_stratum(big, &row);
		big->strata[stratum].n_rows += src->strata[i].n_rows;
		for (k = src->strata[i].psu_start; k < mg_psu_end(src, i); k++)
		{
			int32		psu;

			if (k % 1024 == 0)
				CHECK_FOR_INTERRUPTS();
			row.psu = src->psus[k].id;
			psu = big_psu(big, &row);
			for (c = src->psus[k].cell_start; c < mg_cell_end(src, k); c++)
				mg_cell_merge(big_cell(big, psu, group_of[src->cells[c].group]),
							  &src->cells[c], shift[src->cells[c].group]);
		}
		for (k = src->strata[i].rowcell_start; k < mg_rowcell_end(src, i); k++)
			mg_rowcell_merge(big_rowcell(big, stratum,
										 group_of[src->rowcells[k].group]),
							 &src->rowcells[k], shift[src->rowcells[k].group]);
	}
	pfree(group_of);
	pfree(shift);
}

/*-------------------------------------------------------------------------
 *
 * panel.h
 *		The votes of a panel: a flat value.
 *
 * Layout: MgPanel, the categories (MgCategory, sorted bytewise by label), the
 * labels without gaps in the same order, padding to 8 bytes, the votes.  In a
 * finished value votes are sorted by category, then by voter, and no voter
 * has two on one category.  The state of an aggregate has them in order of
 * arrival (MG_PANEL_UNSORTED) and slack behind.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_CORE_PANEL_H
#define MG_CORE_PANEL_H

#include "postgres.h"

#define MG_PANEL_FORMAT			1

/* the votes are ranks, 1 being the best, and not ratings */
#define MG_PANEL_RANKS			0x0001
/* the state of an aggregate */
#define MG_PANEL_UNSORTED		0x0002
#define MG_PANEL_KNOWN_FLAGS	(MG_PANEL_RANKS | MG_PANEL_UNSORTED)

/* A panel rates categories: the accessors factorise matrices of this order. */
#define MG_PANEL_MAX_CATEGORIES	1000

typedef struct MgPanel
{
	int32		vl_len_;
	uint16		format;
	uint16		flags;
	int64		n_skipped;		/* votes with a NULL */
	int32		n_categories;
	int32		label_bytes;
	int32		n_votes;
	int32		pad;			/* 0 */
} MgPanel;

typedef struct MgCategory
{
	int32		label;			/* offset among the labels */
	int32		len;
} MgCategory;

typedef struct MgVote
{
	int64		voter;
	double		value;
	int32		category;
	int32		pad;			/* 0 */
} MgVote;

static inline MgCategory *
mg_panel_categories(const MgPanel *s)
{
	return (MgCategory *) ((char *) s + sizeof(MgPanel));
}

static inline char *
mg_panel_labels(const MgPanel *s)
{
	return (char *) (mg_panel_categories(s) + s->n_categories);
}

static inline const char *
mg_panel_label(const MgPanel *s, int c)
{
	return mg_panel_labels(s) + mg_panel_categories(s)[c].label;
}

extern uint64 mg_panel_votes_offset(int64 n_categories, int64 label_bytes);

static inline MgVote *
mg_panel_votes(const MgPanel *s)
{
	return (MgVote *) ((char *) s +
					   mg_panel_votes_offset(s->n_categories, s->label_bytes));
}

extern uint64 mg_panel_size(int64 n_categories, int64 label_bytes,
							int64 n_votes);
extern MgPanel *mg_panel_alloc(uint16 flags, int32 n_categories,
							   int64 label_bytes, int64 n_votes);
extern MgPanel *mg_panel_make_room(MgPanel *s, int64 n_votes);
extern MgPanel *mg_panel_category(MgPanel *s, const char *label, int32 len,
								  int32 *category);
extern void mg_panel_add(MgPanel *s, int64 voter, int32 category,
						 double value);
extern MgPanel *mg_panel_sorted(const MgPanel *s);
extern MgPanel *mg_panel_finish(const MgPanel *s);
extern const char *mg_panel_invalid(const MgPanel *s, Size size);

#endif							/* MG_CORE_PANEL_H */

/*-------------------------------------------------------------------------
 *
 * panel.c
 *		The votes of a panel: sizes, growth, sorting and the validator.
 *
 * A panel is tens to thousands of people, and no sum of their votes serves
 * weights, rankings and agreement alike: the summary keeps each vote.  It
 * grows by doubling; a new category moves what lies behind its label, which
 * happens at most MG_PANEL_MAX_CATEGORIES times.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/compat.h"
#include "core/panel.h"

#define START_VOTES		8

uint64
mg_panel_votes_offset(int64 n_categories, int64 label_bytes)
{
	uint64		size = sizeof(MgPanel) + n_categories * sizeof(MgCategory) +
		label_bytes;

	return (size + 7) / 8 * 8;
}

/* Each count is below 2^31, so that nothing here overflows. */
uint64
mg_panel_size(int64 n_categories, int64 label_bytes, int64 n_votes)
{
	return mg_panel_votes_offset(n_categories, label_bytes) +
		n_votes * sizeof(MgVote);
}

/* A zeroed value with these counts set, but for n_votes: they are room. */
MgPanel *
mg_panel_alloc(uint16 flags, int32 n_categories, int64 label_bytes,
			   int64 n_votes)
{
	uint64		size = mg_panel_size(n_categories, label_bytes, n_votes);
	MgPanel    *s;

	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("panel summary would be larger than 1 GB"),
				 errhint("Summarise fewer votes at a time.")));
	s = (MgPanel *) palloc0(size);
	SET_VARSIZE(s, size);
	s->format = MG_PANEL_FORMAT;
	s->flags = flags;
	s->n_categories = n_categories;
	s->label_bytes = (int32) label_bytes;
	return s;
}

/* A state with room for some more votes, which may have moved. */
MgPanel *
mg_panel_make_room(MgPanel *s, int64 n_votes)
{
	int64		need = s->n_votes + n_votes;
	int64		room;
	MgPanel    *bigger;

	if (mg_panel_size(s->n_categories, s->label_bytes, need) <= VARSIZE(s))
		return s;
	room = Max(need, Max(2 * (int64) s->n_votes, START_VOTES));
	if (mg_panel_size(s->n_categories, s->label_bytes, room) > MaxAllocSize)
		room = need;
	bigger = mg_panel_alloc(s->flags, s->n_categories, s->label_bytes, room);
	bigger->n_skipped = s->n_skipped;
	bigger->n_votes = s->n_votes;
	memcpy((char *) bigger + sizeof(MgPanel), (char *) s + sizeof(MgPanel),
		   mg_panel_size(s->n_categories, s->label_bytes, s->n_votes) -
		   sizeof(MgPanel));
	return bigger;
}

static int
compare_labels(const char *a, int32 a_len, const char *b, int32 b_len)
{
	int			c = memcmp(a, b, Min(a_len, b_len));

	return c != 0 ? c : a_len < b_len ? -1 : a_len > b_len;
}

/* The state with a new category at position "at". */
static MgPanel *
insert_category(const MgPanel *s, int32 at, const char *label, int32 len)
{
	const MgCategory *old = mg_panel_categories(s);
	int32		split = at < s->n_categories ? old[at].label : s->label_bytes;
	uint64		votes = VARSIZE(s) -
		mg_panel_votes_offset(s->n_categories, s->label_bytes);
	MgPanel    *t;
	MgCategory *category;
	MgVote	   *vote;
	int32		i;

	if (s->n_categories == MG_PANEL_MAX_CATEGORIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a panel can vote on at most %d categories",
						MG_PANEL_MAX_CATEGORIES),
				 errhint("Is the category a text of its own in each row?")));
	t = mg_panel_alloc(s->flags, s->n_categories + 1,
					   (int64) s->label_bytes + len,
					   votes / sizeof(MgVote));
	t->n_skipped = s->n_skipped;
	t->n_votes = s->n_votes;
	category = mg_panel_categories(t);
	memcpy(category, old, at * sizeof(MgCategory));
	category[at].label = split;
	category[at].len = len;
	for (i = at; i < s->n_categories; i++)
	{
		category[i + 1].label = old[i].label + len;
		category[i + 1].len = old[i].len;
	}
	memcpy(mg_panel_labels(t), mg_panel_labels(s), split);
	memcpy(mg_panel_labels(t) + split, label, len);
	memcpy(mg_panel_labels(t) + split + len, mg_panel_labels(s) + split,
		   s->label_bytes - split);
	vote = mg_panel_votes(t);
	memcpy(vote, mg_panel_votes(s), s->n_votes * sizeof(MgVote));
	for (i = 0; i < s->n_votes; i++)
		vote[i].category += vote[i].category >= at;
	return t;
}

/* Finds a category, or makes it: the state may have moved. */
MgPanel *
mg_panel_category(MgPanel *s, const char *label, int32 len, int32 *category)
{
	int32		low = 0;
	int32		high = s->n_categories;

	while (low < high)
	{
		int32		middle = (low + high) / 2;
		int			c = compare_labels(mg_panel_label(s, middle),
									   mg_panel_categories(s)[middle].len,
									   label, len);

		if (c == 0)
		{
			*category = middle;
			return s;
		}
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*category = low;
	return insert_category(s, low, label, len);
}

/* Adds a vote, for which there must be room. */
void
mg_panel_add(MgPanel *s, int64 voter, int32 category, double value)
{
	MgVote	   *vote = mg_panel_votes(s) + s->n_votes++;

	vote->voter = voter;
	vote->category = category;
	vote->value = value == 0 ? 0 : value;
}

static int
compare_votes(const void *a, const void *b)
{
	const MgVote *x = (const MgVote *) a;
	const MgVote *y = (const MgVote *) b;

	if (x->category != y->category)
		return x->category < y->category ? -1 : 1;
	return x->voter < y->voter ? -1 : x->voter > y->voter;
}

/*
 * A finished copy: votes sorted, no slack.  Whether a voter has two votes on
 * one category is not looked at.
 */
MgPanel *
mg_panel_sorted(const MgPanel *s)
{
	MgPanel    *t = mg_panel_alloc(s->flags & ~MG_PANEL_UNSORTED,
								   s->n_categories, s->label_bytes,
								   s->n_votes);

	t->n_skipped = s->n_skipped;
	t->n_votes = s->n_votes;
	memcpy((char *) t + sizeof(MgPanel), (char *) s + sizeof(MgPanel),
		   VARSIZE(t) - sizeof(MgPanel));
	qsort(mg_panel_votes(t), t->n_votes, sizeof(MgVote), compare_votes);
	return t;
}

/* The same of the state of an aggregate: such votes are an error. */
MgPanel *
mg_panel_finish(const MgPanel *s)
{
	MgPanel    *t = mg_panel_sorted(s);
	const MgVote *vote = mg_panel_votes(t);
	int32		i;

	for (i = 1; i < t->n_votes; i++)
	{
		if (compare_votes(&vote[i - 1], &vote[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_CARDINALITY_VIOLATION),
					 errmsg("a voter has two votes on one category"),
					 errdetail("A panel summary takes one vote of a voter on a category."),
					 errhint("Keep one of them, such as the latest, by DISTINCT ON (voter, category); or give each ballot a voter of its own.")));
	}
	return t;
}

static const char *
labels_invalid(const MgPanel *s)
{
	const MgCategory *category = mg_panel_categories(s);
	int64		end = 0;
	int32		i;

	for (i = 0; i < s->n_categories; i++)
	{
		if (category[i].label != end || category[i].len < 0 ||
			end + category[i].len > s->label_bytes)
			return "its labels do not follow each other";
		end += category[i].len;
		if (i > 0 && compare_labels(mg_panel_label(s, i - 1),
									category[i - 1].len,
									mg_panel_label(s, i),
									category[i].len) >= 0)
			return "its categories are not in order";
	}
	if (end != s->label_bytes)
		return "its labels do not follow each other";
	return NULL;
}

static const char *
votes_invalid(const MgPanel *s)
{
	const MgVote *vote = mg_panel_votes(s);
	bool		ranks = (s->flags & MG_PANEL_RANKS) != 0;
	bool	   *voted = palloc0((s->n_categories + 1) * sizeof(bool));
	int32		i;

	for (i = 0; i < s->n_votes; i++)
	{
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (vote[i].category < 0 || vote[i].category >= s->n_categories ||
			vote[i].pad != 0)
			return "a vote is on no category";
		if (!isfinite(vote[i].value) || vote[i].value < 0 ||
			(ranks && (vote[i].value < 1 || vote[i].value > PG_INT32_MAX ||
					   vote[i].value != rint(vote[i].value))))
			return "its numbers are not those of any votes";
		if (!(s->flags & MG_PANEL_UNSORTED) && i > 0 &&
			compare_votes(&vote[i - 1], &vote[i]) >= 0)
			return "its votes are not in order";
		voted[vote[i].category] = true;
	}
	for (i = 0; i < s->n_categories; i++)
	{
		if (!voted[i])
			return "a category has no votes";
	}
	pfree(voted);
	return NULL;
}

/* What is wrong with a value, or NULL. */
const char *
mg_panel_invalid(const MgPanel *s, Size size)
{
	const char *problem;

	if (size < sizeof(MgPanel))
		return "it is cut short";
	if (s->format != MG_PANEL_FORMAT)
		return "its format is unknown";
	if ((s->flags & ~MG_PANEL_KNOWN_FLAGS) != 0 || s->pad != 0)
		return "its flags are unknown";
	if (s->n_skipped < 0 || s->n_categories < 0 || s->label_bytes < 0 ||
		s->n_votes < 0 || s->n_categories > MG_PANEL_MAX_CATEGORIES)
		return "a count is out of range";
	if (size < mg_panel_size(s->n_categories, s->label_bytes, s->n_votes))
		return "it is cut short";
	problem = labels_invalid(s);
	return problem != NULL ? problem : votes_invalid(s);
}

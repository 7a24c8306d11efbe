/*-------------------------------------------------------------------------
 *
 * prior.c
 *		From names of categories and panels' votes to the prior of a fit.
 *
 * The categories are those of the variables and those that a panel rated,
 * sorted bytewise.  A variable may be in several, by strengths; an indicator
 * of missing values is in those of its variable.  A category that a panel did
 * not rate counts as average for it: 0 on the log scale.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "prediction/prior.h"

/* A link: input, category, strength. */
typedef struct Link
{
	int			input;
	char	   *category;
	double		strength;
} Link;

typedef struct Links
{
	int			n;
	int			room;
	Link	   *link;
} Links;

static void
add_link(Links *links, int input, char *category, double strength)
{
	if (links->n == links->room)
	{
		links->room = Max(2 * links->room, 64);
		links->link = links->link == NULL ?
			palloc(links->room * sizeof(Link)) :
			repalloc(links->link, links->room * sizeof(Link));
	}
	links->link[links->n].input = input;
	links->link[links->n].category = category;
	links->link[links->n].strength = strength;
	links->n++;
}

static int
find_input(const MgPriorSource *source, const char *name)
{
	int			i;

	for (i = 0; i < source->n_inputs; i++)
	{
		if (strcmp(source->name[i], name) == 0)
			return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("links has \"%.64s\", which is not one of variables", name)));
	return -1;
}

static void
bad_links(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 name == NULL ? errmsg("links must be a JSON object") :
			 errmsg("links of \"%.64s\" must be an object of numbers above 0", name),
			 errhint("Such as {\"sleep\": {\"health\": 2, \"work\": 1}}.")));
}

/* The links of one variable, {"category": strength, ..}. */
static void
read_strengths(Links *links, int input, const char *name, JsonbContainer *c)
{
	JsonbIterator *it = JsonbIteratorInit(c);
	JsonbValue	v;
	char	   *category = NULL;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		double		strength;

		if (token == WJB_KEY)
			category = pnstrdup(v.val.string.val, v.val.string.len);
		if (token != WJB_VALUE)
			continue;
		strength = v.type != jbvNumeric ? 0 :
			DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											   NumericGetDatum(v.val.numeric)));
		if (category[0] == '\0' || !(strength > 0) || !isfinite(strength))
			bad_links(name);
		add_link(links, input, category, strength);
	}
}

static void
read_links(Links *links, const MgPriorSource *source, bool *linked)
{
	JsonbIterator *it;
	JsonbValue	v;
	JsonbIteratorToken token;
	char	   *name = NULL;

	if (!JB_ROOT_IS_OBJECT(source->links))
		bad_links(NULL);
	it = JsonbIteratorInit(&source->links->root);
	while ((token = JsonbIteratorNext(&it, &v, name != NULL)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = pnstrdup(v.val.string.val, v.val.string.len);
		else if (token == WJB_VALUE)
		{
			int			input = find_input(source, name);

			if (v.type != jbvBinary ||
				!JsonContainerIsObject(v.val.binary.data))
				bad_links(name);
			linked[input] = true;
			read_strengths(links, input, name, v.val.binary.data);
		}
	}
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static int
find_category(const MgNamedPrior *named, const char *name)
{
	char	  **found = bsearch(&name, named->category,
								named->prior.n_categories, sizeof(char *),
								by_name);

	return found == NULL ? -1 : (int) (found - named->category);
}

/* All names, each once, in order. */
static void
set_categories(MgNamedPrior *named, const Links *links,
			   const MgPriorSource *source)
{
	int			most = links->n;
	int			n = 0;
	int			i;
	int			k;

	for (k = 0; k < source->n_panels; k++)
		most += source->panel[k]->n;
	named->category = palloc((most + 1) * sizeof(char *));
	for (i = 0; i < links->n; i++)
		named->category[n++] = links->link[i].category;
	for (k = 0; k < source->n_panels; k++)
	{
		for (i = 0; i < source->panel[k]->n; i++)
			named->category[n++] = (char *) source->panel[k]->category[i];
	}
	qsort(named->category, n, sizeof(char *), by_name);
	most = n;
	for (i = n = 0; i < most; i++)
	{
		if (n == 0 || strcmp(named->category[n - 1], named->category[i]) != 0)
			named->category[n++] = named->category[i];
	}
	named->prior.n_categories = n;
}

static void
set_members(MgNamedPrior *named, const Links *links,
			const MgPriorSource *source)
{
	int			C = named->prior.n_categories;
	double	   *member = palloc0(((Size) source->p * C + 1) * sizeof(double));
	int			i;
	int			j;
	int			c;

	for (i = 0; i < links->n; i++)
		member[(Size) links->link[i].input * C +
			   find_category(named, links->link[i].category)] +=
			links->link[i].strength;
	for (j = 0; j < source->n_inputs; j++)
	{
		double	   *row = member + (Size) j * C;
		double		sum = 0;

		for (c = 0; c < C; c++)
			sum += row[c];
		for (c = 0; c < C && sum > 0; c++)
			row[c] /= sum;
	}
	for (j = source->n_inputs; j < source->p; j++)
		memcpy(member + (Size) j * C, member + (Size) source->parent[j] * C,
			   C * sizeof(double));
	named->prior.member = member;
}

/* What the panels say; an error where one speaks of other things only. */
static void
set_panels(MgNamedPrior *named, const Links *links,
		   const MgPriorSource *source)
{
	int			C = named->prior.n_categories;
	Size		n = (Size) source->n_panels * C;
	int			k;
	int			i;

	named->panel = palloc((source->n_panels + 1) * sizeof(char *));
	named->rated = palloc0(n + 1);
	named->prior.importance = palloc0((n + 1) * sizeof(double));
	named->importance_error = palloc((n + 1) * sizeof(double));
	for (i = 0; i < n; i++)
		named->importance_error[i] = NAN;
	for (k = 0; k < source->n_panels; k++)
	{
		const MgPanelWeights *w = source->panel[k];
		StringInfoData missing;
		int			n_used = 0;
		int			c;

		named->panel[k] = k == 0 ? pstrdup("panel") : psprintf("panel %d", k + 1);
		for (i = 0; i < w->n; i++)
		{
			Size		at = (Size) k * C + find_category(named, w->category[i]);

			named->rated[at] = true;
			named->prior.importance[at] = w->importance[i];
			named->importance_error[at] = w->std_error[i];
		}
		initStringInfo(&missing);
		for (c = 0; c < C; c++)
		{
			bool		used = false;

			for (i = 0; i < links->n && !used; i++)
				used = strcmp(links->link[i].category, named->category[c]) == 0;
			if (used && named->rated[(Size) k * C + c])
				n_used++;
			else if (used)
				appendStringInfo(&missing, "%s%.64s",
								 missing.len == 0 ? "" : ", ",
								 named->category[c]);
		}
		if (n_used == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s rated none of the categories of the variables",
							named->panel[k]),
					 errdetail("Its categories are \"%.64s\" and others.",
							   w->n > 0 ? w->category[0] : ""),
					 errhint("Categories are compared letter by letter.")));
		if (missing.len > 0)
			named->notices = psprintf("%s%s%s did not rate: %s",
									  named->notices == NULL ? "" : named->notices,
									  named->notices == NULL ? "" : "\n",
									  named->panel[k], missing.data);
	}
}

/* All but the options of the prior, which the caller sets. */
MgNamedPrior *
mg_prior_build(const MgPriorSource *source)
{
	MgNamedPrior *named = palloc0(sizeof(MgNamedPrior));
	bool	   *linked = palloc0(source->n_inputs + 1);
	const char **names = palloc((source->p + 1) * sizeof(char *));
	Links		links = {0};
	int			j;

	if (source->links != NULL)
		read_links(&links, source, linked);
	for (j = 0; source->category != NULL && j < source->n_inputs; j++)
	{
		if (source->category[j] != NULL && !linked[j])
			add_link(&links, j, source->category[j], 1);
	}
	if (source->n_panels > 0 && links.n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a panel needs categories"),
				 errhint("Say with categories, one name a variable, what each belongs to.")));
	named->prior.p = source->p;
	named->prior.n_panels = source->n_panels;
	set_categories(named, &links, source);
	set_members(named, &links, source);
	set_panels(named, &links, source);
	for (j = 0; j < source->p; j++)
		names[j] = j < source->n_inputs ? source->name[j] :
			psprintf("%s missing", source->name[source->parent[j]]);
	named->prior.names = names;
	named->prior.overrule_sd = 2;
	return named;
}

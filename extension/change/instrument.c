/*-------------------------------------------------------------------------
 *
 * instrument.c
 *		Reads an instrument's definition, a JSON document.
 *
 * Everything that could make a wrong score later is refused here, with the
 * place in the document: maps of the wrong length, reversed items that do not
 * exist, a range that the items do not give, bands that leave a gap.  A
 * missing item never counts as zero: answers may be missing only where the
 * score is prorated.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "change/instrument.h"
#include "io/json_place.h"

#define LONGEST_DEFINITION	(1024 * 1024)
#define LONGEST_NAME		63
#define LONGEST_TEXT		2000
#define MOST_ITEMS			1000
#define MOST_CODES			256
#define WIDEST_CODE			10000
#define MOST_MARKS			100
#define MOST_LOOKUP			100000

/* What methods take from the instrument unless they say otherwise. */
typedef struct Common
{
	MgInstrument *ins;
	bool	   *reversed;
	int			max_missing;
} Common;

static int
by_int(const void *a, const void *b)
{
	return *(const int *) a - *(const int *) b;
}

/* A list of items, counted from 1 in the document, each once. */
static int
read_items(const MgPlace *place, int n_items, int at_least, int **out)
{
	int			n = mg_place_array(place, at_least, n_items);
	bool	   *seen = palloc0(n_items * sizeof(bool));
	MgPlace		element = {NULL};
	int			i = 0;

	*out = palloc((n + 1) * sizeof(int));
	while (mg_place_next(place, &element))
	{
		int			item = mg_place_int(&element, 1, n_items) - 1;

		if (seen[item])
			mg_place_bad(&element, "This item is there twice.");
		seen[item] = true;
		(*out)[i++] = item;
	}
	qsort(*out, n, sizeof(int), by_int);
	pfree(seen);
	return n;
}

/* How many answers may be missing. */
static int
read_missing(const MgPlace *place, int n_items)
{
	static const char *const keys[] = {"max", "prorate"};
	MgPlace		max;
	MgPlace		prorate;
	int			n;

	mg_place_object(place, keys, lengthof(keys));
	max = mg_place_need(place, "max");
	prorate = mg_place_need(place, "prorate");
	n = mg_place_int(&max, 0, Max(n_items - 1, 0));
	if (n > 0 && !mg_place_bool(&prorate))
		mg_place_bad(&prorate, "Answers may be missing only where the score is prorated: without it they would count as 0.");
	if (n == 0 && mg_place_bool(&prorate))
		mg_place_bad(&max, "A score is prorated only where answers may be missing.");
	return n;
}

static bool
read_higher(const MgPlace *place)
{
	char	   *word = mg_place_text(place, LONGEST_TEXT);

	if (strcmp(word, "better") != 0 && strcmp(word, "worse") != 0)
		mg_place_bad(place, "It is neither \"worse\" nor \"better\".");
	return word[0] == 'b';
}

/* Cut-offs ("value") or bands ("from"), each with a label. */
static int
read_marks(const MgPlace *place, const char *key, MgMark **out)
{
	const char *const keys[] = {key, "label"};
	int			n = mg_place_array(place, 1, MOST_MARKS);
	MgPlace		element = {NULL};
	int			i = 0;

	*out = palloc(n * sizeof(MgMark));
	while (mg_place_next(place, &element))
	{
		MgPlace		value;
		MgPlace		label;

		mg_place_object(&element, keys, lengthof(keys));
		value = mg_place_need(&element, key);
		label = mg_place_need(&element, "label");
		(*out)[i].value = mg_place_number(&value);
		(*out)[i].label = mg_place_text(&label, LONGEST_TEXT);
		i++;
	}
	return n;
}

/* One number a code, in the order of the codes. */
static double *
read_map(const MgPlace *place, int n_codes)
{
	MgPlace		element = {NULL};
	double	   *map = palloc(n_codes * sizeof(double));
	int			n;

	if (!cJSON_IsArray(place->item))
		mg_place_bad(place, "It is not an array.");
	n = cJSON_GetArraySize(place->item);
	if (n != n_codes)
		mg_place_bad(place, "It has %d numbers for %d codes.", n, n_codes);
	while (mg_place_next(place, &element))
		map[element.index] = mg_place_number(&element);
	return map;
}

static void
use_map(const Common *common, MgScale *scale, int i, const double *map)
{
	const MgInstrument *ins = common->ins;
	double	   *row = scale->values + (Size) i * ins->span;
	int			c;

	for (c = 0; c < ins->span; c++)
		row[c] = NAN;
	for (c = 0; c < ins->n_codes; c++)
		row[ins->codes[c] - ins->codes[0]] =
			map[common->reversed[scale->items[i]] ? ins->n_codes - 1 - c : c];
}

/* What each code of each item counts. */
static void
read_values(const Common *common, const MgPlace *place, MgScale *scale)
{
	static const char *const keys[] = {"items", "map"};
	const MgInstrument *ins = common->ins;
	MgPlace		value;
	MgPlace		element = {NULL};
	double	   *map;
	int			i;

	if (mg_place_key(place, "map", &value))
		map = read_map(&value, ins->n_codes);
	else
	{
		map = palloc(ins->n_codes * sizeof(double));
		for (i = 0; i < ins->n_codes; i++)
			map[i] = ins->codes[i];
	}
	scale->values = palloc((Size) scale->n_items * ins->span * sizeof(double));
	for (i = 0; i < scale->n_items; i++)
		use_map(common, scale, i, map);

	if (!mg_place_key(place, "map_of", &value))
		return;
	mg_place_array(&value, 1, MOST_ITEMS);
	while (mg_place_next(&value, &element))
	{
		MgPlace		part;
		int		   *items;
		int			n;
		int			k;

		mg_place_object(&element, keys, lengthof(keys));
		part = mg_place_need(&element, "items");
		n = read_items(&part, ins->n_items, 1, &items);
		part = mg_place_need(&element, "map");
		map = read_map(&part, ins->n_codes);
		for (i = 0, k = 0; k < n; k++)
		{
			while (i < scale->n_items && scale->items[i] < items[k])
				i++;
			if (i == scale->n_items || scale->items[i] != items[k])
				mg_place_bad(&element, "Item %d is not part of the score.",
							 items[k] + 1);
			use_map(common, scale, i, map);
		}
	}
}

/* The table from raw scores to scores, and whether it covers them. */
static void
read_lookup(const MgPlace *place, MgScale *scale)
{
	static const char *const keys[] = {"from", "values"};
	MgPlace		from;
	MgPlace		values;
	MgPlace		element = {NULL};

	mg_place_object(place, keys, lengthof(keys));
	from = mg_place_need(place, "from");
	values = mg_place_need(place, "values");
	scale->lookup_from = mg_place_int(&from, -MOST_LOOKUP, MOST_LOOKUP);
	scale->n_lookup = mg_place_array(&values, 1, MOST_LOOKUP);
	scale->lookup = palloc(scale->n_lookup * sizeof(double));
	while (mg_place_next(&values, &element))
		scale->lookup[element.index] = mg_place_number(&element);
	if (scale->max_missing > 0)
		mg_place_bad(place, "A table needs whole raw scores, so nothing may be missing.");
}

/* The lowest and the highest score that the items can give. */
static void
find_range(const MgInstrument *ins, MgScale *scale, const MgPlace *lookup)
{
	double		lowest = 0;
	double		highest = 0;
	int			i;
	int			c;

	for (i = 0; i < scale->n_items; i++)
	{
		const double *row = scale->values + (Size) i * ins->span;
		double		low = row[0];
		double		high = row[0];

		for (c = 1; c < ins->span; c++)
		{
			if (isnan(row[c]))
				continue;
			low = Min(low, row[c]);
			high = Max(high, row[c]);
			if (scale->n_lookup > 0 && row[c] != floor(row[c]))
				mg_place_bad(lookup, "A table needs items that count whole numbers.");
		}
		lowest += low;
		highest += high;
	}
	if (scale->n_lookup == 0)
	{
		scale->lowest = lowest * scale->multiply;
		scale->highest = highest * scale->multiply;
		return;
	}
	if (scale->lookup_from != lowest ||
		scale->lookup_from + scale->n_lookup - 1 != highest)
		mg_place_bad(lookup, "The table goes from %d to %d, the raw score from %g to %g.",
					 scale->lookup_from,
					 scale->lookup_from + scale->n_lookup - 1, lowest, highest);
	scale->lowest = scale->highest = scale->lookup[0];
	for (i = 1; i < scale->n_lookup; i++)
	{
		scale->lowest = Min(scale->lowest, scale->lookup[i]);
		scale->highest = Max(scale->highest, scale->lookup[i]);
	}
}

/* The range as written must be the one that the items give. */
static void
check_range(const MgPlace *place, const MgScale *scale)
{
	MgPlace		range = mg_place_need(place, "range");
	MgPlace		element = {NULL};
	double		written[2];

	if (mg_place_array(&range, 2, 2) == 2)
	{
		while (mg_place_next(&range, &element))
			written[element.index] = mg_place_number(&element);
	}
	if (fabs(written[0] - scale->lowest) > 1e-9 ||
		fabs(written[1] - scale->highest) > 1e-9)
		mg_place_bad(&range, "The items give scores from %g to %g.",
					 scale->lowest, scale->highest);
}

static void
read_cutoffs_and_bands(const MgPlace *place, MgScale *scale)
{
	MgPlace		value;
	int			i;

	if (mg_place_key(place, "cutoffs", &value))
	{
		scale->n_cutoffs = read_marks(&value, "value", &scale->cutoffs);
		for (i = 0; i < scale->n_cutoffs; i++)
		{
			if (scale->cutoffs[i].value < scale->lowest ||
				scale->cutoffs[i].value > scale->highest)
				mg_place_bad(&value, "Number %d is outside the range.", i + 1);
		}
	}
	if (mg_place_key(place, "bands", &value))
	{
		scale->n_bands = read_marks(&value, "from", &scale->bands);
		if (scale->bands[0].value != scale->lowest)
			mg_place_bad(&value, "The first does not begin where the range does.");
		for (i = 1; i < scale->n_bands; i++)
		{
			if (scale->bands[i].value <= scale->bands[i - 1].value ||
				scale->bands[i].value > scale->highest)
				mg_place_bad(&value, "They do not ascend within the range.");
		}
	}
}

/* A score that is the sum of others: their names, found when all are read. */
static void
read_sum(const MgInstrument *ins, const MgPlace *place, MgScale *scale)
{
	MgPlace		names = mg_place_need(place, "sum_of");
	MgPlace		element = {NULL};
	MgPlace		other;
	const char *const item_keys[] = {"items", "map", "map_of", "missing",
	"multiply", "round", "lookup"};
	int			i;

	for (i = 0; i < lengthof(item_keys); i++)
	{
		if (mg_place_key(place, item_keys[i], &other))
			mg_place_bad(&other, "A sum of scores takes this from its parts.");
	}
	scale->n_parts = mg_place_array(&names, 1, ins->n_scales);
	scale->parts = palloc(scale->n_parts * sizeof(int));
	scale->lowest = scale->highest = 0;
	while (mg_place_next(&names, &element))
	{
		char	   *name = mg_place_text(&element, LONGEST_NAME);
		const MgScale *part = mg_instrument_find(ins, name,
												 (int) strlen(name));

		if (part == NULL)
			mg_place_bad(&element, "There is no such score.");
		if (part->n_items == 0)
			mg_place_bad(&element, "A sum cannot be part of another.");
		for (i = 0; i < element.index; i++)
		{
			if (scale->parts[i] == part - ins->scales)
				mg_place_bad(&element, "This score is there twice.");
		}
		scale->parts[element.index] = (int) (part - ins->scales);
		scale->lowest += part->lowest;
		scale->highest += part->highest;
	}
	check_range(place, scale);
	read_cutoffs_and_bands(place, scale);
}

/* A method or a subscale.  A subscale says which items are its own. */
static void
read_scale(const Common *common, const MgPlace *place, bool subscale,
		   MgScale *scale)
{
	static const char *const keys[] = {"label", "items", "map", "map_of",
		"missing", "multiply", "round", "lookup", "sum_of", "range",
	"higher_is", "cutoffs", "bands"};
	MgPlace		value;
	MgPlace		lookup;
	int			i;

	mg_place_object(place, keys, lengthof(keys));
	scale->better = common->ins->better;
	if (mg_place_key(place, "higher_is", &value))
		scale->better = read_higher(&value);
	if (mg_place_key(place, "label", &value))
		scale->label = mg_place_text(&value, LONGEST_TEXT);
	if (mg_place_key(place, "sum_of", &value))
		return;					/* when all the others are read */

	if (mg_place_key(place, "items", &value))
		scale->n_items = read_items(&value, common->ins->n_items, 1,
									&scale->items);
	else
	{
		if (subscale)
			mg_place_bad(place, "A subscale needs its \"items\".");
		scale->n_items = common->ins->n_items;
		scale->items = palloc(scale->n_items * sizeof(int));
		for (i = 0; i < scale->n_items; i++)
			scale->items[i] = i;
	}
	read_values(common, place, scale);
	scale->max_missing = Min(common->max_missing, scale->n_items - 1);
	if (mg_place_key(place, "missing", &value))
		scale->max_missing = read_missing(&value, scale->n_items);
	scale->multiply = 1;
	if (mg_place_key(place, "multiply", &value))
	{
		scale->multiply = mg_place_number(&value);
		if (scale->multiply <= 0)
			mg_place_bad(&value, "It is not above 0.");
	}
	if (mg_place_key(place, "round", &value))
		scale->round = mg_place_bool(&value);
	if (mg_place_key(place, "lookup", &lookup))
	{
		if (mg_place_key(place, "multiply", &value))
			mg_place_bad(&value, "A score is looked up or multiplied, not both.");
		read_lookup(&lookup, scale);
	}
	find_range(common->ins, scale, &lookup);
	check_range(place, scale);
	read_cutoffs_and_bands(place, scale);
}

/* Methods first, then subscales: one list of names. */
static void
read_scales(const Common *common, const MgPlace *root)
{
	MgInstrument *ins = common->ins;
	MgPlace		group[2];
	bool		there[2];
	int			pass;
	int			g;

	there[0] = mg_place_key(root, "methods", &group[0]);
	there[1] = mg_place_key(root, "subscales", &group[1]);
	for (g = 0; g < 2; g++)
	{
		if (!there[g])
			continue;
		mg_place_object(&group[g], NULL, 0);
		ins->n_scales += cJSON_GetArraySize(group[g].item);
		if (g == 0)
			ins->n_methods = ins->n_scales;
	}
	if (ins->n_scales == 0)
		mg_place_bad(root, "There are neither methods nor subscales.");
	ins->scales = palloc0(ins->n_scales * sizeof(MgScale));
	for (pass = 0; pass < 2; pass++)
	{
		int			n = 0;

		for (g = 0; g < 2; g++)
		{
			MgPlace		element = {NULL};

			while (there[g] && mg_place_next(&group[g], &element))
			{
				MgScale    *scale = &ins->scales[n++];

				CHECK_FOR_INTERRUPTS();
				if (pass == 0)
				{
					int			len = (int) strlen(element.key);

					if (len == 0 || len > LONGEST_NAME)
						mg_place_bad(&element, "A name has 1 to %d bytes.",
									 LONGEST_NAME);
					if (mg_instrument_find(ins, element.key, len) != NULL)
						mg_place_bad(&element, "A method has this name too.");
					scale->name = pstrdup(element.key);
					read_scale(common, &element, g == 1, scale);
				}
				else if (scale->n_items == 0)
					read_sum(ins, &element, scale);
			}
		}
	}
}

static void
read_codes(const MgPlace *root, MgInstrument *ins)
{
	MgPlace		codes = mg_place_need(root, "codes");
	MgPlace		element = {NULL};

	ins->n_codes = mg_place_array(&codes, 2, MOST_CODES);
	ins->codes = palloc(ins->n_codes * sizeof(int));
	while (mg_place_next(&codes, &element))
	{
		int			i = element.index;

		ins->codes[i] = mg_place_int(&element, -WIDEST_CODE, WIDEST_CODE);
		if (i > 0 && ins->codes[i] <= ins->codes[i - 1])
			mg_place_bad(&element, "The codes do not ascend.");
	}
	ins->span = ins->codes[ins->n_codes - 1] - ins->codes[0] + 1;
	if ((Size) ins->span * ins->n_items > LONGEST_DEFINITION)
		mg_place_bad(&codes, "They are too far apart for so many items.");
}

static char *
read_text(const MgPlace *root, const char *key, int longest)
{
	MgPlace		place = mg_place_need(root, key);

	return mg_place_text(&place, longest);
}

static MgInstrument *
read_instrument(const MgJson *doc)
{
	static const char *const keys[] = {"name", "version", "label", "items",
		"codes", "reversed", "higher_is", "missing", "methods", "subscales",
	"source", "notes"};
	MgPlace		root = mg_place_root(doc);
	MgInstrument *ins = palloc0(sizeof(MgInstrument));
	Common		common = {ins};
	MgPlace		value;
	int			i;

	mg_place_object(&root, keys, lengthof(keys));
	ins->name = read_text(&root, "name", LONGEST_NAME);
	ins->version = read_text(&root, "version", LONGEST_NAME);
	ins->label = read_text(&root, "label", LONGEST_TEXT);
	ins->source = read_text(&root, "source", LONGEST_TEXT);
	if (mg_place_key(&root, "notes", &value))
		mg_place_text(&value, LONGEST_TEXT);
	value = mg_place_need(&root, "items");
	ins->n_items = mg_place_int(&value, 1, MOST_ITEMS);
	read_codes(&root, ins);
	value = mg_place_need(&root, "higher_is");
	ins->better = read_higher(&value);
	value = mg_place_need(&root, "missing");
	common.max_missing = read_missing(&value, ins->n_items);
	common.reversed = palloc0(ins->n_items * sizeof(bool));
	if (mg_place_key(&root, "reversed", &value))
	{
		int		   *items;
		int			n = read_items(&value, ins->n_items, 0, &items);

		for (i = 0; i < n; i++)
			common.reversed[items[i]] = true;
	}
	read_scales(&common, &root);
	return ins;
}

/* The definition, checked, in the current memory context. */
MgInstrument *
mg_instrument_parse(const char *json)
{
	MgJson		doc = {NULL};
	MgInstrument *volatile ins = NULL;

	if (strlen(json) > LONGEST_DEFINITION)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("instrument definition is too long"),
				 errdetail("It may have %d bytes.", LONGEST_DEFINITION)));
	PG_TRY();
	{
		mg_json_open_document(&doc, json, "instrument definition");
		ins = read_instrument(&doc);
	}
	PG_FINALLY();
	{
		mg_json_close(&doc);
	}
	PG_END_TRY();
	return ins;
}

/* A method or subscale by name; NULL when there is none. */
const MgScale *
mg_instrument_find(const MgInstrument *ins, const char *name, int len)
{
	int			i;

	for (i = 0; i < ins->n_scales && ins->scales[i].name != NULL; i++)
	{
		if (strncmp(ins->scales[i].name, name, len) == 0 &&
			ins->scales[i].name[len] == '\0')
			return &ins->scales[i];
	}
	return NULL;
}

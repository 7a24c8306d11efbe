/*-------------------------------------------------------------------------
 *
 * panel_votes.c
 *		Votes from the files that polls leave: rows without names.
 *
 * Each function parses the content of a file and returns rows; none writes.
 * Names and e-mail addresses become numbers (io/keyed_hash.c) and leave this
 * file in no other form, errors included.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "utils/builtins.h"

#include "io/csv.h"
#include "io/keyed_hash.h"
#include "io/tidy.h"

/* One answer; the strings lie in the file's copy. */
typedef struct Answer
{
	int64		respondent;
	const char *item;
	const char *answer;			/* NULL: left empty */
	const char *submitted_at;
	int			line;
} Answer;

typedef struct Answers
{
	Answer	   *answer;
	int64		n;
	int64		room;
} Answers;

/*
 * The number that an answer is or begins with, as "4" and "4 - Important";
 * NaN where there is none, or it may be a range or a part of a word.
 */
static double
leading_number(const char *s)
{
	const char *p = s + (*s == '-' || *s == '+');
	const char *q;
	double		x;

	if (!isdigit((unsigned char) *p))
		return NAN;
	while (isdigit((unsigned char) *p))
		p++;
	if (*p == '.' && isdigit((unsigned char) p[1]))
	{
		p++;
		while (isdigit((unsigned char) *p))
			p++;
	}
	if (isalpha((unsigned char) *p) || *p == '_')
		return NAN;
	/* "3-5", "3 to 5", "3/5", "3,5" */
	for (q = p; *q == ' ' || strchr("-/,:.", *q) != NULL; q++)
	{
		if (*q == '\0')
			break;
	}
	if (q > p && strncmp(q, "to ", 3) == 0)
		q += 3;
	if (q > p && isdigit((unsigned char) *q))
		return NAN;
	x = strtod(pnstrdup(s, p - s), NULL);
	return isfinite(x) ? x : NAN;
}

static bool
same_word(const char *a, const char *b)
{
	return pg_strcasecmp(a, b) == 0;
}

/* The position of a column by its name, or -1. */
static int
find_column(const MgCsv *csv, const char *name)
{
	int			i;

	for (i = 0; i < csv->n; i++)
	{
		if (same_word(csv->cell[i], name))
			return i;
	}
	return -1;
}

static void
read_arguments(FunctionCallInfo fcinfo, MgSecret *secret)
{
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("secret must not be NULL")));
	mg_secret(secret, PG_GETARG_TEXT_PP(1));
}

static void
put_answer(MgTidy *tidy, const Answer *a)
{
	mg_tidy_int64(tidy, 0, a->respondent);
	mg_tidy_text(tidy, 1, a->item);
	mg_tidy_text(tidy, 2, a->answer);
	mg_tidy_double(tidy, 3, a->answer != NULL ? leading_number(a->answer) : NAN);
	mg_tidy_text(tidy, 4, a->submitted_at[0] != '\0' ? a->submitted_at : NULL);
	tidy->nulls[5] = false;
	tidy->values[5] = Int32GetDatum(a->line);
}

/* (identity, secret) */
PG_FUNCTION_INFO_V1(mindgap_panel_voter);

Datum
mindgap_panel_voter(PG_FUNCTION_ARGS)
{
	MgSecret	secret;

	mg_secret(&secret, PG_GETARG_TEXT_PP(1));
	PG_RETURN_INT64(mg_person_hash(&secret,
								   text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

/* (content, secret): columns respondent, item, value [, submitted_at] */
PG_FUNCTION_INFO_V1(mindgap_panel_votes_csv);

Datum
mindgap_panel_votes_csv(PG_FUNCTION_ARGS)
{
	MgSecret	secret;
	MgTidy		tidy;
	MgCsv		csv;
	int			respondent;
	int			item;
	int			value;
	int			submitted;

	mg_tidy_open_rows(&tidy, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	read_arguments(fcinfo, &secret);
	mg_csv_open(&csv, PG_GETARG_TEXT_PP(0), true);
	if (!mg_csv_next(&csv))
		return (Datum) 0;
	respondent = find_column(&csv, "respondent");
	item = find_column(&csv, "item");
	value = find_column(&csv, "value");
	submitted = find_column(&csv, "submitted_at");
	if (respondent < 0 || item < 0 || value < 0)
		mg_csv_bad(csv.line, "It does not name the columns.",
				   "The first line names the columns respondent, item and value; submitted_at may be there, others are left out.");
	while (mg_csv_next(&csv))
	{
		Answer		a;

		if (mg_csv_blank(&csv))
			continue;
		if (mg_csv_cell(&csv, respondent)[0] == '\0' ||
			mg_csv_cell(&csv, item)[0] == '\0')
			mg_csv_bad(csv.line, "The respondent or the item is missing.", NULL);
		a.respondent = mg_person_hash(&secret, mg_csv_cell(&csv, respondent));
		a.item = mg_csv_cell(&csv, item);
		a.answer = mg_csv_cell(&csv, value);
		if (a.answer[0] == '\0')
			a.answer = NULL;
		a.submitted_at = mg_csv_cell(&csv, submitted);
		a.line = csv.line;
		put_answer(&tidy, &a);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

/* The forms of Zoom's poll report */
typedef enum ZoomForm
{
	ZOOM_NONE,					/* outside a table */
	ZOOM_PAIRS,					/* question, answer, question, answer ... */
	ZOOM_LONG,					/* one question a row */
	ZOOM_COLUMNS				/* one column a question */
} ZoomForm;

typedef struct ZoomTable
{
	ZoomForm	form;
	int			name;			/* columns; -1: none */
	int			email;
	int			submitted;
	int			first;			/* of questions */
	char	  **question;		/* headers of ZOOM_COLUMNS */
	int			n_questions;
} ZoomTable;

/* Is the row a table's header?  Then reads it. */
static bool
zoom_header(const MgCsv *csv, ZoomTable *table)
{
	int			i;

	if (strcmp(mg_csv_cell(csv, 0), "#") != 0)
		return false;
	table->name = table->email = table->submitted = -1;
	table->first = 1;
	for (i = 1; i < csv->n; i++)
	{
		const char *s = csv->cell[i];

		if (same_word(s, "User Name") || same_word(s, "Name"))
			table->name = i;
		else if (same_word(s, "User Email") || same_word(s, "Email Address") ||
				 same_word(s, "Email"))
			table->email = i;
		else if (pg_strncasecmp(s, "Submitted Date", 14) == 0)
			table->submitted = i;
		else
			break;
		table->first = i + 1;
	}
	if (table->name < 0 && table->email < 0)
		return false;
	table->n_questions = Max(csv->n - table->first, 0);
	while (table->n_questions > 0 &&
		   csv->cell[table->first + table->n_questions - 1][0] == '\0')
		table->n_questions--;
	if (table->n_questions == 0)
		table->form = ZOOM_PAIRS;
	else if (table->n_questions == 2 &&
			 same_word(csv->cell[table->first], "Question") &&
			 same_word(csv->cell[table->first + 1], "Answer"))
		table->form = ZOOM_LONG;
	else
		table->form = ZOOM_COLUMNS;
	table->question = palloc((table->n_questions + 1) * sizeof(char *));
	for (i = 0; i < table->n_questions; i++)
		table->question[i] = csv->cell[table->first + i];
	return true;
}

/*
 * Anonymous attendees all bear one name: each row is another respondent, and
 * another one than in any other file.
 */
static int64
zoom_respondent(const MgCsv *csv, const ZoomTable *table,
				const MgSecret *secret, int64 file)
{
	const char *name = mg_csv_cell(csv, table->name);
	const char *email = mg_csv_cell(csv, table->email);

	if (email[0] != '\0')
		return mg_person_hash(secret, email);
	if (name[0] != '\0' && pg_strncasecmp(name, "Anonymous", 9) != 0)
		return mg_person_hash(secret, name);
	return mg_keyed_hash(secret, psprintf("anonymous " INT64_FORMAT " %d",
										  file, csv->line));
}

static void
add_answer(Answers *all, const Answer *a)
{
	if (all->n == all->room)
	{
		all->room = Max(2 * all->room, 256);
		all->answer = all->answer == NULL ?
			palloc(all->room * sizeof(Answer)) :
			repalloc_huge(all->answer, all->room * sizeof(Answer));
	}
	all->answer[all->n++] = *a;
}

/* Adds an answer, or each choice of one; empty ones were not given. */
static void
zoom_answer(Answers *all, Answer *a, const char *question, const char *answer,
			bool split)
{
	const char *end;

	a->item = question;
	if (question[0] == '\0' || answer[0] == '\0')
		return;
	while (split && (end = strchr(answer, ';')) != NULL)
	{
		Size		len = end - answer;

		while (len > 0 && answer[len - 1] == ' ')
			len--;
		a->answer = pnstrdup(answer, len);
		if (len > 0)
			add_answer(all, a);
		for (answer = end + 1; *answer == ' '; answer++)
			;
	}
	a->answer = answer;
	if (answer[0] != '\0')
		add_answer(all, a);
}

static void
zoom_row(MgCsv *csv, const ZoomTable *table, int64 respondent, bool split,
		 Answers *all)
{
	Answer		a;
	int			i;

	a.respondent = respondent;
	a.submitted_at = mg_csv_cell(csv, table->submitted);
	a.line = csv->line;
	if (table->form == ZOOM_COLUMNS)
	{
		for (i = 0; i < table->n_questions; i++)
			zoom_answer(all, &a, table->question[i],
						mg_csv_cell(csv, table->first + i), split);
		return;
	}
	for (i = table->first; i < csv->n; i += 2)
	{
		zoom_answer(all, &a, csv->cell[i], mg_csv_cell(csv, i + 1), split);
		if (table->form == ZOOM_LONG)
			break;
	}
}

static int
compare_answers(const void *a, const void *b)
{
	const Answer *x = *(const Answer *const *) a;
	const Answer *y = *(const Answer *const *) b;
	int			c;

	if (x->respondent != y->respondent)
		return x->respondent < y->respondent ? -1 : 1;
	c = strcmp(x->item, y->item);
	if (c != 0)
		return c;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* Of a poll that was launched again, drops a person's earlier answers. */
static void
keep_last(Answers *all)
{
	Answer	  **sorted = MemoryContextAllocHuge(CurrentMemoryContext,
												(all->n + 1) * sizeof(Answer *));
	int64		last = all->n - 1;
	int64		i;

	for (i = 0; i < all->n; i++)
		sorted[i] = &all->answer[i];
	qsort(sorted, all->n, sizeof(Answer *), compare_answers);
	for (i = all->n - 1; i >= 0; i--)
	{
		if (sorted[i]->respondent != sorted[last]->respondent ||
			strcmp(sorted[i]->item, sorted[last]->item) != 0)
			last = i;
		if (sorted[i]->line != sorted[last]->line)
			sorted[i]->answer = NULL;
	}
	pfree(sorted);
}

/* (content, secret, split_choices) */
PG_FUNCTION_INFO_V1(mindgap_panel_votes_zoom);

Datum
mindgap_panel_votes_zoom(PG_FUNCTION_ARGS)
{
	ZoomTable	table = {ZOOM_NONE};
	Answers		all = {NULL};
	bool		found = false;
	bool		split;
	MgSecret	secret;
	MgTidy		tidy;
	MgCsv		csv;
	int64		file;
	int64		i;

	mg_tidy_open_rows(&tidy, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	read_arguments(fcinfo, &secret);
	split = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
	mg_csv_open(&csv, PG_GETARG_TEXT_PP(0), false);
	file = mg_keyed_hash(&secret, csv.next);
	while (mg_csv_next(&csv))
	{
		const char *first = mg_csv_cell(&csv, 0);

		if (zoom_header(&csv, &table))
		{
			found = true;
			continue;
		}
		if (table.form == ZOOM_NONE || mg_csv_blank(&csv))
			continue;
		/* a row has a number; the title of another table has none */
		if (first[0] == '\0' || first[strspn(first, "0123456789")] != '\0')
		{
			table.form = ZOOM_NONE;
			continue;
		}
		zoom_row(&csv, &table,
				 zoom_respondent(&csv, &table, &secret, file), split, &all);
	}
	if (!found)
		mg_csv_bad(1, "No table of a Zoom poll report was found.",
				   "Its header begins with: #,User Name,User Email,Submitted Date/Time.");
	keep_last(&all);
	for (i = 0; i < all.n; i++)
	{
		if (all.answer[i].answer == NULL)
			continue;
		put_answer(&tidy, &all.answer[i]);
		mg_tidy_row(&tidy);
	}
	return (Datum) 0;
}

/* What a Qualtrics export holds beside the questions. */
static bool
is_metadata(const char *name)
{
	static const char *const names[] = {
		"StartDate", "EndDate", "Status", "IPAddress", "Progress",
		"Duration (in seconds)", "Finished", "RecordedDate", "ResponseId",
		"RecipientLastName", "RecipientFirstName", "RecipientEmail",
		"ExternalReference", "ExternalDataReference", "LocationLatitude",
		"LocationLongitude", "DistributionChannel", "UserLanguage"
	};
	int			i;

	for (i = 0; i < (int) lengthof(names); i++)
	{
		if (same_word(name, names[i]))
			return true;
	}
	return pg_strncasecmp(name, "Q_", 2) == 0;
}

/* Not a respondent's answer: a preview, a test or spam, in words or codes. */
static bool
is_no_response(const char *status)
{
	static const char *const words[] = {
		"Survey Preview", "Survey Test", "Spam", "1", "2", "8", "9"
	};
	int			i;

	for (i = 0; i < (int) lengthof(words); i++)
	{
		if (same_word(status, words[i]))
			return true;
	}
	return false;
}

static char **
copy_cells(const MgCsv *csv)
{
	char	  **cell = palloc((csv->n + 1) * sizeof(char *));

	memcpy(cell, csv->cell, csv->n * sizeof(char *));
	return cell;
}

/* Reads the three header rows; *n is the number of columns. */
static void
qualtrics_header(MgCsv *csv, char ***name, char ***question, int *n)
{
	static const char *const hint =
		"Export the answers as CSV, with the lines of names, questions and import ids.";
	int			i;

	if (!mg_csv_next(csv))
		mg_csv_bad(1, "The file is empty.", hint);
	*n = csv->n;
	*name = copy_cells(csv);
	if (!mg_csv_next(csv) || csv->n != *n)
		mg_csv_bad(csv->line, "The line of questions does not fit the line of names.", hint);
	*question = copy_cells(csv);
	if (!mg_csv_next(csv) || csv->n != *n)
		mg_csv_bad(csv->line, "The line of import ids does not fit the line of names.", hint);
	for (i = 0; i < csv->n; i++)
	{
		if (strstr(csv->cell[i], "ImportId") == NULL)
			mg_csv_bad(csv->line, "It is not the line of import ids.", hint);
	}
}

/* (content, secret) */
PG_FUNCTION_INFO_V1(mindgap_panel_votes_qualtrics);

Datum
mindgap_panel_votes_qualtrics(PG_FUNCTION_ARGS)
{
	static const char *const identities[] = {
		"RecipientEmail", "ExternalReference", "ExternalDataReference",
		"ResponseId"
	};
	int			identity[lengthof(identities)];
	int			status;
	int			submitted;
	char	  **name;
	char	  **question;
	int			n;
	MgSecret	secret;
	MgTidy		tidy;
	MgCsv		csv;
	int			i;

	mg_tidy_open_rows(&tidy, fcinfo);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	read_arguments(fcinfo, &secret);
	mg_csv_open(&csv, PG_GETARG_TEXT_PP(0), true);
	qualtrics_header(&csv, &name, &question, &n);
	csv.cell = name;
	csv.n = csv.room = n;
	for (i = 0; i < (int) lengthof(identities); i++)
		identity[i] = find_column(&csv, identities[i]);
	status = find_column(&csv, "Status");
	submitted = find_column(&csv, "RecordedDate");
	csv.cell = palloc((n + 1) * sizeof(char *));
	csv.room = n + 1;
	while (mg_csv_next(&csv))
	{
		const char *who = "";
		Answer		a;

		if (mg_csv_blank(&csv) || is_no_response(mg_csv_cell(&csv, status)))
			continue;
		if (csv.n > n)
			mg_csv_bad(csv.line, "It has more cells than the line of names.", NULL);
		for (i = 0; i < (int) lengthof(identities) && who[0] == '\0'; i++)
			who = mg_csv_cell(&csv, identity[i]);
		if (who[0] == '\0')
			mg_csv_bad(csv.line, "It does not tell who answered.",
					   "One of RecipientEmail, ExternalReference and ResponseId is needed.");
		a.respondent = mg_person_hash(&secret, who);
		a.submitted_at = mg_csv_cell(&csv, submitted);
		a.line = csv.line;
		for (i = 0; i < csv.n; i++)
		{
			if (is_metadata(name[i]) || csv.cell[i][0] == '\0')
				continue;
			a.item = name[i];
			a.answer = csv.cell[i];
			put_answer(&tidy, &a);
			mg_tidy_text(&tidy, 6, question[i]);
			mg_tidy_row(&tidy);
		}
	}
	return (Datum) 0;
}

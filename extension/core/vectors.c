/*-------------------------------------------------------------------------
 *
 * vectors.c
 *		Keyed sums of vectors: the state that rows and summaries go into.
 *
 * A state is one chunk of memory without pointers, so that it can be handed
 * from process to process as it is.  New elements are appended; one hash
 * table of open addressing, in the same chunk, finds elements of every kind.
 * A section that is full doubles: the state is copied to a larger chunk in
 * the current memory context, and the executor, which sees that a transition
 * value has moved, copies it into the aggregate's context and frees the old
 * one.  So n PSUs cost O(n) in all, and nothing here is ever freed.
 *
 * Sums of PSUs are plain sums.  Rows without PSU are kept as means and
 * centred co-moments (Youngs and Cramer 1971 for rows; Chan, Golub and
 * LeVeque 1983 for merges).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "core/vectors.h"

#define FIRST_SLOTS	8

/* What an element is found by; which fields count depends on its section. */
typedef struct ItemKey
{
	int64		id;				/* integer subgroup, stratum, PSU; the group */
	int32		owner;			/* stratum of a PSU, owner of a cell; is_null */
	const char *label;			/* text subgroup */
	int32		label_len;
} ItemKey;

/* An empty state. */
MgVectors *
mg_vectors_create(MgVectorKind kind, uint16 flags, int32 k, int32 n_origin)
{
	MgVectors	head = {0};

	head.format = MG_VECTORS_FORMAT;
	head.flags = flags | MG_VEC_WORKING;
	head.kind = kind;
	head.k = k;
	head.n_origin = n_origin;
	head.n_slots = FIRST_SLOTS;
	head.cap[MG_VEC_GROUP] = 1;
	head.cap[MG_VEC_STRATUM] = 1;
	return mg_vectors_alloc(&head);
}

double *
mg_vectors_origin(MgVectors *s)
{
	return (double *) (s + 1);
}

static uint32
hash_item(int section, const ItemKey *key)
{
	uint64		h;

	if (key->label != NULL)
		return hash_bytes((const unsigned char *) key->label, key->label_len);
	h = (uint64) key->id * UINT64CONST(0x9E3779B97F4A7C15);
	h ^= ((uint64) (uint32) key->owner << 3) + section +
		UINT64CONST(0xD1B54A32D192ED03) + (h << 6) + (h >> 29);
	h *= UINT64CONST(0xBF58476D1CE4E5B9);
	h ^= h >> 32;
	h *= UINT64CONST(0x94D049BB133111EB);
	return (uint32) (h >> 32);
}

static void
key_of_item(const MgVecView *v, int section, int32 i, ItemKey *key)
{
	const MgVecCell *c;

	key->owner = 0;
	key->label = NULL;
	key->label_len = 0;
	switch (section)
	{
		case MG_VEC_GROUP:
			key->id = v->groups[i].key;
			if (v->head->flags & MG_TEXT_GROUPS)
			{
				key->label = v->labels + v->groups[i].key;
				key->label_len = v->groups[i].label_len;
			}
			break;
		case MG_VEC_STRATUM:
			key->id = v->strata[i].id;
			key->owner = v->strata[i].is_null;
			break;
		case MG_VEC_PSU:
			key->id = v->psus[i].id;
			key->owner = v->psus[i].stratum;
			break;
		default:
			c = section == MG_VEC_CELL ? mg_vec_cell(v, i) : mg_vec_rowcell(v, i);
			key->id = c->group;
			key->owner = c->owner;
			break;
	}
}

/* A slot holds which element of which section; 0 is an empty one. */
static inline int32
slot_of(int section, int32 i)
{
	return i * MG_VEC_LABEL + section + 1;
}

/* Where the element of this key is noted, or the empty slot for it. */
static uint32
probe(const MgVecView *v, int section, const ItemKey *key)
{
	uint32		mask = (uint32) v->head->n_slots - 1;
	uint32		at = hash_item(section, key) & mask;

	for (; v->slots[at] != 0; at = (at + 1) & mask)
	{
		int32		slot = v->slots[at] - 1;
		ItemKey		have;

		if (slot % MG_VEC_LABEL != section)
			continue;
		key_of_item(v, section, slot / MG_VEC_LABEL, &have);
		if (key->label != NULL)
		{
			if (have.label_len == key->label_len &&
				memcmp(have.label, key->label, key->label_len) == 0)
				break;
		}
		else if (have.id == key->id && have.owner == key->owner)
			break;
	}
	return at;
}

/* Notes every element in an empty index. */
static void
fill_index(MgVectors *s)
{
	MgVecView	v;
	int			section;

	mg_vectors_view(s, &v);
	for (section = 0; section < MG_VEC_LABEL; section++)
	{
		int32		i;

		for (i = 0; i < s->n[section]; i++)
		{
			ItemKey		key;

			if (i % 1024 == 0)
				CHECK_FOR_INTERRUPTS();
			key_of_item(&v, section, i, &key);
			v.slots[probe(&v, section, &key)] = slot_of(section, i);
		}
	}
}

/* A copy with the capacities and the index size of "head". */
static MgVectors *
copy_resized(const MgVectors *s, const MgVectors *head)
{
	MgVectors  *out = mg_vectors_alloc(head);
	MgVecView	from;
	MgVecView	to;

	mg_vectors_view((MgVectors *) s, &from);
	mg_vectors_view(out, &to);
	memcpy(to.origin, from.origin, s->n_origin * sizeof(double));
	memcpy(to.groups, from.groups, s->n[MG_VEC_GROUP] * sizeof(MgVecGroup));
	memcpy(to.strata, from.strata,
		   s->n[MG_VEC_STRATUM] * sizeof(MgVecStratum));
	memcpy(to.psus, from.psus, s->n[MG_VEC_PSU] * sizeof(MgVecPsu));
	memcpy(to.cells, from.cells, s->n[MG_VEC_CELL] * from.cell_size);
	memcpy(to.rowcells, from.rowcells,
		   s->n[MG_VEC_ROWCELL] * from.rowcell_size);
	memcpy(to.labels, from.labels, s->n[MG_VEC_LABEL]);
	if (s->n_slots == head->n_slots)
		memcpy(to.slots, from.slots, (Size) s->n_slots * sizeof(int32));
	else
		fill_index(out);
	return out;
}

/* A value as a state that can be added to. */
MgVectors *
mg_vectors_working(const MgVectors *s)
{
	MgVectors	head = *s;
	int64		items = 0;
	int			section;

	for (section = 0; section < MG_VEC_LABEL; section++)
		items += s->n[section];
	head.flags |= MG_VEC_WORKING;
	head.n_slots = FIRST_SLOTS;
	while (head.n_slots < 2 * items)
	{
		mg_vectors_check_size((uint64) head.n_slots * 2 * sizeof(int32));
		head.n_slots *= 2;
	}
	return copy_resized(s, &head);
}

/*
 * Room for "more" elements of a section, and in the index for one.  Where
 * twice the room would pass the limit of a value, less is tried before the
 * error.
 */
static void
make_room(MgVectors **state, int section, int32 more)
{
	MgVectors  *s = *state;
	MgVectors	head = *s;
	int64		need = (int64) s->n[section] + more;
	int64		items = 1;
	int			i;

	for (i = 0; i < MG_VEC_LABEL; i++)
		items += s->n[i];
	if (need <= s->cap[section] && items * 4 <= (int64) s->n_slots * 3)
		return;
	if (items * 4 > (int64) s->n_slots * 3)
		head.n_slots *= 2;
	if (need > s->cap[section])
	{
		int64		least = section == MG_VEC_LABEL ? 64 : s->k <= 16 ? 4 : 1;
		int64		want = Max(Max(2 * (int64) s->cap[section], need), least);

		head.cap[section] = (int32) Min(want, PG_INT32_MAX / 8);
		if (mg_vectors_size(&head) > MaxAllocSize)
			head.cap[section] = (int32) Min(need + need / 8, PG_INT32_MAX / 8);
		if (mg_vectors_size(&head) > MaxAllocSize || head.cap[section] < need)
			head.cap[section] = (int32) need;
	}
	*state = copy_resized(s, &head);
}

/* The element of this key, made if need be. */
static int32
item(MgVectors **state, int section, const ItemKey *key)
{
	MgVecView	v;
	uint32		at;
	int32		i;

	mg_vectors_view(*state, &v);
	at = probe(&v, section, key);
	if (v.slots[at] != 0)
		return (v.slots[at] - 1) / MG_VEC_LABEL;

	make_room(state, section, 1);
	mg_vectors_view(*state, &v);
	i = v.head->n[section]++;
	v.slots[probe(&v, section, key)] = slot_of(section, i);
	switch (section)
	{
		case MG_VEC_GROUP:
			v.groups[i].key = key->id;
			v.groups[i].label_len = key->label_len;
			break;
		case MG_VEC_STRATUM:
			v.strata[i].id = key->id;
			v.strata[i].is_null = key->owner;
			break;
		case MG_VEC_PSU:
			v.psus[i].id = key->id;
			v.psus[i].stratum = key->owner;
			break;
		default:
			{
				MgVecCell  *c = section == MG_VEC_CELL ?
					mg_vec_cell(&v, i) : mg_vec_rowcell(&v, i);

				c->group = (int32) key->id;
				c->owner = key->owner;
			}
	}
	return i;
}

static int32
group_item(MgVectors **state, int64 id, const char *label, int32 label_len)
{
	ItemKey		key = {0};
	MgVecView	v;
	int32		i;

	if (((*state)->flags & MG_TEXT_GROUPS) == 0)
	{
		key.id = id;
		return item(state, MG_VEC_GROUP, &key);
	}

	/* The label must be there before the index compares with it. */
	key.label = label;
	key.label_len = label_len;
	mg_vectors_view(*state, &v);
	i = v.slots[probe(&v, MG_VEC_GROUP, &key)];
	if (i != 0)
		return (i - 1) / MG_VEC_LABEL;
	make_room(state, MG_VEC_LABEL, label_len);
	mg_vectors_view(*state, &v);
	key.id = v.head->n[MG_VEC_LABEL];
	memcpy(v.labels + key.id, label, label_len);
	v.head->n[MG_VEC_LABEL] += label_len;
	return item(state, MG_VEC_GROUP, &key);
}

static int32
stratum_item(MgVectors **state, bool is_null, int64 id)
{
	ItemKey		key = {0};

	key.id = is_null ? 0 : id;
	key.owner = is_null;
	return item(state, MG_VEC_STRATUM, &key);
}

static int32
owned_item(MgVectors **state, int section, int32 owner, int64 id)
{
	ItemKey		key = {0};

	key.id = id;
	key.owner = owner;
	return item(state, section, &key);
}

/* One row of a row cell: d d' of the deviations before and after. */
static void
rowcell_add(MgVecCell *c, int32 k, const double *x)
{
	double	   *mean = mg_vec_numbers(c);
	double	   *co = mg_vec_products(c, k);
	double		n = (double) c->n;
	double		f = (n - 1) / n;
	int32		i;
	int32		j;

	for (i = 0; i < k; i++)
	{
		double		d = (x[i] - mean[i]) * f;

		for (j = i; j < k; j++)
			*co++ += d * (x[j] - mean[j]);
	}
	for (i = 0; i < k; i++)
		mean[i] += (x[i] - mean[i]) / n;
}

/*
 * Adds one row whose weight is not NULL; x is its vector, first entry the
 * weight, of no account where row->has_outcome is false.  "odd": the outcome
 * is outside the domain of some measure.  Returns the state, which may have
 * moved.
 */
MgVectors *
mg_vectors_add(MgVectors *s, const MgRow *row, const double *x, bool odd)
{
	int32		k = s->k;
	int32		stratum = stratum_item(&s, !row->has_stratum, row->stratum);
	int32		psu = -1;
	int32		group;
	MgVecView	v;
	MgVecCell  *c;

	if (row->has_psu)
		psu = owned_item(&s, MG_VEC_PSU, stratum, row->psu);
	else
	{
		mg_vectors_view(s, &v);
		v.strata[stratum].n_rows++;
	}
	if (!row->has_group || row->weight == 0)
		return s;

	group = group_item(&s, row->key, row->label, row->label_len);
	if (row->has_psu)
	{
		int32		i = owned_item(&s, MG_VEC_CELL, psu, group);

		mg_vectors_view(s, &v);
		c = mg_vec_cell(&v, i);
	}
	else
	{
		int32		i = owned_item(&s, MG_VEC_ROWCELL, stratum, group);

		mg_vectors_view(s, &v);
		c = mg_vec_rowcell(&v, i);
	}
	if (!row->has_outcome)
	{
		c->n_missing++;
		return s;
	}
	c->n++;
	c->n_odd += odd;
	if (row->has_psu)
	{
		double	   *sum = mg_vec_numbers(c);
		int32		i;

		for (i = 0; i < k; i++)
			sum[i] += x[i];
	}
	else
		rowcell_add(c, k, x);
	return s;
}

/*
 * A model's sums when its z = (x, y), m - 1 numbers, moves by delta: of the
 * packed products w v v', v = (1, z), and, in a decomposition, of w F v.
 */
static void
rebase(int kind, int m, const double *delta, double *x)
{
	double	   *ranked = x + mg_packed_size(m);
	int			a;
	int			b;
	double	   *to = x + m;

	for (a = 1; a < m; a++)
	{
		for (b = a; b < m; b++)
			*to++ += delta[a - 1] * (x[b] + delta[b - 1] * x[0]) +
				delta[b - 1] * x[a];
	}
	for (a = 1; a < m; a++)
		x[a] += delta[a - 1] * x[0];
	for (a = 1; kind == MG_VEC_DECOMPOSITION && a < m; a++)
		ranked[a] += delta[a - 1] * ranked[0];
}

/* The same for the co-moments of such vectors: T C T'. */
static void
rebase_products(int kind, int m, const double *delta, double *co)
{
	int32		k = (int32) mg_model_entries(kind, m - 2);
	double	   *full;
	double	   *column = palloc(k * sizeof(double));
	int32		i;
	int32		j;

	full = MemoryContextAllocHuge(CurrentMemoryContext,
								  (Size) k * k * sizeof(double));
	for (i = 0; i < k; i++)
	{
		for (j = i; j < k; j++)
			full[(Size) i * k + j] = full[(Size) j * k + i] =
				co[mg_packed_at(k, i, j)];
	}
	for (i = 0; i < k; i++)
	{
		CHECK_FOR_INTERRUPTS();
		rebase(kind, m, delta, full + (Size) i * k);
	}
	for (j = 0; j < k; j++)
	{
		CHECK_FOR_INTERRUPTS();
		for (i = 0; i < k; i++)
			column[i] = full[(Size) i * k + j];
		rebase(kind, m, delta, column);
		for (i = 0; i <= j; i++)
			co[mg_packed_at(k, i, j)] = column[i];
		/* a sum of squares that rounding made negative */
		if (co[mg_packed_at(k, j, j)] < 0)
			co[mg_packed_at(k, j, j)] = 0;
	}
}

static void
rowcell_merge(MgVecCell *c, const MgVecCell *b, int32 k)
{
	double	   *mean = mg_vec_numbers(c);
	double	   *co = mg_vec_products(c, k);
	const double *mean_b = mg_vec_numbers(b);
	const double *co_b = mg_vec_products(b, k);
	double		n = (double) c->n + b->n;
	double		f = (double) c->n * (b->n / n);
	int32		i;
	int32		j;

	if (c->n == 0)
	{
		memcpy(mean, mean_b, (k + mg_packed_size(k)) * sizeof(double));
		return;
	}
	for (i = 0; i < k; i++)
	{
		double		d = (mean_b[i] - mean[i]) * f;

		for (j = i; j < k; j++)
			*co++ += *co_b++ + d * (mean_b[j] - mean[j]);
	}
	for (i = 0; i < k; i++)
		mean[i] += (mean_b[i] - mean[i]) * (b->n / n);
}

static const char *
group_words(uint16 flags)
{
	if (flags & MG_TEXT_GROUPS)
		return "text subgroups";
	return (flags & MG_INT_GROUPS) ? "integer subgroups" : "no subgroups";
}

static void
check_same(const MgVectors *a, const MgVectors *b)
{
	const char *detail = NULL;

	if ((a->flags & MG_GROUP_KIND) != (b->flags & MG_GROUP_KIND))
		detail = psprintf("One has %s, the other has %s.",
						  group_words(a->flags), group_words(b->flags));
	else if ((a->flags & MG_HAS_DESIGN) != (b->flags & MG_HAS_DESIGN))
		detail = "One was made with stratum and psu, the other without.";
	else if ((a->k != b->k || a->n_origin != b->n_origin) &&
			 ((a->flags | b->flags) & MG_VEC_UNSHAPED) == 0)
		detail = psprintf("One has %d explanatory variables, the other has %d.",
						  a->n_origin - 1, b->n_origin - 1);
	if (detail != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("values of type %s cannot be combined",
						mg_vectors_type(a->kind)),
				 errdetail_internal("%s", detail),
				 errhint("Make both with the same form of the aggregate.")));
}

/*
 * The origins of two summaries become one.  Models keep the first row's
 * values, which all products are about: "delta" is what b's products must
 * move by, or NULL.  The other kinds keep least and largest outcome.
 */
static double *
merge_origin(MgVectors *s, const MgVecView *b)
{
	double	   *own = mg_vectors_origin(s);
	double	   *delta;
	bool		moves = false;
	int32		i;

	if ((b->head->flags & MG_HAS_SHIFT) == 0)
		return NULL;
	if ((s->flags & MG_HAS_SHIFT) == 0)
	{
		memcpy(own, b->origin, s->n_origin * sizeof(double));
		s->flags |= MG_HAS_SHIFT;
		return NULL;
	}
	if (!mg_vectors_of_model(s->kind))
	{
		own[0] = Min(own[0], b->origin[0]);
		own[1] = Max(own[1], b->origin[1]);
		return NULL;
	}
	delta = palloc(s->n_origin * sizeof(double));
	for (i = 0; i < s->n_origin; i++)
	{
		delta[i] = b->origin[i] - own[i];
		moves |= delta[i] != 0;
	}
	return moves ? delta : NULL;
}

/*
 * Adds a whole summary, or another state; nothing of it is kept.  Returns
 * the state, which may have moved.
 */
MgVectors *
mg_vectors_merge(MgVectors *s, const MgVecView *b)
{
	const MgVectors *h = b->head;
	int32		k;
	int32		m;
	int32	   *group_of = palloc((h->n[MG_VEC_GROUP] + 1) * sizeof(int32));
	int32	   *stratum_of = palloc((h->n[MG_VEC_STRATUM] + 1) * sizeof(int32));
	int32	   *psu_of;
	MgVecCell  *copy;
	double	   *delta;
	MgVecView	v;
	int32		i;

	check_same(s, h);
	if ((s->flags & MG_VEC_UNSHAPED) && !(h->flags & MG_VEC_UNSHAPED))
		s = mg_vectors_shape(s, h->k, h->n_origin);
	k = s->k;
	m = s->n_origin + 1;
	delta = merge_origin(s, b);
	s->n_skipped += h->n_skipped;
	psu_of = MemoryContextAllocHuge(CurrentMemoryContext,
									(h->n[MG_VEC_PSU] + (Size) 1) * sizeof(int32));
	copy = MemoryContextAllocHuge(CurrentMemoryContext,
								  Max(b->cell_size, b->rowcell_size));

	for (i = 0; i < h->n[MG_VEC_GROUP]; i++)
		group_of[i] = group_item(&s, b->groups[i].key,
								 b->labels + b->groups[i].key,
								 b->groups[i].label_len);
	for (i = 0; i < h->n[MG_VEC_STRATUM]; i++)
	{
		stratum_of[i] = stratum_item(&s, b->strata[i].is_null != 0,
									 b->strata[i].id);
		mg_vectors_view(s, &v);
		v.strata[stratum_of[i]].n_rows += b->strata[i].n_rows;
	}
	for (i = 0; i < h->n[MG_VEC_PSU]; i++)
	{
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		psu_of[i] = owned_item(&s, MG_VEC_PSU, stratum_of[b->psus[i].stratum],
							   b->psus[i].id);
	}
	for (i = 0; i < h->n[MG_VEC_CELL]; i++)
	{
		const MgVecCell *from = mg_vec_cell(b, i);
		int32		to = owned_item(&s, MG_VEC_CELL, psu_of[from->owner],
									group_of[from->group]);
		MgVecCell  *c;
		double	   *sum;
		const double *x;
		int32		j;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (delta != NULL && from->n > 0)
		{
			memcpy(copy, from, b->cell_size);
			rebase(s->kind, m, delta, mg_vec_numbers(copy));
			from = copy;
		}
		mg_vectors_view(s, &v);
		c = mg_vec_cell(&v, to);
		c->n += from->n;
		c->n_missing += from->n_missing;
		c->n_odd += from->n_odd;
		sum = mg_vec_numbers(c);
		x = mg_vec_numbers(from);
		for (j = 0; from->n > 0 && j < k; j++)
			sum[j] += x[j];
	}
	for (i = 0; i < h->n[MG_VEC_ROWCELL]; i++)
	{
		const MgVecCell *from = mg_vec_rowcell(b, i);
		int32		to = owned_item(&s, MG_VEC_ROWCELL,
									stratum_of[from->owner],
									group_of[from->group]);
		MgVecCell  *c;

		CHECK_FOR_INTERRUPTS();
		if (delta != NULL && from->n > 0)
		{
			memcpy(copy, from, b->rowcell_size);
			rebase(s->kind, m, delta, mg_vec_numbers(copy));
			rebase_products(s->kind, m, delta, mg_vec_products(copy, k));
			from = copy;
		}
		mg_vectors_view(s, &v);
		c = mg_vec_rowcell(&v, to);
		if (from->n > 0)
			rowcell_merge(c, from, k);
		c->n += from->n;
		c->n_missing += from->n_missing;
		c->n_odd += from->n_odd;
	}
	return s;
}

/* An unshaped state whose vectors turn out to have k entries. */
MgVectors *
mg_vectors_shape(MgVectors *s, int32 k, int32 n_origin)
{
	MgVectors  *out = mg_vectors_create((MgVectorKind) s->kind,
										s->flags & ~MG_VEC_UNSHAPED, k,
										n_origin);
	MgVecView	v;

	mg_vectors_view(s, &v);
	return mg_vectors_merge(out, &v);
}

/*-------------------------------------------------------------------------
 *
 * within_big.c
 *		A large within state: persons in a hash table, flattened on the way
 *		out.
 *
 * Records lie in blocks that never move; the hash table of 16-byte entries
 * says where a person's is, so a person costs 24 bytes and the moments, and
 * 18 to 36 bytes of table.  Everything lives in one memory context that the
 * caller made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "core/within.h"

/* Blocks hold about this many bytes, and at least one record. */
#define BLOCK_BYTES		262144

typedef struct PersonEntry
{
	int64		id;
	int32		index;
	uint32		status;
} PersonEntry;

static inline uint32
hash_id(int64 id)
{
	uint64		h = (uint64) id * UINT64CONST(0x9E3779B97F4A7C15);

	h ^= h >> 32;
	h *= UINT64CONST(0xD6E8FEB86659FD93);
	return (uint32) (h >> 32);
}

#define SH_PREFIX		persontab
#define SH_ELEMENT_TYPE PersonEntry
#define SH_KEY_TYPE		int64
#define SH_KEY			id
#define SH_HASH_KEY(tb, k) hash_id(k)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE		static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct MgWithinBig
{
	MemoryContext cxt;
	MgWithin	head;			/* n_persons counts the records */
	MgWithinGroup *groups;		/* room for MG_WITHIN_MAX_GROUPS, or NULL */
	char	   *labels;
	int32		max_labels;		/* bytes */
	Size		record;
	int			shift;			/* 2^shift records a block */
	int			n_blocks;
	int			max_blocks;
	char	  **block;
	persontab_hash *table;		/* NULL where persons are unnamed */
	MgPerson   *last;			/* rows often come person by person */
};

/* Without persons, for those like in "flat"; its dim must be known. */
MgWithinBig *
mg_within_big_create(MemoryContext cxt, const MgWithin *flat)
{
	MgWithinBig *big = (MgWithinBig *)
		MemoryContextAllocZero(cxt, sizeof(MgWithinBig));

	big->cxt = cxt;
	big->head = *flat;
	big->head.n_persons = 0;
	if (flat->flags & MG_WITHIN_GROUPS)
	{
		big->groups = (MgWithinGroup *)
			MemoryContextAllocZero(cxt, MG_WITHIN_MAX_GROUPS *
								   sizeof(MgWithinGroup));
		memcpy(big->groups, mg_within_groups(flat),
			   flat->n_groups * sizeof(MgWithinGroup));
		big->max_labels = Max(1024, flat->label_bytes);
		big->labels = MemoryContextAlloc(cxt, big->max_labels);
		memcpy(big->labels, mg_within_labels(flat), flat->label_bytes);
	}
	big->record = mg_record_size(flat->flags, flat->dim);
	while (((Size) 2 << big->shift) * big->record <= BLOCK_BYTES)
		big->shift++;
	if (!(flat->flags & MG_WITHIN_UNNAMED))
		big->table = persontab_create(cxt, 1024, NULL);
	return big;
}

/* Flags, dim and counts; n_skipped may be changed. */
MgWithin *
mg_within_big_head(MgWithinBig *big)
{
	return &big->head;
}

static inline MgPerson *
record_at(const MgWithinBig *big, int32 i)
{
	return (MgPerson *) (big->block[i >> big->shift] +
						 (i & ((1 << big->shift) - 1)) * big->record);
}

static MgPerson *
new_record(MgWithinBig *big)
{
	int32		i = big->head.n_persons;
	MgPerson   *p;

	/* The value must fit in the end; say so before memory is full. */
	mg_within_check_size(mg_within_open_size(&big->head, (uint64) i + 1));
	if (i >> big->shift == big->n_blocks)
	{
		if (big->n_blocks == big->max_blocks)
		{
			int			n = Max(16, 2 * big->max_blocks);
			char	  **block = (char **)
				MemoryContextAlloc(big->cxt, n * sizeof(char *));

			if (big->n_blocks > 0)
			{
				memcpy(block, big->block, big->n_blocks * sizeof(char *));
				pfree(big->block);
			}
			big->block = block;
			big->max_blocks = n;
		}
		big->block[big->n_blocks] = (char *)
			MemoryContextAlloc(big->cxt, big->record << big->shift);
		big->n_blocks++;
	}
	p = record_at(big, i);
	big->head.n_persons++;
	return p;
}

/* A person, without a row where it is new. */
MgPerson *
mg_within_big_find(MgWithinBig *big, const MgPerson *key)
{
	PersonEntry *entry = NULL;
	MgPerson   *p;
	bool		found = false;

	if (big->table != NULL && big->last != NULL && big->last->id == key->id)
	{
		mg_person_check(big->last, key);
		return big->last;
	}
	if (big->table != NULL)
	{
		entry = persontab_insert(big->table, key->id, &found);
		if (found)
		{
			p = record_at(big, entry->index);
			mg_person_check(p, key);
			big->last = p;
			return p;
		}
		entry->index = big->head.n_persons;
	}
	p = new_record(big);
	mg_person_init(p, key, big->head.flags, big->head.dim);
	if (big->table == NULL)
		p->id = big->head.n_persons - 1;
	big->last = p;
	return p;
}

/* The place of a subgroup, which is made where it is new. */
int32
mg_within_big_group(MgWithinBig *big, int64 key, const char *label, int32 len)
{
	int32		n = big->head.n_groups;
	int32		g = mg_within_find_group(big->groups, n, big->labels, key,
										 label, len);
	MgWithinGroup *group;

	if (g >= 0)
		return g;
	if (n == MG_WITHIN_MAX_GROUPS)
		mg_within_too_many_groups();
	if (len > big->max_labels - big->head.label_bytes)
	{
		uint64		size = 2 * ((uint64) big->max_labels + len);
		char	   *more;

		mg_within_check_size(size);
		more = MemoryContextAlloc(big->cxt, size);
		memcpy(more, big->labels, big->head.label_bytes);
		pfree(big->labels);
		big->labels = more;
		big->max_labels = (int32) size;
	}
	group = big->groups + n;
	group->key = key;
	if (label != NULL)
	{
		group->key = big->head.label_bytes;
		group->label_len = len;
		memcpy(big->labels + big->head.label_bytes, label, len);
		big->head.label_bytes += len;
	}
	big->head.n_groups++;
	return n;
}

Size
mg_within_big_flat_size(MgWithinBig *big)
{
	return mg_within_open_size(&big->head, big->head.n_persons);
}

static int
compare_entries(const void *a, const void *b)
{
	int64		x = ((const PersonEntry *) a)->id;
	int64		y = ((const PersonEntry *) b)->id;

	return x < y ? -1 : x > y;
}

/* The flat form, sorted; size is mg_within_big_flat_size. */
void
mg_within_big_flatten(MgWithinBig *big, MgWithin *out, Size size)
{
	int32		n = big->head.n_persons;
	PersonEntry *order;
	int32		i;

	*out = big->head;
	SET_VARSIZE(out, size);
	if (big->groups != NULL)
	{
		memset(mg_within_groups(out), 0, mg_within_groups_size(out));
		memcpy(mg_within_groups(out), big->groups,
			   out->n_groups * sizeof(MgWithinGroup));
		memcpy(mg_within_labels(out), big->labels, out->label_bytes);
	}
	order = (PersonEntry *)
		MemoryContextAllocHuge(CurrentMemoryContext,
							   (Size) (n + 1) * sizeof(PersonEntry));
	for (i = 0; i < n; i++)
	{
		order[i].id = record_at(big, i)->id;
		order[i].index = i;
	}
	if (big->table != NULL)
		qsort(order, n, sizeof(PersonEntry), compare_entries);
	for (i = 0; i < n; i++)
	{
		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(mg_within_person(out, i), record_at(big, order[i].index),
			   big->record);
	}
	pfree(order);
}

/*-------------------------------------------------------------------------
 *
 * vectors_io.h
 *		Vector summaries as Datums, and the columns of their text and binary
 *		forms.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_VECTORS_IO_H
#define MG_VECTORS_IO_H

#include "core/vectors.h"

typedef enum MgVecType
{
	MG_VEC_INT32,
	MG_VEC_INT64,
	MG_VEC_VECTOR,				/* k doubles */
	MG_VEC_PRODUCTS				/* k (k + 1) / 2 doubles */
} MgVecType;

/* One field of every element of a section. */
typedef struct MgVecColumn
{
	const char *key;
	MgVecSection section;
	MgVecType	type;
	Size		offset;
} MgVecColumn;

extern const MgVecColumn mg_vec_columns[];
extern const int mg_vec_n_columns;

extern int64 mg_vec_column_width(const MgVectors *s, const MgVecColumn *c);
extern char *mg_vec_column_item(const MgVecView *v, const MgVecColumn *c,
								int32 i);
extern void mg_vectors_open(Datum d, MgVectorKind kind, MgVecView *view);
extern void mg_vectors_open_any(Datum d, MgVectorKind kind, bool working,
								MgVecView *view);

#endif							/* MG_VECTORS_IO_H */

/*-------------------------------------------------------------------------
 *
 * rake.h
 *		Raking of weights to margins.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_RAKE_H
#define MG_RAKE_H

#include "postgres.h"

#define MG_RAKE_MAX_MARGINS	64

typedef enum MgRakeStatus
{
	MG_RAKE_OK,
	MG_RAKE_EMPTY_CATEGORY,
	MG_RAKE_NO_CONVERGENCE
} MgRakeStatus;

typedef struct MgRake
{
	int64		n;				/* rows */
	int			m;				/* margins */
	const int32 *category;		/* n x m, from 0 */
	int			n_categories[MG_RAKE_MAX_MARGINS];
	double	   *target[MG_RAKE_MAX_MARGINS];	/* [m]: total of each category */
	double	   *weight;			/* [n], changed in place */
	int			cycles;			/* out */
	int			margin;			/* out: that failed, from 0 */
} MgRake;

extern MgRakeStatus mg_rake(MgRake *rake);

#endif							/* MG_RAKE_H */

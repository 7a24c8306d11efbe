/*-------------------------------------------------------------------------
 *
 * series.h
 *		Survey series: a survey summary for each wave.
 *
 * Flat form: MgSeries, then for each wave, sorted by years, an MgWave and the
 * wave's summary, padded to 8 bytes.  A series that an aggregate still fills
 * is open: not sorted, waves may repeat, and there is slack at the end.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_SERIES_H
#define MG_SERIES_H

#include "core/cells.h"

#define MG_SERIES_FORMAT	1
#define MG_SERIES_OPEN		0x0001

typedef struct MgSeries
{
	int32		vl_len_;
	uint16		format;
	uint16		flags;
	int32		n_waves;
	int32		zero;			/* always 0 */
	int64		used;			/* bytes, the header among them */
} MgSeries;

typedef struct MgWave
{
	double		years;
	int64		size;			/* bytes of the summary, not padded */
} MgWave;

/* A series opened for reading. */
typedef struct MgSeriesView
{
	int			n;
	double	   *years;
	MgView	   *views;
	const MgView **pointers;	/* to the views */
} MgSeriesView;

extern void mg_series_open(Datum d, MgSeriesView *view);
extern MgSeries *mg_series_close(const MgSeries *s);
extern MgSeries *mg_series_append(MgSeries *s, double years,
								  const MgSurvey *summary);
extern MgSeries *mg_series_create(void);
extern void mg_series_check(const MgSeries *s, Size size);

/* The waves of a series, one after another. */
static inline MgWave *
mg_first_wave(const MgSeries *s)
{
	return (MgWave *) ((char *) s + sizeof(MgSeries));
}

static inline MgSurvey *
mg_wave_summary(const MgWave *w)
{
	return (MgSurvey *) ((char *) w + sizeof(MgWave));
}

static inline MgWave *
mg_next_wave(const MgWave *w)
{
	return (MgWave *) ((char *) w + sizeof(MgWave) + TYPEALIGN(8, w->size));
}

#endif							/* MG_SERIES_H */

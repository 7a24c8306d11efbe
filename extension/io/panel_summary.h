/*-------------------------------------------------------------------------
 *
 * panel_summary.h
 *		Panel summaries as Datums.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_PANEL_SUMMARY_H
#define MG_PANEL_SUMMARY_H

#include "core/compat.h"
#include "core/panel.h"

extern MgPanel *mg_panel_open_any(Datum d);
extern MgPanel *mg_panel_open(Datum d);

#endif							/* MG_PANEL_SUMMARY_H */

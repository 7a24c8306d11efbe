/*-------------------------------------------------------------------------
 *
 * mindgap.c
 *		Module magic and set-up.
 *
 * mindgap: distress change, inequality gaps and prior-weighted prediction,
 * where the data are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;

/*-------------------------------------------------------------------------
 *
 * compat.h
 *		The only place that tests the server's version (PostgreSQL 13 to 18).
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_COMPAT_H
#define MG_COMPAT_H

#include "postgres.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#ifndef PG_FINALLY
#error "mindgap needs PostgreSQL 13 or later"
#endif

/* PG 15 introduced InitMaterializedSRF; 13 and 14 get the same steps. */
#if PG_VERSION_NUM >= 150000
#define mg_init_materialized_srf(fcinfo) InitMaterializedSRF(fcinfo, 0)
#else
static inline void
mg_init_materialized_srf(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TupleDesc	tupdesc;
	MemoryContext old;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) ||
		!(rsinfo->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("this function returns rows and cannot be called here"),
				 errhint("Call it in FROM.")));
	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult =
		tuplestore_begin_heap((rsinfo->allowedModes & SFRM_Materialize_Random) != 0,
							  false, work_mem);
	rsinfo->setDesc = CreateTupleDescCopy(tupdesc);
	MemoryContextSwitchTo(old);
}
#endif

/* PG 16 gave the reader of qualified names a place for soft errors. */
#if PG_VERSION_NUM >= 160000
#define mg_qualified_name_list(text) stringToQualifiedNameList(text, NULL)
#else
#define mg_qualified_name_list(text) stringToQualifiedNameList(text)
#endif

#endif							/* MG_COMPAT_H */

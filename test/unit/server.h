/*-------------------------------------------------------------------------
 *
 * server.h
 *	  What files under test need of a server: memory is malloc's, and an error
 *	  jumps to on_error.  Include it in the one file of a test.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_SERVER_H
#define MG_SERVER_H

#include <setjmp.h>
#include <signal.h>

#include "utils/memutils.h"

#undef vsnprintf

MemoryContext CurrentMemoryContext = NULL;
volatile	sig_atomic_t InterruptPending = false;
static sigjmp_buf on_error;

extern bool errstart_cold(int elevel, const char *domain);
extern int	errmsg_internal(const char *fmt,...);

void *
palloc(Size size)
{
	return malloc(Max(size, 1));
}

void *
palloc0(Size size)
{
	return calloc(1, Max(size, 1));
}

void
pfree(void *pointer)
{
	free(pointer);
}

char *
pstrdup(const char *in)
{
	return strdup(in);
}

char *
psprintf(const char *fmt,...)
{
	char	   *text = malloc(1000);
	va_list		arguments;

	va_start(arguments, fmt);
	vsnprintf(text, 1000, fmt, arguments);
	va_end(arguments);
	return text;
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return malloc(Max(size, 1));
}

void *
MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
	return calloc(1, Max(size, 1));
}

void *
repalloc_huge(void *pointer, Size size)
{
	return realloc(pointer, size);
}

MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name,
							  Size minContextSize, Size initBlockSize,
							  Size maxBlockSize)
{
	return NULL;
}

void
MemoryContextDelete(MemoryContext context)
{
}

void
ProcessInterrupts(void)
{
}

bool
errstart(int elevel, const char *domain)
{
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	siglongjmp(on_error, 1);
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errmsg(const char *fmt,...)
{
	return 0;
}

int
errmsg_internal(const char *fmt,...)
{
	return 0;
}

int
errdetail(const char *fmt,...)
{
	return 0;
}

int
errhint(const char *fmt,...)
{
	return 0;
}

#endif							/* MG_SERVER_H */

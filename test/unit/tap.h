/*-------------------------------------------------------------------------
 *
 * tap.h
 *	  Test Anything Protocol for the unit tests: one named line a test on
 *	  stdout, the plan at the end.
 *
 *		ok(condition, "name of the test %d", 7);
 *		is_close(got, wanted, tolerance, "name");
 *		return done_testing();
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_TAP_H
#define MG_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int	tap_run = 0;
static int	tap_failed = 0;

/* Report one test; returns its outcome. */
static inline bool
tap_report(bool passed, const char *name, va_list arguments)
{
	tap_run++;
	if (!passed)
		tap_failed++;
	printf("%sok %d - ", passed ? "" : "not ", tap_run);
	vprintf(name, arguments);
	printf("\n");
	fflush(stdout);
	return passed;
}

__attribute__((format(printf, 2, 3)))
static inline bool
ok(bool condition, const char *name,...)
{
	va_list		arguments;

	va_start(arguments, name);
	tap_report(condition, name, arguments);
	va_end(arguments);
	return condition;
}

/* |got - wanted| <= tolerance; anything not a number fails */
__attribute__((format(printf, 4, 5)))
static inline bool
is_close(double got, double wanted, double tolerance, const char *name,...)
{
	bool		passed = fabs(got - wanted) <= tolerance;
	va_list		arguments;

	va_start(arguments, name);
	tap_report(passed, name, arguments);
	va_end(arguments);
	if (!passed)
		printf("# got %.17g, wanted %.17g within %.3g\n", got, wanted,
			   tolerance);
	return passed;
}

/* Print the plan; the exit status of main. */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_run);
	return tap_failed > 0;
}

#endif							/* MG_TAP_H */

/*-------------------------------------------------------------------------
 *
 * distributions.h
 *		Tail areas and quantiles, by GSL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_DISTRIBUTIONS_H
#define MG_DISTRIBUTIONS_H

#include "postgres.h"

extern double mg_t_quantile(double p, double df);
extern double mg_t_two_sided(double t, double df);
extern double mg_f_upper(double f, double df1, double df2);
extern double mg_beta_quantile(double p, double a, double b);

#endif							/* MG_DISTRIBUTIONS_H */

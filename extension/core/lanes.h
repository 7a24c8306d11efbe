/*-------------------------------------------------------------------------
 *
 * lanes.h
 *		Eight doubles at a time, in the widest vectors the machine has.
 *
 * A file that has a hot loop over eight lanes writes it once as a macro or an
 * inline function of a vector type and its number of doubles, and instantiates
 * it as
 *
 *		MgVector, MG_VECTOR			16 bytes, which every machine has
 *		MgWideVector, MG_WIDE		32 bytes, in functions marked
 *									MG_WIDE_TARGET, if mg_has_wide()
 *
 * Sums are kept in eight lanes whatever the width and never fused, so every
 * width gives the same bits.  (The co-moment kernel, which is all
 * multiply-add, has widths of its own: moments_kernel.h.)
 *
 *-------------------------------------------------------------------------
 */
#ifndef MG_LANES_H
#define MG_LANES_H

#define MG_LANES	8

#if defined(__GNUC__)
typedef double MgVector __attribute__((vector_size(16), aligned(8), may_alias));
#define MG_VECTOR	2
#define MG_LANES_INLINE	__attribute__((always_inline)) inline
#else
typedef double MgVector;
#define MG_VECTOR	1
#define MG_LANES_INLINE	inline
#endif

#if defined(__clang__)
#define MG_LANES_UNROLL	_Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define MG_LANES_UNROLL	_Pragma("GCC unroll 8")
#else
#define MG_LANES_UNROLL
#endif

#if defined(__GNUC__) && defined(__x86_64__)
typedef double MgWideVector __attribute__((vector_size(32), aligned(8), may_alias));
#define MG_WIDE		4
#define MG_WIDE_TARGET	__attribute__((target("avx2")))

static inline bool
mg_has_wide(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2");
}
#else
static inline bool
mg_has_wide(void)
{
	return false;
}
#endif

#endif							/* MG_LANES_H */

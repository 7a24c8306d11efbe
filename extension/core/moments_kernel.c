/*-------------------------------------------------------------------------
 *
 * moments_kernel.c
 *	  The block kernels, one a vector width, and the choice among them.
 *
 * Functions carry their own target attribute and are chosen at run time by
 * what the processor and the operating system support.  target_clones would
 * be shorter, but clang 14, which compiles the LLVM bitcode, lacks it, and
 * generic vectors wider than a register are slow.
 *
 * Multiply-add is fused, explicitly, where the processor can, in spite of
 * -ffp-contract=off: the rule there is that results agree across machines,
 * and every width adds the same products in the same order, so avx512, avx2
 * and neon agree bit for bit.  sse2 (x86 before 2013) and portable round each
 * product as well and differ in the last bits, by less than 1e-13 of
 * sqrt(M_ii M_jj).
 *
 *-------------------------------------------------------------------------
 */
#include <math.h>
#include <string.h>

#if defined(__GNUC__) && defined(__x86_64__)
#define MG_X86
#include <immintrin.h>
#elif defined(__GNUC__) && defined(__aarch64__)
#define MG_NEON
#include <arm_neon.h>
#endif

#include "moments_kernel.h"

#if defined(__clang__)
#define MG_UNROLL			_Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define MG_UNROLL			_Pragma("GCC unroll 8")
#else
#define MG_UNROLL
#endif

#if defined(__GNUC__)
#define MG_ALWAYS_INLINE	__attribute__((always_inline))
#define MG_UNUSED			__attribute__((unused))
#else
#define MG_ALWAYS_INLINE
#define MG_UNUSED
#endif

/* a loop whose index must be a constant, so that arrays become registers */
#define mg_unrolled(i, n) \
	MG_UNROLL \
	for ((i) = 0; (i) < (n); (i)++)

#ifdef MG_X86

#define MG_FN(f)			f##_avx512
#define MG_TARGET			__attribute__((target("avx512f")))
#define MG_VEC				__m512d
#define MG_VW				8
#define MG_MR				4
#define MG_NV				4
#define MG_LOAD(p)			_mm512_loadu_pd(p)
#define MG_STORE(p, v)		_mm512_storeu_pd(p, v)
#define MG_SET1(x)			_mm512_set1_pd(x)
#define MG_MADD(a, b, c)	_mm512_fmadd_pd(a, b, c)
#include "moments_kernel_width.h"

#define MG_FN(f)			f##_avx2
#define MG_TARGET			__attribute__((target("avx2,fma")))
#define MG_VEC				__m256d
#define MG_VW				4
#define MG_MR				4
#define MG_NV				3
#define MG_LOAD(p)			_mm256_loadu_pd(p)
#define MG_STORE(p, v)		_mm256_storeu_pd(p, v)
#define MG_SET1(x)			_mm256_set1_pd(x)
#define MG_MADD(a, b, c)	_mm256_fmadd_pd(a, b, c)
#include "moments_kernel_width.h"

#define MG_FN(f)			f##_sse2
#define MG_TARGET
#define MG_VEC				__m128d
#define MG_VW				2
#define MG_MR				2
#define MG_NV				4
#define MG_LOAD(p)			_mm_loadu_pd(p)
#define MG_STORE(p, v)		_mm_storeu_pd(p, v)
#define MG_SET1(x)			_mm_set1_pd(x)
#define MG_MADD(a, b, c)	((a) * (b) + (c))
#include "moments_kernel_width.h"

#endif							/* MG_X86 */

#ifdef MG_NEON

#define MG_FN(f)			f##_neon
#define MG_TARGET
#define MG_VEC				float64x2_t
#define MG_VW				2
#define MG_MR				4
#define MG_NV				4
#define MG_LOAD(p)			vld1q_f64(p)
#define MG_STORE(p, v)		vst1q_f64(p, v)
#define MG_SET1(x)			vdupq_n_f64(x)
#define MG_MADD(a, b, c)	vfmaq_f64(c, a, b)
#include "moments_kernel_width.h"

#endif							/* MG_NEON */

#define MG_FN(f)			f##_portable
#define MG_TARGET
#define MG_VEC				double
#define MG_VW				1
#define MG_MR				2
#define MG_NV				4
#define MG_LOAD(p)			(*(p))
#define MG_STORE(p, v)		(*(p) = (v))
#define MG_SET1(x)			(x)
#define MG_MADD(a, b, c)	((a) * (b) + (c))
#include "moments_kernel_width.h"

/* widest first */
static const MgMomentsKernel kernels[] = {
#ifdef MG_X86
	{"avx512", put_avx2, fold_avx512, cross_avx512},
	{"avx2", put_avx2, fold_avx2, cross_avx2},
	{"sse2", put_sse2, fold_sse2, cross_sse2},
#endif
#ifdef MG_NEON
	{"neon", put_neon, fold_neon, cross_neon},
#endif
	{"portable", put_portable, fold_portable, cross_portable},
};

#define KERNEL_COUNT	((int) (sizeof(kernels) / sizeof(kernels[0])))

static const MgMomentsKernel *chosen = NULL;

/* whether this machine can run a kernel */
static bool
supported(const MgMomentsKernel *kernel)
{
#ifdef MG_X86
	__builtin_cpu_init();
	if (strcmp(kernel->name, "avx512") == 0)
		return __builtin_cpu_supports("avx512f");
	if (strcmp(kernel->name, "avx2") == 0)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
	(void) kernel;
#endif
	return true;
}

/*
 * The kernel in use: the widest that this machine supports, unless another
 * was forced.
 */
const MgMomentsKernel *
mg_moments_kernel(void)
{
	if (chosen == NULL)
		(void) mg_moments_kernel_use(NULL);
	return chosen;
}

/*
 * Name of the i-th kernel that this machine supports, widest first; NULL
 * past the last.
 */
const char *
mg_moments_kernel_name(int i)
{
	int			k;

	for (k = 0; k < KERNEL_COUNT; k++)
		if (supported(&kernels[k]) && i-- == 0)
			return kernels[k].name;
	return NULL;
}

/*
 * Force a kernel by name, NULL for the widest: for tests and benchmarks.
 * False, and no change, when this machine lacks it.
 */
bool
mg_moments_kernel_use(const char *name)
{
	int			k;

	for (k = 0; k < KERNEL_COUNT; k++)
		if (supported(&kernels[k]) &&
			(name == NULL || strcmp(name, kernels[k].name) == 0))
		{
			chosen = &kernels[k];
			return true;
		}
	return false;
}

#pragma once
// Hot loops are compiled for several instruction sets and chosen when the program starts. Products and sums
// are never contracted into fused ones, so that every machine computes the same bits. Pixels are finite: told
// so, the compiler turns a clamp into two instructions (twice as fast); NaN in a picture stays unspecified.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SIMCLR_CLONES                                         \
  __attribute__((target_clones("avx512f", "avx2", "default"), \
                 optimize("fp-contract=off", "no-trapping-math", "finite-math-only", "no-signed-zeros")))
#else
#define SIMCLR_CLONES
#endif

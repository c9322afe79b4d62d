#pragma once
// What hot loops share that are compiled for several instruction sets and chosen at run time. SIMCLR_WIDEST
// goes before a function of plain loops: the compiler makes its forms, and the program takes one when it
// starts. Products and sums are then never fused: all forms, and the same formula in two functions, give the
// same bits. Vector, load and store are for loops written with vector types, whose forms are instantiated by
// hand.

#include <cstdint>

#define SIMCLR_INLINE inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define SIMCLR_WIDEST \
  __attribute__((target_clones("avx512f", "avx2", "default"), optimize("fp-contract=off")))
#else
#define SIMCLR_WIDEST
#endif

namespace simclr {

template <int Lanes>
struct Vector {
  typedef float Type __attribute__((vector_size(Lanes * sizeof(float)), aligned(4), may_alias));
  typedef int32_t Bits __attribute__((vector_size(Lanes * sizeof(float)), aligned(4), may_alias));
};

// By reference: by value, vectors would be passed differently under each instruction set.
template <int Lanes>
SIMCLR_INLINE void load(const float* from, typename Vector<Lanes>::Type& to) {
  to = *reinterpret_cast<const typename Vector<Lanes>::Type*>(from);
}

template <int Lanes>
SIMCLR_INLINE void store(float* to, const typename Vector<Lanes>::Type& from) {
  *reinterpret_cast<typename Vector<Lanes>::Type*>(to) = from;
}

// Whether this machine runs what is compiled for "avx2,fma", and for "avx512f,avx512dq,avx512vl,fma".
inline bool runs_avx2() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

inline bool runs_avx512() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

}  // namespace simclr

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
  typedef uint16_t Halves __attribute__((vector_size(Lanes * sizeof(uint16_t)), aligned(2), may_alias));
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

// A bfloat16, the upper half of a float, as its 16 bits.
struct Bfloat {
  uint16_t bits;
};

template <int Lanes>
SIMCLR_INLINE void load(const Bfloat* from, typename Vector<Lanes>::Type& to) {
  using Bits = typename Vector<Lanes>::Bits;
  const auto bits = *reinterpret_cast<const typename Vector<Lanes>::Halves*>(from);
  to = reinterpret_cast<typename Vector<Lanes>::Type>(__builtin_convertvector(bits, Bits) << 16);
}

// To the nearest, ties to even; a NaN keeps its upper bits and stays one.
template <int Lanes>
SIMCLR_INLINE void store(Bfloat* to, const typename Vector<Lanes>::Type& from) {
  using Bits = typename Vector<Lanes>::Bits;
  const auto bits = reinterpret_cast<Bits>(from);
  const Bits upper = (bits >> 16) & 0xFFFF;
  const Bits rounded = (bits + 0x7FFF + (upper & 1)) >> 16;
  const Bits kept = from == from ? rounded : upper | 0x40;
  using Halves = typename Vector<Lanes>::Halves;
  *reinterpret_cast<Halves*>(to) = __builtin_convertvector(kept, Halves);
}

}  // namespace simclr

#pragma once
// What the processor can do, asked at run time.

#include <string>

namespace simclr {

// Whether this machine runs what is compiled for "avx2,fma", and for
// "avx512f,avx512dq,avx512vl,avx512bw,fma".
bool runs_avx2();
bool runs_avx512();

bool has_amx_bf16();
bool has_bf16();  // avx512_bf16 or AMX
// Whether it gains by it: AMX, or AVX-512 on AMD. Intel's vdpbf16ps without AMX does no more a cycle than
// two float32 FMAs, and the conversions come on top.
bool bf16_is_faster();

std::string processor_name();

}  // namespace simclr

#pragma once
// The arithmetic of winograd.hpp on a block of tiles, for the widest vectors the machine has.

#include <cstdint>
#include <vector>

namespace simclr {

constexpr int64_t winograd_points = 36;  // of a 6x6 tile
constexpr int64_t winograd_panel = 32;   // output channels multiplied at once

struct WinogradKernels {
  const char* name;  // of the instruction set

  // One tile, channels last, its 6x6 pixels `from` (null where the picture ends) -> 36 lines of `channels`,
  // `step` apart.
  void (*transform)(const float* const* from, int64_t channels, float* to, int64_t step);

  // c [rows, panels * 32] = a [rows, depth] b, b in panels [depth, 32]; rows a multiple of 8.
  void (*multiply)(const float* a, const float* b, float* c, int64_t rows, int64_t depth, int64_t panels);

  // 36 lines of `channels`, `step` apart -> the tile's 4x4 pixels `to` (null where the picture ends), with
  // the bias, what the pixels held before (with `add`) and ReLU (with `relu`).
  void (*finish)(const float* from, int64_t step, int64_t channels, const float* bias, bool add, bool relu,
                 float* const* to);
};

const WinogradKernels& winograd_kernels();                   // the widest this machine runs
std::vector<const WinogradKernels*> all_winograd_kernels();  // every one it runs, widest first

}  // namespace simclr

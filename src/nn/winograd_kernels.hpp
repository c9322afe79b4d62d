#pragma once
// The arithmetic of Winograd's F(2x2, 3x3) and F(4x4, 3x3) on blocks of tiles, by the widest vectors the
// machine has (AVX-512, AVX2 with FMA, or plain). A tile is side x side results, from (side + 2)^2 values,
// and between the transforms as many points: 0, 1, -1 and infinity for side 2; 0, +-3/4, +-3/2 and infinity
// for side 4, which are exact in binary and give a quarter of the error of Lavin's 1 and 2.

#include <cstdint>
#include <type_traits>
#include <vector>

#include "base/vectors.hpp"

namespace simclr {

constexpr int64_t winograd_points(int64_t side) {
  return (side + 2) * (side + 2);
}

// Tiles in transformed form: for each point a matrix of tiles and channels, the channels in one line a tile
// or in panels of fewer.
struct WinogradBlock {
  float* values;
  int64_t channels, panel;  // both multiples of 16; panel divides channels
  int64_t line;             // values from a tile to the next
  int64_t panel_step, point_step;
  float* at(int64_t point, int64_t channel) const {
    return values + point * point_step + channel / panel * panel_step + channel % panel;
  }
};

// What becomes of a result y before it is stored: y + bias, + what was stored there, and ReLU.
struct WinogradEnd {
  const float* bias = nullptr;
  bool add = false, relu = false;
};

// Between pictures of float or Bfloat and blocks, which are float32.
template <class T>
struct WinogradTransforms {
  // B' d B into the block's `tile`: d through (side + 2)^2 pointers to `channels` values each, row by row.
  void (*from_input)(const T* const* d, const WinogradBlock& block, int64_t tile);
  // A g A' likewise, from side^2 pointers: the gradient of the results.
  void (*from_gradient)(const T* const* g, const WinogradBlock& block, int64_t tile);
  // A' values A to side^2 pointers, null for results beyond the edge.
  void (*to_output)(const WinogradBlock& block, int64_t tile, const WinogradEnd& end, T* const* y);
};

struct WinogradSide {
  WinogradTransforms<float> float32;
  WinogradTransforms<Bfloat> bfloat16;
  // G w G' of `width` filters, w [9][width], to u + point * step; and the adjoint, G' u G.
  void (*from_weights)(const float* w, int64_t width, float* u, int64_t step);
  void (*to_weights)(const float* u, int64_t step, int64_t width, float* w);
};

struct WinogradKernels {
  const char* name;  // of the instruction set
  WinogradSide two, four;
  const WinogradSide& side(int64_t length) const { return length == 2 ? two : four; }
  template <class T>
  const WinogradTransforms<T>& transforms(int64_t length) const {
    if constexpr (std::is_same_v<T, float>)
      return side(length).float32;
    else
      return side(length).bfloat16;
  }

  // c [rows, width] = a [rows, depth] b [depth, width], or += with `add`, width 16 or 32. a is read as
  // a[i * row_step + k * column_step], b in lines of `width`, c in lines of c_line; rows a multiple of 8.
  struct Product {
    const float* a;
    int64_t row_step, column_step;
    const float* b;
    float* c;
    int64_t c_line;
    int64_t rows, depth, width;
    bool add;
  };
  void (*multiply)(const Product& product);
};

const WinogradKernels& winograd_kernels();                   // the widest this machine runs
std::vector<const WinogradKernels*> all_winograd_kernels();  // every one it runs, widest first

}  // namespace simclr

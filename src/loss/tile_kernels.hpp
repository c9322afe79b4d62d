#pragma once
// The arithmetic of streamed losses on one square tile of similarities, by the widest vectors the machine has
// (AVX-512, AVX2 with FMA, or plain). Sums run in one fixed order, so a tile has the same bits whichever
// thread works on it. Measured on Zen 5, one core: 260 GFLOP/s, where at::mm does 110.

#include <cstdint>
#include <vector>

namespace simclr {

constexpr int64_t panel_width = 32;  // tile sides and padded row lengths are multiples of this
constexpr float masked = -1e30F;  // a similarity that counts for nothing: its exponential is 0, its rank last

struct TileKernels {
  const char* name;  // of the instruction set

  // c [rows, 32 * panels] = a [rows, depth] b, or += with `add`. a is read as a[i * row_step + k *
  // column_step], b as b[panel * panel_step + k * line + column], rows a multiple of 8.
  struct Product {
    const float* a;
    int64_t row_step, column_step;
    const float* b;
    int64_t panel_step, line;
    float* c;
    int64_t c_line;
    int64_t rows, panels, depth;
    bool add;
  };
  void (*multiply)(const Product& product);

  // Largest entry of each row and of each column of s [side, side].
  void (*maxima)(const float* s, int64_t side, float* of_rows, float* of_columns);

  // One exponential an entry while a fixed `shift` serves all rows and columns; else each has its own.
  struct Exponent {
    float scale;                  // 1 / temperature
    bool fixed;                   // shift[0] serves all
    const float *rows, *columns;  // shifts, [side]
  };
  // Sum over each row of exp(scale (s - row's shift)), and over each column with the column's shift.
  void (*sums)(const float* s, int64_t side, const Exponent& exponent, float* of_rows, float* of_columns);
  // s becomes weight_row exp(scale (s - row's shift)) + weight_column exp(scale (s - column's shift)).
  void (*weigh)(float* s, int64_t side, const Exponent& exponent, const float* row_weights,
                const float* column_weights);
};

const TileKernels& tile_kernels();                   // the widest this machine runs
std::vector<const TileKernels*> all_tile_kernels();  // every one it runs, widest first

}  // namespace simclr

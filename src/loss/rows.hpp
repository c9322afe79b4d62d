#pragma once
// What streamed losses share around the tiles: unit rows laid out for the kernels, the gradient back through
// the normalisation, and the walk over all pairs of row blocks.

#include <ATen/core/Tensor.h>

#include <functional>

#include "loss/tile_kernels.hpp"

namespace simclr {

struct UnitRows {
  int64_t count = 0, width = 0;  // rows and their length before padding
  int64_t tile = 0;              // rows a block
  at::Tensor z;                  // [blocks * tile, width padded]: u * rsqrt(max(|u|^2, 1e-12)), padding 0
  at::Tensor inverse_norm;       // [count]

  int64_t padded() const { return z.size(0); }
  int64_t line() const { return z.size(1); }
  int64_t blocks() const { return padded() / tile; }
};

UnitRows unit_rows(const at::Tensor& u, int64_t tile);

// z^T in panels of 32 rows, [padded / 32, width, 32], for products with z^T on the right.
at::Tensor transposed_panels(const UnitRows& rows);

// Tiles of z_i.z_j, one buffer a thread.
class Similarities {
 public:
  explicit Similarities(const UnitRows& rows);

  struct Tile {
    int64_t row, column;          // of its first entry
    float* entries;               // [tile, tile]; `masked` where i = j and in the padding
    float *of_rows, *of_columns;  // room for one number a row and a column
  };
  Tile operator()(int64_t row_block, int64_t column_block);  // valid until this thread's next call

 private:
  const UnitRows& rows_;
  at::Tensor panels_, buffers_;
};

// largest[i] over the tile's row and column i becomes the greater of itself and theirs. [padded]
void keep_largest(const Similarities::Tile& tile, int64_t side, float* largest);

// Adds to sum[i] the exponentials of row i and, off the diagonal, of column i. [padded]
void add_sums(const Similarities::Tile& tile, int64_t side, const TileKernels::Exponent& exponent,
              double* sum);

// Adds W z for the tile W, and its transpose, to `to` [padded, line].
void add_weighted_rows(const UnitRows& rows, const Similarities::Tile& tile, float* to);

// gradient [padded, line] with respect to z -> [count, width] with respect to u, times `scale`:
// (g - z (z.g)) / |u|; where the norm was clamped, z is u times a constant and nothing is projected away.
at::Tensor back_through_norm(const UnitRows& rows, const at::Tensor& gradient, float scale);

// Calls work(i, j) once for every pair i <= j of row blocks, in parallel, in rounds in which no block occurs
// twice (a round-robin tournament): work may add into what belongs to i and j, and the order of additions is
// the same for any number of threads.
void for_each_pair(int64_t blocks, const std::function<void(int64_t i, int64_t j)>& work);

}  // namespace simclr

#pragma once
// Products of bfloat16 matrices by AVX-512's vdpbf16ps (AMD Zen 4 and later, Intel Cooper Lake and later),
// which multiplies two pairs of neighbours and adds both products to a float32. One operand of a product is
// packed: 32 columns to a panel, and in it two rows side by side, [rows / 2][32][2].

#include <cstdint>

#include "base/vectors.hpp"

namespace simclr {

constexpr int64_t kPanel = 32;  // columns: all numbers of columns here are multiples of it
constexpr int64_t kTile = 8;    // rows at a time

bool runs_pair_products();

// rows[0..count), each of `columns` values, to the panels one after another, each (count + 1) / 2 * 64
// values; after an odd number of rows one of zeros. `packed` is aligned to 64 bytes.
void pack_pairs(const Bfloat* const* rows, int64_t count, int64_t columns, Bfloat* packed);

// sum [32, 32] += a' b over all rows, for two panels of `pairs` pairs of rows.
void add_product_of_panels(const Bfloat* a, const Bfloat* b, int64_t pairs, float* sum);

// kTile rows of `a`, `line` values apart and each of 2 * pairs values, times the panel b: the results,
// rounded, to the kTile rows of `out`, except for those that are null.
void multiply_by_panel(const Bfloat* a, int64_t line, const Bfloat* b, int64_t pairs, Bfloat* const* out);

}  // namespace simclr

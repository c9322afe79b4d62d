#pragma once
// Inside the room: the inner loops of resampling, filtering and unpacking, over one row. Compiled for plain
// x86-64 and for AVX2 and chosen at run time; multiplications and additions are never fused, so that a row
// has the same bits on every machine.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace simclr {

// out[x] = sum over i of weights[i] * rows[i][x], for x below n. At least one row.
void weigh_rows(const uint8_t* const* rows, const float* weights, int count, float* out, size_t n);
void weigh_rows(const uint16_t* const* rows, const float* weights, int count, float* out, size_t n);
void weigh_rows(const float* const* rows, const float* weights, int count, float* out, size_t n);

// out[x] = sum over i of weights[i] * row[x + i], for x below n.
void weigh_neighbours(const float* row, const float* weights, int count, float* out, size_t n);

// For each output the inputs it is made of: start[x], and `taps` weights from weight[x * taps] on. `taps` is
// a multiple of 4; where an output needs fewer the rest is zero, and the row read must be that much longer.
struct Windows {
  int used = 0, taps = 0;
  std::vector<int> start;
  std::vector<float> weight;
  bool identity = false;  // output x is input x
};

// out[x] = sum over i of weight[x * taps + i] * row[start[x] + i].
void weigh_columns(const float* row, const Windows& windows, float* out);

// Interleaved triples to three rows.
void split3(const uint8_t* triples, uint8_t* a, uint8_t* b, uint8_t* c, size_t n);
void split3(const uint16_t* triples, uint16_t* a, uint16_t* b, uint16_t* c, size_t n);

}  // namespace simclr

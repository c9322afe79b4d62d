#pragma once
// Inside the room: the inner loops of resampling, filtering and unpacking, over one row. Compiled for plain
// x86-64, AVX2 and AVX-512 and chosen at run time; multiplications and additions are never fused and always
// in one order, so that a row has the same bits on every machine.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace simclr {

// For each output the inputs it is made of: start[x], and `taps` weights from weight[x * taps] on. `taps` is
// a multiple of 4; where an output needs fewer the rest is zero, and the row read must be longer by `beyond`.
struct Windows {
  int used = 0, taps = 0;
  std::vector<int> start;
  std::vector<float> weight;
  bool identity = false;  // output x is input x

  // The same for blocks of outputs whose inputs lie close together, by arrange(); empty where they don't:
  // the first input of each block, for each of its outputs the distance from there, and [block][tap][output].
  std::vector<int> base, offset;
  std::vector<float> across;
  size_t beyond() const { return static_cast<size_t>(taps) + 32; }
};

// Fills the blocks for vectors of so many numbers.
void arrange(Windows& windows, int lanes);

struct RowKernels {  // for one instruction set
  const char* name;
  int lanes;
  void (*weigh_u8)(const uint8_t* const* rows, const float* weights, int count, float* out, size_t n);
  void (*weigh_u16)(const uint16_t* const* rows, const float* weights, int count, float* out, size_t n);
  void (*weigh_f32)(const float* const* rows, const float* weights, int count, float* out, size_t n);
  void (*neighbours)(const float* row, const float* weights, int count, float* out, size_t n);
  void (*columns)(const float* row, const Windows& windows, float* out);

  // out[x] = sum over i of weights[i] * rows[i][x], for x below n. At least one row.
  void weigh(const uint8_t* const* rows, const float* w, int count, float* out, size_t n) const {
    weigh_u8(rows, w, count, out, n);
  }
  void weigh(const uint16_t* const* rows, const float* w, int count, float* out, size_t n) const {
    weigh_u16(rows, w, count, out, n);
  }
  void weigh(const float* const* rows, const float* w, int count, float* out, size_t n) const {
    weigh_f32(rows, w, count, out, n);
  }
};

const RowKernels& row_kernels();                   // the widest this machine runs
const RowKernels& plain_row_kernels();             // the reference for the others
std::vector<const RowKernels*> all_row_kernels();  // every one it runs, widest first

template <class T>
void weigh_rows(const T* const* rows, const float* weights, int count, float* out, size_t n) {
  row_kernels().weigh(rows, weights, count, out, n);
}

// out[x] = sum over i of weights[i] * row[x + i], for x below n.
inline void weigh_neighbours(const float* row, const float* weights, int count, float* out, size_t n) {
  row_kernels().neighbours(row, weights, count, out, n);
}

// out[x] = sum over i of weight[x * taps + i] * row[start[x] + i].
inline void weigh_columns(const float* row, const Windows& windows, float* out) {
  row_kernels().columns(row, windows, out);
}

// A place before the first or after the last of n, mirrored without repeating the edge, as often as needed.
int reflected(int i, int n);

// Interleaved triples to three rows.
void split3(const uint8_t* triples, uint8_t* a, uint8_t* b, uint8_t* c, size_t n);
void split3(const uint16_t* triples, uint16_t* a, uint16_t* b, uint16_t* c, size_t n);

}  // namespace simclr

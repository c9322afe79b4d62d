#pragma once
// The JSON header of a safetensors file, read strictly: anything that is not names, dtypes, shapes and ranges
// is refused at once, so that a hostile header costs no more memory than its own size.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/safetensors.hpp"

namespace simclr {

struct TensorEntry {
  std::string name, dtype;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // within the bytes after the header
};

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;  // sorted by range
  Metadata metadata;
};

// Bytes of one value, 0 for a type that isn't known.
size_t dtype_size(std::string_view dtype);

// Bytes of a tensor, or nothing when a size is negative or the product overflows.
std::optional<uint64_t> tensor_size(std::string_view dtype, const std::vector<int64_t>& shape);

// "" when all is well, else the reason. `data_size`: the bytes after the header, which the tensors must fill.
std::string parse_safetensors_header(std::string_view json, uint64_t data_size, SafetensorsHeader& header);

}  // namespace simclr

#pragma once
// safetensors: an 8-byte length, a JSON header, then the raw tensors, little-endian.
// Reading checks everything before use: header at most 100 MiB, nothing in it but names, dtypes, shapes and
// ranges, no duplicate names, ranges sorted without gap or overlap up to the end of the file, sizes that
// match dtype and shape without overflow; at most 100,000 tensors of at most 8 dimensions.

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/mapped_file.hpp"

namespace simclr {

struct TensorBytes {
  std::string name;
  std::string dtype;  // "F32", "F64", "BF16", "I64", "U8", ...
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

using Metadata = std::map<std::string, std::string>;  // values are text; structured ones JSON text

// Tensors stand in the order given, those of wider types first, so that each starts aligned. Durable.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorBytes> tensors,
                       const Metadata& metadata);

class SafetensorsFile {  // mapped, read only
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);  // Error(Exit::checkpoint) with the reason
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;
  // In the order of the file. A file made by another program may hold them at odd addresses: copy them out.
  const std::vector<TensorBytes>& tensors() const { return tensors_; }
  const TensorBytes* find(std::string_view name) const;
  const Metadata& metadata() const { return metadata_; }

 private:
  MappedFile map_;
  std::vector<TensorBytes> tensors_;
  std::map<std::string_view, const TensorBytes*> by_name_;
  Metadata metadata_;
};

}  // namespace simclr

#include "formats/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>
#include <set>

#include "base/durable.hpp"
#include "formats/safetensors_header.hpp"

namespace simclr {
namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

constexpr uint64_t most_header = uint64_t{100} << 20;
constexpr uint64_t most_header_written = 100'000'000;  // the official reader's limit

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void check(const TensorBytes& tensor, std::set<std::string>& names) {
  const auto size = tensor_size(tensor.dtype, tensor.shape);
  const bool good = dtype_size(tensor.dtype) != 0 && size && *size == tensor.bytes.size() &&
                    tensor.name != "__metadata__" && names.insert(tensor.name).second;
  if (!good)
    throw Error(Exit::failed, "tensor '" + printable(tensor.name) +
                                  "' cannot be written: its name is taken, its dtype '" +
                                  printable(tensor.dtype) + "' unknown, or its shape not that of " +
                                  std::to_string(tensor.bytes.size()) + " bytes.");
}

std::string header_text(const std::vector<const TensorBytes*>& tensors, const Metadata& metadata) {
  std::string json, pairs;
  const auto separate = [](std::string& list) { list.append(list.empty() ? "" : ","); };
  for (const auto& [key, value] : metadata) {
    separate(pairs);
    pairs.append(quoted(key)).append(":").append(quoted(value));
  }
  if (!pairs.empty()) json.append("\"__metadata__\":{").append(pairs).append("}");
  size_t offset = 0;
  for (const TensorBytes* tensor : tensors) {
    std::string shape;
    for (const int64_t size : tensor->shape) {
      separate(shape);
      shape.append(std::to_string(size));
    }
    separate(json);
    json.append(quoted(tensor->name)).append(":{\"dtype\":\"").append(tensor->dtype);
    json.append("\",\"shape\":[").append(shape).append("],\"data_offsets\":[").append(std::to_string(offset));
    offset += tensor->bytes.size();
    json.append(",").append(std::to_string(offset)).append("]}");
  }
  json.insert(json.begin(), '{');
  json.append("}");
  json.resize((json.size() + 7) / 8 * 8, ' ');
  return json;
}

// What a file that isn't safetensors seems to be, for the hint.
std::string advice(std::string_view start) {
  if (!start.starts_with("PK\x03\x04") && !start.starts_with("\x80\x02") && !start.starts_with("\x80\x04"))
    return "It is damaged or was made by something else: take another copy or an earlier checkpoint.";
  return "It looks like a PyTorch file, which can run any program when loaded. Convert it where you trust "
         "it: "
         "python3 -c \"import sys, torch, safetensors.torch as s; "
         "s.save_file(torch.load(sys.argv[1], weights_only=True), sys.argv[2])\" IN.pt OUT.safetensors";
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const TensorBytes> tensors,
                       const Metadata& metadata) {
  std::set<std::string> names;
  std::vector<const TensorBytes*> order;
  for (const auto& tensor : tensors) {
    check(tensor, names);
    order.push_back(&tensor);
  }
  std::stable_sort(order.begin(), order.end(), [](const TensorBytes* a, const TensorBytes* b) {
    return dtype_size(a->dtype) > dtype_size(b->dtype);
  });
  const std::string header = header_text(order, metadata);
  if (header.size() > most_header_written)
    throw Error(Exit::failed, "the names and metadata for " + printable(path.native()) + " take " +
                                  std::to_string(header.size()) +
                                  " bytes; at most 100,000,000 can be read again.");
  const uint64_t length = header.size();
  DurableFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const TensorBytes* tensor : order) file.write(tensor->bytes);
  file.commit();
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : map_(path, Exit::checkpoint) {
  const auto all = map_.bytes();
  const std::string_view text(reinterpret_cast<const char*>(all.data()), all.size());
  const auto refuse = [&](const std::string& why) {
    throw Error(Exit::checkpoint,
                printable(path.native()) + " is not a usable safetensors file: " + why + ".", advice(text));
  };
  if (text.size() < 8) refuse("it has only " + std::to_string(text.size()) + " bytes");
  uint64_t length = 0;
  for (size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(text[i]);
  if (length > most_header) refuse("it claims a header of more than 100 MiB");
  if (length > text.size() - 8) refuse("it ends within its header");
  SafetensorsHeader header;
  const auto why = parse_safetensors_header(text.substr(8, length), text.size() - 8 - length, header);
  if (!why.empty()) refuse(why);
  metadata_ = std::move(header.metadata);
  tensors_.reserve(header.entries.size());
  for (auto& entry : header.entries)
    tensors_.push_back({std::move(entry.name), std::move(entry.dtype), std::move(entry.shape),
                        all.subspan(8 + length + entry.begin, entry.end - entry.begin)});
  for (const auto& tensor : tensors_) by_name_.emplace(tensor.name, &tensor);
}

const TensorBytes* SafetensorsFile::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace simclr

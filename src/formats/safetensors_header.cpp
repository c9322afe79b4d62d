#include "formats/safetensors_header.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace simclr {
namespace {

constexpr size_t most_tensors = 100'000;
constexpr size_t most_dimensions = 8;

// Called by the JSON parser for each thing it meets; the first false ends the parsing, with the reason in
// `why`.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(SafetensorsHeader& header) : header_(header) {}

  bool start_object(size_t) override {
    if (place_ == Place::outside) return go(Place::names);
    if (place_ == Place::name) return go(name_ == "__metadata__" ? Place::metadata : Place::tensor);
    return unexpected("an object");
  }

  bool end_object() override {
    if (place_ == Place::names) return go(Place::outside);
    if (place_ == Place::metadata) return go(Place::names);
    if (seen_ != 7) return wrong("it lacks dtype, shape or data_offsets");
    seen_ = 0;
    header_.entries.push_back(std::exchange(entry_, {}));
    return go(Place::names);
  }

  bool key(string_t& text) override {
    key_ = text;
    if (place_ == Place::metadata) return true;
    if (place_ == Place::tensor) return tensor_key(text);
    name_ = text;
    if (!names_.insert(text).second) return wrong("the name stands twice");
    if (header_.entries.size() == most_tensors) return wrong("more than 100,000 tensors");
    entry_.name = text;
    return go(Place::name);
  }

  bool start_array(size_t) override {
    if (place_ == Place::shape_value) return go(Place::shape);
    if (place_ == Place::offsets_value) return go(Place::offsets);
    return unexpected("an array");
  }

  bool end_array() override {
    if (place_ == Place::offsets && offsets_ != 2) return wrong("data_offsets are not two numbers");
    offsets_ = 0;
    return go(Place::tensor);
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::shape) {
      if (entry_.shape.size() == most_dimensions) return wrong("more than 8 dimensions");
      if (value > INT64_MAX) return wrong("its shape overflows");
      entry_.shape.push_back(static_cast<int64_t>(value));
      return true;
    }
    if (place_ != Place::offsets) return unexpected("a number");
    if (offsets_ == 2) return wrong("data_offsets are not two numbers");
    (offsets_++ == 0 ? entry_.begin : entry_.end) = value;
    return true;
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata)
      return header_.metadata.emplace(key_, text).second ||
             wrong("the key '" + printable(key_) + "' stands twice");
    if (place_ != Place::dtype_value) return unexpected("a text");
    entry_.dtype = text;
    return go(Place::tensor);
  }

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("true or false"); }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return unexpected("a number with a fraction");
  }
  bool binary(binary_t&) override { return unexpected("binary data"); }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    why = "its header is not JSON at byte " + std::to_string(position);
    return false;
  }

  std::string why;

 private:
  enum class Place {
    outside,
    names,
    name,
    metadata,
    tensor,
    dtype_value,
    shape_value,
    shape,
    offsets_value,
    offsets
  };

  bool go(Place next) {
    place_ = next;
    return true;
  }

  bool wrong(const std::string& reason) {
    why = (name_.empty() ? "" : "tensor '" + printable(name_) + "': ") + reason;
    return false;
  }

  bool unexpected(const std::string& what) { return wrong(what + " stands where none belongs"); }

  bool tensor_key(const std::string& key) {
    const unsigned bit = key == "dtype" ? 1 : key == "shape" ? 2 : key == "data_offsets" ? 4 : 0;
    if (bit == 0) return wrong("unknown key '" + printable(key) + "'");
    if ((seen_ & bit) != 0) return wrong("the key '" + key + "' stands twice");
    seen_ |= bit;
    return go(bit == 1 ? Place::dtype_value : bit == 2 ? Place::shape_value : Place::offsets_value);
  }

  SafetensorsHeader& header_;
  Place place_ = Place::outside;
  std::string name_, key_;
  TensorEntry entry_;
  unsigned seen_ = 0, offsets_ = 0;
  std::set<std::string> names_;
};

std::string check_ranges(std::vector<TensorEntry>& entries, uint64_t data_size) {
  std::sort(entries.begin(), entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t reached = 0;
  for (const auto& entry : entries) {
    const std::string who = "tensor '" + printable(entry.name) + "': ";
    if (dtype_size(entry.dtype) == 0) return who + "the dtype '" + printable(entry.dtype) + "' is not known";
    const auto size = tensor_size(entry.dtype, entry.shape);
    if (!size) return who + "its shape overflows";
    if (entry.begin > entry.end || entry.end - entry.begin != *size)
      return who + "its range does not hold " + std::to_string(*size) + " bytes";
    if (entry.begin != reached)
      return who + (entry.begin < reached ? "it overlaps another" : "a gap stands before it");
    if (entry.end > data_size) return who + "it ends beyond the end of the file";
    reached = entry.end;
  }
  return reached == data_size ? "" : std::to_string(data_size - reached) + " bytes follow the last tensor";
}

}  // namespace

size_t dtype_size(std::string_view dtype) {
  static const std::map<std::string_view, size_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1},
      {"U16", 2},  {"I16", 2}, {"F16", 2}, {"BF16", 2},    {"U32", 4},     {"I32", 4},
      {"F32", 4},  {"U64", 8}, {"I64", 8}, {"F64", 8},     {"C64", 8}};
  const auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

std::optional<uint64_t> tensor_size(std::string_view dtype, const std::vector<int64_t>& shape) {
  uint64_t size = dtype_size(dtype);
  for (const int64_t one : shape)
    if (one < 0 || __builtin_mul_overflow(size, static_cast<uint64_t>(one), &size)) return std::nullopt;
  return size;
}

std::string parse_safetensors_header(std::string_view json, uint64_t data_size, SafetensorsHeader& header) {
  if (!json.starts_with('{')) return "its header doesn't start with '{'";
  if (json.find('\0') != std::string_view::npos)
    return "its header is not JSON: it holds a zero byte";  // ends nlohmann's parser
  HeaderReader reader(header);
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &reader)) return reader.why;
  return check_ranges(header.entries, data_size);
}

}  // namespace simclr

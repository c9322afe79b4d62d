#include "nn/weights.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <cstring>
#include <functional>
#include <set>

#include "base/error.hpp"

namespace simclr {
namespace {

constexpr std::pair<const char*, at::ScalarType> dtype_table[] = {
    {"F32", at::kFloat}, {"BF16", at::kBFloat16}, {"F16", at::kHalf},  {"F64", at::kDouble},
    {"I64", at::kLong},  {"I32", at::kInt},       {"I16", at::kShort}, {"I8", at::kChar},
    {"U8", at::kByte},   {"BOOL", at::kBool}};

std::string dtype_name(at::ScalarType type) {
  for (const auto& [name, known] : dtype_table)
    if (type == known) return name;
  throw std::logic_error(std::string("no safetensors name for dtype ") + c10::toString(type));
}

std::optional<at::ScalarType> dtype_of(const std::string& name) {
  for (const auto& [known, type] : dtype_table)
    if (name == known) return type;
  return std::nullopt;
}

bool convertible(const std::string& from, at::ScalarType to) {
  const auto type = dtype_of(from);
  return type && (*type == to || (c10::isFloatingType(*type) && c10::isFloatingType(to)));
}

std::string describe_tensor(const std::string& dtype, at::IntArrayRef shape) {
  std::string text = dtype + " [";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

// "3 missing (a, b, c); 1 unexpected (d)", at most ten names each.
void report(std::string& text, const std::vector<std::string>& names, const std::string& what) {
  constexpr size_t shown = 10;
  if (names.empty()) return;
  text += (text.empty() ? "" : "; ") + std::to_string(names.size()) + " " + what + " (";
  for (size_t i = 0; i < std::min(names.size(), shown); ++i)
    text += (i > 0 ? ", " : "") + printable(names[i]);
  text += (names.size() > shown ? ", ..." : "") + std::string(")");
}

// Throws unless the file holds exactly the tensors of `into` among the names that `expected` claims.
void check_fit(const std::filesystem::path& path, const SafetensorsFile& file, const NamedTensors& into,
               const std::function<bool(const std::string&)>& expected) {
  std::vector<std::string> missing, unexpected, different;
  std::set<std::string> known;
  for (const auto& [name, tensor] : into) {
    known.insert(name);
    const TensorBytes* found = file.find(name);
    if (found == nullptr) {
      missing.push_back(name);
    } else if (tensor.sizes() != at::IntArrayRef(found->shape) ||
               !convertible(found->dtype, tensor.scalar_type())) {
      different.push_back(name + ": " + describe_tensor(found->dtype, found->shape) + " in the file, " +
                          describe_tensor(dtype_name(tensor.scalar_type()), tensor.sizes()) + " here");
    }
  }
  for (const auto& tensor : file.tensors())
    if (expected(tensor.name) && known.count(tensor.name) == 0) unexpected.push_back(tensor.name);
  std::string trouble;
  report(trouble, missing, "missing");
  report(trouble, unexpected, "unexpected");
  report(trouble, different, "of another shape or type");
  if (trouble.empty()) return;
  throw Error(
      Exit::checkpoint, "the weights in " + printable(path.string()) + " do not fit: " + trouble + ".",
      "The file was made with another encoder, head or number of bands; use the settings it was saved with.");
}

void read_into(const NamedTensors& into, const SafetensorsFile& file) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : into) {
    const TensorBytes& found = *file.find(name);
    // By way of a copy: a foreign file may not be aligned for its type.
    const at::Tensor plain = at::empty(found.shape, at::TensorOptions().dtype(*dtype_of(found.dtype)));
    if (!found.bytes.empty()) std::memcpy(plain.mutable_data_ptr(), found.bytes.data(), found.bytes.size());
    tensor.copy_(plain);
  }
}

NamedTensors tensors_of(const std::vector<Part>& parts) {
  NamedTensors all;
  for (const auto& part : parts)
    for (auto& one : named_tensors(part.module, part.prefix)) all.push_back(std::move(one));
  return all;
}

}  // namespace

NamedTensors named_tensors(const torch::nn::Module& module, const std::string& prefix) {
  NamedTensors all;
  for (const auto& own : module.named_parameters(false)) all.emplace_back(prefix + own.key(), own.value());
  for (const auto& own : module.named_buffers(false)) all.emplace_back(prefix + own.key(), own.value());
  for (const auto& child : module.named_children())
    for (auto& one : named_tensors(*child.value(), prefix + child.key() + ".")) all.push_back(std::move(one));
  return all;
}

void save_tensors(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata) {
  std::vector<at::Tensor> kept;  // the bytes below belong to these
  std::vector<TensorBytes> bytes;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor plain = kept.emplace_back(tensor.detach().to(at::kCPU).contiguous());
    bytes.push_back({name, dtype_name(plain.scalar_type()), plain.sizes().vec(),
                     std::span(static_cast<const std::byte*>(plain.const_data_ptr()), plain.nbytes())});
  }
  write_safetensors(path, bytes, metadata);
}

void load_tensors(const std::filesystem::path& path, const NamedTensors& into) {
  const SafetensorsFile file(path);
  check_fit(path, file, into, [](const std::string&) { return true; });
  read_into(into, file);
}

void save_weights(const std::filesystem::path& path, const std::vector<Part>& parts,
                  const Metadata& metadata) {
  save_tensors(path, tensors_of(parts), metadata);
}

void load_weights(const std::filesystem::path& path, const std::vector<Part>& parts) {
  const SafetensorsFile file(path);
  const NamedTensors into = tensors_of(parts);
  check_fit(path, file, into, [&](const std::string& name) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](const Part& part) { return name.starts_with(part.prefix); });
  });
  read_into(into, file);
}

}  // namespace simclr

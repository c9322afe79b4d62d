// A .npy array of pictures, [N, height, width] or [N, height, width, bands], uint8, uint16 or float32; it is
// mapped, not loaded. Labels are integers [N] in NAME_labels.npy, in y_REST.npy for X_REST.npy (y.npy for
// X.npy), in labels.npy or in y.npy beside it, looked for in this order; negative means none.

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/array_source.hpp"
#include "data/kinds.hpp"
#include "data/labels.hpp"
#include "data/picture_file.hpp"
#include "formats/npy.hpp"

namespace simclr {
namespace {

std::string shape_text(const std::vector<size_t>& shape) {
  std::string text = "[";
  for (const size_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

std::optional<std::filesystem::path> labels_beside(const std::filesystem::path& path) {
  const std::string stem = path.stem().native();
  std::vector<std::string> names{stem + "_labels.npy"};
  if (stem[0] == 'x' || stem[0] == 'X')
    for (const char* y : {"y", "Y"}) names.push_back(y + stem.substr(1) + ".npy");
  names.insert(names.end(), {"labels.npy", "y.npy"});
  for (const auto& name : names) {
    const auto beside = path.parent_path() / name;
    std::error_code error;
    if (beside != path && std::filesystem::exists(beside, error)) return beside;
  }
  return std::nullopt;
}

template <class T>
void append(const NpyFile& file, std::vector<int64_t>& out) {
  for (const T value : file.values<T>()) out.push_back(static_cast<int64_t>(value));
}

std::vector<int64_t> read_integers(const std::filesystem::path& path) {
  const NpyFile file(path);
  const std::string type = file.dtype().size() == 3 ? file.dtype().substr(1) : file.dtype();
  std::vector<int64_t> values;
  if (type == "u1" || type == "b1") {
    append<uint8_t>(file, values);
  } else if (type == "i1") {
    append<int8_t>(file, values);
  } else if (type == "u2") {
    append<uint16_t>(file, values);
  } else if (type == "i2") {
    append<int16_t>(file, values);
  } else if (type == "u4") {
    append<uint32_t>(file, values);
  } else if (type == "i4") {
    append<int32_t>(file, values);
  } else if (type == "i8" || type == "u8") {
    append<int64_t>(file, values);
  } else {
    throw Error(Exit::data,
                printable(path.native()) + " holds " + file.dtype() + ", where labels are integers.");
  }
  return values;
}

// A file beside the pictures that holds no class numbers (targets of a regression, say) is no label file.
std::optional<std::vector<int64_t>> integers_or_nothing(const std::filesystem::path& path) {
  try {
    return read_integers(path);
  } catch (const Error& error) {
    log_warning(std::string(error.what()) + " It is left out.");
    return std::nullopt;
  }
}

class NpySource : public Source {
 public:
  explicit NpySource(const std::filesystem::path& path) : file_(path), path_(path.native()) {
    const std::string shown = printable(path_);
    take_type(shown);
    take_shape(shown);
    const std::string stem = path.filename().native();
    for (size_t i = 0; i < file_.shape()[0]; ++i)
      records_.push_back({names_.keep(stem, "[" + std::to_string(i) + "]"), -1, Split::none});
    scan_.files = 1;
    const auto label_file = labels_beside(path);
    if (!label_file) return;
    const auto labels = integers_or_nothing(*label_file);
    if (!labels) return;
    scan_.files = 2;
    if (labels->size() != size())
      throw Error(Exit::data, shown + " has " + std::to_string(size()) + " pictures, but " +
                                  printable(label_file->native()) + " has " + std::to_string(labels->size()) +
                                  " labels.");
    classes_ = number_classes(*labels, records_);
  }
  std::string kind() const override { return "npy"; }
  std::string file(size_t) const override { return path_; }
  bool in_arrays() const override { return true; }
  std::string path(size_t i) const override { return path_ + "[" + std::to_string(place(i)) + "]"; }
  Decoded read(size_t i, const DecodeOptions& options) const override {
    return as_asked(sample_ == Sample::u8    ? picture<uint8_t>(place(i))
                    : sample_ == Sample::u16 ? picture<uint16_t>(place(i))
                                             : picture<float>(place(i)),
                    options);
  }

 private:
  void take_type(const std::string& shown);
  void take_shape(const std::string& shown);
  template <class T>
  Image picture(size_t at) const {
    const size_t values =
        static_cast<size_t>(height_) * static_cast<size_t>(width_) * static_cast<size_t>(bands_);
    return planar<T>(file_.values<T>().subspan(at * values, values), height_, width_, bands_, sample_);
  }
  NpyFile file_;
  std::string path_;
  Sample sample_ = Sample::u8;
  int height_ = 0, width_ = 0, bands_ = 1;
};

void NpySource::take_type(const std::string& shown) {
  const std::string& type = file_.dtype();
  if (type == "|u1" || type == "<u1") return;
  if (type != "<u2" && type != "<f4")
    throw Error(Exit::data,
                shown + " holds " + printable(type) + ", where pictures are uint8, uint16 or float32.",
                "Convert it with numpy: array.astype('uint8').");
  sample_ = type == "<u2" ? Sample::u16 : Sample::f32;
}

void NpySource::take_shape(const std::string& shown) {
  const auto& shape = file_.shape();
  const auto reject = [&](const std::string& why, const std::string& hint) {
    throw Error(Exit::data, shown + " has the shape " + shape_text(shape) + ": " + why + ".", hint);
  };
  if (shape.size() != 3 && shape.size() != 4)
    reject("pictures are [N, height, width] or [N, height, width, bands]", "Reshape it with numpy.");
  const size_t bands = shape.size() == 4 ? shape[3] : 1;
  if (std::find(shape.begin(), shape.end(), size_t{0}) != shape.end()) reject("no image in it", "");
  if (shape.size() == 3 && shape[2] <= 4 && shape[1] > 16)
    reject("that looks like one picture", "Add the first dimension: array[None].");
  if (shape.size() == 4 && shape[1] <= 16 && bands > 16 && (shape[1] <= 4 || shape[2] == bands))
    reject("that looks like [N, bands, height, width]", "Turn it with numpy: array.transpose(0, 2, 3, 1).");
  if (shape[1] > 65535 || shape[2] > 65535 || bands > 1024) reject("that is too large for a picture", "");
  height_ = static_cast<int>(shape[1]);
  width_ = static_cast<int>(shape[2]);
  bands_ = static_cast<int>(bands);
}

}  // namespace

bool is_npy(const std::filesystem::path& path) {
  return extension_of(path.native()) == ".npy";
}

std::unique_ptr<Source> open_npy(const std::filesystem::path& path, Split) {
  return std::make_unique<NpySource>(path);
}

}  // namespace simclr

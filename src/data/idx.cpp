// IDX files, the format of MNIST, Fashion-MNIST, EMNIST, ...: NAME-images-idx3-ubyte and, beside it,
// NAME-labels-idx1-ubyte, each .gz or not. Big-endian header: 0, 0, type (8 = uint8), number of dimensions,
// then each dimension as 32 bits; then the values. A name ending in train is the split train, in t10k or
// test the split test, in val the split val. Class names are not in these files: "0", "1", ...

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "data/array_source.hpp"
#include "data/kinds.hpp"
#include "data/labels.hpp"
#include "data/split.hpp"

namespace simclr {
namespace {

constexpr std::string_view image_marks[] = {"-images-idx3-ubyte", "-images.idx3-ubyte"};

// What stands before "-images-idx3-ubyte", or nothing when `file` is no such name.
std::optional<std::string> name_of_images(std::string_view file) {
  if (file.ends_with(".gz")) file.remove_suffix(3);
  for (const auto mark : image_marks)
    if (file.ends_with(mark) && !file.starts_with('.'))
      return std::string(file.substr(0, file.size() - mark.size()));
  return std::nullopt;
}

Split split_of(std::string_view name) {
  if (const size_t dash = name.find_last_of("-_"); dash != std::string_view::npos)
    name.remove_prefix(dash + 1);
  return name == "t10k" ? Split::test : split_called(name).value_or(Split::none);
}

std::vector<std::filesystem::path> image_files(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    if (name_of_images(path.filename().native())) return {path};
    return {};
  }
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
    if (name_of_images(at->path().filename().native()) && !at->is_directory(error))
      files.push_back(at->path());
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return files;
}

[[noreturn]] void reject(const std::filesystem::path& path, const std::string& why) {
  throw Error(Exit::data, printable(path.native()) + " is damaged: " + why + ".", "Fetch the file again.");
}

struct IdxArray {
  std::string bytes;
  std::vector<size_t> shape;
  size_t start = 0;  // of the values
};

// Bytes of the whole file by its header, so that no more is unpacked; 0 while the header is not whole.
size_t promised_size(std::string_view start, size_t dimensions) {
  if (start.size() < 4 + 4 * dimensions) return 0;
  size_t size = 1;
  for (size_t d = 0; d < dimensions; ++d) {
    size_t length = 0;
    for (size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(start[4 + 4 * d + i]);
    if (__builtin_mul_overflow(size, length, &size)) return 0;
  }
  return size > SIZE_MAX / 2 ? 0 : size + 4 + 4 * dimensions;
}

IdxArray read_idx(const std::filesystem::path& path, size_t dimensions) {
  IdxArray array{
      read_array_file(path, [&](std::string_view start) { return promised_size(start, dimensions); }),
      {},
      4 + 4 * dimensions};
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(array.bytes[i]); };
  if (array.bytes.size() < array.start || byte(0) != 0 || byte(1) != 0) reject(path, "it has no IDX header");
  if (byte(2) != 8 || byte(3) != dimensions)
    reject(path, "its IDX header tells of type " + std::to_string(byte(2)) + " with " +
                     std::to_string(byte(3)) + " dimensions, where 8 (uint8) with " +
                     std::to_string(dimensions) + " is meant");
  size_t values = 1;
  for (size_t d = 0; d < dimensions; ++d) {
    size_t size = 0;
    for (size_t i = 0; i < 4; ++i) size = size << 8 | byte(4 + 4 * d + i);
    array.shape.push_back(size);
    if (__builtin_mul_overflow(values, size, &values)) reject(path, "its shape is impossible");
  }
  if (array.bytes.size() - array.start != values)
    reject(path, "its header promises " + std::to_string(values) + " bytes, it has " +
                     std::to_string(array.bytes.size() - array.start));
  return array;
}

std::optional<std::filesystem::path> labels_beside(const std::filesystem::path& images) {
  const std::string name = *name_of_images(images.filename().native());
  for (const char* mark : {"-labels-idx1-ubyte", "-labels.idx1-ubyte"})
    for (const char* packed : {"", ".gz"}) {
      auto path = images.parent_path() / (name + mark + packed);
      std::error_code error;
      if (std::filesystem::is_regular_file(path, error)) return path;
    }
  return std::nullopt;
}

class IdxSource : public PartedSource {
 public:
  IdxSource(const std::vector<std::filesystem::path>& files, Split wanted) {
    std::vector<int64_t> labels;
    for (const auto& file : files) add(file, wanted, labels);
    if (records_.empty())
      throw Error(Exit::data, "no image in " + printable(files[0].native()) + ": it is empty.");
    classes_ = number_classes(labels, records_);
  }
  std::string kind() const override { return "idx"; }

 private:
  void add(const std::filesystem::path& file, Split wanted, std::vector<int64_t>& labels);
};

void IdxSource::add(const std::filesystem::path& file, Split wanted, std::vector<int64_t>& labels) {
  const std::string name = file.filename().native();
  const Split split = split_of(*name_of_images(name));
  const auto label_file = labels_beside(file);
  IdxArray own_labels;
  if (label_file) own_labels = read_idx(*label_file, 1);
  scan_.files += label_file ? 2 : 1;

  // Labels of the other splits are read all the same, since they say which classes there are.
  const bool needed = wanted == Split::none || wanted == split;
  Part part;
  part.path = file.native();
  part.first = records_.size();
  size_t count = label_file ? own_labels.shape[0] : 0;
  if (needed || !label_file) {
    IdxArray images = read_idx(file, 3);
    const auto& shape = images.shape;
    if (shape[1] == 0 || shape[2] == 0 || shape[1] > 65535 || shape[2] > 65535)
      reject(file,
             "its pictures are " + std::to_string(shape[1]) + " x " + std::to_string(shape[2]) + " pixels");
    part.height = static_cast<int>(shape[1]);
    part.width = static_cast<int>(shape[2]);
    part.start = images.start;
    part.stride = shape[1] * shape[2];
    if (label_file && shape[0] != count)
      throw Error(Exit::data, printable(file.native()) + " has " + std::to_string(shape[0]) +
                                  " pictures, but " + printable(label_file->native()) + " has " +
                                  std::to_string(count) + " labels.");
    count = shape[0];
    part.bytes = std::move(images.bytes);
  }
  const std::string stem = name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
  for (size_t i = 0; i < count; ++i) {
    records_.push_back({names_.keep(stem, "[" + std::to_string(i) + "]"), -1, split});
    labels.push_back(label_file ? static_cast<unsigned char>(own_labels.bytes[own_labels.start + i]) : -1);
  }
  if (count > 0) parts_.push_back(std::move(part));
}

}  // namespace

bool is_idx(const std::filesystem::path& path) {
  return !image_files(path).empty();
}

std::unique_ptr<Source> open_idx(const std::filesystem::path& path, Split wanted) {
  // The same pictures under two spellings, or both packed and not, are there once.
  std::vector<std::filesystem::path> files;
  std::set<std::string> known;
  for (const auto& file : image_files(path))
    if (known.insert(*name_of_images(file.filename().native())).second) files.push_back(file);
  return std::make_unique<IdxSource>(files, wanted);
}

}  // namespace simclr

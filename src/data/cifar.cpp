// CIFAR in its binary release. CIFAR-10: data_batch_*.bin and test_batch.bin, records of a label byte and
// 3 x 32 x 32 bytes (planar); class names in batches.meta.txt. CIFAR-100: train.bin and test.bin, records of
// a coarse and a fine label byte, then the pixels; class names in fine_label_names.txt.

#include <algorithm>
#include <fstream>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "data/array_source.hpp"
#include "data/kinds.hpp"
#include "data/labels.hpp"

namespace simclr {
namespace {

constexpr int side = 32;
constexpr size_t pixels = size_t{3} * side * side;

struct Release {
  const char* names;   // file of class names
  size_t label_bytes;  // the last of them is the label
  unsigned class_count;
};
constexpr Release cifar10{"batches.meta.txt", 1, 10}, cifar100{"fine_label_names.txt", 2, 100};

struct Batch {
  std::filesystem::path path;
  Split split = Split::none;
};

std::vector<Batch> batches_of(const std::filesystem::path& folder, const Release& release) {
  std::vector<Batch> batches;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().native();
    const bool train = release.class_count == 10 ? name.starts_with("data_batch_") && name.ends_with(".bin")
                                                 : name == "train.bin";
    const bool test = name == (release.class_count == 10 ? "test_batch.bin" : "test.bin");
    if (train || test) batches.push_back({at->path(), train ? Split::train : Split::test});
  }
  std::sort(batches.begin(), batches.end(),
            [](const auto& a, const auto& b) { return a.path.native() < b.path.native(); });
  return batches;
}

// train.bin and test.bin alone say little: the size must fit as well.
bool holds_cifar100(const std::filesystem::path& folder) {
  const auto batches = batches_of(folder, cifar100);
  return std::any_of(batches.begin(), batches.end(), [](const Batch& batch) {
    std::error_code error;
    const auto size = std::filesystem::file_size(batch.path, error);
    return !error && size > 0 && size % (cifar100.label_bytes + pixels) == 0;
  });
}

std::vector<std::string> class_names(const std::filesystem::path& file) {
  std::vector<std::string> names;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (const auto word = trim(line); !word.empty()) names.emplace_back(word);
  return names;
}

class CifarSource : public PartedSource {
 public:
  CifarSource(const std::filesystem::path& folder, const Release& release, Split wanted)
      : release_(release), record_bytes_(release.label_bytes + pixels) {
    for (const auto& batch : batches_of(folder, release))
      if (wanted == Split::none || wanted == batch.split || !has_split(folder, wanted)) add(batch);
    classes_ = class_names(folder / release.names);
    if (classes_.size() < release.class_count) {
      classes_.clear();
      for (unsigned k = 0; k < release.class_count; ++k) classes_.push_back(std::to_string(k));
    }
  }
  std::string kind() const override { return "cifar"; }

 private:
  bool has_split(const std::filesystem::path& folder, Split split) const {
    const auto batches = batches_of(folder, release_);
    return std::any_of(batches.begin(), batches.end(),
                       [&](const Batch& batch) { return batch.split == split; });
  }
  void add(const Batch& batch);
  Release release_;
  size_t record_bytes_;
};

void CifarSource::add(const Batch& batch) {
  Part part{batch.path.native(),
            read_array_file(batch.path),
            records_.size(),
            release_.label_bytes,
            record_bytes_,
            3,
            side,
            side};
  const std::string shown = printable(part.path), name = batch.path.filename().native();
  if (part.bytes.empty() || part.bytes.size() % record_bytes_ != 0)
    throw Error(Exit::data,
                shown + " is damaged: " + std::to_string(part.bytes.size()) +
                    " bytes are no whole number of records of " + std::to_string(record_bytes_) + ".",
                "Fetch the file again.");
  ++scan_.files;
  for (size_t i = 0; i < part.bytes.size() / record_bytes_; ++i) {
    const auto label = static_cast<unsigned char>(part.bytes[i * record_bytes_ + release_.label_bytes - 1]);
    if (label >= release_.class_count)
      throw Error(Exit::data,
                  shown + " is damaged: record " + std::to_string(i) + " has label " + std::to_string(label) +
                      ", where " + std::to_string(release_.class_count - 1) + " is the last.",
                  "Fetch the file again.");
    records_.push_back({names_.keep(name, "[" + std::to_string(i) + "]"), label, batch.split});
  }
  parts_.push_back(std::move(part));
}

}  // namespace

bool is_cifar(const std::filesystem::path& path) {
  return !batches_of(path, cifar10).empty() || holds_cifar100(path);
}

std::unique_ptr<Source> open_cifar(const std::filesystem::path& path, Split wanted) {
  return std::make_unique<CifarSource>(path, batches_of(path, cifar10).empty() ? cifar100 : cifar10, wanted);
}

}  // namespace simclr

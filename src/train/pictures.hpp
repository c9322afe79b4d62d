#pragma once
// The pictures of a run: some records of a source, decoded when asked for, and kept in memory or read
// from a packed file where there is one (train/cache). A file that fails to decode is counted, listed, and
// replaced by the next one that works, so that what a step sees depends on the files alone.

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "data/packed_pictures.hpp"
#include "data/source.hpp"
#include "data/statistics.hpp"

namespace simclr {

struct PictureRef {
  uint64_t index = 0;  // of the picture really given
  std::shared_ptr<const Image> image;
};

// How a run's pictures are decoded, and what each must be.
struct PictureForm {
  int bands = 3;
  DecodeOptions decode = {};  // its `bands` follow from the above
  // Of rasters: in numbers of another type or scale, the same values mean something else.
  std::optional<Sample> sample = {};
  std::optional<FileNumbers> numbers = {};
};

class BadList;

class Pictures {
 public:
  // `chosen`: positions in the source. `keep`: hold them in memory.
  Pictures(std::shared_ptr<const Source> source, std::vector<uint32_t> chosen, PictureForm form, bool keep);
  Pictures subset(const std::vector<uint32_t>& positions) const;  // of these, by position here; nothing kept
  size_t size() const { return chosen_.size(); }
  const Record& record(uint64_t i) const { return source_->record(chosen_[i]); }
  std::string path(uint64_t i) const { return source_->path(chosen_[i]); }
  const Source& source() const { return *source_; }
  std::span<const uint32_t> chosen() const { return chosen_; }
  const DecodeOptions& options() const { return form_.decode; }
  int bands() const { return form_.bands; }

  void keep_in_memory();  // from now on; before any other thread reads
  // From now on from this file, decoded from the source only where a picture is not in it.
  void read_from(std::shared_ptr<const PackedPictures> packed) { packed_ = std::move(packed); }
  void will_need(uint64_t i) const {  // soon: starts reading it, where that helps
    if (packed_) packed_->will_need(i);
  }

  // Any thread. Throws Error(Exit::data) once more than 1 % of the pictures have failed, or none is left.
  PictureRef get(uint64_t i) const;
  std::shared_ptr<const Image> find(uint64_t i) const { return decoded(i); }  // null for a bad file
  std::vector<BadFile> bad() const;                                           // so far, by path
  // From now on each is added to this file as it is found, by `subset`s as well; or to that of other
  // pictures.
  void list_bad_in(const std::filesystem::path& csv);
  void list_bad_with(const Pictures& others);

 private:
  Pictures(std::shared_ptr<const Source> source, std::vector<uint32_t> chosen, PictureForm form, bool keep,
           std::shared_ptr<BadList> list);
  void list_known_bad();
  std::shared_ptr<const Image> decoded(uint64_t i) const;
  void report_bad(uint64_t i, const std::string& error) const;
  std::shared_ptr<const Source> source_;
  std::vector<uint32_t> chosen_;
  PictureForm form_;
  bool keep_;
  std::shared_ptr<const PackedPictures> packed_;
  mutable std::vector<std::atomic<std::shared_ptr<const Image>>> kept_;
  mutable std::mutex guard_;
  mutable std::vector<std::pair<uint64_t, std::string>> bad_;
  std::shared_ptr<BadList> bad_list_;
};

size_t available_memory();  // bytes, of this machine or its control group

}  // namespace simclr

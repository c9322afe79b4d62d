#pragma once
// What the sources of one picture a file share: a record's id is its path, relative to the source's root or
// absolute.

#include <string>
#include <vector>

#include "data/picture_file.hpp"
#include "data/source.hpp"

namespace simclr {

class FileSource : public Source {
 public:
  explicit FileSource(std::string root) : root_(std::move(root)) {}
  std::string path(size_t i) const override { return join(root_, records_[i].id); }
  Decoded read(size_t i, const DecodeOptions& options) const override {
    return decode_file(path(i), options);
  }

 protected:
  std::string root_;
};

// For sources that name their files: sniffs them all, counts, and keeps those that are pictures or should
// be. Returns the positions kept; throws Error(Exit::data) naming `table` when not one is a picture.
std::vector<size_t> keep_listed(const std::string& root, std::span<const std::string_view> names,
                                const std::string& table, Scan& scan);

}  // namespace simclr

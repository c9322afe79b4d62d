#pragma once
// What the sources of one picture a file share. A record's id is its file's name in the tree, unless
// file_name() says otherwise.

#include <memory>
#include <string>
#include <vector>

#include "data/file_tree.hpp"
#include "data/source.hpp"

namespace simclr {

class FileSource : public Source {
 public:
  explicit FileSource(std::unique_ptr<const FileTree> tree) : tree_(std::move(tree)) {}
  std::string path(size_t i) const override { return tree_->path(file_name(i)); }
  std::string file(size_t i) const override { return tree_->file(file_name(i)); }
  Decoded read(size_t i, const DecodeOptions& options) const override;

 protected:
  virtual std::string_view file_name(size_t i) const { return records_[i].id; }
  std::vector<std::string> band_names_;  // of rasters that don't name theirs, where their number fits
  const std::string& root() const { return tree_->root(); }
  std::unique_ptr<const FileTree> tree_;
};

// For sources that name their files: sniffs them all, counts, and keeps those that are pictures or should
// be. Returns the positions kept; throws Error(Exit::data) naming `table`, with `hint`, when not one is a
// picture.
std::vector<size_t> keep_listed(const FileTree& tree, std::span<const std::string_view> names,
                                const std::string& table, const std::string& hint, Scan& scan);

// The hint for tables of paths in a folder.
std::string where_paths_lead(const std::string& root);

}  // namespace simclr

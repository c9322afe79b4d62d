#pragma once
// Files by name under one root: those of a folder, or those in a ZIP archive (zip_tree). Sources that find
// their pictures by walking, or by a table beside them, read either through this.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/picture_file.hpp"
#include "data/walk.hpp"

namespace simclr {

class FileTree {
 public:
  explicit FileTree(std::string root) : root_(std::move(root)) {}
  virtual ~FileTree() = default;
  const std::string& root() const { return root_; }                            // the folder, or the archive
  std::string path(std::string_view name) const { return join(root_, name); }  // what to show people

  virtual std::string kind() const = 0;                       // "folder", "zip"
  virtual std::string file(std::string_view name) const = 0;  // on the disk: it holds this one
  virtual bool has(std::string_view name) const = 0;
  virtual Walk list() const = 0;  // the texts of its names are valid as long as both, Walk and tree
  virtual std::string text(std::string_view name) const = 0;   // all of it; Error(Exit::data)
  virtual std::string start(std::string_view name) const = 0;  // see start_of_file
  // As sniff_files and decode_file do; any thread.
  virtual std::vector<FileKind> sniff(std::span<const std::string_view> names, bool listed,
                                      Scan& scan) const = 0;
  virtual Decoded decode(std::string_view name, const DecodeOptions& options) const = 0;

 private:
  std::string root_;
};

class FolderTree : public FileTree {
 public:
  using FileTree::FileTree;  // "" is the current folder
  std::string kind() const override { return "folder"; }
  std::string file(std::string_view name) const override { return path(name); }
  bool has(std::string_view name) const override;
  Walk list() const override { return walk(root()); }
  std::string text(std::string_view name) const override;
  std::string start(std::string_view name) const override { return start_of_file(path(name)); }
  std::vector<FileKind> sniff(std::span<const std::string_view> names, bool listed,
                              Scan& scan) const override {
    return sniff_files(root(), names, listed, scan);
  }
  Decoded decode(std::string_view name, const DecodeOptions& options) const override {
    return decode_file(path(name), options);
  }
};

// A picture as a table beside it names it: with the slashes of Windows where only so it is there.
std::string name_beside(const FileTree& tree, std::string_view table, std::string_view picture);

}  // namespace simclr

#pragma once
// The files in a ZIP archive. Left out, as a walk through a folder does: what begins with a dot, and the
// folder __MACOSX that macOS adds. A picture of more than 512 MiB, or a table of more than 2 GiB, is refused
// by the size it says it has.

#include "data/file_tree.hpp"
#include "data/zip_archive.hpp"

namespace simclr {

class ZipTree : public FileTree {
 public:
  explicit ZipTree(const std::filesystem::path& path);  // Error(Exit::data) when it is no ZIP
  std::string kind() const override { return "zip"; }
  std::string file(std::string_view) const override { return root(); }
  bool has(std::string_view name) const override { return archive_.find(name) != nullptr; }
  Walk list() const override;
  std::string text(std::string_view name) const override;
  std::string start(std::string_view name) const override;
  std::vector<FileKind> sniff(std::span<const std::string_view> names, bool listed,
                              Scan& scan) const override;
  Decoded decode(std::string_view name, const DecodeOptions& options) const override;

 private:
  Sniffed look(std::string_view name) const;
  ZipArchive archive_;
};

}  // namespace simclr

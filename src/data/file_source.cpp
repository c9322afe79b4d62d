#include "data/file_source.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "image/raster.hpp"

namespace simclr {

// What names tell of a raster: the processing baseline of Sentinel-2, and the data set that it is from.
Decoded FileSource::read(size_t i, const DecodeOptions& options) const {
  const std::string_view name = file_name(i);
  const auto offset =
      !options.offset && name.find("_MSIL") != std::string_view::npos ? sentinel2_offset(name) : std::nullopt;
  if (!offset && (band_names_.empty() || !options.names.empty())) return tree_->decode(name, options);
  DecodeOptions known = options;
  known.product_offset = offset;
  if (known.names.empty()) known.names = band_names_;
  return tree_->decode(name, known);
}

std::vector<size_t> keep_listed(const FileTree& tree, std::span<const std::string_view> names,
                                const std::string& table, const std::string& hint, Scan& scan) {
  const auto kinds = tree.sniff(names, true, scan);
  std::vector<size_t> kept;
  for (size_t i = 0; i < names.size(); ++i)
    if (kinds[i] == FileKind::picture || kinds[i] == FileKind::broken) kept.push_back(i);
  if (names.empty()) throw Error(Exit::data, printable(table) + " names no file.");
  if (std::find(kinds.begin(), kinds.end(), FileKind::picture) == kinds.end())
    throw Error(Exit::data,
                "no image among the files named by " + printable(table) + ": " + describe(scan) +
                    "; the first is '" + printable(names[0]) + "'.",
                hint);
  if (scan.unreadable > 0)
    log_warning(std::to_string(scan.unreadable) + " of " + std::to_string(names.size()) + " files named by " +
                printable(table) + " are missing or no pictures.");
  return kept;
}

std::string where_paths_lead(const std::string& root) {
  return "Paths are relative to the folder of the table (" + (root.empty() ? "." : printable(root)) +
         ") or absolute. Where the pictures lie elsewhere, put the table at the top of their folder and give "
         "that folder: there a file name is enough.";
}

}  // namespace simclr

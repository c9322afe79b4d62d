#include "data/zip_tree.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/threads.hpp"

namespace simclr {
namespace {

constexpr uint64_t largest_picture = uint64_t{512} << 20, largest_table = uint64_t{2} << 30;
constexpr uint64_t looked_at_first = uint64_t{1} << 20;  // what is larger is unpacked only if it is a picture

bool hidden(std::string_view name) {
  return name.starts_with('.') || name.find("/.") != std::string_view::npos ||
         name.starts_with("__MACOSX/") || name.find("/__MACOSX/") != std::string_view::npos;
}

}  // namespace

ZipTree::ZipTree(const std::filesystem::path& path) : FileTree(path.native()), archive_(path) {
  if (archive_.outside() > 0)
    log_warning(std::to_string(archive_.outside()) + (archive_.outside() == 1 ? " entry" : " entries") +
                " of " + printable(root()) + " left out: names that lead outside it, such as " +
                printable(archive_.first_outside()) + ".");
}

Walk ZipTree::list() const {
  Walk found;
  for (const auto& entry : archive_.entries())
    if (!hidden(entry.name)) found.files.push_back(entry.name);
  return found;
}

std::string ZipTree::text(std::string_view name) const {
  const auto* const entry = archive_.find(name);
  const auto bytes = entry != nullptr ? archive_.read(*entry, largest_table) : ZipArchive::Bytes();
  if (entry == nullptr || !bytes.error.empty())
    throw Error(Exit::data, "cannot read " + printable(path(name)) + ": " +
                                (entry == nullptr ? "no such entry in the archive" : bytes.error) + ".");
  return std::string(reinterpret_cast<const char*>(bytes.data.get()), bytes.size);
}

std::string ZipTree::start(std::string_view name) const {
  const auto* const entry = archive_.find(name);
  if (entry == nullptr) return "";
  const auto bytes = archive_.start(*entry, size_t{1} << 16);
  return bytes.error.empty() ? std::string(reinterpret_cast<const char*>(bytes.data.get()), bytes.size) : "";
}

Sniffed ZipTree::look(std::string_view name) const {
  const auto* const entry = archive_.find(name);
  const auto bytes = entry != nullptr ? archive_.start(*entry, sniffed_bytes) : ZipArchive::Bytes();
  return sniff_bytes(bytes.error.empty() ? bytes.span() : std::span<const std::byte>(), name);
}

std::vector<FileKind> ZipTree::sniff(std::span<const std::string_view> names, bool listed, Scan& scan) const {
  return sniff_each(
      names.size(), std::max(8U, cores()), [&](size_t i) { return look(names[i]); }, listed, scan);
}

Decoded ZipTree::decode(std::string_view name, const DecodeOptions& options) const {
  const auto* const entry = archive_.find(name);
  if (entry == nullptr) return failed("no such entry in the archive");
  if (entry->size == 0) return failed("empty file");
  try {
    if (entry->size > looked_at_first) {
      const auto first = archive_.start(*entry, sniffed_bytes);
      if (first.error.empty() && simclr::sniff(first.span()) == Format::none)
        return simclr::decode(first.span(), options);
    }
    const auto bytes = archive_.read(*entry, largest_picture);
    if (!bytes.error.empty()) return failed(bytes.error);
    return simclr::decode(bytes.span(), options);
  } catch (const std::exception& error) {  // such as memory that a huge picture asks for
    return failed(error.what());
  }
}

}  // namespace simclr

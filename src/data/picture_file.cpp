#include "data/picture_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>

#include "base/threads.hpp"

namespace simclr {
namespace {

constexpr off_t largest_file = off_t{1} << 31;

class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status {};
    if (fd_ < 0 || ::fstat(fd_, &status) != 0)
      error_ = std::strerror(errno);
    else if (!S_ISREG(status.st_mode))
      error_ = "not a file";
    else
      size_ = status.st_size;
  }
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  const std::string& error() const { return error_; }
  off_t size() const { return size_; }

  // Fills as much of `bytes` as the file has; the count, or an error().
  size_t read(std::span<std::byte> bytes) {
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = ::read(fd_, bytes.data() + done, bytes.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) error_ = std::strerror(errno);
      if (got <= 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

 private:
  int fd_;
  off_t size_ = 0;
  std::string error_;
};

bool image_extension(std::string_view extension) {
  static constexpr std::string_view known[] = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"};
  return std::find(std::begin(known), std::end(known), extension) != std::end(known);
}

// Formats by their extension, for those without a magic at the start, and for damaged files of the others.
bool unsupported_extension(std::string_view extension) {
  static constexpr std::string_view known[] = {
      ".tga", ".gif", ".bmp", ".dib", ".ico", ".cur", ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jpx",
      ".jxl", ".psd", ".pcx", ".pbm", ".pgm", ".ppm", ".pnm",  ".pfm",  ".exr",  ".hdr", ".svg", ".dds"};
  return std::find(std::begin(known), std::end(known), extension) != std::end(known);
}

// Raw files of cameras are TIFF by their magic; what a TIFF reader finds in them is a thumbnail.
bool raw_extension(std::string_view extension) {
  static constexpr std::string_view known[] = {".nef", ".nrw", ".cr2", ".dng", ".arw", ".sr2", ".pef",
                                               ".srw", ".orf", ".rw2", ".raf", ".3fr", ".iiq", ".erf",
                                               ".kdc", ".dcr", ".mos", ".cr3", ".x3f"};
  return std::find(std::begin(known), std::end(known), extension) != std::end(known);
}

Sniffed by_extension(std::string_view path) {
  const std::string extension = extension_of(path);
  if (image_extension(extension)) return {FileKind::broken, ""};
  if (raw_extension(extension)) return {FileKind::unsupported, "camera raw"};
  if (unsupported_extension(extension)) return {FileKind::unsupported, extension.substr(1)};
  return {};
}

}  // namespace

Decoded failed(std::string error) {
  Decoded result;
  result.error = std::move(error);
  return result;
}

std::string extension_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return "";
  std::string extension(path.substr(dot));
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

std::string join(const std::string& root, std::string_view name) {
  if (root.empty() || name.starts_with('/')) return std::string(name);
  std::string path;
  path.reserve(root.size() + 1 + name.size());
  path += root;
  if (path.back() != '/') path += '/';
  return path += name;
}

std::string start_of_file(const std::filesystem::path& path) {
  OpenFile file(path.native());
  if (!file.error().empty()) return "";
  std::string start(size_t{1} << 16, '\0');
  start.resize(file.read(std::as_writable_bytes(std::span(start))));
  return start;
}

Sniffed sniff_file(const std::string& path) {
  std::array<std::byte, sniffed_bytes> start;
  OpenFile file(path);
  if (!file.error().empty()) return by_extension(path);
  return sniff_bytes({start.data(), file.read(start)}, path);
}

Sniffed sniff_bytes(std::span<const std::byte> first, std::string_view path) {
  switch (sniff(first)) {
    case Format::none:
      return by_extension(path);
    case Format::unsupported:
      return {FileKind::unsupported, unsupported_name(first)};
    case Format::tiff:
      if (raw_extension(extension_of(path))) return {FileKind::unsupported, "camera raw"};
      [[fallthrough]];
    default:
      return {FileKind::picture, ""};
  }
}

std::vector<FileKind> sniff_files(const std::string& root, std::span<const std::string_view> names,
                                  bool listed, Scan& scan) {
  constexpr unsigned readers =
      64;  // the first look at a file is a wait for the disk: many at once keep it busy
  return sniff_each(
      names.size(), std::max(readers, cores()), [&](size_t i) { return sniff_file(join(root, names[i])); },
      listed, scan);
}

std::vector<FileKind> sniff_each(size_t count, unsigned threads, const std::function<Sniffed(size_t)>& look,
                                 bool listed, Scan& scan) {
  constexpr size_t block = 64;  // files a task, so that handing them out costs nothing
  std::vector<FileKind> kinds(count);
  std::mutex guard;
  parallel_for((count + block - 1) / block, threads, [&](size_t b) {
    for (size_t i = b * block; i < std::min(count, (b + 1) * block); ++i) {
      Sniffed found = look(i);
      if (listed && found.kind == FileKind::other) found.kind = FileKind::broken;
      kinds[i] = found.kind;
      if (found.kind != FileKind::unsupported) continue;
      const std::lock_guard lock(guard);
      ++scan.unsupported[found.format];
    }
  });
  scan.files += count;
  for (const FileKind kind : kinds) {
    scan.ignored += kind == FileKind::other;
    scan.unreadable += kind == FileKind::broken;
  }
  return kinds;
}

Decoded decode_file(const std::string& path, const DecodeOptions& options) {
  OpenFile file(path);
  if (!file.error().empty()) return failed("cannot be read: " + file.error());
  if (file.size() == 0) return failed("empty file");
  if (file.size() > largest_file) return failed("larger than 2 GiB");
  try {
    const auto size = static_cast<size_t>(file.size());
    const auto bytes = std::make_unique_for_overwrite<std::byte[]>(size);
    size_t got = file.read({bytes.get(), std::min(size, sniffed_bytes)});
    // A large file that is no picture is not read to its end.
    if (sniff({bytes.get(), got}) != Format::none) got += file.read({bytes.get() + got, size - got});
    if (!file.error().empty()) return failed("cannot be read: " + file.error());
    return decode({bytes.get(), got}, options);
  } catch (const std::exception& error) {  // such as memory that a huge picture asks for
    return failed(error.what());
  }
}

std::string describe(const Scan& scan) {
  if (scan.files == 0) return "it is empty";
  std::string text = std::to_string(scan.files) + (scan.files == 1 ? " file: " : " files: ");
  for (const auto& [format, count] : scan.unsupported)
    text += std::to_string(count) + " " + format + " (unsupported), ";
  if (scan.unreadable > 0) text += std::to_string(scan.unreadable) + " missing or damaged, ";
  if (scan.ignored > 0) text += std::to_string(scan.ignored) + (scan.ignored == 1 ? " other, " : " others, ");
  text.resize(text.size() - 2);
  return text;
}

}  // namespace simclr

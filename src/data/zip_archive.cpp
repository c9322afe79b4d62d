#include "data/zip_archive.hpp"

#include <sys/stat.h>
#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/error.hpp"

namespace simclr {
namespace {

constexpr uint64_t most_deflated = 1032;  // no byte of deflate can stand for more
constexpr size_t enough_packed = 1024;    // of the start of an entry: its code tables are shorter

std::string text_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

std::string stamp_of(const struct stat& status) {
  std::string stamp;
  for (const auto part : {static_cast<int64_t>(status.st_dev), static_cast<int64_t>(status.st_ino),
                          static_cast<int64_t>(status.st_size), static_cast<int64_t>(status.st_mtim.tv_sec),
                          static_cast<int64_t>(status.st_mtim.tv_nsec)})
    stamp += std::to_string(part) + " ";
  return stamp;
}

// The name as it is used here: slashes, no "./". Nothing for one that leads outside the archive.
std::optional<std::string> inner_name(std::string name) {
  std::replace(name.begin(), name.end(), '\\', '/');  // some programs write those, against the specification
  if (name.starts_with('/') || (name.size() > 1 && name[1] == ':')) return std::nullopt;
  name = std::filesystem::path(name).lexically_normal().native();
  if (name == ".." || name.starts_with("../")) return std::nullopt;
  return name;
}

ZipArchive::Bytes failed_bytes(std::string error) {
  ZipArchive::Bytes bytes;
  bytes.error = std::move(error);
  return bytes;
}

// Fills `out` from deflated bytes. With `whole` they must end just there. "" when it worked.
std::string inflate_into(std::span<const std::byte> packed, ZipArchive::Bytes& out, bool whole) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return "no memory to unpack it";
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data.get());
  stream.avail_out = static_cast<uInt>(out.size);
  const int result = inflate(&stream, whole ? Z_FINISH : Z_SYNC_FLUSH);
  const size_t got = stream.total_out;
  inflateEnd(&stream);
  if (result == Z_DATA_ERROR || result == Z_NEED_DICT || result == Z_MEM_ERROR)
    return "damaged: it can't be unpacked";
  if (whole && got == out.size && result != Z_STREAM_END) return "damaged: it holds more than it says";
  if (whole && (got != out.size || result != Z_STREAM_END)) return "damaged: it ends too early";
  out.size = got;
  return "";
}

}  // namespace

// One of the handles, for this thread alone; waits for one when all are taken.
class ZipArchive::Lease {
 public:
  explicit Lease(const ZipArchive& archive) : archive_(archive) {
    std::unique_lock lock(archive.guard_);
    archive.returned_.wait(
        lock, [&] { return !archive.idle_.empty() || archive.handles_ < archive.most_handles_; });
    if (!archive.idle_.empty()) {
      handle_ = archive.idle_.back();
      archive.idle_.pop_back();
      return;
    }
    ++archive.handles_;
    lock.unlock();
    handle_ = archive.open_handle(error_);
  }
  ~Lease() {
    {
      const std::lock_guard lock(archive_.guard_);
      if (handle_ != nullptr)
        archive_.idle_.push_back(handle_);
      else
        --archive_.handles_;
    }
    archive_.returned_.notify_one();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  zip* handle() const { return handle_; }
  const std::string& error() const { return error_; }

 private:
  const ZipArchive& archive_;
  zip* handle_ = nullptr;
  std::string error_;
};

ZipArchive::ZipArchive(const std::filesystem::path& path) : path_(path) {
  std::string error;
  zip* const handle = open_handle(error);
  if (handle == nullptr)
    throw Error(Exit::data, "cannot read " + printable(path.native()) + " as a ZIP archive: " + error + ".",
                "It may have been cut short on its way: fetch it again.");
  handles_ = 1;
  idle_.push_back(handle);
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0) stamp_ = stamp_of(status);
  file_size_ = static_cast<uint64_t>(status.st_size);
  list(handle);
  most_handles_ = std::clamp<size_t>(1'000'000 / std::max<size_t>(1, entries_.size()), 1, 16);
}

ZipArchive::~ZipArchive() {
  for (zip* handle : idle_) zip_discard(handle);
}

// A file that was put in the place of the one first opened would give other pictures: its handle is refused.
zip* ZipArchive::open_handle(std::string& error) const {
  static std::mutex opening;  // libzip before 1.9 keeps state of its own while it opens
  const std::lock_guard lock(opening);
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0)
    error = std::strerror(errno);
  else if (!S_ISREG(status.st_mode))
    error = "not a file";
  else if (!stamp_.empty() && stamp_of(status) != stamp_)
    error = "the archive has changed since it was opened";
  if (!error.empty()) return nullptr;
  int code = 0;
  zip* const handle = zip_open(path_.c_str(), ZIP_RDONLY, &code);
  if (handle == nullptr) {
    error = text_of(code);
    return nullptr;
  }
  return handle;
}

void ZipArchive::list(zip* handle) {
  const auto count = static_cast<uint64_t>(std::max<zip_int64_t>(0, zip_get_num_entries(handle, 0)));
  entries_.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    zip_stat_t found;
    if (zip_stat_index(handle, i, 0, &found) != 0 || (found.valid & ZIP_STAT_NAME) == 0) continue;
    const std::string_view written(found.name);
    if (written.empty() || written.ends_with('/') || written.ends_with('\\')) continue;  // a folder
    const auto name = inner_name(std::string(written));
    if (!name) {
      if (outside_++ == 0) first_outside_ = written;
      continue;
    }
    entries_.push_back({names_.keep(*name), i, found.size, found.comp_size, found.crc, found.comp_method,
                        found.encryption_method != ZIP_EM_NONE});
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.name != b.name ? a.name < b.name : a.index > b.index;
  });
  entries_.erase(std::unique(entries_.begin(), entries_.end(),
                             [](const Entry& a, const Entry& b) { return a.name == b.name; }),
                 entries_.end());
}

const ZipArchive::Entry* ZipArchive::find(std::string_view name) const {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), name,
                       [](const Entry& entry, std::string_view key) { return entry.name < key; });
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

std::string ZipArchive::why_unreadable(const Entry& entry) const {
  if (entry.encrypted) return "encrypted";
  if (entry.method != ZIP_CM_STORE && entry.method != ZIP_CM_DEFLATE)
    return "packed by method " + std::to_string(entry.method) + ", where stored and deflated ones are read";
  if (entry.packed > file_size_) return "damaged: it says it is larger than the archive";
  if (entry.method == ZIP_CM_STORE ? entry.size != entry.packed : entry.size / most_deflated > entry.packed)
    return "damaged: " + std::to_string(entry.packed) + " bytes can't hold the " +
           std::to_string(entry.size) + " that it promises";
  return "";
}

// As they are in the archive, at most `count`.
ZipArchive::Bytes ZipArchive::packed_bytes(const Entry& entry, uint64_t count) const {
  const Lease lease(*this);
  if (lease.handle() == nullptr) return failed_bytes("cannot be read: " + lease.error());
  zip_file_t* const file = zip_fopen_index(lease.handle(), entry.index, ZIP_FL_COMPRESSED);
  if (file == nullptr) {
    Bytes bytes = failed_bytes(std::string("cannot be read: ") + zip_strerror(lease.handle()));
    zip_error_clear(lease.handle());
    return bytes;
  }
  Bytes bytes;
  bytes.size = static_cast<size_t>(std::min(count, entry.packed));
  bytes.data = std::make_unique_for_overwrite<std::byte[]>(bytes.size);
  size_t got = 0;
  while (got < bytes.size) {
    const zip_int64_t more = zip_fread(file, bytes.data.get() + got, bytes.size - got);
    if (more < 0) bytes.error = std::string("cannot be read: ") + zip_file_strerror(file);
    if (more <= 0) break;
    got += static_cast<size_t>(more);
  }
  if (bytes.error.empty() && got < bytes.size) bytes.error = "damaged: the archive ends before it does";
  zip_fclose(file);
  return bytes.error.empty() ? std::move(bytes) : failed_bytes(std::move(bytes.error));
}

ZipArchive::Bytes ZipArchive::read(const Entry& entry, uint64_t most) const {
  if (entry.size > most) return failed_bytes("larger than " + std::to_string(most >> 20) + " MiB");
  if (auto why = why_unreadable(entry); !why.empty()) return failed_bytes(std::move(why));
  Bytes packed = packed_bytes(entry, entry.packed);
  if (!packed.error.empty() || entry.size == 0) return packed.error.empty() ? Bytes() : std::move(packed);
  Bytes bytes;
  if (entry.method == ZIP_CM_STORE) {
    bytes = std::move(packed);
  } else {
    bytes.size = static_cast<size_t>(entry.size);
    bytes.data = std::make_unique_for_overwrite<std::byte[]>(bytes.size);
    if (auto why = inflate_into(packed.span(), bytes, true); !why.empty())
      return failed_bytes(std::move(why));
  }
  if (crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data.get()), bytes.size) != entry.crc)
    return failed_bytes("damaged: its checksum is another");
  return bytes;
}

ZipArchive::Bytes ZipArchive::start(const Entry& entry, size_t count) const {
  if (auto why = why_unreadable(entry); !why.empty()) return failed_bytes(std::move(why));
  const bool stored = entry.method == ZIP_CM_STORE;
  Bytes packed = packed_bytes(entry, stored ? count : std::max(count, enough_packed));
  if (stored || !packed.error.empty()) return packed;
  Bytes bytes;
  bytes.size = static_cast<size_t>(std::min<uint64_t>(count, entry.size));
  bytes.data = std::make_unique_for_overwrite<std::byte[]>(bytes.size);
  if (auto why = inflate_into(packed.span(), bytes, false); !why.empty()) return failed_bytes(std::move(why));
  return bytes;
}

}  // namespace simclr

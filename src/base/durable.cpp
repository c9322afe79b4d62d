#include "base/durable.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "base/error.hpp"

namespace simclr {
namespace {

using EvpContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

EvpContext start_sha256() {
  EvpContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1)
    throw Error(Exit::failed, "SHA-256 is not available in libcrypto.");
  return context;
}

std::string finish(const EvpContext& context) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_DigestFinal_ex(context.get(), digest, &length);
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0)
      throw Error(Exit::data, "cannot read " + printable(path.native()) + ": " + std::strerror(errno) + ".");
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  // Calls take(span) for each block until the end of the file.
  template <class Take>
  void blocks(const std::filesystem::path& path, Take take) const {
    std::vector<char> block(size_t{1} << 18);
    for (;;) {
      const ssize_t got = ::read(fd_, block.data(), block.size());
      if (got == 0) return;
      if (got < 0 && errno != EINTR)
        throw Error(Exit::data,
                    "cannot read " + printable(path.native()) + ": " + std::strerror(errno) + ".");
      if (got > 0) take(std::string_view(block.data(), static_cast<size_t>(got)));
    }
  }

 private:
  int fd_;
};

}  // namespace

Error disk_error(std::string_view action, const std::filesystem::path& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Error(Exit::disk,
               "cannot " + std::string(action) + " " + printable(path.native()) +
                   (error == 0 ? "." : std::string(": ") + std::strerror(error) + "."),
               full
                   ? "Free some space or choose another folder, then start again; a pretraining goes on with "
                     "--resume."
                   : "Check that the folder exists and may be written.");
}

DurableFile::DurableFile(std::filesystem::path path) : path_(std::move(path)) {
  temporary_ = path_;
  temporary_.concat(".").concat(std::to_string(::getpid())).concat(".tmp");
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) fail("create");
}

DurableFile::~DurableFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void DurableFile::fail(const char* action) const {
  throw disk_error(action, path_, errno);
}

void DurableFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("write");
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
}

void DurableFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text.data(), text.size())));
}

void DurableFile::rewrite_start(std::string_view text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t put = ::pwrite(fd_, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("write");
    done += static_cast<size_t>(put);
  }
}

void DurableFile::commit() {
  if (::fsync(fd_) != 0) fail("write");
  const int closed = ::close(fd_);
  fd_ = -1;
  if (closed != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    errno = error;
    fail("write");
  }
  sync_folder(path_.parent_path());
}

void write_durably(const std::filesystem::path& path, std::string_view text) {
  DurableFile file(path);
  file.write(text);
  file.commit();
}

void sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // not every file system lets a folder be opened
  ::fsync(fd);
  ::close(fd);
}

std::string read_file(const std::filesystem::path& path) {
  std::string all;
  Descriptor(path).blocks(path, [&](std::string_view block) { all += block; });
  return all;
}

std::string sha256(std::string_view bytes) {
  const auto context = start_sha256();
  EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
  return finish(context);
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const auto context = start_sha256();
  Descriptor(path).blocks(
      path, [&](std::string_view block) { EVP_DigestUpdate(context.get(), block.data(), block.size()); });
  return finish(context);
}

}  // namespace simclr

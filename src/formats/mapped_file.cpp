#include "formats/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace simclr {

MappedFile::MappedFile(const std::filesystem::path& path, Exit code) {
  // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const auto fail = [&](const std::string& why) {
    if (fd >= 0) ::close(fd);
    throw Error(code, "cannot read " + printable(path.native()) + ": " + why + ".");
  };
  struct stat about {};
  if (fd < 0 || ::fstat(fd, &about) != 0) fail(std::strerror(errno));
  if (!S_ISREG(about.st_mode)) fail("not a regular file");
  const auto size = static_cast<size_t>(about.st_size);
  if (size > 0) {
    void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) fail(std::strerror(errno));
    bytes_ = {static_cast<const std::byte*>(map), size};
  }
  ::close(fd);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace simclr

#pragma once
// All files under a folder.

#include <string>
#include <vector>

namespace simclr {

struct Walk {
  std::vector<std::string> files;  // relative paths, bytewise sorted
  size_t closed = 0;               // sub-folders that could not be read
  std::string first_closed;
};

// Recursive; what begins with a dot is skipped, and so are FIFOs, sockets and devices. Symbolic links are
// followed, but never into a folder that holds them. Throws Error(Exit::data) when `root` can't be read.
Walk walk(const std::string& root);

}  // namespace simclr

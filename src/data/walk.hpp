#pragma once
// All files under a folder.

#include <string>
#include <string_view>
#include <vector>

#include "data/names.hpp"

namespace simclr {

struct Walk {
  std::vector<std::string_view> files;  // relative paths, bytewise sorted
  Names names;                          // their text
  size_t closed = 0;                    // sub-folders that could not be read
  std::string first_closed;
  size_t again = 0;  // links to folders that are there already: not entered
  size_t runs = 0;   // folders of earlier runs, with pictures of their own: left out
};

// Recursive; what begins with a dot is skipped, and so are FIFOs, sockets and devices. Symbolic links are
// followed, but no folder is entered twice: one that is reached by its own name goes by that, else by the
// first link in order. Throws Error(Exit::data) when `root` can't be read.
Walk walk(const std::string& root);

}  // namespace simclr

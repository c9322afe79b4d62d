#include "data/walk.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "base/error.hpp"
#include "data/picture_file.hpp"

namespace simclr {
namespace {

using Identity = std::pair<dev_t, ino_t>;
using Folder = std::unique_ptr<DIR, int (*)(DIR*)>;

class Walker {
 public:
  explicit Walker(const std::string& root) : root_(root) {}
  Walk run() {
    visit("");
    // Links after all else: a folder goes by its own name where it has one here.
    while (!linked_.empty()) {
      std::sort(linked_.rbegin(), linked_.rend());
      const std::string next = std::move(linked_.back());
      linked_.pop_back();
      visit(next);
    }
    std::sort(walk_.files.begin(), walk_.files.end());
    return std::move(walk_);
  }

 private:
  void visit(const std::string& name);
  void closed(const std::string& name, int error);
  const std::string& root_;
  Walk walk_;
  std::vector<std::string> linked_;  // folders still to be visited, found as links
  std::set<Identity> seen_;          // folders; one that links lead to again is not entered twice
};

void Walker::closed(const std::string& name, int error) {
  if (name.empty())
    throw Error(Exit::data, "cannot read the folder " + printable(root_) + ": " + std::strerror(error) + ".");
  if (walk_.closed++ == 0) walk_.first_closed = name;
}

template <class Texts>
bool holds(const Texts& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void Walker::visit(const std::string& name) {
  const std::string path = name.empty() ? root_ : join(root_, name);
  Folder folder(::opendir(path.c_str()), ::closedir);
  struct stat status {};
  if (!folder || ::fstat(::dirfd(folder.get()), &status) != 0) return closed(name, errno);
  if (!seen_.emplace(status.st_dev, status.st_ino).second) {
    ++walk_.again;
    return;
  }

  std::vector<std::string> folders, links;
  const size_t before = walk_.files.size();
  const std::string prefix = name.empty() ? "" : name + "/";
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_name[0] == '.') continue;
    unsigned char type = entry->d_type;
    if (type == DT_LNK || type == DT_UNKNOWN) {
      // A link to nowhere stays a file, so that a picture that went missing is noticed.
      if (::fstatat(::dirfd(folder.get()), entry->d_name, &status, 0) != 0)
        type = type == DT_LNK && errno != ELOOP ? DT_REG : DT_FIFO;
      else
        type = S_ISDIR(status.st_mode) ? DT_DIR : S_ISREG(status.st_mode) ? DT_REG : DT_FIFO;
    }
    const bool link = entry->d_type == DT_LNK;
    if (type == DT_DIR) (link ? links : folders).push_back(prefix + entry->d_name);
    if (type == DT_REG) walk_.files.push_back(walk_.names.keep(prefix, entry->d_name));
  }
  if (!name.empty() && holds(folders, prefix + "checkpoints") &&
      holds(std::span(walk_.files).subspan(before), prefix + "settings.toml")) {
    walk_.files.resize(before);
    ++walk_.runs;
    return;
  }
  std::move(links.begin(), links.end(), std::back_inserter(linked_));
  folder.reset();  // a deep tree must not hold a descriptor a level
  for (const auto& inner : folders) visit(inner);
}

}  // namespace

Walk walk(const std::string& root) {
  return Walker(root).run();
}

}  // namespace simclr

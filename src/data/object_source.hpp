#pragma once
// What the sources of objects share: a table gives each object an id of its own and names its picture.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/file_source.hpp"

namespace simclr {

struct Object {
  std::string_view id, picture, label;  // "": none. The picture by its name in the tree
  Split split = Split::none;
};

class ObjectSource : public FileSource {
 public:
  // `names` holds the texts of the objects. Throws as keep_listed does.
  ObjectSource(std::string kind, std::unique_ptr<const FileTree> tree, const std::string& table, Names names,
               std::span<const Object> objects, Scan scan = {});
  std::string kind() const override { return kind_; }

 protected:
  std::string_view file_name(size_t i) const override { return pictures_[place(i)]; }

 private:
  std::string kind_;
  std::vector<std::string_view> pictures_;
};

}  // namespace simclr

#include "data/object_source.hpp"

#include "data/labels.hpp"

namespace simclr {

ObjectSource::ObjectSource(std::string kind, std::unique_ptr<const FileTree> tree, const std::string& table,
                           Names names, std::span<const Object> objects, Scan scan)
    : FileSource(std::move(tree)), kind_(std::move(kind)) {
  names_ = std::move(names);
  scan_ = std::move(scan);
  std::vector<std::string_view> pictures;
  std::vector<std::string> labels;
  for (const Object& object : objects) {
    pictures.push_back(object.picture);
    if (!object.label.empty()) labels.emplace_back(object.label);
  }
  classes_ = class_order(std::move(labels));
  const ClassIndex index(classes_);
  for (const size_t i : keep_listed(*tree_, pictures, tree_->path(table),
                                    "Pictures are looked for by the table's paths, from its own folder on: "
                                    "they belong beside it.",
                                    scan_)) {
    records_.push_back({objects[i].id, index[objects[i].label], objects[i].split});
    pictures_.push_back(objects[i].picture);
  }
}

}  // namespace simclr

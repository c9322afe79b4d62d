#pragma once
// The tables of an EcoTaxa export, ecotaxa_*.tsv (EcoTaxa, Picheral, Colin and Irisson): a row an image, the
// columns object_id, img_file_name, img_rank, object_annotation_category, object_annotation_hierarchy,
// object_annotation_status and, with internal ids, objid; the second line may be one of types, [t] and [f].

#include <map>
#include <string>
#include <vector>

#include "data/object_source.hpp"

namespace simclr {

struct EcotaxaObjects {
  std::vector<Object> objects;                  // in the order of the tables
  Names names;                                  // their text
  std::map<std::string, size_t> unused_labels;  // see Scan
};

// An object's picture is that of its lowest img_rank (its first one without that column), its label the
// category, or the last name of the hierarchy. When any annotation has a status, only validated ones are
// labels. A category that stands in several hierarchies is told apart as EcoTaxa does, "part<Crustacea".
// Objects of one object_id are told apart by objid, "t1#7".
// Error(Exit::data) with file and line: no such column, an object_id that two objects share, two taxa of one
// object, and as read_csv. An object without a picture is left out, with a warning.
EcotaxaObjects read_ecotaxa(const FileTree& tree, const std::vector<std::string>& tables);

}  // namespace simclr

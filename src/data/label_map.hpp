#pragma once
// Labels made of a source's own: NAME=A|B|C is a class NAME of the pictures that have a label among A, B, C
// (SimCLR-S2's irrigated land is one class of BigEarthNet's 43, or any of five). A, B, C are classes by name,
// or by their place in Source::classes(), from 0, where none is called so.
//   one map                     two classes, "not NAME" and NAME: every labelled picture has one
//   several, with ; between     a class each. Pictures have several where those of the source may, or where
//                               a class is in two maps; else one, and those of no map have no label
// The text may be the path of a file with one map a line (empty lines and those after # are left out), or
// bigearthnet19: the 43 classes of BigEarthNet's first version to the 19 of the second.

#include <memory>
#include <string_view>

#include "data/source.hpp"

namespace simclr {

// The same pictures with these labels. Error(Exit::setting) for a map that can't be read, or a class that
// the source doesn't have, with the nearest; Error(Exit::data) when the source has no labels.
std::shared_ptr<const Source> map_labels(std::shared_ptr<const Source> source, std::string_view text);

// Whether the pictures have labels, and all the classes that the maps are made of by name (of BigEarthNet,
// also by number). Error(Exit::setting) for a map that can't be read.
bool label_map_fits(const Source& source, std::string_view text);

}  // namespace simclr

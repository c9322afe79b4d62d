#pragma once
// The labelled pictures of an evaluation: what classes are learnt from, and what is scored on.

#include <cstdint>
#include <string>
#include <vector>

#include "train/run_inputs.hpp"

namespace simclr {

struct SidesRequest {
  std::string train, test;   // PATH[:split]
  double test_fraction = 0;  // not 0: of the pictures of `train`, class by class; then `test` is empty
  // "all"; "seen" or "unseen", by --hold-out-classes of the run; or names, as of class_list().
  std::string classes = "all";
  uint64_t seed = 0;           // of the pictures held out
  std::string label_map = {};  // as map_labels() takes it
};

struct Side {
  std::shared_ptr<Pictures> pictures;  // of the classes alone
  std::vector<int32_t> labels;         // of each picture, a place in the classes
};

struct Sides {
  std::vector<std::string> classes;  // with labelled training pictures, by name
  Side train, test;
  size_t shared = 0;  // test pictures that are among the training pictures

  std::vector<size_t> training_pictures() const;  // of each class
};

// Decoded pictures are cached as the run asks for it. Error(Exit::data) when nothing has a label, or no class
// of the test pictures has training pictures; Error(Exit::setting) for "seen" and "unseen" of a run that held
// out no classes. Warns of test classes without training pictures and of pictures on both sides.
Sides open_sides(const RunInputs& inputs, const SidesRequest& request);

// What was tested on, for people: a set of its own, or a part of the labelled pictures.
std::string test_name(const SidesRequest& request);

// A source as files of the run name it, to be found from any folder; "" stays "".
std::string shown_source(const std::string& source);

// Files in `folder` that list the pictures that could not be read.
void list_bad_files(Sides& sides, const std::filesystem::path& folder);

}  // namespace simclr

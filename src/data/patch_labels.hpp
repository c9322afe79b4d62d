#pragma once
// What is known of patches beside their pixels: labels, splits, and the offset of their values.
// Labels, in that order: one CSV or TSV at the top that names patches (patch_id, labels, split), such as
//   python3 -c "import pandas; t = pandas.read_parquet('metadata.parquet'); t['labels'] =
//   t['labels'].str.join('|'); t.to_csv('metadata.csv', index=False)"
// makes of v2's metadata.parquet; else each patch's *_labels_metadata.json. Lists train.csv, val.csv and
// test.csv at the top, a name a line, are splits.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/source.hpp"

namespace simclr {

constexpr unsigned patch_readers = 64;  // threads: small files are a wait for the disk each

// What is known of a patch while the source is opened.
struct Patch {
  std::string folder;  // relative to the root
  std::vector<std::string> bands, labels;
  std::string about;                  // the JSON in it
  std::optional<double> offset = {};  // by its processing baseline
  Split split = Split::none;
};

std::string_view last_part(std::string_view path);

// Error(Exit::data) for a table or JSON that can't be read as one.
// What tables name and is not there goes into `absent`.
void label_patches(const std::string& root, std::vector<Patch>& patches, std::vector<AbsentNames>& absent);

}  // namespace simclr

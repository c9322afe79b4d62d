#pragma once
// What `simclr data inspect DIR` tells of a source: what is in it, whether it is fit for training, and which
// settings fit it. Counts are of the whole source; sizes, statistics, bad files and copies are of a sample.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/source.hpp"
#include "data/statistics.hpp"

namespace simclr {

struct Inspection {
  std::string source, kind;  // as named, and "folder", "csv", ...
  size_t pictures = 0, labelled = 0;
  std::map<std::string, size_t> splits;                 // "" for pictures of none
  std::vector<std::pair<std::string, size_t>> classes;  // in the order of the source
  Scan scan;
  std::map<std::string, size_t> formats, sizes, samples, bands;  // sampled: "jpeg", "32 x 32", "uint8", "3"
  Statistics statistics;                                         // empty when problem isn't
  std::string problem;              // why training would refuse it, "" if it wouldn't
  size_t copies = 0;                // sampled pictures that are exact copies of another one
  size_t copies_across_splits = 0;  // of these, with a twin in another split
  int image_size = 0;               // suggested
  int64_t batch_size = 0;
  std::vector<std::string> advice;
};

Inspection inspect(const Source& source, const std::string& name, const DecodeOptions& options = {},
                   size_t most = 2048);
std::string to_text(const Inspection& inspection);
std::string to_json(const Inspection& inspection);  // one JSON object

// The largest power of two up to 256 that leaves eight steps an epoch; at least 16, unless there are fewer.
int64_t suggest_batch_size(size_t pictures);

}  // namespace simclr

#include "train/trained_classes.hpp"

#include <unordered_map>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "data/fingerprint.hpp"

namespace simclr {

TrainedClasses trained_classes(const Source& source, const std::vector<uint32_t>& records) {
  std::vector<size_t> count(source.classes().size());
  size_t all = 0;
  for (const uint32_t i : records) {
    const int32_t label = source.record(i).label;
    if (label < 0) continue;
    ++count[static_cast<size_t>(label)];
    ++all;
  }
  TrainedClasses classes;
  for (size_t c = 0; c < count.size(); ++c) {
    if (count[c] == 0) continue;
    classes.names.push_back(source.classes()[c]);
    classes.shares.push_back(static_cast<double>(count[c]) / static_cast<double>(all));
  }
  if (classes.names.size() < 2)
    throw Error(Exit::data,
                "the training pictures have " + std::to_string(classes.names.size()) +
                    " labelled classes; learning from labels takes at least two.",
                "Put the pictures into one folder a class, or name a CSV with the columns path and label.");
  return classes;
}

std::vector<int64_t> keep_of_classes(const Source& source, std::vector<uint32_t>& records,
                                     const TrainedClasses& classes) {
  std::unordered_map<std::string_view, int64_t> places;
  for (const auto& name : classes.names) places.emplace(name, static_cast<int64_t>(places.size()));
  std::vector<int64_t> numbers;
  std::vector<uint32_t> kept;
  for (const uint32_t i : records) {
    const int32_t label = source.record(i).label;
    if (label < 0) continue;
    const auto found = places.find(source.classes()[static_cast<size_t>(label)]);
    if (found == places.end()) continue;
    numbers.push_back(found->second);
    kept.push_back(i);
  }
  if (const size_t left_out = records.size() - kept.size(); left_out > 0)
    log_info(std::to_string(left_out) + " pictures without a label of the " +
             std::to_string(classes.names.size()) + " classes learned are left out.");
  records = std::move(kept);
  return numbers;
}

std::string fingerprint(const Source& source, const std::vector<uint32_t>& records,
                        const TrainedClasses& classes, const std::vector<int64_t>& numbers) {
  const std::string pictures = fingerprint(source, records);
  if (numbers.empty()) return pictures;
  std::string all = pictures;
  for (const auto& name : classes.names) all.append(name).push_back('\0');
  for (const int64_t number : numbers) all += std::to_string(number) + ' ';
  return sha256(all);
}

}  // namespace simclr

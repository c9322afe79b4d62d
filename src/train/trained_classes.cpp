#include "train/trained_classes.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "data/fingerprint.hpp"
#include "data/labels.hpp"

namespace simclr {

namespace {

constexpr const char* kWhereLabelsAre =
    "Put the pictures into one folder a class, or name a CSV with the columns path and label.";

void check_classes(const TrainedClasses& classes) {
  if (classes.sets && classes.names.empty())
    throw Error(Exit::data, "no training picture has a class.", kWhereLabelsAre);
  if (classes.sets && (classes.names.size() > 1 || classes.shares[0] < 1)) return;
  if (!classes.sets && classes.names.size() > 1) return;
  throw Error(Exit::data,
              "the training pictures have " + std::to_string(classes.names.size()) +
                  " labelled classes; learning from labels takes at least two.",
              kWhereLabelsAre);
}

using Places = std::unordered_map<std::string_view, size_t>;  // of the classes by name

Places places_of(const TrainedClasses& classes) {
  Places places;
  for (const auto& name : classes.names) places.emplace(name, places.size());
  return places;
}

std::vector<size_t> own_classes(const Source& source, uint32_t record, const Places& places) {
  std::vector<size_t> own;
  for (const int32_t label : source.labels(record))
    if (const auto found = places.find(source.classes()[static_cast<size_t>(label)]); found != places.end())
      own.push_back(found->second);
  return own;
}

}  // namespace

TrainedClasses trained_classes(const Source& source, const std::vector<uint32_t>& records, bool sets) {
  if (!sets) refuse_label_sets(source, "this loss");
  std::vector<size_t> count(source.classes().size());
  size_t all = 0;
  for (const uint32_t i : records) {
    for (const int32_t label : source.labels(i)) ++count[static_cast<size_t>(label)];
    all += source.labelled(i) ? 1 : 0;
  }
  TrainedClasses classes{{}, {}, sets};
  for (size_t c = 0; c < count.size(); ++c) {
    if (count[c] == 0) continue;
    classes.names.push_back(source.classes()[c]);
    classes.shares.push_back(static_cast<double>(count[c]) / static_cast<double>(all));
  }
  check_classes(classes);
  return classes;
}

std::vector<int64_t> keep_of_classes(const Source& source, std::vector<uint32_t>& records,
                                     const TrainedClasses& classes) {
  const Places places = places_of(classes);
  std::vector<int64_t> numbers;
  std::vector<uint32_t> kept;
  for (const uint32_t i : records) {
    if (!source.labelled(i)) continue;
    const std::vector<size_t> own = own_classes(source, i, places);
    if (!classes.sets && own.empty()) continue;
    kept.push_back(i);
    if (classes.sets) {
      numbers.resize(numbers.size() + classes.names.size());
      for (const size_t c : own) numbers[numbers.size() - classes.names.size() + c] = 1;
    } else {
      numbers.push_back(static_cast<int64_t>(own[0]));
    }
  }
  if (const size_t left_out = records.size() - kept.size(); left_out > 0)
    log_info(std::to_string(left_out) + " pictures without a label of the " +
             std::to_string(classes.names.size()) + " classes learned are left out.");
  records = std::move(kept);
  return numbers;
}

std::vector<int64_t> known_classes(const Source& source, const std::vector<uint32_t>& records,
                                   const std::vector<uint32_t>& shown, TrainedClasses& classes) {
  if (!classes.sets) refuse_label_sets(source, "this teacher");
  const Places places = places_of(classes);
  const size_t width = classes.sets ? classes.names.size() : 1;
  std::vector<int64_t> numbers(records.size() * width, -1);
  classes.shares.assign(classes.names.size(), 0);
  double known = 0;
  for (size_t r = 0; r < records.size(); ++r) {
    if (!source.labelled(records[r]) || !std::binary_search(shown.begin(), shown.end(), records[r])) continue;
    const std::vector<size_t> own = own_classes(source, records[r], places);
    if (own.empty() && !(classes.sets && source.labels(records[r]).empty())) continue;
    int64_t* const number = numbers.data() + r * width;
    if (classes.sets) std::fill_n(number, width, 0);
    for (const size_t c : own) {
      number[classes.sets ? c : 0] = classes.sets ? 1 : static_cast<int64_t>(c);
      ++classes.shares[c];
    }
    ++known;
  }
  for (double& share : classes.shares) share /= std::max(1.0, known);
  return numbers;
}

size_t positive_class(const std::string& name, const std::vector<std::string>& classes) {
  if (name.empty()) return 1;
  if (classes.size() != 2)
    throw Error(Exit::setting, "--positive: there are " + std::to_string(classes.size()) +
                                   " classes, and only of two one is the positive.");
  for (size_t c = 0; c < classes.size(); ++c)
    if (printable(classes[c]) == printable(name)) return c;
  throw Error(Exit::setting,
              "--positive: there is no class '" + printable(name) + "'." + suggestion(name, classes));
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

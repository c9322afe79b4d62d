#include "data/split.hpp"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/error.hpp"
#include "base/fields.hpp"

namespace simclr {
namespace {

// FNV-1a, then the finaliser of SplitMix64, since FNV alone leaves the high bits of short ids alike.
uint64_t stable_hash(std::string_view id) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

}  // namespace

const char* name(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::val:
      return "val";
    case Split::test:
      return "test";
    case Split::none:
      break;
  }
  return "";
}

std::optional<Split> parse_split(std::string_view word) {
  for (const Split split : {Split::train, Split::val, Split::test})
    if (word == name(split)) return split;
  return std::nullopt;
}

std::optional<Split> split_called(std::string_view word) {
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "training") return Split::train;
  if (lower == "valid" || lower == "validation" || lower == "dev") return Split::val;
  if (lower == "testing") return Split::test;
  return parse_split(lower);
}

Split assign_split(std::string_view id, double val_fraction, double test_fraction) {
  if (!(val_fraction >= 0 && test_fraction >= 0 && val_fraction + test_fraction <= 1))
    throw Error(Exit::setting, "--val-fraction " + shortest(val_fraction) + " and --test-fraction " +
                                   shortest(test_fraction) + " must be 0 or more and at most 1 together.");
  const double position = static_cast<double>(stable_hash(id) >> 11) * 0x1p-53;
  if (position < test_fraction) return Split::test;
  return position < test_fraction + val_fraction ? Split::val : Split::train;
}

bool in_fraction(std::string_view id, double fraction) {
  const uint64_t hash = stable_hash(std::string(id) + " fraction");
  return static_cast<double>(hash >> 11) * 0x1p-53 < fraction;
}

}  // namespace simclr

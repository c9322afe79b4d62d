#include "data/duplicates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "base/error.hpp"
#include "data/hash_search.hpp"
#include "data/perceptual_hash.hpp"

namespace simclr {
namespace {

constexpr double least_correlation = 0.97;
constexpr float most_stretch = 0.12F;  // difference of the logarithms of height / width

// A picture that could be read.
struct Item {
  uint32_t source = 0, index = 0;
  int32_t label = -1;  // in the classes of both sources
  Split split = Split::none;
};

struct Look {
  std::string error, hash;
  Sketch sketch;
};

// Pictures of the same pixels. How many there are of each source, split and label is all that pairs ask for.
struct Class {
  std::vector<uint32_t> items;
  std::map<std::tuple<uint32_t, Split, int32_t>, size_t> kinds;
  Sketch sketch;
  bool of(uint32_t source) const {
    const auto at = kinds.lower_bound({source, Split::none, std::numeric_limits<int32_t>::min()});
    return at != kinds.end() && std::get<0>(at->first) == source;
  }
};

struct Found {
  bool apart = false;  // two sources: pairs within one don't count
  std::vector<Item> items;
  std::vector<Class> classes;  // by first item
};

// All labels as positions in one list of names.
class LabelNames {
 public:
  std::vector<int32_t> positions(const std::vector<std::string>& classes) {
    std::vector<int32_t> out;
    for (const auto& name : classes)
      out.push_back(known_.try_emplace(name, static_cast<int32_t>(known_.size())).first->second);
    return out;
  }

 private:
  std::unordered_map<std::string, int32_t> known_;
};

Look look_at(const Source& source, size_t index, bool turned) {
  const Decoded decoded = source.read(index, {});
  if (!decoded.ok()) return {decoded.error, "", {}};
  return {"", content_hash(decoded.image), sketch(decoded.image, turned)};
}

class Reader {
 public:
  Reader(const DuplicateOptions& options, size_t all) : options_(options), all_(all) {}

  void read(const Source& source, uint32_t number, Found& found, Duplicates& result) {
    const auto labels = names_.positions(source.classes());
    constexpr size_t block = 512;
    std::vector<Look> looks;
    for (size_t first = 0; first < source.size(); first += block) {
      looks.assign(std::min(block, source.size() - first), {});
      parallel_for(looks.size(), options_.threads,
                   [&](size_t i) { looks[i] = look_at(source, first + i, options_.rotated); });
      for (size_t i = 0; i < looks.size(); ++i) {
        const Record& record = source.record(first + i);
        if (!looks[i].error.empty()) {
          result.bad.push_back({source.path(first + i), looks[i].error});
          continue;
        }
        result.blank += looks[i].sketch.blank ? 1 : 0;
        const int32_t label = record.label < 0 ? -1 : labels[static_cast<size_t>(record.label)];
        add({number, static_cast<uint32_t>(first + i), label, record.split}, looks[i], found);
      }
      done_ += looks.size();
      if (options_.progress) options_.progress(done_, all_);
    }
    result.pictures += source.size();
  }

 private:
  void add(const Item& item, Look& look, Found& found) {
    const auto [at, fresh] = known_.try_emplace(std::move(look.hash), found.classes.size());
    if (fresh) found.classes.push_back({{}, {}, std::move(look.sketch)});
    Class& one = found.classes[at->second];
    one.items.push_back(static_cast<uint32_t>(found.items.size()));
    ++one.kinds[{item.source, item.split, item.label}];
    found.items.push_back(item);
  }

  const DuplicateOptions& options_;
  size_t all_, done_ = 0;
  LabelNames names_;
  std::unordered_map<std::string, size_t> known_;  // pixels to class
};

// Pairs of a picture of one class with one of the other, or of a class with itself. How many there are.
size_t count_pairs(const Class& a, const Class& b, bool apart, Duplicates& result) {
  size_t pairs = 0, across = 0, labels = 0;
  for (const auto& [kind, count] : a.kinds)
    for (const auto& [other, others] : b.kinds) {
      const auto& [source, split, label] = kind;
      const auto& [other_source, other_split, other_label] = other;
      if (apart && source == other_source) continue;
      const size_t these = &a == &b && kind == other ? count * (count - 1) : count * others;
      pairs += these;
      if (split != Split::none && other_split != Split::none && split != other_split) across += these;
      if (label >= 0 && other_label >= 0 && label != other_label) labels += these;
    }
  const size_t twice = &a == &b ? 2 : 1;  // each was met from both sides
  result.across_splits += across / twice;
  result.other_labels += labels / twice;
  return pairs / twice;
}

class Groups {  // union-find
 public:
  explicit Groups(size_t n) : parent_(n), nearest_(n, std::numeric_limits<int>::max()) {
    std::iota(parent_.begin(), parent_.end(), 0U);
  }
  uint32_t root(uint32_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(uint32_t a, uint32_t b, int distance) {
    nearest_[a] = std::min(nearest_[a], distance);
    nearest_[b] = std::min(nearest_[b], distance);
    const uint32_t first = root(a), second = root(b);
    parent_[std::max(first, second)] = std::min(first, second);
  }
  bool joined(uint32_t i) const { return nearest_[i] != std::numeric_limits<int>::max(); }
  int nearest(uint32_t i) const { return nearest_[i]; }

 private:
  std::vector<uint32_t> parent_;
  std::vector<int> nearest_;
};

bool near_enough(const Found& found, const HashPair& pair) {
  const Class &a = found.classes[pair.a], &b = found.classes[pair.b];
  if (found.apart && !(a.of(0) && b.of(1)) && !(a.of(1) && b.of(0))) return false;
  const float aspect = pair.turn < 4 ? a.sketch.aspect : -a.sketch.aspect;
  return std::abs(aspect - b.sketch.aspect) <= most_stretch &&
         correlation(a.sketch, pair.turn, b.sketch) >= least_correlation;
}

void join_near(const Found& found, const DuplicateOptions& options, Groups& groups, Duplicates& result) {
  std::vector<uint32_t> which;  // classes that aren't blank
  HashTable table;
  size_t asked = 0;  // of which the first ask: with two sources, those of the first
  for (uint32_t c = 0; c < found.classes.size(); ++c) {
    if (found.classes[c].sketch.blank) continue;
    which.push_back(c);
    table.add(found.classes[c].sketch.bits);
    if (!found.apart || found.classes[c].of(0)) asked = which.size();
  }
  HashSearch search;
  search.asked = asked;
  search.most = static_cast<int>(options.distance);
  search.threads = options.threads;
  search.accept = [&](HashPair pair) {
    pair.a = which[pair.a];
    pair.b = which[pair.b];
    return near_enough(found, pair);
  };
  search.take = [&](const HashPair& pair) {
    const uint32_t a = which[pair.a], b = which[pair.b];
    groups.join(a, b, pair.distance);
    result.near_pairs += count_pairs(found.classes[a], found.classes[b], found.apart, result);
  };
  find_pairs(table, search);
}

void list_groups(const Found& found, Groups& groups, Duplicates& result) {
  std::map<uint32_t, DuplicateGroup> listed;
  for (uint32_t c = 0; c < found.classes.size(); ++c) {
    const Class& one = found.classes[c];
    const bool exact = one.items.size() > 1 && (!found.apart || (one.of(0) && one.of(1)));
    if (!exact && !groups.joined(c)) continue;
    auto& group = listed[groups.root(c)];
    for (const uint32_t i : one.items)
      group.push_back({found.items[i].source, found.items[i].index, exact ? 0 : groups.nearest(c), exact});
  }
  for (auto& [root, group] : listed) {
    std::sort(group.begin(), group.end(), [](const Duplicate& a, const Duplicate& b) {
      return std::tie(a.source, a.index) < std::tie(b.source, b.index);
    });
    result.groups.push_back(std::move(group));
  }
  std::stable_sort(result.groups.begin(), result.groups.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

}  // namespace

size_t Duplicates::in_groups() const {
  return in_groups(0) + in_groups(1);
}

size_t Duplicates::in_groups(uint32_t source) const {
  size_t count = 0;
  for (const auto& group : groups)
    for (const Duplicate& one : group) count += one.source == source ? 1 : 0;
  return count;
}

Duplicates find_duplicates(const Source& source, const Source* against, const DuplicateOptions& options) {
  Duplicates result;
  Found found;
  found.apart = against != nullptr;
  Reader reader(options, source.size() + (found.apart ? against->size() : 0));
  reader.read(source, 0, found, result);
  if (found.apart) reader.read(*against, 1, found, result);
  if (found.items.empty())
    throw Error(Exit::data, "none of the " + std::to_string(result.pictures) + " pictures can be read (" +
                                printable(result.bad[0].path) + ": " + printable(result.bad[0].error) + ").");
  Groups groups(found.classes.size());
  for (const Class& one : found.classes) result.exact_pairs += count_pairs(one, one, found.apart, result);
  join_near(found, options, groups, result);
  list_groups(found, groups, result);
  return result;
}

}  // namespace simclr

#include "study/sides.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "data/class_list.hpp"
#include "train/cache.hpp"

namespace simclr {
namespace {

struct Opened {
  Pictures train, test;
};

// Of each class a share to test on, at least one picture and never all.
Opened hold_out(const Pictures& all, double fraction, uint64_t seed) {
  std::map<int32_t, std::vector<uint32_t>> by_class;
  for (size_t i = 0; i < all.size(); ++i) by_class[all.record(i).label].push_back(static_cast<uint32_t>(i));
  std::vector<uint32_t> train, test;
  for (const auto& [label, members] : by_class) {
    const Permutation order(members.size(), derive_seed(seed, "test fraction"), static_cast<uint32_t>(label));
    const size_t most = members.size() - 1;
    const auto wanted = static_cast<size_t>(std::llround(fraction * static_cast<double>(members.size())));
    const size_t held_out = std::min(most, std::max<size_t>(1, wanted));
    for (size_t i = 0; i < members.size(); ++i) (i < held_out ? test : train).push_back(members[order[i]]);
  }
  std::sort(train.begin(), train.end());
  std::sort(test.begin(), test.end());
  return {all.subset(train), all.subset(test)};
}

const std::string& class_of(const Pictures& pictures, size_t i) {
  return pictures.source().classes()[static_cast<size_t>(pictures.record(i).label)];
}

// The classes that have labelled pictures, and how many; a source names those of all its splits.
std::map<std::string, size_t> classes_in(const Pictures& pictures) {
  std::map<std::string, size_t> counts;
  for (size_t i = 0; i < pictures.size(); ++i) ++counts[class_of(pictures, i)];
  return counts;
}

void keep_seen(std::map<std::string, size_t>& counts, const RunInputs& inputs, const std::string& which) {
  const std::vector<std::string>& held_out = inputs.plan.held_out_classes;
  if (held_out.empty())
    throw Error(Exit::setting, "--classes " + which + ": this run held out no classes.",
                "Train it with --hold-out-classes A,B.");
  std::erase_if(counts, [&](const auto& one) {
    const bool unseen = std::find(held_out.begin(), held_out.end(), printable(one.first)) != held_out.end();
    return unseen != (which == "unseen");
  });
  if (counts.empty())
    throw Error(Exit::data, "--classes " + which + ": the labelled pictures have none of these classes.");
}

void keep_named(std::map<std::string, size_t>& counts, const std::string& names) {
  std::map<std::string, size_t> kept;
  std::vector<std::string> known;
  for (const auto& [name, count] : counts) known.push_back(printable(name));
  for (const auto& name : class_list(names)) {
    const auto found = std::find(known.begin(), known.end(), printable(name));
    if (found == known.end())
      throw Error(Exit::setting, "--classes: no training picture is of a class '" + printable(name) + "'." +
                                     suggestion(name, known));
    kept.insert(*std::next(counts.begin(), found - known.begin()));
  }
  counts = std::move(kept);
}

// All, those that the run has trained on or has not, or those named.
void choose_classes(std::map<std::string, size_t>& counts, const RunInputs& inputs,
                    const std::string& which) {
  if (which == "all") return;
  if (which == "seen" || which == "unseen")
    keep_seen(counts, inputs, which);
  else
    keep_named(counts, which);
}

Side side_of(const Pictures& pictures, const std::vector<std::string>& classes) {
  std::vector<uint32_t> kept;
  std::vector<int32_t> labels;
  for (size_t i = 0; i < pictures.size(); ++i) {
    const auto found = std::lower_bound(classes.begin(), classes.end(), class_of(pictures, i));
    if (found == classes.end() || *found != class_of(pictures, i)) continue;
    kept.push_back(static_cast<uint32_t>(i));
    labels.push_back(static_cast<int32_t>(found - classes.begin()));
  }
  return {std::shared_ptr<Pictures>(new Pictures(pictures.subset(kept))), std::move(labels)};
}

void warn_of_classes(const Pictures& test, const SidesRequest& request,
                     const std::vector<std::string>& classes) {
  size_t known = 0;
  for (const auto& [name, count] : classes_in(test)) {
    const bool here = std::binary_search(classes.begin(), classes.end(), name);
    known += here ? 1 : 0;
    if (!here && request.classes == "all")
      log_warning("class '" + printable(name) + "' has no training pictures: its " + std::to_string(count) +
                  " test pictures are left out.");
  }
  if (known == 0)
    throw Error(Exit::data, "no class of " + printable(request.test) + " is among the classes of " +
                                printable(request.train) + ".");
}

size_t count_shared(const Sides& sides) {
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i < sides.train.pictures->size(); ++i) seen.insert(sides.train.pictures->path(i));
  size_t shared = 0;
  for (size_t i = 0; i < sides.test.pictures->size(); ++i) shared += seen.count(sides.test.pictures->path(i));
  if (shared > 0)
    log_warning(
        std::to_string(shared) +
        " test pictures are in --train as well: the scores will flatter. Name splits, as in DIR:train "
        "and DIR:test, or hold a part out with --test-fraction.");
  return shared;
}

}  // namespace

std::vector<size_t> Sides::training_pictures() const {
  std::vector<size_t> counts(classes.size());
  for (const int32_t label : train.labels) ++counts[static_cast<size_t>(label)];
  return counts;
}

Sides open_sides(const RunInputs& inputs, const SidesRequest& request) {
  const auto open = [&](const std::string& text) {
    return open_labelled(inputs, text, request.label_map, false);
  };
  const Opened all = request.test_fraction > 0
                         ? hold_out(open(request.train), request.test_fraction, request.seed)
                         : Opened{open(request.train), open(request.test)};
  std::map<std::string, size_t> counts = classes_in(all.train);
  choose_classes(counts, inputs, request.classes);
  std::vector<std::string> classes;
  for (const auto& [name, count] : counts) classes.push_back(name);
  warn_of_classes(all.test, request, classes);
  Sides sides{classes, side_of(all.train, classes), side_of(all.test, classes)};
  for (const auto& one : {sides.train.pictures, sides.test.pictures}) take_cache(*one, inputs.settings);
  sides.shared = count_shared(sides);
  return sides;
}

std::string test_name(const SidesRequest& request) {
  const bool word = request.classes == "seen" || request.classes == "unseen";
  const std::string of = request.classes == "all" ? ""
                         : word                   ? ", " + request.classes + " classes"
                                                  : ", of " + printable(request.classes);
  if (request.test_fraction == 0) return printable(request.test) + of;
  return shortest(request.test_fraction) + " of " + printable(request.train) + ", held out" + of;
}

std::string shown_source(const std::string& source) {
  return source.empty() ? "" : printable(std::filesystem::absolute(source).lexically_normal().native());
}

void list_bad_files(Sides& sides, const std::filesystem::path& folder) {
  list_bad_files(*sides.train.pictures, folder / "bad_files_train.csv");
  list_bad_files(*sides.test.pictures, folder / "bad_files_test.csv");
}

}  // namespace simclr

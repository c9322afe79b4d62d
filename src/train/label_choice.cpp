#include "train/label_choice.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/random.hpp"
#include "data/labels.hpp"
#include "eval/label_metrics.hpp"

namespace simclr {
namespace {

std::map<int32_t, std::vector<uint32_t>> strata_of(const Source& source,
                                                   const std::vector<uint32_t>& labelled) {
  std::vector<int32_t> stratum;
  if (source.multi_label()) {
    const size_t classes = source.classes().size();
    std::vector<uint8_t> truth(labelled.size() * classes);
    for (size_t r = 0; r < labelled.size(); ++r)
      for (const int32_t c : source.labels(labelled[r])) truth[r * classes + static_cast<size_t>(c)] = 1;
    stratum = rarest_classes(truth, labelled.size(), classes);
  } else {
    for (const uint32_t i : labelled) stratum.push_back(source.record(i).label);
  }
  std::map<int32_t, std::vector<uint32_t>> members;
  for (size_t r = 0; r < labelled.size(); ++r) members[stratum[r]].push_back(labelled[r]);
  return members;
}

}  // namespace

std::vector<uint32_t> choose_labelled(const Source& source, const std::vector<uint32_t>& records,
                                      const LabelChoice& choice) {
  if (choice.balanced) refuse_label_sets(source, "--balanced");
  std::vector<uint32_t> labelled, chosen;
  for (const uint32_t i : records)
    if (source.labelled(i)) labelled.push_back(i);
  const auto strata = strata_of(source, labelled);
  size_t least = labelled.size();
  for (const auto& [stratum, members] : strata) least = std::min(least, members.size());
  for (const auto& [stratum, members] : strata) {
    const auto pool = static_cast<double>(choice.balanced ? least : members.size());
    const auto count = static_cast<size_t>(std::max(1LL, std::llround(choice.fraction * pool)));
    const Permutation order(members.size(), derive_seed(choice.seed, "label fraction"),
                            static_cast<uint32_t>(stratum + 1));
    for (size_t i = 0; i < count; ++i) chosen.push_back(members[order[i]]);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace simclr

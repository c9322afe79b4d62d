#include "data/ecotaxa_labels.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <unordered_map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"

namespace simclr {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// "b<a" of "x>a>b", with `parents` of them at most.
std::string upwards(std::string_view hierarchy, size_t parents) {
  std::string name;
  for (size_t i = 0; i <= parents; ++i) {
    const size_t above = hierarchy.rfind('>');
    name.append(i == 0 ? "" : "<").append(trim(hierarchy.substr(above + 1)));  // npos + 1 is 0
    if (above == std::string_view::npos) break;
    hierarchy = hierarchy.substr(0, above);
  }
  return name;
}

std::string_view hierarchy_of(const Annotation& annotation) {
  const bool whole = annotation.taxon.find('>') != std::string_view::npos;
  return whole && annotation.hierarchy.empty() ? annotation.taxon : annotation.hierarchy;
}

std::string_view taxon_of(const Annotation& annotation) {
  const std::string_view text = annotation.taxon.empty() ? annotation.hierarchy : annotation.taxon;
  return trim(text.substr(text.rfind('>') + 1));
}

// The hierarchies of one taxon, each with the shortest name that tells all of them apart.
std::vector<std::string> told_apart(const std::set<std::string_view>& hierarchies) {
  std::vector<std::string> all;
  for (size_t parents = 1;; ++parents) {
    all.clear();
    bool longer = false;
    for (const std::string_view one : hierarchies) {
      all.push_back(upwards(one, parents));
      longer = longer || static_cast<size_t>(std::count(one.begin(), one.end(), '>')) > parents;
    }
    if (!longer || std::set<std::string>(all.begin(), all.end()).size() == all.size()) return all;
  }
}

using Renamed = std::map<std::pair<std::string_view, std::string_view>, std::string_view>;

// (taxon, hierarchy) -> label, of the taxa that stand in several hierarchies.
Renamed ambiguous(const std::map<std::string_view, std::set<std::string_view>>& places, Names& names) {
  Renamed renamed;
  for (const auto& [taxon, hierarchies] : places) {
    if (hierarchies.size() < 2) continue;
    const auto labels = told_apart(hierarchies);
    size_t i = 0;
    for (const std::string_view hierarchy : hierarchies)
      renamed[{taxon, hierarchy}] = names.keep(labels[i++]);
    log_info("the taxon " + printable(taxon) + " stands in " + std::to_string(hierarchies.size()) +
             " hierarchies: they are classes of their own, " + printable(labels[0]) + " and " +
             printable(labels[1]) + (labels.size() > 2 ? " among them." : "."));
  }
  return renamed;
}

}  // namespace

std::vector<std::string_view> labels_of(std::span<const Annotation> annotations, Names& names,
                                        std::map<std::string, size_t>& unused) {
  const bool any_status = std::any_of(annotations.begin(), annotations.end(),
                                      [](const auto& one) { return !one.status.empty(); });
  std::vector<std::string_view> labels(annotations.size());
  std::map<std::string_view, std::set<std::string_view>> places;
  for (size_t i = 0; i < annotations.size(); ++i) {
    const Annotation& one = annotations[i];
    const std::string_view taxon = taxon_of(one);
    if (taxon.empty()) continue;
    if (const std::string status = lower(one.status); any_status && status != "validated" && status != "v") {
      ++unused[status.empty() ? "without a status" : status];
      continue;
    }
    labels[i] = taxon;
    if (const auto hierarchy = hierarchy_of(one); !hierarchy.empty()) places[taxon].insert(hierarchy);
  }
  const Renamed renamed = ambiguous(places, names);
  for (size_t i = 0; i < annotations.size() && !renamed.empty(); ++i)
    if (const auto found = renamed.find({labels[i], hierarchy_of(annotations[i])}); found != renamed.end())
      labels[i] = found->second;
  return labels;
}

}  // namespace simclr

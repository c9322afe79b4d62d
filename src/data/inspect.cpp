#include "data/inspect.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <unordered_map>

#include "base/error.hpp"

namespace simclr {
namespace {

void count_records(const Source& source, Inspection& result) {
  std::vector<size_t> counts(source.classes().size());
  for (size_t i = 0; i < source.size(); ++i) {
    const Record& record = source.record(i);
    ++result.splits[name(record.split)];
    for (const int32_t label : source.labels(i)) ++counts[static_cast<size_t>(label)];
    result.labelled += source.labelled(i) ? 1 : 0;
  }
  for (size_t k = 0; k < counts.size(); ++k) result.classes.emplace_back(source.classes()[k], counts[k]);
}

void count_copies(const Source& source, std::span<const Probe> probes, Inspection& result) {
  struct Seen {
    size_t count = 0;
    std::set<Split> splits;
  };
  std::unordered_map<std::string, Seen> seen;
  for (const Probe& probe : probes) {
    if (!probe.error.empty()) continue;
    Seen& one = seen[probe.hash];
    ++one.count;
    one.splits.insert(source.record(probe.index).split);
  }
  for (const auto& [hash, one] : seen) {
    result.copies += one.count - 1;
    if (one.splits.size() > 1) result.copies_across_splits += one.count - 1;
  }
}

void count_sampled(std::span<const Probe> probes, Inspection& result) {
  for (const Probe& probe : probes) {
    if (!probe.error.empty()) continue;
    if (probe.format != Format::none) ++result.formats[name(probe.format)];
    ++result.sizes[std::to_string(probe.height) + " x " + std::to_string(probe.width)];
    ++result.samples[type_name(probe.sample)];
    ++result.bands[std::to_string(probe.bands)];
  }
}

std::string percent(size_t part, size_t whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

void advise(Inspection& result) {
  auto& advice = result.advice;
  if (!result.problem.empty()) return;
  const size_t sampled = result.statistics.sampled, bad = result.statistics.bad.size();
  result.image_size = suggest_image_size(result.statistics);
  result.batch_size = suggest_batch_size(result.pictures);
  if (result.pictures > 1)
    advice.push_back("--image-size " + std::to_string(result.image_size) + " --batch-size " +
                     std::to_string(result.batch_size) + " fit these pictures.");
  if (bad * 100 > sampled)
    advice.push_back("Training stops when more than 1 % of the files are bad; here " + percent(bad, sampled) +
                     " of the sample are.");
  if (result.pictures < 1000)
    advice.push_back("With " + std::to_string(result.pictures) +
                     (result.pictures == 1 ? " picture" : " pictures") +
                     ", expect little: self-supervised training wants some thousands.");
  if (result.copies * 100 > sampled)
    advice.push_back(
        percent(result.copies, sampled) +
        " of the sample are exact copies of another picture; a copy counts as a negative of its twin.");
  if (result.copies_across_splits > 0)
    advice.push_back("The same picture is in several splits: accuracy on the test part would be flattered.");
  if (result.labelled == 0)
    advice.push_back("There are no labels: training needs none, 'simclr evaluate' does.");
}

std::string listed(const std::map<std::string, size_t>& counts) {
  std::string text;
  for (const auto& [key, count] : counts) {
    if (!text.empty()) text += ", ";
    text.append(key.empty() ? "no split" : printable(key)).append(" ").append(std::to_string(count));
  }
  return text;
}

// All of a few classes; of many the number and the extremes.
std::string class_text(const Inspection& inspection) {
  const auto& classes = inspection.classes;
  if (inspection.labelled == 0) return "none";
  std::string text = std::to_string(classes.size()) + ", " + std::to_string(inspection.labelled) + " of " +
                     std::to_string(inspection.pictures) + " pictures labelled";
  if (classes.size() > 12) {
    const auto [least, most] = std::minmax_element(
        classes.begin(), classes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return text + "; from " + std::to_string(least->second) + " (" + printable(least->first) + ") to " +
           std::to_string(most->second) + " (" + printable(most->first) + ") a class";
  }
  for (size_t k = 0; k < classes.size(); ++k)
    text.append(k == 0 ? ": " : ", ")
        .append(printable(classes[k].first))
        .append(" ")
        .append(std::to_string(classes[k].second));
  return text;
}

std::string size_text(const Inspection& inspection) {
  const Statistics& all = inspection.statistics;
  if (inspection.sizes.size() == 1)
    return inspection.sizes.begin()->first + " px (height x width), all the same";
  return "height " + std::to_string(all.least_height) + " to " + std::to_string(all.most_height) +
         ", width " + std::to_string(all.least_width) + " to " + std::to_string(all.most_width) +
         " px; median shorter side " + std::to_string(all.median_side);
}

std::string numbers(const std::vector<double>& values, double full) {
  std::string text;
  for (const double value : values) {
    char one[32];
    std::snprintf(one, sizeof one, full == 1 ? "%.4f" : "%.1f", value * full);
    if (!text.empty()) text += ' ';
    text += one;
  }
  return text;
}

std::string line(const std::string& key, const std::string& value) {
  return key + std::string(key.size() < 12 ? 12 - key.size() : 1, ' ') + value + "\n";
}

std::string band_text(const Inspection& inspection) {
  const Statistics& all = inspection.statistics;
  std::string text = std::to_string(all.bands);
  for (size_t c = 0; c < all.band_names.size(); ++c)
    text += (c == 0 ? ": " : " ") + printable(all.band_names[c]);
  const bool gray_too = inspection.bands.size() == 2 && inspection.bands.contains("1") && all.bands == 3;
  return text + (gray_too ? " (pictures of 1 and of 3)" : "");
}

std::string sample_text(const Inspection& inspection) {
  const Statistics& all = inspection.statistics;
  std::string text = line("size", size_text(inspection));
  text += line("bands", band_text(inspection));
  text += line("type", listed(inspection.samples));
  if (!inspection.formats.empty()) text += line("format", listed(inspection.formats));
  // Of rasters in the numbers of the files, as their users know them.
  const bool raster = of_rasters(all);
  const double full = raster && all.sample == Sample::u16 ? 65535 : 1;
  if (raster && all.sample != Sample::u8) text += line("numbers", to_text(all.numbers));
  text += line("mean", numbers(all.mean, full));
  text += line("std", numbers(all.std, full));
  return text;
}

std::string bad_text(const std::vector<BadFile>& bad) {
  constexpr size_t shown = 5;
  std::string text = line("bad files", std::to_string(bad.size()));
  for (size_t i = 0; i < std::min(shown, bad.size()); ++i)
    text += "  " + printable(bad[i].path) + ": " + printable(bad[i].error) + "\n";
  if (bad.size() > shown) text += "  and " + std::to_string(bad.size() - shown) + " more\n";
  return text;
}

}  // namespace

int64_t suggest_batch_size(size_t pictures) {
  int64_t batch = 256;
  while (batch > 16 && static_cast<size_t>(batch) * 8 > pictures) batch /= 2;
  return std::max<int64_t>(1, std::min(batch, static_cast<int64_t>(pictures)));
}

Inspection inspect(const Source& source, const std::string& name, const DecodeOptions& options, size_t most) {
  Inspection result;
  result.source = name;
  result.kind = source.kind();
  result.pictures = source.size();
  result.scan = source.scan();
  count_records(source, result);
  const auto probes = probe(source, every_record(source), options, most, 0, true);
  count_sampled(probes, result);
  count_copies(source, probes, result);
  try {
    result.statistics = summarise(source, probes);
  } catch (const Error& error) {
    result.problem = error.what();
    if (!error.hint().empty()) result.problem += " " + error.hint();
  }
  advise(result);
  if (!source.caveat().empty()) result.advice.push_back("Mind: " + source.caveat() + ".");
  return result;
}

std::string to_text(const Inspection& inspection) {
  std::string text = line("source", printable(inspection.source) + " (" + inspection.kind + ")");
  text += line("pictures", std::to_string(inspection.pictures));
  if (inspection.splits.size() > 1 || !inspection.splits.contains(""))
    text += line("splits", listed(inspection.splits));
  text += line("classes", class_text(inspection));
  if (!inspection.scan.unused_labels.empty())
    text += line("not labels", listed(inspection.scan.unused_labels) + ": only validated annotations are");
  if (!inspection.scan.unsupported.empty()) text += line("unsupported", listed(inspection.scan.unsupported));
  if (inspection.scan.ignored > 0)
    text += line("ignored", std::to_string(inspection.scan.ignored) + " files that are no pictures");
  if (inspection.scan.unreadable > 0)
    text += line("unreadable", std::to_string(inspection.scan.unreadable) + " files that should be pictures");
  if (!inspection.problem.empty()) return text + line("problem", inspection.problem);
  const Statistics& all = inspection.statistics;
  text += "\nOf " + std::to_string(all.sampled) + " pictures looked at:\n" + sample_text(inspection);
  if (inspection.copies > 0)
    text += line("copies", std::to_string(inspection.copies) + " exact copies of another picture");
  text += bad_text(all.bad) + "\n";
  for (const auto& one : inspection.advice) text += one + "\n";
  return text;
}

}  // namespace simclr

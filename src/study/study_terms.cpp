#include "study/study_terms.hpp"

#include <filesystem>
#include <map>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/fields.hpp"
#include "data/labels.hpp"
#include "train/settings.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

// Ids and classes of all pictures: where one changed, earlier runs are of other data.
std::string pictures_hash(const Source& source) {
  std::string all;
  for (size_t i = 0; i < source.size(); ++i) {
    const Record& record = source.record(i);
    all.append(record.id).append(1, '\0');
    all += label_text(source, i);
    all.append(1, '\0').append(name(record.split)).append(1, '\0');
  }
  return sha256(all);
}

// Of a setting that may be a file, what is in it.
std::string content_hash(const std::string& text) {
  std::error_code none;
  return sha256(std::filesystem::is_regular_file(text, none) ? read_file(text) : text);
}

}  // namespace

std::string plain_setting(const std::string& key, const std::string& text) {
  PretrainSettings scratch;
  const std::string unit = find(fields(scratch), key)->unit();
  return unit == "DIR" || unit == "LIST" ? text : plainly_written(text);
}

Json training_terms(const StudyRequest& request) {
  Json settings = Json::object();
  for (const auto& [key, text] : request.settings)
    if (!free_on_resume(key)) settings[key] = printable(plain_setting(key, text));
  const auto data = request.settings.find("data");
  return {
      {"study", request.kind},
      {"settings", settings},
      {"pictures_sha256", data == request.settings.end() ? "" : pictures_hash(*open_source(data->second))}};
}

Json judging_terms(const JudgingTerms& judging) {
  Json sets = Json::array();
  std::string caveat;
  std::map<std::string, std::string> known;  // sets of labels are often of the same pictures
  const auto hash = [&](const std::string& path) {
    std::string& found = known[path];
    if (!found.empty()) return found;
    const auto source = open_source(path);
    if (caveat.empty()) caveat = source->caveat();
    return found = pictures_hash(*source);
  };
  for (const LabelSet& one : judging.label_sets) {
    sets.push_back({{"train", printable(one.train)}, {"train_sha256", hash(one.train)}});
    if (!one.label_map.empty())
      sets.back().update(
          {{"label_map", printable(one.label_map)}, {"label_map_sha256", content_hash(one.label_map)}});
    if (!one.test.empty())
      sets.back().update({{"test", printable(one.test)}, {"test_sha256", hash(one.test)}});
  }
  Json terms{{"score", judging.score},
             {"measure", judging.measure},
             {"label_sets", sets},
             {"test_fraction", judging.test_fraction},
             {"classes", judging.classes},
             {"labels_per_class", judging.labels_per_class},
             {"baselines", judging.baselines},
             {"draws", "by the seed of each run"}};
  if (!judging.exclude.empty())
    terms.update(
        {{"exclude", printable(judging.exclude)}, {"exclude_sha256", content_hash(judging.exclude)}});
  if (!caveat.empty()) terms["caveat"] = caveat;
  return terms;
}

std::string first_difference(const Json& before, const Json& now) {
  for (const char* key : {"study", "settings", "pictures_sha256"}) {
    const Json then = before.value(key, Json()), today = now.value(key, Json());
    if (then == today) continue;
    if (!then.is_object())
      return std::string(key) == "pictures_sha256" ? "pictures" : "kind (" + then.dump() + ")";
    for (const auto& [name, text] : today.items())
      if (then.value(name, Json()) != text) return "--" + name;
    for (const auto& [name, text] : then.items())
      if (!today.contains(name)) return "--" + name;
  }
  return "terms";
}

}  // namespace simclr

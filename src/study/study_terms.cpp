#include "study/study_terms.hpp"

#include "base/error.hpp"
#include "base/fields.hpp"
#include "data/labels.hpp"
#include "train/settings.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

// Ids and classes of all pictures: where one changed, earlier runs are of other data.
std::string pictures_hash(const std::string& source) {
  const auto opened = open_source(source);
  std::string all;
  for (size_t i = 0; i < opened->size(); ++i) {
    const Record& record = opened->record(i);
    all.append(record.id).append(1, '\0');
    all += label_text(*opened, i);
    all.append(1, '\0').append(name(record.split)).append(1, '\0');
  }
  return sha256(all);
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
  return {{"study", request.kind},
          {"settings", settings},
          {"pictures_sha256", data == request.settings.end() ? "" : pictures_hash(data->second)}};
}

Json judging_terms(const JudgingTerms& judging) {
  Json sets = Json::array();
  for (const LabelSet& one : judging.label_sets) {
    sets.push_back({{"train", printable(one.train)}, {"train_sha256", pictures_hash(one.train)}});
    if (!one.label_map.empty()) sets.back()["label_map"] = printable(one.label_map);
    if (!one.test.empty())
      sets.back().update({{"test", printable(one.test)}, {"test_sha256", pictures_hash(one.test)}});
  }
  return {{"score", judging.score},
          {"measure", judging.measure},
          {"label_sets", sets},
          {"test_fraction", judging.test_fraction},
          {"classes", judging.classes},
          {"labels_per_class", judging.labels_per_class},
          {"baselines", judging.baselines},
          {"exclude", printable(judging.exclude)},
          {"draws", "by the seed of each run"}};
}

std::string caveat_of(const JudgingTerms& judging) {
  for (const LabelSet& one : judging.label_sets)
    if (const std::string caveat = open_source(one.train)->caveat(); !caveat.empty()) return caveat;
  return "";
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

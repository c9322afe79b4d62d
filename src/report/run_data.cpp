#include "report/run_data.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "formats/csv.hpp"
#include "formats/json_lines.hpp"
#include "report/html.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// Runs `read`; whatever goes wrong becomes a line of the page.
void guarded(RunData& data, const fs::path& path, const std::function<void()>& read) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return;
  try {
    read();
  } catch (const std::exception& trouble) {
    data.problems.push_back(path.filename().native() + " could not be read: " + trouble.what());
  }
}

Json read_object(const fs::path& path) {
  Json object = Json::parse(read_file(path));
  if (!object.is_object()) throw Error(Exit::data, "it is not a JSON object.");
  return object;
}

std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  return out.str();
}

struct Setting {
  toml::source_position where;
  std::string key, value;
};

void flatten(const toml::table& table, const std::string& prefix, std::vector<Setting>& out) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table())
      flatten(*inner, name + ".", out);
    else
      out.push_back({node.source().begin, name, text_of(node)});
  }
}

void read_settings(RunData& data) {
  std::vector<Setting> found;
  flatten(toml::parse(read_file(data.run.settings())), "", found);
  std::stable_sort(found.begin(), found.end(),
                   [](const Setting& a, const Setting& b) { return a.where < b.where; });
  for (Setting& setting : found) data.settings.emplace_back(std::move(setting.key), std::move(setting.value));
}

RunStep step_line(const Json& line) {
  return {number_at(line, "step"),     number_at(line, "epoch"),     number_at(line, "loss"),
          number_at(line, "chance"),   number_at(line, "floor"),     number_at(line, "top1"),
          number_at(line, "lr"),       number_at(line, "grad_norm"), number_at(line, "images_per_second"),
          number_at(line, "data_wait")};
}

RunEpoch epoch_line(const Json& line, const Json& val) {
  return {number_at(line, "step"),     number_at(line, "epoch"),     number_at(val, "loss"),
          number_at(val, "chance"),    number_at(val, "floor"),      number_at(val, "top1"),
          number_at(val, "z_std"),     number_at(val, "rank_h"),     number_at(val, "rank_z"),
          number_at(val, "alignment"), number_at(val, "uniformity"), number_at(val, "knn")};
}

void read_metrics(RunData& data) {
  std::map<double, RunStep> steps;
  std::map<double, RunEpoch> epochs;
  std::map<std::pair<double, std::string>, bool> alarms;  // a resume repeats them
  const JsonObjects lines = read_json_lines(data.run.metrics());
  if (lines.damaged > 0)
    data.problems.push_back("metrics.jsonl: " + std::to_string(lines.damaged) +
                            " damaged lines are left out");
  for (const Json& line : lines.objects) {
    const double step = number_at(line, "step");
    if (!line.is_object() || std::isnan(step)) continue;
    if (line.contains("event")) {
      alarms[{step, text_at(line, "message")}] = true;
    } else if (const auto val = line.find("val"); val != line.end()) {
      epochs[step] = epoch_line(line, *val);
      if (const auto held_out = line.find("held_out"); held_out != line.end() && held_out->is_boolean())
        data.held_out = held_out->get<bool>();
    } else {
      steps[step] = step_line(line);
    }
  }
  for (const auto& [step, line] : steps) data.steps.push_back(line);
  for (const auto& [step, line] : epochs) data.epochs.push_back(line);
  for (const auto& [alarm, there] : alarms) data.alarms.push_back({alarm.first, alarm.second});
}

int whole_at(const Json& object, const std::string& key, int otherwise) {
  const double value = number_at(object, key);
  return value >= 0 && value < 1e9 ? static_cast<int>(value) : otherwise;
}

void take_scores(const Json& methods, const std::string& features, int labels, std::vector<RunScore>& out) {
  if (!methods.is_object()) return;
  for (const auto& [method, entry] : methods.items()) {
    const double accuracy = number_at(entry, "accuracy");
    if (std::isnan(accuracy)) continue;
    RunScore score{features,
                   method,
                   whole_at(entry, "labels_per_class", labels),
                   accuracy,
                   number_at(entry, "std"),
                   number_at(entry, "low"),
                   number_at(entry, "high"),
                   whole_at(entry, "draws", 1),
                   whole_at(entry, "k", 0)};
    const auto same = std::find_if(out.begin(), out.end(), [&](const RunScore& other) {
      return other.features == features && other.method == method &&
             other.labels_per_class == score.labels_per_class;
    });
    if (same != out.end())
      *same = std::move(score);
    else
      out.push_back(std::move(score));
  }
}

void take_evaluation(const Json& object, std::vector<RunEvaluation>& evaluations) {
  const std::string train = text_at(object, "train"), test = text_at(object, "test");
  auto at = std::find_if(evaluations.begin(), evaluations.end(),
                         [&](const RunEvaluation& e) { return e.train == train && e.test == test; });
  if (at == evaluations.end())
    at = evaluations.insert(evaluations.end(), RunEvaluation{train, test, not_there, not_there, {}, ""});
  at->test_pictures = number_at(object, "test_pictures");
  at->in_both = number_at(object, "in_both");
  at->caveat = text_at(object, "caveat");
  const int labels = whole_at(object, "labels_per_class", 0);
  if (object.contains("evaluations")) take_scores(object["evaluations"], "encoder", labels, at->scores);
  if (!object.contains("baselines") || !object["baselines"].is_object()) return;
  for (const auto& [name, methods] : object["baselines"].items())
    take_scores(methods, name, labels, at->scores);
}

std::vector<double> square_table(const Json& rows, size_t side) {
  std::vector<double> values;
  if (!rows.is_array() || rows.size() != side) return {};
  for (const auto& row : rows) {
    if (!row.is_array() || row.size() != side) return {};
    for (const auto& value : row) values.push_back(value.is_number() ? value.get<double>() : not_there);
  }
  return values;
}

void take_angles(const Json& object, std::vector<RunAngles>& all) {
  const auto classes = object.value("classes", std::vector<std::string>());
  for (const auto& [features, entry] : object["angles"].items()) {
    RunAngles one{text_at(object, "test"),     features, classes, {}, number_at(entry, "within"),
                  number_at(entry, "between"), {}};
    if (entry.is_object() && entry.contains("degrees"))
      one.degrees = square_table(entry["degrees"], classes.size());
    if (one.degrees.empty()) continue;
    if (entry.contains("least_separable"))
      for (const auto& pair : entry["least_separable"])
        one.least_separable.push_back(text_at(pair, "a") + " and " + text_at(pair, "b") + ": " +
                                      decimal(number_at(pair, "degrees"), 1) + "\u00b0, " +
                                      decimal(number_at(pair, "more_than_within"), 1) +
                                      "\u00b0 more than within");
    std::erase_if(all,
                  [&](const RunAngles& old) { return old.test == one.test && old.features == features; });
    all.push_back(std::move(one));
  }
}

void take_map(RunMap map, std::vector<RunMap>& all) {
  std::erase_if(all, [&](const RunMap& old) { return old.test == map.test; });
  all.push_back(std::move(map));
}

void take_galleries(RunGalleries one, std::vector<RunGalleries>& all) {
  std::erase_if(all, [&](const RunGalleries& old) {
    return old.test == one.test && old.layer == one.layer && old.space == one.space;
  });
  all.push_back(std::move(one));
}

// Oldest first, so that a newer evaluation of the same thing replaces an older one.
void read_evaluations(RunData& data) {
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (const auto& entry : fs::directory_iterator(data.run.evaluations()))
    if (entry.path().extension() == ".json") files.emplace_back(entry.last_write_time(), entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& [time, path] : files)
    guarded(data, path, [&] {
      const Json object = read_object(path);
      const std::string name = path.stem().native();
      if (name.ends_with("-map"))
        take_map(parse_map(object), data.maps);
      else if (name.ends_with("-galleries"))
        take_galleries(parse_galleries(object), data.galleries);
      else if (name == "classifier")
        data.classifier = object;
      else if (object.contains("multilabel") && object["multilabel"].is_object())
        data.probes.push_back(object);
      else if (object.contains("angles") && object["angles"].is_object())
        take_angles(object, data.angles);
      else
        take_evaluation(object, data.evaluations);
    });
  std::erase_if(data.evaluations, [](const RunEvaluation& e) { return e.scores.empty(); });
}

}  // namespace

double number_at(const Json& object, const std::string& key) {
  if (!object.is_object()) return not_there;
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : not_there;
}

std::pair<double, double> interval_at(const Json& scores, const std::string& key) {
  const auto intervals = scores.find("intervals");
  if (intervals == scores.end() || !intervals->is_object() || !intervals->contains(key))
    return {not_there, not_there};
  const Json& pair = (*intervals)[key];
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number())
    return {not_there, not_there};
  return {pair[0].get<double>(), pair[1].get<double>()};
}

std::string text_at(const Json& object, const std::string& key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string RunData::setting(std::string_view key) const {
  for (const auto& [name, value] : settings)
    if (name == key) return value;
  return "";
}

RunData read_run(const RunFolder& run) {
  RunData data;
  data.run = run;
  guarded(data, run.settings(), [&] { read_settings(data); });
  guarded(data, run.command(), [&] { data.command = read_file(run.command()); });
  while (!data.command.empty() && data.command.back() == '\n') data.command.pop_back();
  guarded(data, run.metrics(), [&] { read_metrics(data); });
  guarded(data, run.summary(), [&] { data.summary = read_object(run.summary()); });
  guarded(data, run.plan(), [&] { data.plan = read_object(run.plan()); });
  guarded(data, run.environment(), [&] { data.environment = read_object(run.environment()); });
  guarded(data, run.evaluations(), [&] { read_evaluations(data); });
  guarded(data, run.bad_files(), [&] {
    for (const auto& row : read_csv(run.bad_files()).rows)
      data.bad_files +=
          row.size() > 1 && row[1].starts_with("named by ") ? 0 : 1;  // those are not there at all
  });
  return data;
}

}  // namespace simclr

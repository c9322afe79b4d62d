#include "train/division.hpp"

#include <algorithm>
#include <tuple>

#include "base/error.hpp"
#include "base/log.hpp"
#include "data/class_list.hpp"
#include "data/split.hpp"
#include "data/statistics.hpp"
#include "train/label_choice.hpp"
#include "train/picture_form.hpp"
#include "train/teacher.hpp"

namespace simclr {
namespace {

// Training needs no labels, so it takes all but what is there to validate and test on; where nothing else is
// left (as in DIR:test), that was asked for.
std::vector<uint32_t> training_records(const Source& source) {
  std::vector<uint32_t> chosen;
  for (uint32_t i = 0; i < source.size(); ++i)
    if (source.record(i).split != Split::val && source.record(i).split != Split::test) chosen.push_back(i);
  if (chosen.empty()) return every_record(source);
  if (const size_t left_out = source.size() - chosen.size(); left_out > 0)
    log_info(std::to_string(left_out) + " pictures of the splits val and test are left out.");
  return chosen;
}

std::vector<std::string> hold_out_list(const PretrainSettings& settings) {
  return settings.hold_out_classes.empty() ? std::vector<std::string>()
                                           : class_list(settings.hold_out_classes);
}

// Those of them that are of no class to hold out; what has no label stays.
std::vector<uint32_t> without_classes(const Source& source, std::vector<uint32_t> records,
                                      const std::vector<std::string>& hold_out) {
  if (hold_out.empty()) return records;
  const std::vector<bool> held_out = listed_classes(source, hold_out);
  const size_t all = records.size();
  std::erase_if(records, [&](uint32_t i) {
    const int32_t label = source.record(i).label;
    return label >= 0 && held_out[static_cast<size_t>(label)];
  });
  if (records.empty()) throw Error(Exit::data, "--hold-out-classes leaves no picture to learn from.");
  log_info(std::to_string(all - records.size()) + " pictures of " +
           std::to_string(std::count(held_out.begin(), held_out.end(), true)) + " classes are held out.");
  return records;
}

// Which records are trained on, and which --val-fraction holds out of them; --fraction thins out the former.
std::pair<std::vector<uint32_t>, std::vector<uint32_t>> train_and_validation(
    const Source& source, const std::vector<std::string>& hold_out_classes,
    const PretrainSettings& settings) {
  std::pair<std::vector<uint32_t>, std::vector<uint32_t>> parts;
  for (const uint32_t i : without_classes(source, training_records(source), hold_out_classes)) {
    const auto id = source.record(i).id;
    if (settings.val_fraction > 0 && assign_split(id, settings.val_fraction, 0) == Split::val)
      parts.second.push_back(i);
    else if (settings.fraction >= 1 || in_fraction(id, settings.fraction))
      parts.first.push_back(i);
  }
  return parts;
}

void take_classes(Division& parts, const Source& source, bool sets) {
  parts.classes = trained_classes(source, parts.train, sets);
  parts.numbers = keep_of_classes(source, parts.train, parts.classes);
  if (!parts.validation) return;
  parts.validation_numbers = keep_of_classes(*parts.validation, parts.held_out, parts.classes);
  if (parts.held_out.empty())
    throw Error(Exit::data,
                "no validation picture has a label of the " + std::to_string(parts.classes.names.size()) +
                    " classes learned.",
                "Hold out more with --val-fraction, or name labelled pictures with --val-data.");
}

bool none_known(const std::vector<int64_t>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](int64_t number) { return number < 0; });
}

// What a student's held-out pictures are known to be, for a share of them as for the pictures learnt from.
// None is, unless they have the teacher's classes, all by name: labels of other pictures say nothing of
// these.
std::vector<int64_t> known_of_held_out(const Division& parts, const LabelChoice& choice) {
  const auto& known = parts.validation->classes();
  const auto& names = parts.classes.names;
  const bool same = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  });
  if (!same) return std::vector<int64_t>(parts.held_out.size() * (parts.classes.sets ? names.size() : 1), -1);
  TrainedClasses classes = parts.classes;
  return known_classes(*parts.validation, parts.held_out,
                       choose_labelled(*parts.validation, parts.held_out, choice), classes);
}

// A student learns the teacher's classes from every picture; the labels that it may see as well are those of
// the choice.
void take_taught_classes(Division& parts, const Source& source, const Loss& loss,
                         const PretrainSettings& settings, const LabelChoice& choice) {
  parts.classes.names = taught_classes(read_plan(open_run(settings.teacher)), settings.teacher);
  parts.classes.sets = loss.learns_from_label_sets();
  parts.classes.shares.assign(parts.classes.names.size(), 0);
  if (parts.validation) parts.validation_numbers = known_of_held_out(parts, choice);
  if (!loss.learns_from_labels()) return;
  parts.numbers =
      known_classes(source, parts.train, choose_labelled(source, parts.train, choice), parts.classes);
  if (none_known(parts.numbers))
    throw Error(Exit::data, "no training picture has a label of the teacher's classes.",
                "Without labels leave --alpha at 1.");
  if (parts.validation && none_known(parts.validation_numbers))
    throw Error(Exit::data,
                "no validation picture has a label of the teacher's classes, and --alpha counts labels.",
                "Hold out more with --val-fraction, name labelled ones with --val, or leave --alpha at 1.");
}

}  // namespace

Division divide(const PretrainSettings& settings, const std::shared_ptr<const Source>& source,
                const Loss& loss, const std::vector<std::string>* known) {
  Division parts;
  parts.held_out_classes = known != nullptr ? *known : hold_out_list(settings);
  std::tie(parts.train, parts.held_out) = train_and_validation(*source, parts.held_out_classes, settings);
  const LabelChoice choice{settings.label_fraction, settings.balanced, static_cast<uint64_t>(settings.seed)};
  if (!settings.init.empty()) {
    parts.train = choose_labelled(*source, parts.train, choice);
    parts.held_out = choose_labelled(*source, parts.held_out, choice);
  }
  if (!parts.held_out.empty()) parts.validation = source;
  if (!settings.val_data.empty()) {
    OpenOptions options = open_options(settings);
    options.labels_needed = settings.teacher.empty();
    parts.validation = open_source(settings.val_data, options);
    parts.held_out = every_record(*parts.validation);
  }
  if (loss.learns_from_teacher())
    take_taught_classes(parts, *source, loss, settings, choice);
  else if (loss.learns_from_labels())
    take_classes(parts, *source, loss.learns_from_label_sets());
  return parts;
}

}  // namespace simclr

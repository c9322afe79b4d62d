#include "train/prepare_checks.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "train/picture_form.hpp"

namespace simclr {
namespace {

constexpr size_t kFewToStopBy = 50;  // validation pictures
constexpr size_t kSampled = 256;     // of validation and test

void check_scale(const Statistics& seen, const Statistics& trained, const std::string& flag,
                 const std::string& data) {
  if (const auto why = scale_trouble(seen.numbers, trained.numbers); !why.empty())
    throw Error(Exit::data,
                "the pictures in " + flag + " " + printable(data) +
                    " don't go with those of the training: " + why + ".",
                "Bring them to one scale.");
}

}  // namespace

void check_batch(const PretrainSettings& settings, size_t pictures) {
  if (static_cast<int64_t>(pictures) >= settings.batch_size) return;
  throw Error(
      Exit::data,
      "--batch-size " + std::to_string(settings.batch_size) + " is more than the " +
          std::to_string(pictures) + " pictures in " + printable(settings.data) + ".",
      "Set --batch-size " + std::to_string(std::max<size_t>(2, pictures)) + " or less, or add pictures.");
}

void check_sample(const Statistics& statistics, size_t pictures) {
  const auto sampled = static_cast<double>(statistics.sampled),
             bad = static_cast<double>(statistics.bad.size());
  const bool whole = statistics.sampled >= pictures;
  const double allowed = 0.01 * sampled + (whole ? 0 : 3 * std::sqrt(0.01 * sampled));
  if (bad <= allowed && bad * 100 <= static_cast<double>(pictures)) return;
  std::string list;
  for (size_t i = 0; i < std::min<size_t>(statistics.bad.size(), 5); ++i)
    list += "\n    " + printable(statistics.bad[i].path) + ": " + statistics.bad[i].error;
  throw Error(Exit::data,
              std::to_string(statistics.bad.size()) + " of " + std::to_string(statistics.sampled) +
                  " pictures looked at can't be used, more than 1 % of all:" + list,
              "Mend or remove these files; simclr data inspect lists what is there.");
}

// What is read as float is taken as it is; the colours of gray and RGB pictures are clamped to [0, 1].
void check_range(const Statistics& statistics, const std::string& data) {
  const Range& range = statistics.range;
  if (of_rasters(statistics) || (range.lo >= -1e-3 && range.hi <= 1.001)) return;
  throw Error(Exit::data,
              "the float pictures in " + printable(data) + " hold values from " + shortest(range.lo) +
                  " to " + shortest(range.hi) + "; gray and RGB pictures must lie in [0, 1].",
              "Divide them by their largest value, or save them as 8 or 16 bit.");
}

void check_head(const Plan& plan, const Loss& loss, const Head& head, size_t classes) {
  if (!loss.scores_classes()) return;
  if (loss.usual_head().starts_with("cosine") && !plan.head.starts_with("cosine"))
    throw Error(Exit::setting,
                "--loss " + printable(plan.loss) + " takes cosines, which --head " + printable(plan.head) +
                    " does not give.",
                "Leave it to --head auto: " + loss.usual_head());
  if (head.features() == static_cast<int64_t>(classes)) return;
  throw Error(Exit::setting,
              "--head " + printable(plan.head) + " has " + std::to_string(head.features()) +
                  " outputs, --loss " + printable(plan.loss) + " needs one for each of the " +
                  std::to_string(classes) + " classes.",
              "Leave it to --head auto: " + loss.usual_head());
}

void check_validation(const Source& validation, const PretrainSettings& settings, const Statistics& trained) {
  const int bands = trained.bands;
  DecodeOptions options = asked_form(settings);
  options.only = trained.band_names;
  options.bands = bands == 1 || bands == 3 ? bands : 0;
  const Statistics seen = measure(validation, options, kSampled);
  check_sample(seen, validation.size());
  check_range(seen, settings.val_data);
  if (seen.bands != bands)
    throw Error(Exit::data,
                "the pictures in --val-data " + printable(settings.val_data) + " have " +
                    std::to_string(seen.bands) + " bands, those in --data " + std::to_string(bands) + ".",
                "Validate on pictures of the same kind.");
  check_scale(seen, trained, "--val-data", settings.val_data);
}

void check_test_scale(const PretrainSettings& settings, const Statistics& trained) {
  if (!of_rasters(trained)) return;
  DecodeOptions options = asked_form(settings);
  options.only = trained.band_names;
  const auto test = open_source(settings.test_data, open_options(settings));
  check_scale(measure(*test, options, kSampled), trained, "--test", settings.test_data);
}

void check_known(const Plan& plan, const PretrainSettings& settings, const std::string& trained_on,
                 const std::string& validated_on) {
  if (plan.total_steps == 0 && !settings.max_minutes)
    throw Error(Exit::setting, "--max-minutes auto: this run was stopped before its length was planned.",
                "Give it a number of minutes.");
  const bool same = plan.pictures_sha256 == trained_on;
  if (same && plan.validation_sha256 == validated_on) return;
  throw Error(Exit::data,
              "the pictures in " +
                  printable(same && !settings.val_data.empty() ? settings.val_data : settings.data) +
                  " are not those the run began with.",
              "Bring back the same pictures, or start a new run.");
}

void check_patience(const PretrainSettings& settings, size_t held_out) {
  if (settings.patience > 0 && held_out > 0 && held_out < kFewToStopBy)
    log_warning(
        "early stopping by " + std::to_string(held_out) +
        " validation pictures is a matter of luck: hold out more, or train to the end with --patience 0.");
  if (settings.patience == 0 || held_out > 0) return;
  throw Error(Exit::setting, "--patience looks at validation pictures, and there are none.",
              "Hold some out with --val-fraction 0.1, or name them with --val-data.");
}

}  // namespace simclr

#include "train/prepare.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/threads.hpp"
#include "data/fingerprint.hpp"
#include "data/picture_file.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "train/division.hpp"
#include "train/finetuning.hpp"
#include "train/growth.hpp"
#include "train/picture_form.hpp"

namespace simclr {
namespace {

constexpr int64_t kDefaultEpochs = 100;
constexpr int64_t kFinetuningEpochs = 50, kFinetuningSteps = 400;  // whichever is more
constexpr size_t kPicturesToExpect = 256;                    // whose scores give a student's chance and floor
constexpr int64_t kProbeSteps = 20, kProbeStepsOfStage = 6;  // measured before --max-minutes becomes steps

Scaling scaling_called(const std::string& word) {
  return word == "linear" ? Scaling::linear : word == "sqrt" ? Scaling::square_root : Scaling::none;
}

void check_batch(const PretrainSettings& settings, size_t pictures) {
  if (static_cast<int64_t>(pictures) >= settings.batch_size) return;
  throw Error(
      Exit::data,
      "--batch-size " + std::to_string(settings.batch_size) + " is more than the " +
          std::to_string(pictures) + " pictures in " + printable(settings.data) + ".",
      "Set --batch-size " + std::to_string(std::max<size_t>(2, pictures)) + " or less, or add pictures.");
}

// More bad files in the sample than chance allows where 1 % of all are bad: refused before a folder is made.
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
  if ((statistics.bands != 1 && statistics.bands != 3) || (range.lo >= -1e-3 && range.hi <= 1.001)) return;
  throw Error(Exit::data,
              "the float pictures in " + printable(data) + " hold values from " + shortest(range.lo) +
                  " to " + shortest(range.hi) + "; gray and RGB pictures must lie in [0, 1].",
              "Divide them by their largest value, or save them as 8 or 16 bit.");
}

// Lengths that follow from the settings alone. total_steps 0 means: planned from the measured rate.
void plan_lengths(Plan& plan, const PretrainSettings& settings) {
  plan.steps_per_epoch = plan.images / settings.batch_size;
  plan.planned = !settings.max_minutes;
  const bool by_time = settings.max_minutes && !settings.epochs && !settings.steps;
  const int64_t usual = parent(settings).empty()
                            ? kDefaultEpochs * plan.steps_per_epoch
                            : std::max(kFinetuningEpochs * plan.steps_per_epoch, kFinetuningSteps);
  const int64_t asked =
      settings.steps.value_or(settings.epochs ? *settings.epochs * plan.steps_per_epoch : usual);
  plan.total_steps = by_time ? 0 : asked;
  plan.warmup_steps = warmup_steps(settings, plan);
  const auto stages = static_cast<int64_t>(Growth(plan.growth, plan.image_size).stages().size());
  if (settings.max_minutes) plan.probe_steps = std::max(kProbeSteps, kProbeStepsOfStage * stages);
}

void plan_pictures(Plan& plan, const PretrainSettings& settings, const Statistics& statistics) {
  plan.bands = statistics.bands;
  plan.band_names = statistics.band_names;
  plan.sample = type_name(statistics.sample);
  plan.image_size =
      settings.image_size ? static_cast<int>(*settings.image_size) : suggest_image_size(statistics);
  plan.bytes_per_image = statistics.bytes_per_image;
  plan.mean = statistics.mean;
  plan.std = statistics.std;
  // A constant band stays finite. Of 16 bits, Sentinel-2's B10 varies by less than 1e-4.
  for (auto& std : plan.std) std = std::max(std, statistics.sample == Sample::u8 ? 1e-4 : 1e-5);
  take_given_statistics(settings, plan);
  const std::string preset = plan.image_size <= 64 ? "simclr_small" : "simclr";
  plan.augment = Pipeline(settings.augment == "auto" ? preset : settings.augment).text();
  plan.growth = Growth(settings.growth, plan.image_size).text();
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

void plan_networks(Plan& plan, const PretrainSettings& settings, const ClassShares& shares,
                   c10::Device device) {
  const auto encoder = make_encoder(settings.encoder, plan.bands, plan.image_size);
  plan.encoder = encoder->text;
  plan.features = encoder->features();
  const auto loss = make_loss(plan.loss, shares);
  const auto head = make_head(head_text(settings, *loss, shares.size()), plan.features);
  plan.head = head->text;
  check_head(plan, *loss, *head, shares.size());
  plan.weight_decay = settings.weight_decay.value_or(default_weight_decay(settings.optimizer));
  plan.optimizer = make_optimizer(settings.optimizer, {}, plan.weight_decay)->text();
  plan.lr = settings.lr ? scale_rate(*settings.lr, settings.batch_size, scaling_called(settings.lr_scaling))
                        : default_lr(settings.optimizer, settings.batch_size);
  plan.precision = choose_precision(settings.precision, device);
  plan.threads = at::get_num_threads();
}

void check_validation(const Source& validation, const PretrainSettings& settings, const Statistics& trained) {
  constexpr size_t sampled = 256;
  const int bands = trained.bands;
  DecodeOptions options = asked_form(settings);
  options.only = trained.band_names;
  options.bands = bands == 1 || bands == 3 ? bands : 0;
  const Statistics seen = measure(validation, options, sampled);
  check_sample(seen, validation.size());
  check_range(seen, settings.val_data);
  if (seen.bands != bands)
    throw Error(Exit::data,
                "the pictures in --val-data " + printable(settings.val_data) + " have " +
                    std::to_string(seen.bands) + " bands, those in --data " + std::to_string(bands) + ".",
                "Validate on pictures of the same kind.");
}

// On resume: the plan was made for these pictures and these alone.
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
  if (settings.patience == 0 || held_out > 0) return;
  throw Error(Exit::setting, "--patience looks at validation pictures, and there are none.",
              "Hold some out with --val-fraction 0.1, or name them with --val-data.");
}

void check_lengths(const Plan& plan, const PretrainSettings& settings) {
  if (!settings.lr && settings.lr_scaling != "none")
    throw Error(Exit::setting, "--lr-scaling " + settings.lr_scaling + " scales --lr, which is not given.",
                "Give --lr for a batch of 256; without it, the rate fits the batch already.");
  warn_of_warmup(plan);
}

void make_plan(Prepared& out, const PretrainSettings& settings, const Source& source,
               const ClassShares& shares, size_t images, size_t held_out) {
  out.plan.images = static_cast<int64_t>(images);
  out.plan.held_out = static_cast<int64_t>(settings.val_data.empty() ? held_out : 0);
  for (const auto& name : source.classes()) out.plan.classes.push_back(printable(name));
  plan_pictures(out.plan, settings, out.statistics);
  take_statistics_of_run(out.plan, settings);
  plan_networks(out.plan, settings, shares, out.device);
  plan_lengths(out.plan, settings);
  check_lengths(out.plan, settings);
}

// With twice the size of a view, crops of a quarter of the picture or more are never enlarged.
int least_side(const PretrainSettings& settings, const Plan& plan) {
  return settings.decode == "scaled" ? 2 * plan.image_size : 0;
}

// Mean bytes of the pictures as this run decodes them, from a few: the statistics have seen them exactly.
double bytes_each(const PretrainSettings& settings, const Plan& plan, const Source& source,
                  const std::vector<uint32_t>& chosen) {
  DecodeOptions options = planned_form(settings, plan).decode;
  options.least_side = least_side(settings, plan);
  if (options.least_side == 0) return plan.bytes_per_image;
  options.bands = plan.bands == 1 || plan.bands == 3 ? plan.bands : 0;
  double bytes = 0, good = 0;
  for (size_t i = 0; i < chosen.size(); i += chosen.size() / 32 + 1) {
    const Decoded decoded = source.read(chosen[i], options);
    bytes += static_cast<double>(decoded.image.bytes().size());
    good += decoded.ok() ? 1 : 0;
  }
  return good > 0 ? bytes / good : plan.bytes_per_image;
}

// A student without labels learns from any pictures, of whichever classes.
OpenOptions options_of_data(const PretrainSettings& settings) {
  OpenOptions options = open_options(settings);
  options.labels_needed = settings.teacher.empty() || make_loss(settings.loss)->learns_from_labels();
  return options;
}

// The teacher, and from what it says of some pictures the loss's chance and floor.
void meet_teacher(Prepared& out, const PretrainSettings& settings) {
  out.teacher =
      std::make_shared<Teacher>(settings.teacher, 2 * settings.batch_size, out.plan.precision, out.device);
  if (out.plan.teacher_sha256.empty()) out.plan.teacher_sha256 = out.teacher->weights_sha256();
  if (out.plan.teacher_sha256 != out.teacher->weights_sha256())
    throw Error(
        Exit::data,
        "the weights of the teacher " + printable(settings.teacher) + " are not those the run began with.",
        "Bring back the same teacher, or start a new run.");
  std::vector<uint32_t> some;
  const size_t all = out.pictures->size();
  for (size_t i = 0; i < all; i += all / kPicturesToExpect + 1) some.push_back(static_cast<uint32_t>(i));
  const auto labelled = static_cast<double>(
      std::count_if(out.classes.begin(), out.classes.end(), [](int64_t c) { return c >= 0; }));
  out.loss->expect(out.teacher->scores(out.pictures->subset(some)),
                   out.classes.empty() ? 0 : labelled / static_cast<double>(out.classes.size()));
}

}  // namespace

void warn_of_warmup(const Plan& plan) {
  if (plan.total_steps > 0 && plan.warmup_steps >= plan.total_steps)
    log_warning("the warm-up of " + std::to_string(plan.warmup_steps) + " steps is as long as the run of " +
                std::to_string(plan.total_steps) +
                ": the peak learning rate is never held. Lower --warmup-epochs.");
}

int64_t warmup_steps(const PretrainSettings& settings, const Plan& plan) {
  if (settings.warmup_epochs)
    return std::llround(*settings.warmup_epochs * static_cast<double>(plan.steps_per_epoch));
  if (plan.total_steps == 0) return 100;  // until the plan is known
  return std::min(plan.total_steps / 10, 10 * plan.steps_per_epoch);
}

Prepared prepare(const PretrainSettings& settings, const std::optional<Plan>& known) {
  Prepared out;
  out.device = choose_device(settings.device);
  if (settings.augment != "auto") Pipeline check(settings.augment);
  if (settings.loss != "auto") make_loss(settings.loss);
  const Growth check_growth(settings.growth, 32);
  const auto source = open_source(settings.data, options_of_data(settings));
  out.plan.loss = known ? known->loss : loss_text(settings, source->multi_label());
  const auto kind = make_loss(out.plan.loss);
  check_finetuning(settings, *kind);
  const DecodeOptions asked = asked_form(settings);
  if (!source->scan().unsupported.empty())
    log_info("left out of " + printable(settings.data) + ": " + describe(source->scan()) + ".");
  Division parts = divide(settings, source, *kind, known ? &known->held_out_classes : nullptr);
  out.classes = std::move(parts.numbers);
  out.validation_classes = std::move(parts.validation_numbers);
  check_batch(settings, parts.train.size());
  check_patience(settings, parts.held_out.size());
  const std::string trained_on = fingerprint(*source, parts.train, parts.classes, out.classes);
  const std::string validated_on =
      parts.validation ? fingerprint(*parts.validation, parts.held_out, parts.classes, out.validation_classes)
                       : "";
  if (known) {
    out.plan = *known;
    check_known(out.plan, settings, trained_on, validated_on);
  } else {
    out.statistics = measure(*source, parts.train, asked);
    check_sample(out.statistics, parts.train.size());
    check_range(out.statistics, settings.data);
    if (!settings.val_data.empty()) check_validation(*parts.validation, settings, out.statistics);
    make_plan(out, settings, *source, parts.classes.shares, parts.train.size(), parts.held_out.size());
    if (!parent(settings).empty())
      check_start(settings, parts.classes,
                  *make_encoder(out.plan.encoder, out.plan.bands, out.plan.image_size));
    out.plan.held_out_classes = parts.held_out_classes;
    out.plan.pictures_sha256 = trained_on;
    out.plan.validation_sha256 = validated_on;
  }
  if (kind->scores_classes()) out.plan.outputs = parts.classes.names;
  const Plan& plan = out.plan;
  const double bytes =
      bytes_each(settings, plan, *source, parts.train) * static_cast<double>(parts.train.size());
  PictureForm form = planned_form(settings, plan);
  form.decode.least_side = least_side(settings, plan);
  out.pictures = std::make_shared<Pictures>(source, std::move(parts.train), form, false);
  out.cache = choose_cache(settings.cache, settings.cache_dir, *out.pictures, bytes);
  if (out.cache.where == Cache::ram) out.pictures->keep_in_memory();
  if (parts.validation)
    out.validation = std::make_shared<Pictures>(parts.validation, std::move(parts.held_out), form, false);
  out.pipeline = std::make_unique<Pipeline>(plan.augment, band_statistics(plan.mean, plan.std));
  out.loss = make_loss(plan.loss, parts.classes.shares);
  if (!settings.teacher.empty()) meet_teacher(out, settings);
  return out;
}

}  // namespace simclr

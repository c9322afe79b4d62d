#include "train/prepare.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/threads.hpp"
#include "data/band_summary.hpp"
#include "data/fingerprint.hpp"
#include "data/picture_file.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "train/division.hpp"
#include "train/finetuning.hpp"
#include "train/growth.hpp"
#include "train/picture_form.hpp"
#include "train/prepare_checks.hpp"

namespace simclr {
namespace {

constexpr int64_t kDefaultEpochs = 100;
constexpr int64_t kFinetuningEpochs = 50, kFinetuningSteps = 400;  // whichever is more
constexpr size_t kPicturesToExpect = 256;                    // whose scores give a student's chance and floor
constexpr int64_t kProbeSteps = 20, kProbeStepsOfStage = 6;  // measured before --max-minutes becomes steps

Scaling scaling_called(const std::string& word) {
  return word == "linear" ? Scaling::linear : word == "sqrt" ? Scaling::square_root : Scaling::none;
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
  if (settings.nodata && !of_rasters(statistics))
    throw Error(Exit::setting, "--nodata is of rasters, and these are gray or RGB pictures.",
                "Leave it out.");
  take_numbers(statistics.numbers, plan);
  plan.image_size =
      settings.image_size ? static_cast<int>(*settings.image_size) : suggest_image_size(statistics);
  plan.bytes_per_image = statistics.bytes_per_image;
  plan.mean = statistics.mean;
  plan.std = statistics.std;
  // A constant band stays finite. Of 16 bits, Sentinel-2's B10 varies by less than 1e-4.
  for (auto& std : plan.std) std = std::max(std, statistics.sample == Sample::u8 ? 1e-4 : 1e-5);
  take_given_statistics(settings, plan);
  const std::string usual = usual_preset(plan.image_size, of_rasters(plan));
  plan.augment = Pipeline(settings.augment == "auto" ? usual : settings.augment).text();
  plan.growth = Growth(settings.growth, plan.image_size).text();
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
  plan.lr = peak_rate(settings);
  plan.precision = choose_precision(settings.precision, device);
  plan.threads = at::get_num_threads();
}

void check_lengths(const Plan& plan, const PretrainSettings& settings) {
  if (!settings.lr && settings.lr_scaling != "none")
    throw Error(Exit::setting, "--lr-scaling " + settings.lr_scaling + " scales --lr, which is not given.",
                "Give --lr for a batch of 256; without it, the rate fits the batch already.");
  const ScheduleShape shape = schedule_shape(settings.schedule);
  if (settings.decay_steps && shape.kind != ScheduleShape::Kind::cosine)
    throw Error(Exit::setting,
                "--decay-steps is where a cosine ends, and --schedule " + to_text(shape) + " has none.",
                "Leave one of them out.");
  if (settings.max_minutes && shape.kind == ScheduleShape::Kind::rising)
    throw Error(Exit::setting, "a rising rate needs a known number of steps, which --max-minutes is not.",
                "Give --steps or --epochs.");
  warn_of_schedule(settings, plan);
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

int64_t parameter_count(const Encoder& encoder) {
  int64_t count = 0;
  for (const auto& one : encoder.parameters()) count += one.numel();
  return count;
}

void warn_of_larger_student(const Plan& plan, const Teacher& teacher) {
  const int64_t own = parameter_count(*make_encoder(plan.encoder, plan.bands, plan.image_size));
  const int64_t its = parameter_count(*teacher.model().encoder);
  if (own > its)
    log_warning("the student's encoder has " + std::to_string(own) + " parameters, more than the " +
                std::to_string(its) + " of the teacher's: distillation is for smaller ones.");
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

// Of every pixel that has data, in place of those of a sample.
void measure_all(Statistics& statistics, const Source& source, std::span<const uint32_t> train,
                 const DecodeOptions& asked) {
  if (!of_rasters(statistics))
    throw Error(Exit::setting, "--all-statistics is of rasters, and these are gray or RGB pictures.",
                "Leave it out.");
  log_info("measuring mean and std of each band on all " + std::to_string(train.size()) + " pictures");
  const BandSummary all = summarise_bands(source, train, asked);
  const double full = all.sample == Sample::u8 ? 255 : all.sample == Sample::u16 ? 65535 : 1;
  for (size_t c = 0; c < all.bands.size(); ++c) {
    statistics.mean[c] = all.bands[c].mean / full;
    statistics.std[c] = all.bands[c].std / full;
  }
  if (all.rasters) statistics.numbers.add(all.numbers);
  statistics.sampled = train.size();
}

// How much mean and std are of; those of photographs matter less.
void say_sample(const Statistics& statistics, const PretrainSettings& settings, size_t pictures) {
  if (!of_rasters(statistics) || statistics.sampled >= pictures || settings.mean != "auto" ||
      !parent(settings).empty())
    return;
  log_info("mean and std of each band from " + std::to_string(statistics.sampled) + " of " +
           std::to_string(pictures) + " pictures; --all-statistics goes through all of them.");
}

}  // namespace

double peak_rate(const PretrainSettings& settings) {
  return settings.lr ? scale_rate(*settings.lr, settings.batch_size, scaling_called(settings.lr_scaling))
                     : default_lr(settings.optimizer, settings.batch_size);
}

int64_t decay_end(const PretrainSettings& settings, const Plan& plan) {
  const int64_t last = plan.total_steps > 0 ? plan.total_steps : int64_t{1} << 40;
  return settings.decay_steps.value_or(last);
}

void warn_of_schedule(const PretrainSettings& settings, const Plan& plan) {
  const int64_t total = plan.total_steps, end = decay_end(settings, plan);
  if (total == 0) return;  // until the plan is known
  if (plan.warmup_steps >= std::min(total, end))
    log_warning("the warm-up of " + std::to_string(plan.warmup_steps) + " steps is as long as the run of " +
                std::to_string(std::min(total, end)) +
                ": the peak learning rate is never held. Lower --warmup-epochs.");
  if (end < total)
    log_warning("the learning rate is 0 from step " + std::to_string(end) + " of " + std::to_string(total) +
                " on: nothing is learnt after it. Leave --decay-steps out.");
}

int64_t warmup_steps(const PretrainSettings& settings, const Plan& plan) {
  const ScheduleShape shape = schedule_shape(settings.schedule);
  if (shape.kind == ScheduleShape::Kind::rising) return shape.warm;
  if (settings.warmup_epochs)
    return std::llround(*settings.warmup_epochs * static_cast<double>(plan.steps_per_epoch));
  const int64_t end = decay_end(settings, plan);
  if (plan.total_steps == 0) return std::min<int64_t>(100, end / 10);  // until the plan is known
  return std::min(std::min(plan.total_steps, end) / 10, 10 * plan.steps_per_epoch);
}

Prepared prepare(const PretrainSettings& settings, const std::optional<Plan>& known) {
  Prepared out;
  out.device = choose_device(settings.device);
  if (settings.augment != "auto") Pipeline check(settings.augment);
  if (settings.loss != "auto") make_loss(settings.loss);
  const Growth check_growth(settings.growth, 32);
  schedule_shape(settings.schedule);
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
    if (settings.all_statistics) measure_all(out.statistics, *source, parts.train, asked);
    say_sample(out.statistics, settings, parts.train.size());
    if (!settings.val_data.empty()) check_validation(*parts.validation, settings, out.statistics);
    if (!settings.test_data.empty()) check_test_scale(settings, out.statistics);
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
  out.pipeline =
      std::make_unique<Pipeline>(plan.augment, band_statistics(plan.mean, plan.std, of_rasters(plan)));
  out.loss = make_loss(plan.loss, parts.classes.shares);
  if (!settings.teacher.empty()) meet_teacher(out, settings);
  if (out.teacher && !known) warn_of_larger_student(plan, *out.teacher);
  return out;
}

}  // namespace simclr

#include "train/pretrain.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "train/checkpoint.hpp"
#include "train/finetuning.hpp"
#include "train/finite.hpp"
#include "train/growth.hpp"
#include "train/loader.hpp"
#include "train/metrics.hpp"
#include "train/monitor.hpp"
#include "train/pace.hpp"
#include "train/progress.hpp"
#include "train/signals.hpp"
#include "train/step.hpp"

namespace simclr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kWarmSteps = 2;  // of a size left out of all timing: memory is taken, kernels are chosen
constexpr int64_t kSettledSteps = 50;  // until batch norm's running statistics, which monitors use, hold
constexpr int64_t kAlarmSteps = 100;   // between alarms of the loss; a look sounds its own
constexpr double kSafety = 0.97;       // of the time, so that a slower end still fits

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Trainer {
 public:
  Trainer(const RunFolder& run, const PretrainSettings& settings, Prepared& prepared)
      : run_(run),
        settings_(settings),
        prepared_(prepared),
        plan_(prepared.plan),
        growth_(plan_.growth, plan_.image_size),
        shape_(schedule_shape(settings.schedule)),
        pace_(growth_) {}
  PretrainResult train();

 private:
  void start();
  void train_step(Loader& loader);
  [[noreturn]] void non_finite(int64_t step, const std::string& what, const at::Tensor& u);
  void check_finite();
  void look();
  void checkpoint();
  void keep_best();
  void take_best();
  void remove_old_bests() const;
  std::filesystem::path best_weights() const {
    return run_.checkpoints() / ("best-" + std::to_string(at_.best.step) + ".safetensors");
  }
  bool plan_by_time();
  void alarm();
  bool stopped_early() const { return simclr::stopped_early(at_, settings_); }
  bool last_step() const {
    return (plan_.total_steps > 0 && at_.step >= plan_.total_steps) || stopped_early();
  }
  bool out_of_time() const {
    return settings_.max_minutes && seconds_since(begin_) >= 60 * *settings_.max_minutes;
  }
  Signs signs() const;
  std::unique_ptr<Loader> make_loader() const;
  size_t stage_of(int64_t step) const {
    return step < plan_.probe_steps ? growth_.stage_of_probe(step, plan_.probe_steps)
                                    : growth_.stage_at(step, plan_.total_steps);
  }

  const RunFolder& run_;
  const PretrainSettings& settings_;
  Prepared& prepared_;
  Plan& plan_;
  const Growth growth_;
  const ScheduleShape shape_;
  Pace pace_;
  size_t stage_ = SIZE_MAX;  // of the last step
  int64_t steps_in_stage_ = 0;
  Model model_;
  Parameters parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<TrainingStep> step_;
  Progress at_;
  std::unique_ptr<MetricsLog> metrics_;
  std::unique_ptr<Monitor> monitor_;
  Clock::time_point begin_ = Clock::now();
  int64_t first_step_ = 0;
  double look_seconds_ = 0;
  int64_t plan_again_ = 0;  // at this step
  int64_t saved_step_ = -1;
  std::vector<uint64_t> batch_;  // pictures of the last step
};

void Trainer::start() {
  model_ = make_model(plan_, static_cast<uint64_t>(settings_.seed));
  if (!settings_.init.empty()) freeze(model_, settings_);
  prepared_.pictures->list_bad_in(run_.bad_files());
  if (prepared_.validation) prepared_.validation->list_bad_with(*prepared_.pictures);
  const auto found = newest_checkpoint(run_);
  if (!found && holds_checkpoints(run_))
    throw Error(Exit::checkpoint, "no intact checkpoint in " + printable(run_.checkpoints().native()) + ".",
                "Start the run again with --overwrite.");
  if (!found) {
    if (std::filesystem::exists(run_.metrics())) log_info("no checkpoint yet: starting from step 0.");
    std::filesystem::create_directories(run_.checkpoints());
    if (!settings_.init.empty()) start_from_run(model_, settings_);
    save_model_weights(run_.checkpoints() / "initial.safetensors", model_, {});
  }
  model_.encoder->to(prepared_.device);
  model_.head->to(prepared_.device);
  parameters_ = model_.parameters();
  optimizer_ = make_optimizer(plan_.optimizer, parameters_, plan_.weight_decay);
  step_ = std::make_unique<TrainingStep>(model_, *prepared_.loss, parameters_, *optimizer_, plan_.precision,
                                         prepared_.device, prepared_.classes, prepared_.pictures->size(),
                                         prepared_.teacher.get());
  if (found) {
    load_checkpoint(*found, model_, optimizer_.get());
    at_ = restore_progress(*found);
    saved_step_ = at_.step;
    discard_checkpoints_after(run_, at_.step);
    log_info("resumed at step " + std::to_string(at_.step) + " from " + printable(found->folder.native()));
    if (plan_.threads != at::get_num_threads())
      log_warning("the run began with " + std::to_string(plan_.threads) + " threads and goes on with " +
                  std::to_string(at::get_num_threads()) + ": the last bits of the weights will differ.");
  }
  first_step_ = at_.step;
  metrics_ = std::make_unique<MetricsLog>(run_, found ? std::optional(at_.step) : std::nullopt);
  const bool held_out = prepared_.validation != nullptr;
  const bool labelled = prepared_.loss->learns_from_labels();
  monitor_ = std::make_unique<Monitor>(
      held_out ? *prepared_.validation : *prepared_.pictures, *prepared_.pipeline, plan_,
      settings_.batch_size, static_cast<uint64_t>(settings_.seed),
      !settings_.val_data.empty() || (held_out && labelled),
      held_out ? prepared_.validation_classes : prepared_.classes, prepared_.teacher.get());
  if (at_.step == 0 || !plan_.planned) look();  // the plan must know what a look costs
  model_.train(true);
}

std::unique_ptr<Loader> Trainer::make_loader() const {
  LoaderOptions options = loader_options(settings_, plan_);
  options.first_step = at_.step;
  options.size_at = [this](int64_t step) { return growth_.stages()[stage_of(step)].size; };
  return std::make_unique<Loader>(*prepared_.pictures, *prepared_.pipeline, options);
}

void Trainer::train_step(Loader& loader) {
  const auto start = Clock::now();
  const Loader::Batch batch = loader.next();
  const double waited = loader.waited_seconds();
  batch_.assign(batch.pictures.begin(), batch.pictures.end());
  const Schedule schedule{plan_.lr, plan_.warmup_steps, decay_end(settings_, plan_), shape_};
  const double lr = schedule(at_.step);
  const double progress =
      plan_.planned ? static_cast<double>(at_.step) / static_cast<double>(plan_.total_steps) : 0;
  const StepValues values = (*step_)(batch, lr, progress);
  if (!std::isfinite(values.loss)) non_finite(at_.step + 1, "the loss", values.u);
  if (!std::isfinite(values.gradient_norm)) non_finite(at_.step + 1, "the gradient", values.u);
  ++at_.step;
  const double seconds = seconds_since(start);
  at_.train_seconds += seconds;
  const size_t stage = stage_of(at_.step - 1);
  if (stage != std::exchange(stage_, stage)) steps_in_stage_ = 0;
  if (++steps_in_stage_ > kWarmSteps) {
    pace_.add(stage, seconds);
    at_.counted_seconds += seconds;
    at_.counted_images += settings_.batch_size;
  }
  at_.loss.add(values.loss);
  at_.top1.add(values.top1);
  const StepMetrics metrics{at_.step,
                            static_cast<double>(at_.step) / static_cast<double>(plan_.steps_per_epoch),
                            values.loss,
                            prepared_.loss->chance(settings_.batch_size),
                            prepared_.loss->floor(settings_.batch_size),
                            values.top1,
                            lr,
                            values.gradient_norm,
                            static_cast<double>(settings_.batch_size) / seconds,
                            waited / seconds};
  metrics_->step(metrics);
  const double left = pace_.seconds_left(at_.step, plan_.total_steps);
  progress_line(step_line(metrics, signs(), plan_, at_.rate(settings_.batch_size, seconds), left));
}

void Trainer::non_finite(int64_t step, const std::string& what, const at::Tensor& u) {
  const std::string message = what + " is not finite at step " + std::to_string(step) +
                              "; the pictures of that step:" + suspects(*prepared_.pictures, batch_, u);
  metrics_->event(step, "non_finite", message);
  throw Error(
      Exit::non_finite, message,
      (saved_step_ >= 0 ? "The checkpoint of step " + std::to_string(saved_step_) + " is intact. " : "") +
          "Look at these pictures, or start another run with a lower --lr or --precision float32; "
          "--resume would repeat the same steps.");
}

void Trainer::check_finite() {
  if (at_.step > first_step_ && !all_finite(model_, *optimizer_)) non_finite(at_.step, "a weight", {});
}

void Trainer::look() {
  check_finite();
  if (shape_.kind == ScheduleShape::Kind::rising && at_.step > 0)
    return;  // of a loss that is about to be lost
  const auto start = Clock::now();
  at_.health = monitor_->look(model_, *prepared_.loss, plan_.precision, prepared_.device);
  at_.looked_at = at_.step;
  const double epoch = static_cast<double>(at_.step) / static_cast<double>(plan_.steps_per_epoch);
  metrics_->health(at_.step, epoch, at_.health, prepared_.validation != nullptr);
  log_info(health_line(epoch, at_.health, prepared_.validation != nullptr));
  keep_best();
  alarm();
  look_seconds_ = seconds_since(start);
}

// Counts the looks at the ends of epochs and of the training, each once, so that a run that was stopped and
// gone on with counts the same as one that was not.
void Trainer::keep_best() {
  const bool regular = at_.step % plan_.steps_per_epoch == 0 || last_step();
  if (settings_.patience == 0 || !regular || at_.step <= at_.best.counted) return;
  if (at_.best.add(at_.health.loss, at_.step)) save_model_weights(best_weights(), model_, {});
  if (stopped_early())
    log_info("the validation loss has not fallen for " + std::to_string(at_.best.looks_since) +
             " looks: stopping early.");
}

// At the end: what was best is what the run gives.
void Trainer::take_best() {
  if (settings_.patience == 0 || at_.best.step < 0 || at_.best.step == at_.step) return;
  load_model_weights(best_weights(), model_);
  log_info("took the weights of step " + std::to_string(at_.best.step) +
           ", whose validation loss was the lowest: " + shortest(std::round(1e4 * at_.best.loss) / 1e4));
  at_.best.step = at_.step;  // taken: a resume of the finished run has nothing left to do
  saved_step_ = -1;
  checkpoint();
}

// The newest checkpoint is of the best weights, or has gone beyond others: no resume can ask for those.
void Trainer::remove_old_bests() const {
  for (const auto& entry : std::filesystem::directory_iterator(run_.checkpoints())) {
    const std::string name = entry.path().filename().native();
    if (name.starts_with("best-") && entry.path() != best_weights()) std::filesystem::remove(entry.path());
  }
}

// Said once, and again only after a healthy while or when it turns into something else. A rate that rises is
// meant to lose the loss.
void Trainer::alarm() {
  if (at_.step <= plan_.warmup_steps || at_.step < kSettledSteps) return;
  if (shape_.kind == ScheduleShape::Kind::rising) return;
  const Verdict verdict = judge(signs());
  if (verdict.word == at_.alarmed) return;
  at_.alarmed = verdict.word == "healthy" ? "" : verdict.word;
  if (at_.alarmed.empty()) return;
  log_warning(verdict.word + ": " + verdict.text);
  metrics_->event(at_.step, "alarm", verdict.word + ": " + verdict.text);
}

void Trainer::checkpoint() {
  if (saved_step_ == at_.step) return;
  check_finite();
  save_checkpoint(run_, at_.step, model_, *optimizer_, to_json(at_));
  saved_step_ = at_.step;
  if (settings_.patience > 0) remove_old_bests();
  metrics_->flush();
}

// After a few measured steps: as many as fit in the time, written down and kept; and once more a quarter of
// the way on, since the first steps are slow. Not in a run that was resumed: its clock began anew.
bool Trainer::plan_by_time() {
  const bool first = !plan_.planned && at_.step - first_step_ == plan_.probe_steps;
  const bool again = plan_.planned && first_step_ == 0 && at_.step == plan_again_;
  if (!settings_.max_minutes || (!first && !again)) return false;
  checkpoint();  // first, so that a resume never trains these steps again by the schedule planned from them
  plan_.planned = true;
  const double look_share = look_seconds_ / static_cast<double>(plan_.steps_per_epoch);
  const double left = kSafety * 60 * *settings_.max_minutes - seconds_since(begin_) - look_seconds_;
  if (first) pace_.probed();
  const int64_t fit = pace_.steps_within(at_.step, left, look_share);
  if (first) plan_again_ = at_.step + (fit - at_.step) / 4;
  if (again && std::abs(fit - plan_.total_steps) < plan_.total_steps / 50) return false;
  const int64_t asked =
      settings_.steps.value_or(settings_.epochs.value_or(INT32_MAX) * plan_.steps_per_epoch);
  plan_.total_steps = std::min(asked, fit);
  plan_.warmup_steps = warmup_steps(settings_, plan_);
  warn_of_schedule(settings_, plan_);
  write_plan(run_, plan_);
  const double rate = static_cast<double>((plan_.total_steps - at_.step) * settings_.batch_size) /
                      pace_.seconds_left(at_.step, plan_.total_steps);
  char text[160];
  std::snprintf(text, sizeof text,
                "planned %lld steps (%.3g epochs) at %.1f images/s to end within %.3g minutes",
                static_cast<long long>(plan_.total_steps),
                static_cast<double>(plan_.total_steps) / static_cast<double>(plan_.steps_per_epoch), rate,
                *settings_.max_minutes);
  log_info(text);
  return true;
}

Signs Trainer::signs() const {
  Signs s;
  s.loss = at_.loss.value;
  s.top1 = at_.top1.value;
  s.chance = prepared_.loss->chance(settings_.batch_size);
  s.floor = prepared_.loss->floor(settings_.batch_size);
  s.rows = 2.0 * static_cast<double>(settings_.batch_size);
  s.z_std = at_.health.z_std;
  s.rank_z = at_.health.rank_z;
  s.width_z = static_cast<double>(model_.head->features());
  s.watched = static_cast<double>(monitor_->pictures());
  s.monitored = s.watched >= 16 && at_.looked_at >= kSettledSteps && !prepared_.loss->scores_classes();
  s.labelled = prepared_.loss->learns_from_labels();
  s.taught = prepared_.loss->learns_from_teacher();
  return s;
}

PretrainResult Trainer::train() {
  start();
  PretrainResult result;
  {
    auto loader = make_loader();
    while (!last_step() && stop_signal() == 0 && !out_of_time()) {
      train_step(*loader);
      if (at_.step % plan_.steps_per_epoch == 0 && !last_step()) look();
      if (plan_by_time()) loader = make_loader();  // the batches made ahead may be of another size
      if (at_.step % kAlarmSteps == 0) alarm();
      if (settings_.checkpoint_every > 0 && at_.step % settings_.checkpoint_every == 0) checkpoint();
    }
  }
  progress_done();
  checkpoint();
  result.stop_signal = last_step() ? 0 : stop_signal();
  if (result.stop_signal == 0) look();
  if (last_step()) take_best();
  result.steps = at_.step;
  result.total_steps = plan_.total_steps;
  result.epochs = static_cast<double>(at_.step) / static_cast<double>(plan_.steps_per_epoch);
  result.train_seconds = at_.train_seconds;
  result.images_per_second = at_.rate(0, 1);
  result.signs = signs();
  result.verdict = last_step() ? judge(result.signs) : unfinished(result);
  if (last_step() && shape_.kind == ScheduleShape::Kind::rising)
    result.verdict = {"range test",
                      "The learning rate rose to find where the loss is lost; see simclr study lr."};
  metrics_->flush();
  return result;
}

}  // namespace

bool stopped_early(const Progress& at, const PretrainSettings& settings) {
  return settings.patience > 0 && at.best.looks_since >= settings.patience;
}

PretrainResult pretrain(const RunFolder& run, const PretrainSettings& settings, Prepared& prepared) {
  return Trainer(run, settings, prepared).train();
}

}  // namespace simclr

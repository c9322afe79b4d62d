#include "train/metrics.hpp"

#include "base/durable.hpp"

namespace simclr {
namespace {

std::filesystem::path without_later_steps(const RunFolder& run, int64_t last) {
  if (!std::filesystem::exists(run.metrics())) return run.metrics();
  std::string kept;
  for (const auto& line : read_json_lines(run.metrics()))
    if (line.value("step", int64_t{0}) <= last) kept += line.dump() + "\n";
  write_durably(run.metrics(), kept);
  return run.metrics();
}

}  // namespace

MetricsLog::MetricsLog(const RunFolder& run, int64_t first_step)
    : lines_(without_later_steps(run, first_step)), events_(run.root) {}

void MetricsLog::step(const StepMetrics& m) {
  lines_.write({{"step", m.step},
                {"epoch", m.epoch},
                {"loss", m.loss},
                {"chance", m.chance},
                {"floor", m.floor},
                {"top1", m.top1},
                {"lr", m.lr},
                {"grad_norm", m.grad_norm},
                {"images_per_second", m.images_per_second},
                {"data_wait", m.data_wait}});
  events_.scalar("train/loss", m.loss, m.step);
  events_.scalar("train/contrastive_top1", m.top1, m.step);
  events_.scalar("train/lr", m.lr, m.step);
  events_.scalar("train/grad_norm", m.grad_norm, m.step);
  events_.scalar("train/images_per_second", m.images_per_second, m.step);
  events_.scalar("train/data_wait", m.data_wait, m.step);
}

void MetricsLog::health(int64_t step, double epoch, const Health& health, bool held_out) {
  const auto json = to_json(health);
  lines_.write({{"step", step}, {"epoch", epoch}, {"held_out", held_out}, {"val", json}});
  for (const auto& [key, value] : json.items()) events_.scalar("val/" + key, value.get<double>(), step);
  events_.flush();
}

void MetricsLog::event(int64_t step, const std::string& kind, const std::string& message) {
  lines_.write({{"step", step}, {"event", kind}, {"message", message}});
}

}  // namespace simclr

#include "train/metrics.hpp"

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace simclr {
namespace {

// Cuts the file down to the lines up to `last`; gives the steps of which it keeps a look.
std::set<int64_t> drop_later_steps(const RunFolder& run, int64_t last) {
  std::set<int64_t> looked_at;
  if (!std::filesystem::exists(run.metrics())) return looked_at;
  const JsonObjects lines = read_json_lines(run.metrics());
  if (lines.damaged > 0)
    log_warning(printable(run.metrics().native()) + ": " + std::to_string(lines.damaged) +
                " damaged lines are dropped.");
  std::string kept;
  for (const auto& line : lines.objects) {
    const auto step = line.find("step");
    if (step == line.end() || !step->is_number_integer() || step->get<int64_t>() > last) continue;
    if (line.contains("val")) looked_at.insert(step->get<int64_t>());
    kept += line.dump() + "\n";
  }
  write_durably(run.metrics(), kept);
  return looked_at;
}

}  // namespace

MetricsLog::MetricsLog(const RunFolder& run, std::optional<int64_t> resumed_at)
    : looked_at_(drop_later_steps(run, resumed_at.value_or(-1))), lines_(run.metrics()), events_(run.root) {
  events_.restart(resumed_at ? *resumed_at + 1 : 0);
}

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
  if (!looked_at_.insert(step).second) return;
  const auto json = to_json(health);
  lines_.write({{"step", step}, {"epoch", epoch}, {"held_out", held_out}, {"val", json}});
  for (const auto& [key, value] : json.items()) events_.scalar("val/" + key, value.get<double>(), step);
  events_.flush();
}

void MetricsLog::event(int64_t step, const std::string& kind, const std::string& message) {
  lines_.write({{"step", step}, {"event", kind}, {"message", message}});
}

}  // namespace simclr

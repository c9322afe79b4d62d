#include "train/metrics.hpp"

#include <algorithm>
#include <cstdio>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace simclr {
namespace {

using Said = std::set<std::pair<int64_t, std::string>>;

// Cuts the file down to the lines up to `last`; gives the looks and events it keeps.
Said drop_later_steps(const RunFolder& run, int64_t last) {
  Said said;
  if (!std::filesystem::exists(run.metrics())) return said;
  const JsonObjects lines = read_json_lines(run.metrics());
  if (lines.damaged > 0)
    log_warning(printable(run.metrics().native()) + ": " + std::to_string(lines.damaged) +
                " damaged lines are dropped.");
  std::string kept;
  for (const auto& line : lines.objects) {
    const auto step = line.find("step");
    if (step == line.end() || !step->is_number_integer() || step->get<int64_t>() > last) continue;
    if (line.contains("val")) said.emplace(step->get<int64_t>(), "val");
    if (line.contains("event")) said.emplace(step->get<int64_t>(), line.value("event", ""));
    kept += line.dump() + "\n";
  }
  write_durably(run.metrics(), kept);
  return said;
}

}  // namespace

std::string step_line(const StepMetrics& m, const Signs& s, const Plan& plan, double rate,
                      double seconds_left) {
  char text[256];
  std::string line = "step " + std::to_string(m.step);
  if (plan.total_steps > 0) {
    const auto left = static_cast<int64_t>(seconds_left);
    std::snprintf(text, sizeof text,
                  left < 3600 ? "/%lld · %lld:%02lld left" : "/%lld · %lld h %02lld min left",
                  static_cast<long long>(plan.total_steps),
                  static_cast<long long>(left < 3600 ? left / 60 : left / 3600),
                  static_cast<long long>(left < 3600 ? left % 60 : left / 60 % 60));
    line += text;
  }
  const double way = 100 * std::max(0.0, s.way());
  std::snprintf(text, sizeof text,
                " · loss %.3f (chance %.2f, floor %.2f) · top-1 %.2f · %.0f images/s · %.0f %% of the way · "
                "waiting %.0f %%",
                s.loss, s.chance, s.floor, s.top1, rate, way, 100 * m.data_wait);
  return line + text;
}

std::string health_line(double epoch, const Health& health, bool held_out) {
  char text[256];
  std::snprintf(text, sizeof text,
                "epoch %.4g · %s loss %.3f · chance %.2f · top-1 %.2f · std %.2f · rank of h %.1f, z %.1f · "
                "alignment %.3f · uniformity %.2f",
                epoch, held_out ? "validation" : "fixed-view", health.loss, health.chance, health.top1,
                health.z_std, health.rank_h, health.rank_z, health.alignment, health.uniformity);
  std::string line = text;
  if (health.knn) {
    std::snprintf(text, sizeof text, " · kNN %.1f %%", 100 * *health.knn);
    line += text;
  }
  return line;
}

MetricsLog::MetricsLog(const RunFolder& run, std::optional<int64_t> resumed_at)
    : said_(drop_later_steps(run, resumed_at.value_or(-1))), lines_(run.metrics()), events_(run.root) {
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
  if (!said_.emplace(step, "val").second) return;
  const auto json = to_json(health);
  lines_.write({{"step", step}, {"epoch", epoch}, {"held_out", held_out}, {"val", json}});
  for (const auto& [key, value] : json.items()) events_.scalar("val/" + key, value.get<double>(), step);
  events_.flush();
}

void MetricsLog::event(int64_t step, const std::string& kind, const std::string& message) {
  if (!said_.emplace(step, kind).second) return;
  lines_.write({{"step", step}, {"event", kind}, {"message", message}});
}

}  // namespace simclr

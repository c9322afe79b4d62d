#pragma once
// What a run says of each step and epoch: metrics.jsonl, TensorBoard events, and a line on the terminal.

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/run.hpp"
#include "formats/json_lines.hpp"
#include "formats/tensorboard.hpp"
#include "train/monitor.hpp"
#include "train/verdict.hpp"

namespace simclr {

struct StepMetrics {
  int64_t step = 0;  // from 1
  double epoch = 0, loss = 0, chance = 0, floor = 0, top1 = 0, lr = 0, grad_norm = 0;
  double images_per_second = 0;
  double data_wait = 0;  // share of the step spent waiting for the loader
};

// For the terminal, what matters most first: it may be narrow. `rate`: images/s so far.
std::string step_line(const StepMetrics& metrics, const Signs& signs, const Plan& plan, double rate,
                      double seconds_left);
std::string health_line(double epoch, const Health& health, bool held_out);

class MetricsLog {
 public:
  // `resumed_at`: the step gone on from, of which later lines are dropped; without it all are.
  MetricsLog(const RunFolder& run, std::optional<int64_t> resumed_at);
  void step(const StepMetrics& metrics);
  void health(int64_t step, double epoch, const Health& health, bool held_out);
  void event(int64_t step, const std::string& kind, const std::string& message);
  void flush() { events_.flush(); }

 private:
  std::set<std::pair<int64_t, std::string>> said_;  // step and "val" or the kind of event: said once
  JsonLines lines_;
  EventWriter events_;
};

}  // namespace simclr

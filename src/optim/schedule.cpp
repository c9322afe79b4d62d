#include "optim/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "base/fields.hpp"
#include "base/spec.hpp"

namespace simclr {
namespace {

Fields fields(ScheduleShape& shape) {
  return {field("from", shape.from, "its lowest rate").range(0, 1000),
          field("to", shape.to, "its highest rate").range(0, 1e9),
          field("warm", shape.warm, "steps at the peak rate before").range(0, 1e9)};
}

}  // namespace

ScheduleShape schedule_shape(const std::string& text) {
  const Spec spec = parse_spec(text, "schedule");
  ScheduleShape shape;
  if (spec.name == "cosine" || spec.name == "constant") {
    configure({}, spec, "schedule");
    if (spec.name == "constant") shape.kind = ScheduleShape::Kind::constant;
    return shape;
  }
  if (spec.name != "rising")
    throw Error(Exit::setting, "--schedule: there is no '" + printable(spec.name) + "'." +
                                   suggestion(spec.name, {"cosine", "constant", "rising"}));
  shape.kind = ScheduleShape::Kind::rising;
  configure(fields(shape), spec, "schedule");
  if (shape.from > 0 && shape.from < shape.to) return shape;
  throw Error(Exit::setting,
              "the rates of a range test rise; from " + shortest(shape.from) + " to " + shortest(shape.to) +
                  " they don't.",
              "Give a lowest one above 0 and a highest above that.");
}

std::string to_text(const ScheduleShape& shape) {
  if (shape.kind == ScheduleShape::Kind::cosine) return "cosine";
  if (shape.kind == ScheduleShape::Kind::constant) return "constant";
  return "rising(from=" + shortest(shape.from) + ",to=" + shortest(shape.to) +
         ",warm=" + std::to_string(shape.warm) + ")";
}

double rising_rate(double from, double to, int64_t step, int64_t steps) {
  if (steps < 2) return to;
  return from * std::pow(to / from, static_cast<double>(step) / static_cast<double>(steps - 1));
}

double Schedule::operator()(int64_t step) const {
  if (step >= total_steps) return 0;
  if (shape.kind == ScheduleShape::Kind::rising) {
    if (step >= shape.warm)
      return rising_rate(shape.from, shape.to, step - shape.warm, total_steps - shape.warm);
    return peak * std::min(1.0, 2 * static_cast<double>(step + 1) / static_cast<double>(shape.warm));
  }
  if (step < warmup_steps) return peak * static_cast<double>(step) / static_cast<double>(warmup_steps);
  if (shape.kind == ScheduleShape::Kind::constant) return peak;
  const double done =
      static_cast<double>(step - warmup_steps) / static_cast<double>(total_steps - warmup_steps);
  return peak * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

int64_t warmup_steps(double warmup_epochs, int64_t images, int64_t batch) {
  return static_cast<int64_t>(
      std::floor(warmup_epochs * static_cast<double>(images) / static_cast<double>(batch)));
}

int64_t total_steps(int64_t epochs, int64_t images, int64_t batch) {
  return images * epochs / batch + 1;
}

double scale_rate(double base, int64_t images, Scaling scaling) {
  const double ratio = static_cast<double>(images) / 256;
  if (scaling == Scaling::linear) return base * ratio;
  if (scaling == Scaling::square_root) return base * std::sqrt(ratio);
  return base;
}

}  // namespace simclr

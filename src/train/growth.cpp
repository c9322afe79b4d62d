#include "train/growth.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/spec.hpp"

namespace simclr {
namespace {

struct LinearGrowth {
  double from = 0.5, until = 0.8;
  int64_t stages = 3;
};

Fields fields(LinearGrowth& s) {
  return {field("from", s.from, "the first size, as a share of the image size").range(0.1, 1),
          field("until", s.until, "share of the steps before the full size").range(0, 1),
          field("stages", s.stages, "sizes, the full one included").range(2, 16)};
}

int rounded(double size, int full) {
  const int grain = full > 64 ? 16 : 4;
  return std::clamp(grain * static_cast<int>(std::lround(size / grain)), std::min(8, full), full);
}

}  // namespace

Growth::Growth(std::string_view text, int image_size) {
  const Spec spec = parse_spec(text, "growth");
  if (spec.name == "none") {
    configure({}, spec, "growth");
    text_ = "none";
    stages_ = {{image_size, 1}};
    return;
  }
  if (spec.name != "linear")
    throw Error(Exit::setting,
                "unknown growth '" + printable(spec.name) + "'." + suggestion(spec.name, {"none", "linear"}));
  LinearGrowth settings;
  configure(fields(settings), spec, "growth");
  text_ = canonical("linear", fields(settings));
  const auto steps_up = static_cast<double>(settings.stages - 1);
  for (int64_t i = 0; i < settings.stages - 1; ++i) {
    const double share = settings.from + (1 - settings.from) * static_cast<double>(i) / steps_up;
    const int size = rounded(share * image_size, image_size);
    if (!stages_.empty() && stages_.back().size == size)
      stages_.back().share += settings.until / steps_up;
    else
      stages_.push_back({size, settings.until / steps_up});
  }
  if (stages_.back().size == image_size)
    stages_.back().share += 1 - settings.until;
  else
    stages_.push_back({image_size, 1 - settings.until});
}

int64_t Growth::first_step(size_t stage, int64_t total_steps) const {
  double before = 0;
  for (size_t i = 0; i < stage; ++i) before += stages_[i].share;
  return std::llround(before * static_cast<double>(total_steps));
}

size_t Growth::stage_at(int64_t step, int64_t total_steps) const {
  size_t stage = stages_.size() - 1;
  while (stage > 0 && step < first_step(stage, total_steps)) --stage;
  return stage;
}

size_t Growth::stage_of_probe(int64_t step, int64_t probes) const {
  return static_cast<size_t>(step * static_cast<int64_t>(stages_.size()) / probes);
}

}  // namespace simclr

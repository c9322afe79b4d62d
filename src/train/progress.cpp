#include "train/progress.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace simclr {

void Smooth::add(double x) {
  const double weight = std::max(0.05, 1.0 / static_cast<double>(++seen));
  value += weight * (x - value);
}

bool Best::add(double loss_then, int64_t step_then) {
  const bool lowest = step < 0 || loss_then < loss;
  looks_since = lowest ? 0 : looks_since + 1;
  if (lowest) loss = loss_then;
  if (lowest) step = step_then;
  counted = step_then;
  return lowest;
}

nlohmann::json to_json(const Progress& p) {
  return {{"train_seconds", p.train_seconds},
          {"counted_seconds", p.counted_seconds},
          {"counted_images", p.counted_images},
          {"loss", {p.loss.value, p.loss.seen}},
          {"top1", {p.top1.value, p.top1.seen}},
          {"best", {p.best.loss, p.best.step, p.best.looks_since, p.best.counted}},
          {"alarmed", p.alarmed}};
}

Progress restore_progress(const Checkpoint& checkpoint) {
  Progress p;
  try {
    const auto& s = checkpoint.state;
    p.step = checkpoint.step;
    p.train_seconds = s.at("train_seconds");
    p.counted_seconds = s.at("counted_seconds");
    p.counted_images = s.at("counted_images");
    p.loss = {s.at("loss").at(0), s.at("loss").at(1)};
    p.top1 = {s.at("top1").at(0), s.at("top1").at(1)};
    p.alarmed = s.at("alarmed");
    if (s.contains("best"))  // not in runs begun before there was early stopping
      p.best = {s.at("best").at(0), s.at("best").at(1), s.at("best").at(2), s.at("best").at(3)};
  } catch (const nlohmann::json::exception&) {
    throw Error(Exit::checkpoint,
                "the state in " + printable(checkpoint.folder.native()) + " is of another version.",
                "Start the run again with --overwrite.");
  }
  return p;
}

}  // namespace simclr

#include "train/pretrain.hpp"

#include "base/error.hpp"

namespace simclr {

Verdict unfinished(const PretrainResult& result) {
  const std::string of = result.total_steps > 0 ? " of " + std::to_string(result.total_steps) : "";
  return {"unfinished", "Stopped " +
                            std::string(result.stop_signal != 0 ? "from outside" : "by --max-minutes") +
                            " after " + std::to_string(result.steps) + of + " steps; go on with --resume."};
}

nlohmann::ordered_json to_json(const PretrainResult& result, const RunFolder& run) {
  return {{"run", printable(run.root.native())},
          {"epochs", result.epochs},
          {"steps", result.steps},
          {"train_seconds", result.train_seconds},
          {"images_per_second", result.images_per_second},
          {"loss", result.signs.loss},
          {"chance", result.signs.chance},
          {"floor", result.signs.floor},
          {"contrastive_top1", result.signs.top1},
          {"verdict", result.verdict.word},
          {"verdict_text", result.verdict.text}};
}

}  // namespace simclr

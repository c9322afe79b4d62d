#include "study/contestant.hpp"

#include <algorithm>

#include "base/random.hpp"

namespace simclr {
namespace {

constexpr size_t kBatchNormPictures = 2048;

// Spread over all classes: folders are sorted by class.
std::vector<uint32_t> sample(const Pictures& pictures) {
  const Permutation order(pictures.size(), 0, 0);
  std::vector<uint32_t> chosen;
  for (size_t i = 0; i < std::min(kBatchNormPictures, pictures.size()); ++i)
    chosen.push_back(static_cast<uint32_t>(order[i]));
  return chosen;
}

Model load(const std::string& name, const RunInputs& inputs, const Checkpoint& checkpoint,
           const Pictures& training) {
  if (name == "encoder") return load_model(checkpoint, inputs.plan);
  Model model = load_initial_model(inputs.run, inputs.plan);
  collect_batch_norm(model, inputs.plan, training.subset(sample(training)), kBatchNormPictures);
  return model;
}

}  // namespace

Embedded labelled(Features features, const Side& side) {
  Embedded rows{std::move(features), {}};
  for (const uint32_t i : rows.features.rows) rows.labels.push_back(side.labels[i]);
  return rows;
}

EmbeddedSides embed_sides(const std::string& name, const RunInputs& inputs, const Checkpoint& checkpoint,
                          const Sides& sides, const EmbedOptions& options) {
  if (name == "pixels")
    return {labelled(raw_pixels(inputs.plan, *sides.train.pictures), sides.train),
            labelled(raw_pixels(inputs.plan, *sides.test.pictures), sides.test)};
  const Model model = load(name, inputs, checkpoint, *sides.train.pictures);
  return {embed_side(model, inputs, sides.train, options), embed_side(model, inputs, sides.test, options)};
}

Embedded embed_side(const Model& model, const RunInputs& inputs, const Side& side,
                    const EmbedOptions& options) {
  return labelled(embed(model, inputs.plan, *side.pictures, options), side);
}

}  // namespace simclr

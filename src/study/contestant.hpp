#pragma once
// What makes features of the pictures of an evaluation: a run's encoder, or what it is compared with — the
// same encoder untrained ("random"), raw pixels ("pixels").

#include "eval/protocol.hpp"
#include "study/sides.hpp"
#include "train/checkpoint.hpp"
#include "train/embed.hpp"

namespace simclr {

// One side of an evaluation as rows; pictures that could not be read have none.
struct Embedded {
  Features features;
  std::vector<int32_t> labels;  // of each row
  Labelled view() const { return {{features.values, labels.size(), features.width}, labels}; }
};

struct EmbeddedSides {
  Embedded train, test;
};

// `name`: "encoder", "random" or "pixels". The untrained encoder takes its batch-norm statistics from the
// training pictures. Error(Exit::checkpoint) when the run has no weights to load.
EmbeddedSides embed_sides(const std::string& name, const RunInputs& inputs, const Checkpoint& checkpoint,
                          const Sides& sides, const EmbedOptions& options);

Embedded labelled(Features features, const Side& side);  // the rows with their pictures' labels

Embedded embed_side(const Model& model, const RunInputs& inputs, const Side& side,
                    const EmbedOptions& options);

}  // namespace simclr

#pragma once
// Which pictures a run learns from and which it looks at to see how it does: by splits of the source, classes
// to hold out, a share to validate on, and of a fine-tuning a share of the labels.

#include <memory>
#include <string>
#include <vector>

#include "loss/loss.hpp"
#include "train/settings.hpp"
#include "train/trained_classes.hpp"

namespace simclr {

struct Division {
  std::vector<std::string> held_out_classes;
  std::vector<uint32_t> train;               // records of the source
  std::shared_ptr<const Source> validation;  // null: none; the source itself, or --val-data
  std::vector<uint32_t> held_out;            // records of that
  TrainedClasses classes;                    // of a loss that learns from labels
  // Of such a loss, see keep_of_classes().
  std::vector<int64_t> numbers, validation_numbers;
};

// `known`: the held-out classes of a run that is resumed. Error(Exit::data) when nothing is left to learn
// from, or labels are missing where the loss needs them.
Division divide(const PretrainSettings& settings, const std::shared_ptr<const Source>& source,
                const Loss& loss, const std::vector<std::string>* known);

}  // namespace simclr

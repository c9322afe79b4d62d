#pragma once
// A probe on frozen features where pictures may have several classes: logistic regression of each class
// against the rest, on the run's encoder, the same encoder untrained, and raw pixels.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "study/sides.hpp"
#include "train/embed.hpp"

namespace simclr {

struct ProbeSettings {
  std::optional<double> c;  // auto: by log loss on held-out fifths
};
Fields fields(ProbeSettings& settings);  // the arguments of multilabel(c=auto)

struct ProbeRequest {
  SidesRequest sides;
  ProbeSettings settings;
  std::vector<std::string> baselines;  // "random", "pixels"
  std::string positive = {};           // of two classes, one a picture; see positive_class()
  EmbedOptions embedding;
};

// {"multilabel": {"encoder": label_scores(), "random": ..., "pixels": ...}, "train", "test", "step", ...}.
// Of pictures with one of two classes the positive one alone is told; its thresholds, as all, come from
// held-out fifths of the training pictures. Error(Exit::data) when there is nothing to tell apart.
nlohmann::ordered_json probe_labels(const RunInputs& inputs, const ProbeRequest& request);

std::string probe_text(const nlohmann::ordered_json& result);  // for people

}  // namespace simclr

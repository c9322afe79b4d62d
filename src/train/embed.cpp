#include "train/embed.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "augment/pipeline.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/threads.hpp"
#include "image/resample.hpp"
#include "nn/batch_norm.hpp"

namespace simclr {
namespace {

// Rows of a forward pass: fixed, since the last bits of a product depend on the number of rows.
constexpr int64_t kSmallRows = 128, kLargeRows = 32;

struct Layer {
  bool encoder = false, unit = false;
  size_t head_layer = 0;  // 1 is the first
};

Layer parse_layer(const std::string& text) {
  if (text == "h") return {true, false, 0};
  if (text == "z") return {false, true, 0};
  if (text.size() == 2 && text[0] == 'g' && text[1] >= '1' && text[1] <= '9')
    return {false, false, static_cast<size_t>(text[1] - '0')};
  throw Error(Exit::setting, "--layer: '" + printable(text) + "' is not h, g1, g2, ... or z.");
}

// One fixed-size batch of evaluation views, filled on several threads.
class EvaluationBatch {
 public:
  explicit EvaluationBatch(const Plan& plan)
      : plan_(plan),
        rows_(plan.image_size <= 64 ? kSmallRows : kLargeRows),
        row_(static_cast<size_t>(plan.image_size) * static_cast<size_t>(plan.image_size) *
             static_cast<size_t>(plan.bands)),
        mean_(plan.mean.begin(), plan.mean.end()),
        std_(plan.std.begin(), plan.std.end()),
        values_(static_cast<size_t>(rows_) * row_) {}

  // Pictures first, first+1, ...; returns which of them (in order) are in rows 0, 1, ...
  std::vector<uint32_t> fill(const Pictures& pictures, size_t first) {
    const size_t n = std::min(static_cast<size_t>(rows_), pictures.size() - first);
    std::vector<char> good(n);
    parallel_for(n, cores(), [&](size_t i) {
      const auto image = pictures.find(first + i);
      good[i] = image != nullptr;
      if (image) put(*image, i);
    });
    std::vector<uint32_t> kept;
    for (size_t i = 0; i < n; ++i) {
      if (good[i] == 0) continue;
      if (kept.size() != i)
        std::memcpy(values_.data() + kept.size() * row_, values_.data() + i * row_, row_ * sizeof(float));
      kept.push_back(static_cast<uint32_t>(first + i));
    }
    return kept;
  }

  int64_t rows() const { return rows_; }

  at::Tensor tensor(c10::Device device) {  // [rows, bands, size, size], channels last
    const int64_t side = plan_.image_size;
    return at::from_blob(values_.data(), {rows_, side, side, plan_.bands}, at::kFloat)
        .permute({0, 3, 1, 2})
        .to(device);
  }

 private:
  void put(const Image& image, size_t i) {
    const Image view = resize_for_evaluation(image, plan_.image_size);
    normalise_into(view, mean_, std_, values_.data() + i * row_);
  }

  const Plan& plan_;
  int64_t rows_;
  size_t row_;
  std::vector<float> mean_, std_, values_;
};

at::Tensor layer_of(const Model& model, const Layer& layer, const at::Tensor& x) {
  at::Tensor h = model.encoder->forward(x);
  if (layer.encoder) return h;
  if (layer.unit) {
    at::Tensor u = model.head->forward(h).to(at::kFloat);
    return u / at::linalg_vector_norm(u, 2, at::IntArrayRef{1}, true).clamp_min(1e-6);
  }
  const auto all = model.head->layers(h);
  if (layer.head_layer > all.size())
    throw Error(Exit::setting, "--layer g" + std::to_string(layer.head_layer) + ": the head '" +
                                   model.head->text + "' has " + std::to_string(all.size()) + " layers.");
  return all[layer.head_layer - 1];
}

}  // namespace

Features embed(const Model& model, const Plan& plan, const Pictures& pictures, const EmbedOptions& options) {
  const Layer layer = parse_layer(options.layer);
  const c10::InferenceMode guard;
  const Autocast autocast(options.precision, options.device);
  model.encoder->eval();
  model.head->eval();
  model.encoder->to(options.device);
  model.head->to(options.device);
  EvaluationBatch batch(plan);
  Features features;
  const auto start = std::chrono::steady_clock::now();
  for (size_t first = 0; first < pictures.size(); first += static_cast<size_t>(batch.rows())) {
    const auto kept = batch.fill(pictures, first);
    const at::Tensor out =
        layer_of(model, layer, batch.tensor(options.device)).to(at::kCPU, at::kFloat).contiguous();
    features.width = static_cast<size_t>(out.size(1));
    const float* values = out.const_data_ptr<float>();
    features.values.insert(features.values.end(), values, values + kept.size() * features.width);
    features.rows.insert(features.rows.end(), kept.begin(), kept.end());
    if (options.progress && std::chrono::steady_clock::now() - start > std::chrono::seconds(5))
      progress_line("embedding " + std::to_string(features.rows.size()) + " of " +
                    std::to_string(pictures.size()));
  }
  if (options.progress) progress_done();
  return features;
}

Features raw_pixels(const Plan& plan, const Pictures& pictures) {
  const int side = std::min(plan.image_size, 32);
  Features features;
  features.width = static_cast<size_t>(side) * static_cast<size_t>(side) * static_cast<size_t>(plan.bands);
  features.values.resize(pictures.size() * features.width);
  std::vector<char> good(pictures.size());
  parallel_for(pictures.size(), cores(), [&](size_t i) {
    const auto image = pictures.find(i);
    if (!image) return;
    const Image view = resize_for_evaluation(*image, side);
    std::memcpy(features.values.data() + i * features.width, view.bytes().data(),
                features.width * sizeof(float));
    good[i] = 1;
  });
  size_t kept = 0;
  for (size_t i = 0; i < pictures.size(); ++i) {
    if (good[i] == 0) continue;
    std::copy_n(features.values.begin() + static_cast<std::ptrdiff_t>(i * features.width), features.width,
                features.values.begin() + static_cast<std::ptrdiff_t>(kept++ * features.width));
    features.rows.push_back(static_cast<uint32_t>(i));
  }
  features.values.resize(kept * features.width);
  return features;
}

void collect_batch_norm(Model& model, const Plan& plan, const Pictures& pictures, size_t most) {
  EvaluationBatch batch(plan);
  const BatchNormStatistics collect(*model.encoder);
  const auto rows = static_cast<size_t>(batch.rows());
  for (size_t first = 0; first < std::min(most, pictures.size()); first += rows) {
    const size_t kept = batch.fill(pictures, first).size();
    if (kept == rows || (first == 0 && kept > 0))  // batches count alike, so a short one only when it is all
      model.encoder->forward(batch.tensor(c10::Device(c10::kCPU)).narrow(0, 0, static_cast<int64_t>(kept)));
  }
}

}  // namespace simclr

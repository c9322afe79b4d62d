#include "train/embed.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>

#include "augment/pipeline.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/threads.hpp"
#include "image/resample.hpp"
#include "nn/batch_norm.hpp"
#include "nn/unit_length.hpp"

namespace simclr {
namespace {

// Rows of a forward pass: fixed, since the last bits of a product depend on the number of rows.
constexpr int64_t kSmallRows = 128, kLargeRows = 32;
// Each thread embeds batches of its own: few rows stay in its cache, and the last batches end together.
constexpr int64_t kSmallRowsOfThread = 32, kLargeRowsOfThread = 8;

int64_t by_size(const Plan& plan, int64_t small, int64_t large) {
  return plan.image_size <= 64 ? small : large;
}

struct Layer {
  bool encoder = false, unit = false;
  size_t head_layer = 0;  // 1 is the first
};

Layer parse_layer(const std::string& text) {
  if (text == "h") return {true, false, 0};
  if (text == "u") return {false, false, 0};
  if (text == "z") return {false, true, 0};
  if (text.size() == 2 && text[0] == 'g' && text[1] >= '1' && text[1] <= '9')
    return {false, false, static_cast<size_t>(text[1] - '0')};
  throw Error(Exit::setting, "--layer: '" + printable(text) + "' is not h, g1, g2, ..., u or z.");
}

// One fixed-size batch of evaluation views.
class EvaluationBatch {
 public:
  EvaluationBatch(const Plan& plan, int64_t rows)
      : plan_(plan),
        rows_(rows),
        row_(static_cast<size_t>(plan.image_size) * static_cast<size_t>(plan.image_size) *
             static_cast<size_t>(plan.bands)),
        mean_(plan.mean.begin(), plan.mean.end()),
        std_(plan.std.begin(), plan.std.end()),
        values_(static_cast<size_t>(rows_) * row_) {}

  // Pictures first, first+1, ...; returns which of them (in order) are in rows 0, 1, ...
  std::vector<uint32_t> fill(const Pictures& pictures, size_t first, unsigned threads = cores()) {
    const size_t n = std::min(static_cast<size_t>(rows_), pictures.size() - first);
    std::vector<char> good(n);
    parallel_for(n, threads, [&](size_t i) {
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

at::Tensor layer_of(const Model& model, const Layer& layer, const at::Tensor& h) {
  if (layer.encoder) return h;
  if (layer.unit) return unit_length(model.head->forward(h).to(at::kFloat));
  if (layer.head_layer == 0) return model.head->forward(h).to(at::kFloat);
  const auto all = model.head->layers(h);
  if (layer.head_layer > all.size())
    throw Error(Exit::setting, "--layer g" + std::to_string(layer.head_layer) + ": the head '" +
                                   model.head->text + "' has " + std::to_string(all.size()) + " layers.");
  return all[layer.head_layer - 1];
}

// Rows of all pictures, written by several threads.
class FeatureRows {
 public:
  FeatureRows(size_t rows, size_t width) : width_(width), values_(rows * width), good_(rows) {}

  void put(const std::vector<uint32_t>& rows, const float* values) {
    for (const auto row : rows) {
      std::copy_n(values, width_, of(row));
      values += width_;
      good_[row] = 1;
    }
  }
  Features take() {  // without those never written
    Features features{width_, {}, {}};
    for (size_t row = 0; row < good_.size(); ++row) {
      if (good_[row] == 0) continue;
      if (features.rows.size() != row) std::copy_n(of(row), width_, of(features.rows.size()));
      features.rows.push_back(static_cast<uint32_t>(row));
    }
    values_.resize(features.rows.size() * width_);
    features.values = std::move(values_);
    return features;
  }

 private:
  float* of(size_t row) { return values_.data() + row * width_; }
  size_t width_;
  std::vector<float> values_;
  std::vector<char> good_;
};

// While it lives, operations that this thread calls run on it alone.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

// All pictures through the network, batch after batch: a thread takes the next one when it is done with one.
class Embedding {
 public:
  Embedding(const Model& model, const Plan& plan, const Pictures& pictures, const EmbedOptions& options)
      : model_(model),
        plan_(plan),
        pictures_(pictures),
        options_(options),
        layer_(parse_layer(options.layer)),
        rows_(options.device.is_cpu() ? by_size(plan, kSmallRowsOfThread, kLargeRowsOfThread)
                                      : by_size(plan, kSmallRows, kLargeRows)),
        batches_((pictures.size() + static_cast<size_t>(rows_) - 1) / static_cast<size_t>(rows_)) {}

  Features run() {
    const c10::InferenceMode guard;
    const at::Tensor h = at::zeros({1, model_.encoder->features()}, at::TensorOptions(options_.device));
    FeatureRows features(pictures_.size(), static_cast<size_t>(layer_of(model_, layer_, h).size(1)));
    if (options_.device.is_cpu())
      on_each_thread(features);
    else
      work([&](const at::Tensor& x) { return model_.encoder->forward(x); }, cores(), features);
    if (options_.progress) progress_done();
    return features.take();
  }

 private:
  // No operation is shared between threads: nobody waits for the others, one decodes while another computes,
  // and the number of threads enters no bit.
  void on_each_thread(FeatureRows& features) {
    const auto type = options_.precision == "bf16" ? at::kBFloat16 : at::kFloat;
    const FoldedNetwork network = [&] {
      const OneThread as_used;  // the layout of weights follows the number of threads
      return model_.encoder->folded(type, {rows_, plan_.bands, plan_.image_size, plan_.image_size});
    }();
    const auto threads = std::min<int64_t>(at::get_num_threads(), static_cast<int64_t>(batches_));
    at::parallel_for(0, threads, 1, [&](int64_t, int64_t) {
      const OneThread alone;
      work([&](const at::Tensor& x) { return network(x.to(type)); }, 1, features);
    });
  }

  void work(const FoldedNetwork& network, unsigned decoders, FeatureRows& features) try {
    const c10::InferenceMode guard;
    const Autocast autocast(options_.precision, options_.device);
    EvaluationBatch batch(plan_, rows_);
    for (size_t i = next_++; i < batches_; i = next_++) {
      const auto kept = batch.fill(pictures_, i * static_cast<size_t>(rows_), decoders);
      const at::Tensor h = network(batch.tensor(options_.device));
      const at::Tensor out = layer_of(model_, layer_, h).to(at::kCPU, at::kFloat).contiguous();
      features.put(kept, out.const_data_ptr<float>());
      show_progress(done_ += kept.size());
    }
  } catch (...) {
    next_ = batches_;  // nor need the other threads go on
    throw;
  }

  void show_progress(size_t done) const {
    if (options_.progress && std::chrono::steady_clock::now() - start_ > std::chrono::seconds(5))
      progress_line("embedding " + std::to_string(done) + " of " + std::to_string(pictures_.size()));
  }

  const Model& model_;
  const Plan& plan_;
  const Pictures& pictures_;
  const EmbedOptions& options_;
  Layer layer_;
  int64_t rows_;
  size_t batches_;
  std::atomic<size_t> next_{0}, done_{0};
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

Features embed(const Model& model, const Plan& plan, const Pictures& pictures, const EmbedOptions& options) {
  model.encoder->eval();
  model.head->eval();
  model.encoder->to(options.device);
  model.head->to(options.device);
  return Embedding(model, plan, pictures, options).run();
}

Features raw_pixels(const Plan& plan, const Pictures& pictures) {
  const int side = std::min(plan.image_size, 32);
  const size_t width =
      static_cast<size_t>(side) * static_cast<size_t>(side) * static_cast<size_t>(plan.bands);
  FeatureRows features(pictures.size(), width);
  parallel_for(pictures.size(), cores(), [&](size_t i) {
    if (const auto image = pictures.find(i)) {
      const Image view = resize_for_evaluation(*image, side);
      features.put({static_cast<uint32_t>(i)}, view.band<float>(0).data());
    }
  });
  return features.take();
}

void collect_batch_norm(Model& model, const Plan& plan, const Pictures& pictures, size_t most) {
  EvaluationBatch batch(plan, by_size(plan, kSmallRows, kLargeRows));
  const BatchNormStatistics collect(*model.encoder);
  const auto rows = static_cast<size_t>(batch.rows());
  for (size_t first = 0; first < std::min(most, pictures.size()); first += rows) {
    const size_t kept = batch.fill(pictures, first).size();
    if (kept == rows || (first == 0 && kept > 0))  // batches count alike, so a short one only when it is all
      model.encoder->forward(batch.tensor(c10::Device(c10::kCPU)).narrow(0, 0, static_cast<int64_t>(kept)));
  }
}

}  // namespace simclr

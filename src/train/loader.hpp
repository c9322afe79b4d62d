#pragma once
// Batches of augmented views, made by threads of their own. What is in batch `step` is a pure function of
// the seed and the step: the same for any number of threads, and after a resume.
// Layout of a batch: channels last, [2N, size, size, bands] float32, normalised; rows 0..N-1 are view 1.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "augment/pipeline.hpp"
#include "base/random.hpp"
#include "train/pictures.hpp"
#include "train/plan.hpp"
#include "train/settings.hpp"

namespace simclr {

struct LoaderOptions {
  int64_t batch = 256;                       // pictures N
  int size = 32;                             // of a view, pixels: the largest
  std::function<int(int64_t step)> size_at;  // none: always `size`
  int bands = 3;
  std::vector<float> mean, std;
  uint64_t seed = 0;
  unsigned threads = 1;
  int64_t first_step = 0;
  int ahead = 3;  // batches prepared at most
};

LoaderOptions loader_options(const PretrainSettings& settings, const Plan& plan);

class Loader {
 public:
  struct Batch {
    std::span<const float> views;        // valid until the next call of next()
    int size = 0;                        // of these views
    std::span<const uint64_t> pictures;  // [N], positions in the picture set
  };
  Loader(const Pictures& pictures, const Pipeline& pipeline, const LoaderOptions& options);
  ~Loader();
  int64_t steps_per_epoch() const { return static_cast<int64_t>(pictures_.size()) / options_.batch; }
  Batch next();                                      // waits for the next batch; rethrows a worker's error
  double waited_seconds() const { return waited_; }  // of the last call

 private:
  struct Slot {
    std::vector<float> views;
    std::vector<uint64_t> pictures;
    int64_t left = 0;  // pictures still to be made
  };
  void work();
  uint64_t picture_at(int64_t item) const;
  void fetch_ahead(int64_t first) const;
  void make(int64_t step, int64_t position, Slot& slot) const;
  int size_at(int64_t step) const { return options_.size_at ? options_.size_at(step) : options_.size; }
  Slot& slot(int64_t step) { return slots_[static_cast<size_t>(step) % slots_.size()]; }

  const Pictures& pictures_;
  const Pipeline& pipeline_;
  LoaderOptions options_;
  std::vector<Slot> slots_;
  std::mutex guard_;
  std::condition_variable room_, ready_;
  int64_t next_item_, oldest_step_;  // item = step * batch + position
  int64_t given_ = -1;
  bool stop_ = false;
  std::exception_ptr failure_;
  double waited_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace simclr

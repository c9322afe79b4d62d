#include "train/loader.hpp"

#include <algorithm>
#include <chrono>

#include "base/threads.hpp"

namespace simclr {
namespace {

constexpr int64_t kChunk = 8;  // pictures taken at once: few locks, little imbalance

}  // namespace

LoaderOptions loader_options(const PretrainSettings& settings, const Plan& plan) {
  LoaderOptions options;
  options.batch = settings.batch_size;
  options.size = plan.image_size;
  options.bands = plan.bands;
  options.mean.assign(plan.mean.begin(), plan.mean.end());
  options.std.assign(plan.std.begin(), plan.std.end());
  options.seed = static_cast<uint64_t>(settings.seed);
  options.threads = static_cast<unsigned>(settings.workers.value_or(cores()));
  return options;
}

Loader::Loader(const Pictures& pictures, const Pipeline& pipeline, const LoaderOptions& options)
    : pictures_(pictures),
      pipeline_(pipeline),
      options_(options),
      slots_(static_cast<size_t>(options.ahead)),
      next_item_(options.first_step * options.batch),
      oldest_step_(options.first_step) {
  const auto n = static_cast<size_t>(options.batch);
  const auto row = static_cast<size_t>(options.size) * static_cast<size_t>(options.size) *
                   static_cast<size_t>(options.bands);
  for (auto& one : slots_) {
    one.views.resize(2 * n * row);
    one.pictures.resize(n);
    one.left = options.batch;
  }
  for (unsigned t = 0; t < std::max(1U, options.threads); ++t) threads_.emplace_back([this] { work(); });
}

Loader::~Loader() {
  {
    const std::lock_guard lock(guard_);
    stop_ = true;
  }
  room_.notify_all();
  threads_.clear();  // joins
}

// In the order of its epoch; items are counted through all steps.
uint64_t Loader::picture_at(int64_t item) const {
  const int64_t epoch_items = steps_per_epoch() * options_.batch;
  const Permutation order(pictures_.size(), options_.seed, static_cast<uint32_t>(item / epoch_items));
  return order[static_cast<uint64_t>(item % epoch_items)];
}

// A chunk that some thread will take when all have done the one they are at.
void Loader::fetch_ahead(int64_t first) const {
  const int64_t distance = kChunk * static_cast<int64_t>(std::max(1U, options_.threads));
  for (int64_t i = 0; i < kChunk; ++i) pictures_.will_need(picture_at(first + distance + i));
}

void Loader::work() {
  std::unique_lock lock(guard_);
  for (;;) {
    room_.wait(lock, [&] {
      return stop_ || next_item_ / options_.batch < oldest_step_ + static_cast<int64_t>(slots_.size());
    });
    if (stop_) return;
    const int64_t step = next_item_ / options_.batch, begin = next_item_ % options_.batch;
    const int64_t end = std::min(begin + kChunk, options_.batch);
    next_item_ += end - begin;
    lock.unlock();
    std::exception_ptr failure;
    try {
      fetch_ahead(step * options_.batch + begin);
      for (int64_t position = begin; position < end; ++position) make(step, position, slot(step));
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure && !failure_) failure_ = failure;
    slot(step).left -= end - begin;
    if (slot(step).left == 0 || failure_) ready_.notify_all();
  }
}

void Loader::make(int64_t step, int64_t position, Slot& slot) const {
  const int64_t epoch = step / steps_per_epoch();
  const uint64_t index = picture_at(step * options_.batch + position);
  const PictureRef picture = pictures_.get(index);
  slot.pictures[static_cast<size_t>(position)] = picture.index;
  const int size = size_at(step);
  const size_t row =
      static_cast<size_t>(size) * static_cast<size_t>(size) * static_cast<size_t>(options_.bands);
  for (uint8_t view = 0; view < 2; ++view) {
    const Draw draw{options_.seed, static_cast<uint32_t>(epoch), index, view};
    const Image made = pipeline_.apply(*picture.image, draw, static_cast<uint64_t>(step), size);
    const auto at = static_cast<size_t>(position + view * options_.batch) * row;
    normalise_into(made, options_.mean, options_.std, slot.views.data() + at);
  }
}

Loader::Batch Loader::next() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(guard_);
  if (given_ >= 0) {  // the batch given before may now be overwritten
    slot(given_).left = options_.batch;
    ++oldest_step_;
    room_.notify_all();
  }
  Slot& wanted = slot(oldest_step_);
  ready_.wait(lock, [&] { return wanted.left == 0 || failure_; });
  if (failure_) std::rethrow_exception(failure_);
  given_ = oldest_step_;
  waited_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const int size = size_at(given_);
  const auto values = static_cast<size_t>(2 * options_.batch * size * size * options_.bands);
  return {std::span(wanted.views).first(values), size, wanted.pictures};
}

}  // namespace simclr

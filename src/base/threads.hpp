#pragma once
// Work on several threads, without LibTorch: loader threads call none of it.

#include <cstddef>
#include <functional>

namespace simclr {

unsigned cores();  // processors this process may use, by its affinity and OMP_NUM_THREADS, at least 1

// Calls work(i) for every i below n on `threads` threads, in no order; the first exception is rethrown
// after all threads have ended.
void parallel_for(size_t n, unsigned threads, const std::function<void(size_t)>& work);

}  // namespace simclr

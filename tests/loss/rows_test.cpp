#include "loss/rows.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cmath>
#include <mutex>
#include <set>
#include <vector>

namespace simclr {
namespace {

TEST(ForEachPairTest, MeetsEveryPairOnceForAnyCount) {
  for (const int64_t blocks : {1, 2, 3, 4, 7, 16, 31, 32, 33, 50, 64, 65, 129}) {
    std::mutex guard;
    std::set<std::pair<int64_t, int64_t>> met;
    int64_t calls = 0;
    for_each_pair(blocks, [&](int64_t i, int64_t j) {
      const std::lock_guard lock(guard);
      EXPECT_TRUE(0 <= i && i <= j && j < blocks) << i << ' ' << j;
      met.emplace(i, j);
      ++calls;
    });
    EXPECT_EQ(calls, blocks * (blocks + 1) / 2);
    EXPECT_EQ(static_cast<int64_t>(met.size()), calls);
  }
}

// Each block sees its partners in one order, whoever does the work, and never two at a time.
TEST(ForEachPairTest, OrderAtEachBlockDoesNotDependOnThreads) {
  const int threads = at::get_num_threads();
  for (const int64_t blocks : {5, 40, 70}) {
    std::vector<std::vector<int64_t>> first;
    for (const int count : {1, 2, 4}) {
      at::set_num_threads(count);
      std::vector<std::vector<int64_t>> partners(static_cast<size_t>(blocks));
      for_each_pair(blocks, [&](int64_t i, int64_t j) {  // no lock: the walk itself keeps others away
        partners[static_cast<size_t>(i)].push_back(j);
        if (i != j) partners[static_cast<size_t>(j)].push_back(i);
      });
      if (first.empty()) first = partners;
      EXPECT_EQ(partners, first) << count << " threads, " << blocks << " blocks";
    }
  }
  at::set_num_threads(threads);
}

TEST(UnitRowsTest, PadsWithZerosAndKeepsTheRows) {
  const UnitRows rows = unit_rows(at::ones({5, 3}) * 2, 32);
  EXPECT_EQ(rows.padded(), 32);
  EXPECT_EQ(rows.line() % 32, 0);
  EXPECT_NEAR(rows.z.sum().item<double>(), 15 / std::sqrt(3.0), 1e-5);
  EXPECT_NEAR(rows.z.narrow(0, 0, 5).narrow(1, 0, 3).min().item<double>(), 1 / std::sqrt(3.0), 1e-6);
}

}  // namespace
}  // namespace simclr

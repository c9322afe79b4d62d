#include "base/threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

namespace simclr {
namespace {

TEST(Cores, AreLimitedByOpenMPsVariable) {
  const char* const before = std::getenv("OMP_NUM_THREADS");
  const std::string kept = before == nullptr ? "" : before;
  ::unsetenv("OMP_NUM_THREADS");
  const unsigned all = cores();
  EXPECT_GE(all, 1U);
  for (const auto& [text, expected] :
       {std::pair("1", 1U), {"1,4", 1U}, {"100000", all}, {"0", all}, {"-1", all}, {"", all}, {"x", all}}) {
    ::setenv("OMP_NUM_THREADS", text, 1);
    EXPECT_EQ(cores(), expected) << text;
  }
  ::unsetenv("OMP_NUM_THREADS");
  if (before != nullptr) ::setenv("OMP_NUM_THREADS", kept.c_str(), 1);
}

TEST(ParallelFor, DoesEachItemOnce) {
  for (const unsigned threads : {0U, 1U, 2U, 5U, 64U}) {
    for (const size_t n : {0UL, 1UL, 2UL, 7UL, 1000UL}) {
      std::vector<std::atomic<int>> counts(n);
      parallel_for(n, threads, [&](size_t i) { counts.at(i)++; });
      for (const auto& count : counts) ASSERT_EQ(count, 1) << threads << " threads, " << n << " items";
    }
  }
}

TEST(ParallelFor, RethrowsAfterAllThreadsHaveEnded) {
  for (const unsigned threads : {1U, 2U, 8U}) {
    std::atomic<int> inside{0}, done{0};
    try {
      parallel_for(1000, threads, [&](size_t i) {
        ++inside;
        if (i == 10) {
          --inside;
          throw std::runtime_error("item 10");
        }
        ++done;
        --inside;
      });
      FAIL() << "the exception was swallowed";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "item 10");
    }
    EXPECT_EQ(inside, 0);
    EXPECT_LT(done, 1000);
  }
}

TEST(ParallelFor, ManyExceptionsGiveOne) {
  EXPECT_THROW(parallel_for(100, 4, [](size_t i) { throw std::out_of_range(std::to_string(i)); }),
               std::out_of_range);
}

TEST(Cores, IsAtLeastOne) {
  EXPECT_GE(cores(), 1U);
}

}  // namespace
}  // namespace simclr

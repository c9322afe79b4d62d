#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"
#include "image/rows.hpp"

namespace simclr::test {
namespace {

// Every instruction set against the plain loops, bit for bit: a view must not depend on the machine.
class RowKernelsTest : public testing::TestWithParam<const RowKernels*> {};

std::vector<float> floats(size_t count, uint64_t stream) {
  Random random({.seed = 11, .index = stream}, 0);
  std::vector<float> all(count);
  for (float& x : all) x = static_cast<float>(random.uniform(-1, 1));
  return all;
}

template <class T>
void expect_same_sums(const RowKernels& kernels) {
  Random random({.seed = 12}, 0);
  for (const size_t n : {1U, 7U, 8U, 15U, 16U, 17U, 31U, 64U, 65U, 200U, 533U})
    for (const int count : {1, 2, 3, 4, 5, 6, 7, 8, 11, 23}) {
      std::vector<T> pixels(n * static_cast<size_t>(count));
      for (T& x : pixels) x = static_cast<T>(random.below(sizeof(T) == 1 ? 256 : 65536));
      std::vector<const T*> rows;
      for (size_t i = 0; i < static_cast<size_t>(count); ++i) rows.push_back(pixels.data() + i * n);
      const auto weights = floats(static_cast<size_t>(count), n);
      std::vector<float> want(n + 1, 7.0F), got = want;  // the one behind the end stays
      plain_row_kernels().weigh(rows.data(), weights.data(), count, want.data(), n);
      kernels.weigh(rows.data(), weights.data(), count, got.data(), n);
      ASSERT_EQ(got, want) << n << " pixels, " << count << " rows";
    }
}

TEST_P(RowKernelsTest, RowsOfEveryTypeAreWeighedAlike) {
  expect_same_sums<uint8_t>(*GetParam());
  expect_same_sums<uint16_t>(*GetParam());
  expect_same_sums<float>(*GetParam());
}

TEST_P(RowKernelsTest, NeighboursAreWeighedAlike) {
  for (const size_t n : {1U, 8U, 16U, 33U, 224U, 225U})
    for (const int count : {1, 3, 5, 7, 9, 23}) {
      const auto row = floats(n + static_cast<size_t>(count) - 1, n), weights = floats(23, 1);
      std::vector<float> want(n + 1, 7.0F), got = want;
      plain_row_kernels().neighbours(row.data(), weights.data(), count, want.data(), n);
      GetParam()->neighbours(row.data(), weights.data(), count, got.data(), n);
      ASSERT_EQ(got, want) << n << " pixels, " << count << " taps";
    }
}

// Windows as those of a resize by `ratio`, forwards or mirrored.
Windows windows_of(size_t outputs, double ratio, int used, bool mirrored) {
  Windows windows;
  windows.used = used;
  windows.taps = (used + 3) / 4 * 4;
  for (size_t x = 0; x < outputs; ++x)
    windows.start.push_back(static_cast<int>(ratio * static_cast<double>(mirrored ? outputs - 1 - x : x)));
  windows.weight = floats(outputs * static_cast<size_t>(windows.taps), outputs);
  for (size_t x = 0; x < outputs; ++x)
    for (int i = used; i < windows.taps; ++i)
      windows.weight[x * static_cast<size_t>(windows.taps) + static_cast<size_t>(i)] = 0;
  return windows;
}

TEST_P(RowKernelsTest, ColumnsAreWeighedAlike) {
  bool arranged = false;
  for (const size_t outputs : {1U, 8U, 15U, 16U, 17U, 32U, 50U, 224U})
    for (const double ratio : {0.1, 0.5, 1.0, 1.3, 1.8, 3.0})
      for (const int used : {1, 2, 3, 4, 5, 7, 9})
        for (const bool mirrored : {false, true}) {
          Windows windows = windows_of(outputs, ratio, used, mirrored);
          const auto width =
              static_cast<size_t>(ratio * static_cast<double>(outputs)) + static_cast<size_t>(used);
          std::vector<float> row = floats(width, 5);
          row.resize(width + windows.beyond());
          std::vector<float> want(outputs + 1, 7.0F), got = want;
          plain_row_kernels().columns(row.data(), windows, want.data());
          arrange(windows, GetParam()->lanes);
          arranged = arranged || !windows.base.empty();
          GetParam()->columns(row.data(), windows, got.data());
          ASSERT_EQ(got, want) << outputs << " outputs, ratio " << ratio << ", " << used << " taps";
        }
  EXPECT_EQ(arranged, GetParam()->lanes >= 8);
}

INSTANTIATE_TEST_SUITE_P(Each, RowKernelsTest, testing::ValuesIn(all_row_kernels()),
                         [](const auto& each) { return std::string(each.param->name); });

TEST(RowKernels, TheWidestComesFirst) {
  EXPECT_EQ(&row_kernels(), all_row_kernels().front());
  EXPECT_EQ(&plain_row_kernels(), all_row_kernels().back());
}

}  // namespace
}  // namespace simclr::test

#include "train/label_choice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/expect_error.hpp"
#include "data/statistics.hpp"
#include "train/scratch_folder.hpp"

namespace simclr {
namespace {

// 90 pictures: 60 a, 24 b, 5 c and one without a label.
std::shared_ptr<const Source> unequal_classes(const ScratchFolder& folder, const char* column = "label") {
  folder.pictures(90);
  std::string table = std::string("path,") + column + "\n";
  for (int i = 0; i < 90; ++i)
    table += std::to_string(1000 + i) + ".png," +
             (i < 60   ? "a"
              : i < 84 ? (column[5] == 's' ? "a;b" : "b")
              : i < 89 ? "c"
                       : "") +
             "\n";
  folder.write("t.csv", table);
  return open_source((folder.path() / "t.csv").native());
}

std::map<int32_t, size_t> by_class(const Source& source, const std::vector<uint32_t>& records) {
  std::map<int32_t, size_t> counts;
  for (const uint32_t i : records) ++counts[source.record(i).label];
  return counts;
}

using Counts = std::map<int32_t, size_t>;

TEST(LabelChoice, TakesAShareOfEachClassAndAtLeastOne) {
  const ScratchFolder folder;
  const auto source = unequal_classes(folder);
  const auto all = every_record(*source);
  EXPECT_EQ(by_class(*source, choose_labelled(*source, all, {1, false, 0})),
            (Counts{{0, 60}, {1, 24}, {2, 5}}));
  EXPECT_EQ(by_class(*source, choose_labelled(*source, all, {0.1, false, 0})),
            (Counts{{0, 6}, {1, 2}, {2, 1}}));
  EXPECT_EQ(by_class(*source, choose_labelled(*source, all, {1e-6, false, 0})),
            (Counts{{0, 1}, {1, 1}, {2, 1}}));
  EXPECT_EQ(by_class(*source, choose_labelled(*source, all, {1, true, 0})), (Counts{{0, 5}, {1, 5}, {2, 5}}));
  EXPECT_EQ(by_class(*source, choose_labelled(*source, all, {0.4, true, 0})),
            (Counts{{0, 2}, {1, 2}, {2, 2}}));
}

TEST(LabelChoice, ASmallerShareIsPartOfALarger) {
  const ScratchFolder folder;
  const auto source = unequal_classes(folder);
  const auto all = every_record(*source);
  for (const uint64_t seed : {0, 1}) {
    std::vector<uint32_t> smaller;
    for (const double share : {0.01, 0.03, 0.1, 0.25, 0.5, 1.0}) {
      const auto larger = choose_labelled(*source, all, {share, false, seed});
      EXPECT_TRUE(std::includes(larger.begin(), larger.end(), smaller.begin(), smaller.end())) << share;
      smaller = larger;
    }
  }
  EXPECT_NE(choose_labelled(*source, all, {0.1, false, 0}), choose_labelled(*source, all, {0.1, false, 1}));
}

TEST(LabelChoice, OfSeveralClassesTheRarestCounts) {
  const ScratchFolder folder;
  const auto source = unequal_classes(folder, "labels");
  const auto chosen = choose_labelled(*source, every_record(*source), {0.25, false, 0});
  std::vector<size_t> counts(3);
  for (const uint32_t i : chosen)
    for (const int32_t label : source->labels(i)) ++counts[static_cast<size_t>(label)];
  EXPECT_EQ(counts, (std::vector<size_t>{21, 6, 1}));  // a: 15 alone and 6 with b
  expect_error(
      [&] {
        choose_labelled(*source, every_record(*source), {1, true, 0});
      },
      Exit::data, {"--balanced takes one of each"});
}

}  // namespace
}  // namespace simclr

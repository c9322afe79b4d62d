#include "eval/class_gallery.hpp"

#include <gtest/gtest.h>

#include "eval/sample_tables.hpp"

namespace simclr {
namespace {

using Rows = std::vector<uint32_t>;

TEST(ClassGallery, OfTheGoldenFile) {
  const auto golden = golden_file("knn_angles.json");
  const SampleTable sample = table_from(golden.at("features"));
  const auto labels = golden.at("labels").get<std::vector<int32_t>>();
  const auto galleries = class_galleries(sample.table(), labels, 3, 2);
  for (size_t c = 0; c < 3; ++c) {
    const auto& wanted = golden.at("gallery").at(std::to_string(c));
    EXPECT_EQ(galleries[c].nearest, wanted.at("near").get<Rows>());
    EXPECT_EQ(galleries[c].farthest, wanted.at("far").get<Rows>());
    EXPECT_EQ(galleries[c].strangers, wanted.at("impostors").get<Rows>());
  }
}

TEST(ClassGallery, SmallClassesGiveWhatTheyHave) {
  const SampleTable sample{{1, 0, 0.9F, 0.1F, 0, 1}, 3, 2, {0, 0, 2}};
  const auto galleries = class_galleries(sample.table(), sample.labels, 3);
  EXPECT_EQ(galleries[0].nearest.size(), 2U);
  EXPECT_EQ(galleries[0].strangers, Rows{2});
  EXPECT_TRUE(galleries[1].nearest.empty() && galleries[1].strangers.empty());
  EXPECT_EQ(galleries[2].nearest, Rows{2});
  EXPECT_EQ(galleries[2].strangers, (Rows{1, 0}));
}

}  // namespace
}  // namespace simclr

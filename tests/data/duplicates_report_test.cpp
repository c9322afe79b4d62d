#include "data/duplicates_report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/durable.hpp"
#include "data/scenes.hpp"
#include "formats/csv.hpp"

namespace simclr {
namespace {

using test::Labelled;
using test::TempFolder;

TEST(DuplicatesReport, TextJsonAndCsvTellTheSame) {
  const Labelled data;
  const auto source = open_source(data.folder.root());
  DuplicatesReport report{data.folder.root(), "", source.get(), nullptr, {}, {}};
  report.found = find_duplicates(*source, nullptr, report.options);

  const std::string text = to_text(report, 1);
  for (const char* part : {"groups      2 of 6 pictures", "4 exact, 3 near (at most 24 of 255 bits apart)",
                           "leaks       4 pairs across", "labels      4 pairs of different",
                           "group 1, 4 pictures", "test/cat/d.jpg  (test, cat)", "and 1 group more", "--out"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  EXPECT_EQ(text.find("group 2"), std::string::npos);
  EXPECT_NE(to_text(report, 2).find("f,\\x0a.png"), std::string::npos);

  const auto json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json["exact_pairs"], 4);
  EXPECT_EQ(json["pairs_across_splits"], 4);
  EXPECT_EQ(json["pairs_of_other_labels"], 4);
  EXPECT_EQ(json["groups"][0].size(), 4U);
  EXPECT_EQ(json["groups"][0][0]["kind"], "near");
  EXPECT_EQ(json["groups"][0][0]["split"], "test");

  write_durably(data.folder.at("out.csv"), to_csv(report));
  const CsvTable table = read_csv(data.folder.at("out.csv"));
  EXPECT_EQ(table.header,
            (test::Texts{"group", "distance", "kind", "id", "path", "label", "split", "source"}));
  ASSERT_EQ(table.rows.size(), 6U);
  EXPECT_EQ(table.rows[0],
            (test::Texts{"1", table.rows[0][1], "near", "test/cat/d.jpg", data.folder.at("test/cat/d.jpg"),
                         "cat", "test", data.folder.root()}));
  EXPECT_EQ(table.rows[4][3], "test/cat/f,\n.png");
  EXPECT_EQ(table.rows[5][0], "2");
}

TEST(DuplicatesReport, MontageHasARowAGroup) {
  const TempFolder folder;
  folder.write("a.png", test::png(40, 20, {200, 10, 30}));
  folder.write("b.png", test::png(40, 20, {200, 10, 30}));
  folder.write("c.png", test::png(32, 32, {1, 2, 3}));
  folder.write("d.png", test::png(32, 32, {1, 2, 3}));
  const auto source = open_source(folder.root());
  DuplicatesReport report{folder.root(), "", source.get(), nullptr, {}, {}};
  report.found = find_duplicates(*source, nullptr, report.options);
  const Image grid = montage(report, 10, 40);
  ASSERT_EQ(grid.bands(), 3);
  EXPECT_EQ(grid.height(), 4 + 2 * 44);
  EXPECT_EQ(grid.width(), 4 + 2 * 44);
  const auto red = [&](int y, int x) {
    return grid.band<uint8_t>(0)[static_cast<size_t>(y * grid.width() + x)];
  };
  EXPECT_EQ(red(4 + 20, 4 + 20), 200);
  EXPECT_EQ(red(4 + 20, 48 + 20), 200);
  EXPECT_EQ(red(48 + 20, 48 + 20), 1);
  EXPECT_EQ(red(4 + 20, 4 + 5), 200);  // beside the narrow one: the background is gray of 200
  EXPECT_EQ(grid.band<uint8_t>(1)[static_cast<size_t>((4 + 20) * grid.width() + 4 + 5)], 200);
  EXPECT_EQ(montage(report, 1, 40).height(), 4 + 44);
}

}  // namespace
}  // namespace simclr

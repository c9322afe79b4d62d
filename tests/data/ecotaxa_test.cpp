#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/both_fixture.hpp"
#include "data/inspect.hpp"

namespace simclr {
namespace {

using test::Both;
using test::gray_png;
using test::holds;
using test::ids;
using test::labels;
using test::read_all;
using test::refusal;
using test::Texts;
using test::ZipFile;

// A table as EcoTaxa writes it: a byte order mark, all texts in quotes, tabs; "a|b" makes two cells.
std::string tsv(const Texts& rows) {
  std::string text = "\xEF\xBB\xBF";
  for (const auto& row : rows) {
    text += '"';
    for (const char c : row) text += c == '|' ? std::string("\"\t\"") : std::string(1, c);
    text += "\"\n";
  }
  return text;
}

const std::string header =
    "img_file_name|img_rank|object_id|object_annotation_status|object_annotation_category|"
    "object_annotation_hierarchy";

TEST(Ecotaxa, OneRecordAnObjectKeyedByItsId) {
  const Both both(
      {{"ecotaxa_export_1.tsv",
        tsv({header, "[t]|[f]|[t]|[t]|[t]|[t]", "s1/b.png|0|s1_2|validated|Copepoda|living>Copepoda",
             "s1/a.png|0|s1_1|validated|detritus|not-living>detritus", "s1/c.png|0|s1_3|||"})},
       {"s1/a.png", gray_png(1)},
       {"s1/b.png", gray_png(2)},
       {"s1/c.png", gray_png(3)},
       {"s1/unnamed.png", gray_png(4)},
       {"job_7.log", "done"}});
  for (const auto& source : both.open()) {
    EXPECT_EQ(source->kind(), "ecotaxa");
    EXPECT_EQ(ids(*source), (Texts{"s1_2", "s1_1", "s1_3"}));  // in the order of the table
    EXPECT_EQ(labels(*source), (Texts{"Copepoda", "detritus", ""}));
    EXPECT_EQ(source->record(2).label, -1);
    EXPECT_EQ(source->classes(), (Texts{"Copepoda", "detritus"}));
    EXPECT_EQ(read_all(*source), (Texts{"2", "1", "3"}));
    EXPECT_FALSE(source->in_arrays());
    EXPECT_EQ(source->scan().unreadable, 0U);
  }
  const auto [folder, zip] = std::pair(both.open()[0], both.open()[1]);
  EXPECT_EQ(folder->path(0), both.folder.at("in/s1/b.png"));
  EXPECT_EQ(folder->file(0), folder->path(0));
  EXPECT_EQ(zip->path(0), both.folder.at("export.zip/s1/b.png"));
  EXPECT_EQ(zip->file(0), both.folder.at("export.zip"));
  const auto table = open_source(both.folder.at("in/ecotaxa_export_1.tsv"));
  EXPECT_EQ(table->kind(), "ecotaxa");
  EXPECT_EQ(ids(*table), ids(*folder));
  EXPECT_EQ(read_all(*table), read_all(*folder));
}

TEST(Ecotaxa, ThePictureOfTheLowestRankStandsForTheObject) {
  const Both both({{"ecotaxa_1.tsv", tsv({header, "1.png|2|a|||", "2.png|0|a|||", "3.png|1|a|||",
                                          "4.png|10|b|||", "5.png|9|b|||", "5.png|9|b|||"})},
                   {"1.png", gray_png(1)},
                   {"2.png", gray_png(2)},
                   {"3.png", gray_png(3)},
                   {"4.png", gray_png(4)},
                   {"5.png", gray_png(5)}});
  for (const auto& source : both.open()) {
    EXPECT_EQ(ids(*source), (Texts{"a", "b"}));
    EXPECT_EQ(read_all(*source), (Texts{"2", "5"}));
  }
  const Both unranked({{"ecotaxa_1.tsv", tsv({"object_id|img_file_name", "a|1.png", "a|2.png"})},
                       {"1.png", gray_png(1)},
                       {"2.png", gray_png(2)}});
  for (const auto& source : unranked.open()) EXPECT_EQ(read_all(*source), (Texts{"1"}));
}

TEST(Ecotaxa, OnlyValidatedAnnotationsAreLabels) {
  const Both both(
      {{"ecotaxa_1.tsv", tsv({header, "1.png|0|a|validated|Copepoda|", "2.png|0|b|predicted|Copepoda|",
                              "3.png|0|c|dubious|egg|", "4.png|0|d|Validated|egg|", "5.png|0|e||egg|",
                              "6.png|0|f|predicted||"})},
       {"1.png", gray_png()},
       {"2.png", gray_png()},
       {"3.png", gray_png()},
       {"4.png", gray_png()},
       {"5.png", gray_png()},
       {"6.png", gray_png()}});
  for (const auto& source : both.open()) {
    EXPECT_EQ(labels(*source), (Texts{"Copepoda", "", "", "egg", "", ""}));
    EXPECT_EQ(source->scan().unused_labels,
              (std::map<std::string, size_t>{{"dubious", 1}, {"predicted", 1}, {"without a status", 1}}));
    const auto found = inspect(*source, "x");
    EXPECT_TRUE(holds(to_text(found), "source      x (ecotaxa)"));
    EXPECT_TRUE(holds(to_text(found), "dubious 1, predicted 1, without a status 1: only validated"))
        << to_text(found);
    EXPECT_EQ(nlohmann::json::parse(to_json(found))["unused_labels"]["predicted"], 1);
  }
}

TEST(Ecotaxa, WithoutAnyStatusEveryTaxonIsALabel) {
  for (const char* column : {"object_annotation_category", "object_taxon", "taxonomy"}) {
    const Both both(
        {{"ecotaxa_1.tsv",
          tsv({"object_id|img_file_name|object_annotation_status|" + std::string(column), "a|1.png||egg"})},
         {"1.png", gray_png()}});
    for (const auto& source : both.open()) EXPECT_EQ(labels(*source), (Texts{"egg"})) << column;
  }
}

TEST(Ecotaxa, TheLeafOfAHierarchyIsTheLabel) {
  const Both both(
      {{"ecotaxa_1.tsv", tsv({"object_id|img_file_name|taxonomy", "a|1.png|living>Crustacea>Copepoda",
                              "b|2.png|not-living > detritus", "c|1.png|egg<Copepoda"})},
       {"1.png", gray_png()},
       {"2.png", gray_png()}});
  for (const auto& source : both.open())
    EXPECT_EQ(labels(*source), (Texts{"Copepoda", "detritus", "egg<Copepoda"}));
  const Both alone({{"ecotaxa_1.tsv", tsv({"object_id|img_file_name|object_annotation_hierarchy",
                                           "a|1.png|living>Crustacea>Copepoda"})},
                    {"1.png", gray_png()}});
  for (const auto& source : alone.open()) EXPECT_EQ(labels(*source), (Texts{"Copepoda"}));
}

TEST(Ecotaxa, ATaxonOfSeveralHierarchiesIsToldApartByItsParents) {
  const Both both({{"ecotaxa_1.tsv",
                    tsv({header, "1.png|0|a|validated|part|living>Crustacea>part",
                         "1.png|0|b|validated|part|living>Annelida>part", "1.png|0|c|validated|part|",
                         "1.png|0|d|validated|egg|living>egg", "1.png|0|e|validated|leg|x>Crustacea>leg",
                         "1.png|0|f|validated|leg|y>Crustacea>leg", "1.png|0|g|predicted|egg|other>egg"})},
                   {"1.png", gray_png()}});
  for (const auto& source : both.open())
    EXPECT_EQ(labels(*source), (Texts{"part<Crustacea", "part<Annelida", "part", "egg", "leg<Crustacea<x",
                                      "leg<Crustacea<y", ""}));
}

TEST(Ecotaxa, SeveralTablesAndBackups) {
  // A backup: a folder a sample, the table with its pictures.
  const Both backup(
      {{"s2/ecotaxa_s2.tsv", tsv({header, "p.png|0|s2_1|validated|egg|"})},
       {"s1/ecotaxa_s1.tsv", tsv({header, "p.png|0|s1_1|validated|egg|", "1\\p.png|0|s1_2|||"})},
       {"s1/p.png", gray_png(1)},
       {"s1/1/p.png", gray_png(3)},
       {"s2/p.png", gray_png(2)}});
  for (const auto& source : backup.open()) {
    EXPECT_EQ(source->kind(), "ecotaxa");
    EXPECT_EQ(ids(*source), (Texts{"s1_1", "s1_2", "s2_1"}));
    EXPECT_EQ(read_all(*source), (Texts{"1", "3", "2"}));
  }
  const Both in_a_folder(
      {{"export/ecotaxa_a.tsv", tsv({header, "s1/p.png|0|s1_1|||"})}, {"export/s1/p.png", gray_png(1)}});
  for (const auto& source : in_a_folder.open()) EXPECT_EQ(read_all(*source), (Texts{"1"}));
}

TEST(Ecotaxa, AbsentPicturesStayRecords) {
  const Both both(
      {{"ecotaxa_1.tsv", tsv({header, "1.png|0|a|||", "gone.png|0|b|||", "../1.png|0|c|||", "|0|d|||"})},
       {"1.png", gray_png(7)}});
  testing::internal::CaptureStderr();
  const auto sources = both.open();
  EXPECT_TRUE(holds(testing::internal::GetCapturedStderr(), "2 of 3 files"));
  for (const auto& source : sources) {
    EXPECT_EQ(ids(*source), (Texts{"a", "b", "c"}));
    EXPECT_EQ(source->scan().unreadable, 2U);
  }
  EXPECT_EQ(read_all(*sources[0]), (Texts{"7", "cannot be read: No such file or directory",
                                          "cannot be read: No such file or directory"}));
  EXPECT_EQ(read_all(*sources[1]),
            (Texts{"7", "no such entry in the archive", "no such entry in the archive"}));
}

TEST(Ecotaxa, ObjectsThatShareAnIdAreRefusedUnlessInternalIdsTellThemApart) {
  const std::vector<ZipFile> pictures{{"1.png", gray_png(1)}, {"2.png", gray_png(2)}};
  const auto with = [&](std::vector<ZipFile> tables) {
    tables.insert(tables.end(), pictures.begin(), pictures.end());
    return Both(tables);
  };
  const auto same_rank = with({{"ecotaxa_1.tsv", tsv({header, "1.png|0|a|||", "2.png|0|a|||"})}}).refuse();
  EXPECT_TRUE(holds(same_rank, "ecotaxa_1.tsv:3: the object_id a is that of another picture")) << same_rank;
  EXPECT_TRUE(holds(same_rank, "ecotaxa_1.tsv:2.")) << same_rank;
  EXPECT_TRUE(holds(same_rank, "objid")) << same_rank;
  const auto two_tables = with({{"ecotaxa_1.tsv", tsv({header, "1.png|0|a|||"})},
                                {"ecotaxa_2.tsv", tsv({header, "2.png|1|a|||"})}})
                              .refuse();
  EXPECT_TRUE(holds(two_tables, "ecotaxa_2.tsv:2: the object_id a is that")) << two_tables;
  const auto two_taxa =
      with({{"ecotaxa_1.tsv", tsv({header, "1.png|0|a|validated|egg|", "2.png|1|a|validated|leg|"})}})
          .refuse();
  EXPECT_TRUE(holds(two_taxa, "has another taxon or status")) << two_taxa;
  const auto told_apart = with(
      {{"ecotaxa_1.tsv", tsv({header + "|objid", "1.png|0|a||||17", "2.png|0|a||||18", "2.png|0|b||||19"})}});
  for (const auto& source : told_apart.open()) {
    EXPECT_EQ(ids(*source), (Texts{"a#17", "a#18", "b"}));
    EXPECT_EQ(read_all(*source), (Texts{"1", "2", "2"}));
  }
}

TEST(Ecotaxa, ErrorsSayWhereAndWhat) {
  const auto with = [](const Texts& rows) {
    return Both({{"ecotaxa_1.tsv", tsv(rows)}, {"1.png", gray_png()}}).refuse();
  };
  EXPECT_TRUE(holds(with({header, "1.png|0||||"}), "ecotaxa_1.tsv:2: the object_id is empty."));
  EXPECT_TRUE(holds(with({header, "1.png|x|a|||"}), "ecotaxa_1.tsv:2: the img_rank 'x' is no number."));
  EXPECT_TRUE(holds(with({header, "1.png|0|a||"}), "ecotaxa_1.tsv:2: 5 cells, where the header has 6."));
  EXPECT_TRUE(holds(with({header, "no.png|0|a|||"}), "no image among the files named by"));
  EXPECT_TRUE(holds(with({header}), "ecotaxa_1.tsv names no file."));
}

TEST(Ecotaxa, ATableWithoutPicturesSaysWhatIsMissing) {
  const Both both({{"ecotaxa_1.tsv", tsv({"object_id|object_annotation_category", "a|egg"})}});
  EXPECT_TRUE(holds(both.refuse(), "export the project from EcoTaxa again, with its images"))
      << both.refuse();
  const auto table = refusal(both.folder.at("in/ecotaxa_1.tsv"));
  EXPECT_TRUE(holds(table, "has no column img_file_name")) << table;
}

TEST(Ecotaxa, AnotherTableOfThatNameLeavesAFolderAFolder) {
  const Both both(
      {{"ecotaxa_readme.txt", "Exported in May.\n"}, {"egg/1.png", gray_png()}, {"leg/2.png", gray_png()}});
  EXPECT_EQ(both.open()[0]->kind(), "folder");
  EXPECT_EQ(both.open()[1]->kind(), "zip");
  for (const auto& source : both.open()) EXPECT_EQ(labels(*source), (Texts{"egg", "leg"}));
}

}  // namespace
}  // namespace simclr

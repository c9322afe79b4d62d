#include "data/label_map.hpp"

#include <gtest/gtest.h>

#include "base/expect_error.hpp"
#include "data/fixture.hpp"
#include "data/labels.hpp"

namespace simclr {
namespace {

using test::gray_png;
using test::TempFolder;
using test::Texts;

// "sea;beach" of each record
Texts sets(const Source& source) {
  Texts all;
  for (size_t i = 0; i < source.size(); ++i)
    all.push_back(source.labelled(i) ? label_text(source, i) : "unlabelled");
  return all;
}

class ManyLabels : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a.png", "b.png", "c.png", "d.png", "e.png"}) folder.write(name, gray_png());
  }
  std::string table(const std::string& text) {
    folder.write("t.csv", text);
    return folder.at("t.csv");
  }
  std::string usual() {
    return table(
        "path,labels,split\na.png,sea; beach,train\nb.png,rice;sea,train\nc.png,;,test\nd.png,,test\n"
        "e.png,vineyard,test\n");
  }
  TempFolder folder;
};

TEST_F(ManyLabels, APluralColumnHoldsSeveralClassesACell) {
  const auto source = open_source(usual());
  EXPECT_TRUE(source->multi_label());
  EXPECT_EQ(source->classes(), (Texts{"beach", "rice", "sea", "vineyard"}));
  EXPECT_EQ(sets(*source), (Texts{"beach;sea", "rice;sea", "", "unlabelled", "vineyard"}));
  for (size_t i = 0; i < source->size(); ++i) EXPECT_EQ(source->record(i).label, -1);
  EXPECT_EQ(sets(*open_source(folder.at("t.csv:test"))), (Texts{"", "unlabelled", "vineyard"}));
}

TEST_F(ManyLabels, BarsSeparateWhereNoCellHoldsASemicolon) {
  const auto source = open_source(table("path,tags\na.png,x|y\nb.png,y|y\nc.png,x\n"));
  EXPECT_EQ(sets(*source), (Texts{"x;y", "y", "x"}));
  EXPECT_EQ(sets(*open_source(table("path,labels\na.png,x|y;z\nb.png,z\n"))), (Texts{"x|y;z", "z"}));
}

TEST_F(ManyLabels, ASingularColumnHoldsOneClassACell) {
  const auto source = open_source(table("path,label\na.png,sea;beach\nb.png,Biota|Animalia\n"));
  EXPECT_FALSE(source->multi_label());
  EXPECT_EQ(sets(*source), (Texts{"sea;beach", "Biota|Animalia"}));
  EXPECT_FALSE(open_source(table("path,labels\na.png,sea\nb.png,beach\n"))->multi_label());
}

TEST_F(ManyLabels, ATableInAFolderOfPicturesMayHoldThem) {
  usual();
  const auto source = open_source(folder.root());
  EXPECT_EQ(source->kind(), "folder");
  EXPECT_TRUE(source->multi_label());
  EXPECT_EQ(sets(*source), (Texts{"beach;sea", "rice;sea", "", "unlabelled", "vineyard"}));
}

TEST_F(ManyLabels, ACommandForOneClassEachRefusesThem) {
  const auto source = open_source(usual());
  expect_error([&] { refuse_label_sets(*source, "kNN"); }, Exit::data,
               {"several classes", "kNN takes one", "--with multilabel", "--label-map"});
}

TEST_F(ManyLabels, OneMapMakesTwoClassesByNameOrNumber) {
  for (const char* map : {"irrigated=rice|vineyard", "irrigated = 1 | vineyard", "irrigated=1|3"}) {
    const auto source = open_source(usual(), {.label_map = map});
    EXPECT_FALSE(source->multi_label());
    EXPECT_EQ(source->classes(), (Texts{"not irrigated", "irrigated"}));
    EXPECT_EQ(sets(*source),
              (Texts{"not irrigated", "irrigated", "not irrigated", "unlabelled", "irrigated"}));
    EXPECT_TRUE(source->read(0, {}).ok());
    EXPECT_EQ(source->record(1).split, Split::train);
  }
}

TEST_F(ManyLabels, SeveralMapsKeepSeveralClasses) {
  const auto source = open_source(usual(), {.label_map = "irrigated=rice|vineyard;coast=sea|beach"});
  EXPECT_EQ(source->classes(), (Texts{"irrigated", "coast"}));
  EXPECT_EQ(sets(*source), (Texts{"coast", "irrigated;coast", "", "unlabelled", "irrigated"}));
  folder.write("maps.txt", "# two\nirrigated=rice|vineyard\n\ncoast=sea|beach\n");
  EXPECT_EQ(sets(*open_source(folder.at("t.csv"), {.label_map = folder.at("maps.txt")})), sets(*source));
}

TEST_F(ManyLabels, OfOneClassEachTheyStayOneEachUnlessMapsOverlap) {
  const std::string csv = table("path,label\na.png,cod\nb.png,hake\nc.png,crab\nd.png,kelp\ne.png,\n");
  EXPECT_EQ(sets(*open_source(csv, {.label_map = "fish=cod|hake;other=crab"})),
            (Texts{"fish", "fish", "other", "unlabelled", "unlabelled"}));
  const auto overlapping = open_source(csv, {.label_map = "fish=cod|hake;animal=cod|hake|crab"});
  EXPECT_TRUE(overlapping->multi_label());
  EXPECT_EQ(sets(*overlapping), (Texts{"fish;animal", "fish;animal", "animal", "", "unlabelled"}));
}

TEST_F(ManyLabels, AClassCalledByANumberIsMeantBeforeAPlace) {
  const auto source = open_source(table("path,label\na.png,10\nb.png,2\nc.png,3\n"), {.label_map = "x=2"});
  EXPECT_EQ(sets(*source), (Texts{"not x", "x", "not x"}));
}

TEST_F(ManyLabels, BadMapsAreRefused) {
  const std::string csv = usual();
  const auto refused = [&](const char* map, std::initializer_list<std::string_view> words) {
    expect_error([&] { open_source(csv, {.label_map = map}); }, Exit::setting, words);
  };
  refused("wet=see", {"no class 'see'", "Did you mean 'sea'?"});
  refused("wet=4", {"no class '4'", "4 classes are numbered from 0"});
  refused("sea|rice", {"not NAME=CLASS"});
  refused("wet=", {"of no class"});
  refused("wet=sea;wet=rice", {"there twice"});
  refused(";", {"holds no map"});
  folder.write("flat.csv", "path\na.png\n");
  expect_error([&] { open_source(folder.at("flat.csv"), {.label_map = "x=1"}); }, Exit::data, {"no labels"});
}

}  // namespace
}  // namespace simclr

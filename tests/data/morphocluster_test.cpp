#include <gtest/gtest.h>

#include "data/both_fixture.hpp"

namespace simclr {
namespace {

using test::Both;
using test::gray_png;
using test::holds;
using test::ids;
using test::labels;
using test::read_all;
using test::Texts;

TEST(MorphoCluster, TheIdIsTheObjectId) {
  const Both both({{"index.csv", "object_id,path,extra\nobj b,images/2.png,x\nobj a,images\\1.png,y\n"},
                   {"images/1.png", gray_png(1)},
                   {"images/2.png", gray_png(2)}});
  for (const auto& source : both.open()) {
    EXPECT_EQ(source->kind(), "morphocluster");
    EXPECT_EQ(ids(*source), (Texts{"obj b", "obj a"}));
    EXPECT_FALSE(source->labelled());
    EXPECT_EQ(read_all(*source), (Texts{"2", "1"}));
  }
  EXPECT_EQ(ids(*open_source(both.folder.at("in/index.csv"))), (Texts{"obj b", "obj a"}));
}

TEST(MorphoCluster, LabelsClustersAndSplits) {
  const Both labelled(
      {{"index.csv", "object_id,path,label,cluster,split\na,1.png,egg,7,train\nb,1.png,,7,test\n"},
       {"1.png", gray_png()}});
  for (const auto& source : labelled.open()) EXPECT_EQ(labels(*source), (Texts{"egg", ""}));
  const auto test = open_source(labelled.folder.at("export.zip:test"));
  EXPECT_EQ(ids(*test), (Texts{"b"}));
  EXPECT_EQ(test->path(0), labelled.folder.at("export.zip/1.png"));
  EXPECT_TRUE(test->read(0, {}).ok());
  const Both clustered(
      {{"index.csv", "object_id,path,cluster\na,1.png,7\nb,1.png,-1\n"}, {"1.png", gray_png()}});
  for (const auto& source : clustered.open()) EXPECT_EQ(labels(*source), (Texts{"7", ""}));
}

TEST(MorphoCluster, Errors) {
  const auto with = [](const std::string& rows) {
    return Both({{"index.csv", "object_id,path\n" + rows}, {"1.png", gray_png()}, {"2.png", gray_png()}})
        .refuse();
  };
  EXPECT_TRUE(
      holds(with("a,1.png\nb,2.png\na,2.png\n"), "index.csv:4: the object_id a is on line 2 already"));
  EXPECT_TRUE(holds(with(",1.png\n"), "index.csv:2: the object_id is empty."));
  EXPECT_TRUE(holds(with("a,\n"), "index.csv:2: the path is empty."));
  EXPECT_TRUE(holds(with("a,3.png\n"), "no image among the files named by"));
}

TEST(MorphoCluster, WhatFixEcotaxaMakesIsReadAsTheExportItWas) {
  const Both both({{"ecotaxa_1.tsv", "object_id\timg_file_name\ttaxonomy\na\t1.png\tegg\n"},
                   {"index.csv", "object_id,path\na,1.png\n"},
                   {"1.png", gray_png()}});
  for (const auto& source : both.open()) {
    EXPECT_EQ(source->kind(), "ecotaxa");
    EXPECT_EQ(labels(*source), (Texts{"egg"}));
  }
}

}  // namespace
}  // namespace simclr

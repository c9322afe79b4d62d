#include "study/grid.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/expect_error.hpp"
#include "base/temporary_folder.hpp"
#include "study/cell_table.hpp"
#include "study/child_process.hpp"
#include "study/optimizers.hpp"

namespace simclr {
namespace {

TEST(GridAxis, SplitsOutsideParenthesesAndKnowsTheSettings) {
  const GridAxis axis = parse_axis("loss=nt_xent(temperature=0.1),nt_xent(temperature=0.5)");
  EXPECT_EQ(axis.key, "loss");
  EXPECT_EQ(axis.values, (std::vector<std::string>{"nt_xent(temperature=0.1)", "nt_xent(temperature=0.5)"}));
  EXPECT_EQ(parse_axis("batch_size=8, 16").key, "batch-size");
  EXPECT_EQ(parse_axis("bands=B04,B03,B02; B08,B04,B03").values,
            (std::vector<std::string>{"B04,B03,B02", "B08,B04,B03"}));
  expect_error([] { parse_axis("bands=1,3"); }, Exit::usage, {"is one value", "; between"});
  expect_error([] { parse_axis("label-fraction=0.01,0.1"); }, Exit::setting,
               {"fine-tuning", "finetune(fraction"});
  expect_error([] { parse_axis("lr"); }, Exit::usage, {"names no value"});
  expect_error([] { parse_axis("out=a,b"); }, Exit::setting, {"a study sets it itself"});
  expect_error([] { parse_axis("batch-size=1,8"); }, Exit::setting, {"--over batch-size", "1"});
}

TEST(Cells, AreAllCombinationsTheLastFastest) {
  const auto cells = cells_of(std::vector<GridAxis>{{"lr", {"1", "2"}}, {"batch-size", {"8", "16", "32"}}});
  ASSERT_EQ(cells.size(), 6U);
  EXPECT_EQ(cells[1].name, "lr=1 batch-size=16");
  EXPECT_EQ(cells[3].settings, (Assignments{{"lr", "2"}, {"batch-size", "8"}}));
  expect_error(
      [] {
        cells_of(std::vector<GridAxis>{{"lr", {"1"}}, {"lr", {"2"}}});
      },
      Exit::setting, {"given twice"});
}

JudgedRun made(size_t cell, uint64_t seed, std::vector<double> scores) {
  JudgedRun run;
  run.cell = cell;
  run.seed = seed;
  run.scores = std::move(scores);
  return run;
}

TEST(CellTable, TakesMeansOverSeedsAndDifferencesInPairs) {
  const std::vector<Cell> cells{{"a", {}}, {"b", {}}, {"c", {}}};
  std::vector<JudgedRun> runs;
  for (uint64_t seed = 0; seed < 3; ++seed) {
    const double luck = 0.1 * static_cast<double>(seed);
    runs.push_back(made(0, seed, {0.3 + luck}));
    runs.push_back(made(1, seed, {0.4 + luck + (seed == 1 ? 0.01 : 0)}));
    runs.push_back(made(2, seed, seed == 2 ? std::vector<double>{} : std::vector<double>{0.2 + luck}));
  }
  const CellTable table = cell_table(cells, runs);
  EXPECT_EQ(table.best, 1U);
  EXPECT_NEAR(table.rows[0].score.mean, 0.4, 1e-12);
  EXPECT_EQ(table.rows[2].failed.size(), 1U);
  EXPECT_EQ(table.seeds.rows, 2U);  // those that have every seed
  const auto all = differences(table, 0);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NEAR(all[0].test.mean, 0.31 / 3, 1e-12);
  EXPECT_LT(all[0].test.p, 0.01);  // what both share cancels
  EXPECT_EQ(all[1].test.pairs, 2U);
  EXPECT_EQ(failures(runs), 1U);
  EXPECT_FALSE(table.two_label_sets);
}

TEST(CellTable, WhatDivergesOnSomeSeedsIsNotTheBest) {
  const std::vector<Cell> cells{{"a", {}}, {"b", {}}};
  const CellTable table =
      cell_table(cells, {made(0, 0, {0.5}), made(0, 1, {0.5}), made(1, 0, {0.9}), made(1, 1, {})});
  EXPECT_EQ(table.best, 0U);
  EXPECT_TRUE(better(table.rows[0], table.rows[1]));
}

TEST(CellTable, OneSeedHasNoInterval) {
  const std::vector<Cell> cells{{"a", {}}, {"b", {}}};
  const CellTable table = cell_table(cells, {made(0, 0, {0.5}), made(1, 0, {0.6})});
  const auto json = to_json(table, cells, 0);
  EXPECT_TRUE(std::isnan(json[1]["low"].get<double>()));
  EXPECT_NEAR(json[1]["mean"].get<double>(), 0.6, 1e-12);
  const std::string text = to_text(table, 0);
  EXPECT_EQ(text.find("(60"), std::string::npos) << text;
  EXPECT_NE(text.find("60.0"), std::string::npos) << text;
}

TEST(CellTable, SmallestEffectGrowsWithTheNoise) {
  const std::vector<Cell> cells{{"a", {}}, {"b", {}}};
  const auto effect = [&](double noise) {
    std::vector<JudgedRun> runs;
    for (uint64_t seed = 0; seed < 4; ++seed) {
      runs.push_back(made(0, seed, {0.5}));
      runs.push_back(made(1, seed, {0.5 + (seed % 2 == 0 ? noise : -noise)}));
    }
    return smallest_effect(cell_table(cells, runs), 4, 6);
  };
  EXPECT_NEAR(effect(0.02).one, 2 * effect(0.01).one, 1e-9);
  EXPECT_GT(effect(0.02).all, effect(0.02).one);
  EXPECT_TRUE(std::isnan(smallest_effect({}, 1, 1).one));
}

TEST(CellTable, CorrelatesTwoSetsOfLabels) {
  const std::vector<Cell> cells{{"a", {}}, {"b", {}}, {"c", {}}};
  const CellTable table =
      cell_table(cells, {made(0, 0, {0.1, 0.9}), made(1, 0, {0.2, 0.8}), made(2, 0, {0.3, 0.7})});
  EXPECT_TRUE(table.two_label_sets);
  EXPECT_NEAR(table.label_sets.r, -1, 1e-12);
  EXPECT_NEAR(table.rows[1].score.mean, 0.5, 1e-12);
}

TEST(LastWords, AreTheMessageAndItsHint) {
  const TemporaryFolder folder;
  const auto log =
      folder.put("log", "step 1\nsimclr: first.\n  Old.\nstep 2\nsimclr: no space.\n  Free some.\n");
  EXPECT_EQ(last_words(log, 7), "no space. Free some.");
  EXPECT_EQ(last_words(folder.put("log", "step 1\n"), 137), "ended by signal 9 (out of memory?).");
  EXPECT_EQ(last_words(folder.put("log", ""), 3), "ended with code 3.");
}

TEST(ScoreKinds, AreKnownByTheNameBeforeTheirArguments) {
  EXPECT_EQ(score_kind("knn(k=5)").name, "knn");
  expect_error([] { score_kind("kn"); }, Exit::setting, {"Did you mean 'knn'"});
}

TEST(Optimizers, RatesAreInOrder) {
  EXPECT_EQ(parse_optimizers("adam", "0.01,1e-3,0.1").rates,
            (std::vector<std::string>{"1e-3", "0.01", "0.1"}));
}

TEST(Optimizers, AreCheckedBeforeAnythingRuns) {
  const OptimizerTerms terms = parse_optimizers(usual_optimizers(), usual_rates());
  EXPECT_EQ(cells_of(terms).size(), 24U);
  expect_error([] { parse_optimizers("adam", "0.1,x"); }, Exit::setting, {"'x'"});
  expect_error([] { parse_optimizers("adam,adam", "0.1"); }, Exit::setting, {"given twice"});
}

}  // namespace
}  // namespace simclr

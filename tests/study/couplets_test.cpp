#include "study/couplets.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/expect_error.hpp"

namespace simclr {
namespace {

std::vector<std::string> names_of(const std::vector<Couplet>& all) {
  std::vector<std::string> names;
  for (const Couplet& one : all) names.push_back(one.name);
  return names;
}

TEST(Couplets, AreAllPairsAndTheExtras) {
  CoupletTerms terms;
  terms.operations = {"flip", "blur", "gray@0.5"};
  EXPECT_EQ(names_of(couplets(terms)),
            (std::vector<std::string>{"flip > blur", "flip > gray@0.5", "blur > gray@0.5", "none", "all"}));
  EXPECT_EQ(couplets(terms)[4].policy, "flip > blur > gray@0.5");
  terms.ordered = terms.singles = true;
  terms.always = "crop(min=0.3)";
  const auto more = couplets(terms);
  EXPECT_EQ(more.size(), 6U + 2 + 3);
  EXPECT_EQ(more[2].policy, "crop(min=0.3) > blur > flip");
  EXPECT_EQ(more[6].policy, "crop(min=0.3)");
  terms.asymmetric = true;
  EXPECT_EQ(couplets(terms)[2].policy, "crop(min=0.3) > blur > flip || crop(min=0.3)");
  EXPECT_EQ(couplets(terms)[6].policy, "crop(min=0.3) || crop(min=0.3)");
}

TEST(Couplets, CanBeDrawn) {
  CoupletTerms terms;
  terms.operations = {"flip", "blur", "gray", "rotate", "solarize"};
  const auto all = names_of(couplets(terms));
  terms.pairs = 4;
  terms.seed = 3;
  const auto some = names_of(couplets(terms));
  EXPECT_EQ(some.size(), all.size() - 10 + 4);
  size_t last = 0;
  for (size_t i = 0; i < 4; ++i) {  // in their order, each once
    const auto found = std::find(all.begin() + static_cast<std::ptrdiff_t>(last), all.end(), some[i]);
    ASSERT_NE(found, all.end());
    last = static_cast<size_t>(found - all.begin()) + 1;
  }
  EXPECT_EQ(names_of(couplets(terms)), some);
  terms.seed = 4;
  EXPECT_NE(names_of(couplets(terms)), some);
}

TEST(Operations, ArePoliciesEachGivenOnce) {
  EXPECT_EQ(parse_operations("flip, blur(sigma=0.1..2,kernel=0.1), gray").size(), 3U);
  const auto studied = parse_operations("s2_study");  // the study's own nine, with its ranges
  ASSERT_EQ(studied.size(), 9U);
  EXPECT_NE(std::find_if(studied.begin(), studied.end(),
                         [](const std::string& one) { return one.find("salt_pepper") != std::string::npos; }),
            studied.end());
  expect_error([] { parse_operations("flip,blur"); }, Exit::setting, {"no study of pairs"});
  expect_error([] { parse_operations("flip,blur,blurr"); }, Exit::setting, {"blur"});
}

CellTable table_of(const std::vector<std::vector<double>>& scores, std::vector<JudgedRun>& runs) {
  std::vector<Cell> cells;
  for (size_t c = 0; c < scores.size(); ++c) {
    cells.push_back({std::to_string(c), {}});
    for (size_t seed = 0; seed < scores[c].size(); ++seed) {
      runs.emplace_back();
      runs.back().cell = c;
      runs.back().seed = seed;
      if (scores[c][seed] < 0)
        runs.back().diverged = true;
      else
        runs.back().scores = {scores[c][seed]};
    }
  }
  return cell_table(cells, runs);
}

TEST(Promotion, IsByMeanAndSpreadNotByRankAlone) {
  std::vector<JudgedRun> runs;
  // Differences to the last: means 3, 2, 0, -5 and standard deviations 0, 2 * sqrt(2), 0, 0.
  const CellTable table = table_of({{13, 23}, {14, 20}, {10, 20}, {5, 15}, {10, 20}}, runs);
  EXPECT_EQ(promoted(table, {0, 1, 2}, 4), (std::vector<size_t>{1}));
  EXPECT_EQ(promoted(table, {0, 1, 2, 3}, 4), (std::vector<size_t>{0, 1}));
}

TEST(Promotion, GoesOnWhereTheReferenceDivergedAndLeavesOutWhatDid) {
  std::vector<JudgedRun> runs;
  const CellTable table = table_of({{13, 13}, {14, 14}, {20, -1}, {5, 5}, {-1, -1}}, runs);  // -1: diverged
  EXPECT_EQ(promoted(table, {0, 1, 2, 3}, 4), (std::vector<size_t>{1}));
}

TEST(Halving, NeedsALengthAndSeeds) {
  StudyRequest request;
  expect_error([&] { check_halving(request); }, Exit::usage, {"--steps"});
  request.settings["steps"] = "200";
  EXPECT_EQ(check_halving(request), 200);
  request.seeds = 1;
  expect_error([&] { check_halving(request); }, Exit::usage, {"--seeds 2"});
}

}  // namespace
}  // namespace simclr

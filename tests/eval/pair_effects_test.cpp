#include "eval/pair_effects.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "base/random.hpp"
#include "eval/reliability.hpp"

namespace simclr {
namespace {

// The 36 couplets of the SimCLR-S2 study, F1 on two sets of labels, as published.
struct Published {
  std::vector<std::string> names;
  PairScores scores;
  std::vector<double> regular, extended;
  std::set<size_t> dropped;
  Published() {
    std::ifstream file(SIMCLR_SOURCE_DIR "/tests/golden/couplets.json");
    const auto golden = nlohmann::json::parse(file);
    const auto place = [&](const std::string& name) {
      for (size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return i;
      names.push_back(name);
      return names.size() - 1;
    };
    scores.columns = 2;
    for (const auto& one : golden.at("couplets")) {
      if (one.at("dropped").get<bool>()) dropped.insert(scores.pairs.size());
      scores.pairs.push_back({place(one.at("operations").at(0)), place(one.at("operations").at(1))});
      regular.push_back(one.at("regular"));
      extended.push_back(one.at("extended"));
      scores.values.insert(scores.values.end(), {regular.back(), extended.back()});
    }
    scores.members = names.size();
  }
  size_t place(const std::string& name) const {
    return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  }
};

TEST(PublishedCouplets, HardlyAgreeBetweenTheirTwoSetsOfLabels) {
  const Published p;
  const Reliability r = reliability(p.scores.values, 36, 2);
  EXPECT_NEAR(r.f, 1.2506762, 1e-6);
  EXPECT_NEAR(r.p, 0.2558218, 1e-6);
  EXPECT_NEAR(r.icc, 0.2004326, 1e-6);
  EXPECT_NEAR(pearson(p.regular, p.extended).r, 0.1302250, 1e-6);
  EXPECT_NEAR(spearman(p.regular, p.extended).r, 0.1005213, 1e-6);
  EXPECT_NEAR(spearman(p.regular, p.extended).p, 0.5596760, 1e-6);
  EXPECT_NEAR(expected_overlap(r.icc, 0.25), 0.45, 0.01);
}

TEST(PublishedCouplets, LeaveTheLittleSignalToTheOperations) {
  const Published p;
  const AdditiveEffects effects = additive_effects(p.scores);
  const auto level = [&](const char* name) { return effects.level[p.place(name)]; };
  EXPECT_NEAR(level("blur"), 0.7650, 5e-5);
  EXPECT_NEAR(level("brightness"), 0.7679, 5e-5);
  EXPECT_NEAR(level("contrast"), 0.8050, 5e-5);
  EXPECT_NEAR(level("speckle"), 0.8061, 5e-5);
  EXPECT_NEAR(effects.error, 0.0111, 5e-5);
  EXPECT_NEAR(effects.p, 0.12465, 1e-5);
  PairScores regular = p.scores, extended = p.scores;
  regular.columns = extended.columns = 1;
  regular.values = p.regular;
  extended.values = p.extended;
  EXPECT_NEAR(pearson(additive_effects(regular).level, additive_effects(extended).level).r, 0.54194, 1e-5);
}

TEST(PublishedCouplets, RankedPlainlyLoseTheNineThatTheStudyDropped) {
  const Published p;
  const auto lowest = lowest_quarter(row_means(p.scores));
  EXPECT_EQ(std::set<size_t>(lowest.begin(), lowest.end()), p.dropped);
}

TEST(PublishedCouplets, ShrinkTowardsTheirMeanAndAreSurelyWorstInOneCaseAtMost) {
  const Published p;
  const PairPosterior posterior = pair_posterior(p.scores, 0);
  const auto means = row_means(p.scores);
  const auto [raw_low, raw_high] = std::minmax_element(means.begin(), means.end());
  const auto [low, high] = std::minmax_element(posterior.mean.begin(), posterior.mean.end());
  EXPECT_LT(*high - *low, 0.7 * (*raw_high - *raw_low));
  double total = 0;
  for (const double one : posterior.worst) total += one;
  EXPECT_NEAR(total, 9, 1e-9);
  auto sorted = posterior.worst;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_NEAR(sorted.back(), 0.91, 0.03);
  EXPECT_LT(sorted[sorted.size() - 2], 0.8);
  const auto worst = std::max_element(posterior.worst.begin(), posterior.worst.end());
  const auto& pair = p.scores.pairs[static_cast<size_t>(worst - posterior.worst.begin())];
  EXPECT_EQ((std::set<size_t>{pair[0], pair[1]}), (std::set<size_t>{p.place("blur"), p.place("brightness")}));
}

PairScores made(double member_std, double pair_std, double noise, size_t columns) {
  PairScores scores;
  scores.members = 8;
  scores.columns = columns;
  Random random({7, 0, 0, 0}, 3);
  std::vector<double> member(8);
  for (double& one : member) one = member_std * random.normal();
  for (size_t i = 0; i < 8; ++i)
    for (size_t j = i + 1; j < 8; ++j) {
      scores.pairs.push_back({i, j});
      const double truth = 0.5 + member[i] + member[j] + pair_std * random.normal();
      for (size_t c = 0; c < columns; ++c) scores.values.push_back(truth + noise * random.normal());
    }
  return scores;
}

TEST(PairPosterior, IsSureWhereNothingIsLeftToChance) {
  const PairScores scores = made(0.05, 0.05, 1e-4, 4);
  const PairPosterior posterior = pair_posterior(scores, 1);
  const auto means = row_means(scores);
  for (size_t p = 0; p < means.size(); ++p) {
    EXPECT_NEAR(posterior.mean[p], means[p], 5e-4);
    EXPECT_LE(posterior.low[p], posterior.mean[p]);
  }
  for (const size_t p : lowest_quarter(means)) EXPECT_GT(posterior.worst[p], 0.45);
  EXPECT_GT(posterior.worst[lowest_quarter(means)[0]], 0.99);
}

TEST(PairPosterior, TakesPairsOfGoodMembersForGood) {  // all of the signal is in the members
  const PairScores scores = made(0.05, 0, 0.05, 3);
  const PairPosterior posterior = pair_posterior(scores, 1);
  const auto fitted = additive_effects(scores).level;
  const auto means = row_means(scores);
  double to_fit = 0, to_mean = 0;
  for (size_t p = 0; p < means.size(); ++p) {
    const double fit = (fitted[scores.pairs[p][0]] + fitted[scores.pairs[p][1]]) / 2;
    to_fit += std::abs(posterior.mean[p] - fit);
    to_mean += std::abs(posterior.mean[p] - means[p]);
  }
  EXPECT_LT(to_fit, to_mean);
}

TEST(PairPosterior, IsTheSameForTheSameSeed) {
  const PairScores scores = made(0.05, 0.02, 0.05, 1);  // one column: additive
  EXPECT_EQ(pair_posterior(scores, 5).worst, pair_posterior(scores, 5).worst);
  EXPECT_NE(pair_posterior(scores, 5).worst, pair_posterior(scores, 6).worst);
  EXPECT_EQ(pair_posterior(scores, 5).pair_std, 0);
}

TEST(PairPosterior, SaysNothingWhereAllAreAlike) {
  PairScores scores = made(0, 0, 0, 2);
  for (const double one : pair_posterior(scores, 0).worst) EXPECT_EQ(one, 0.25);
}

TEST(Reliability, IsOneForRatersThatDifferByAConstant) {
  const Reliability r = reliability({1, 2, 3, 4, 7, 8}, 3, 2);
  EXPECT_EQ(r.icc, 1);
  EXPECT_EQ(r.p, 0);
  EXPECT_TRUE(std::isnan(reliability({1, 2, 3}, 3, 1).icc));
}

TEST(Reliability, TailOfFEqualsTablesAndTheSquareOfT) {
  EXPECT_NEAR(f_tail(4.9646, 1, 10), 0.05, 1e-5);
  EXPECT_NEAR(f_tail(3.3258, 5, 10), 0.05, 1e-5);
  EXPECT_NEAR(f_tail(161.4476, 1, 1), 0.05, 1e-5);
}

TEST(Correlation, OfRanksForgetsDistances) {
  EXPECT_NEAR(spearman({1, 2, 3, 50}, {-3, 0, 1, 2}).r, 1, 1e-12);
  EXPECT_NEAR(spearman({1, 1, 2}, {5, 5, 9}).r, 1, 1e-12);
  EXPECT_EQ(pearson({1, 1, 1}, {1, 2, 3}).p, 1);
}

TEST(ExpectedOverlap, RunsFromChanceToCertainty) {
  EXPECT_NEAR(expected_overlap(0, 0.25), 0.25, 1e-6);
  EXPECT_EQ(expected_overlap(1, 0.25), 1);
  EXPECT_GT(expected_overlap(0.8, 0.25), expected_overlap(0.3, 0.25));
}

}  // namespace
}  // namespace simclr

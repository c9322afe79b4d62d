#include "train/verdict.hpp"

#include <gtest/gtest.h>

namespace simclr {
namespace {

Signs healthy_signs() {
  Signs s;
  s.loss = 2.0;
  s.chance = 6.2;
  s.floor = 0.02;
  s.top1 = 0.6;
  s.z_std = 0.95;
  s.rank_z = 60;
  s.width_z = 128;
  s.rows = 512;
  s.monitored = true;
  return s;
}

TEST(Verdict, EachStateByItsSigns) {
  EXPECT_EQ(judge(healthy_signs()).word, "healthy");
  Signs chance = healthy_signs();
  chance.loss = 6.19;
  chance.top1 = 0.002;
  EXPECT_EQ(judge(chance).word, "at chance");
  chance.loss = 6.05;  // two per cent of the way, and ten times the top-1 of guessing
  chance.top1 = 0.02;
  EXPECT_EQ(judge(chance).word, "at chance") << "that is next to nothing learned";
  chance.loss = 6.4;
  EXPECT_EQ(judge(chance).word, "at chance") << "above chance";
  Signs collapsed = healthy_signs();
  collapsed.z_std = 0.05;
  EXPECT_EQ(judge(collapsed).word, "collapsed") << "whatever the loss says";
  Signs floor = healthy_signs();
  floor.loss = 0.021;
  floor.top1 = 1;
  EXPECT_EQ(judge(floor).word, "at the floor");
}

TEST(Verdict, OfALossFromLabelsSpeaksOfClasses) {
  Signs s = healthy_signs();
  s.labelled = true;
  EXPECT_EQ(judge(s).word, "healthy");
  EXPECT_NE(judge(s).text.find("The class is right in 60 %"), std::string::npos);
  s.loss = 6.1;  // nearly at chance, but classes are found: semi-hard triplets look like that
  EXPECT_EQ(judge(s).word, "at chance") << "not even two per cent of the way";
  s.loss = 5.9;
  EXPECT_EQ(judge(s).word, "healthy");
  s.top1 = 0.05;
  EXPECT_EQ(judge(s).word, "at chance");
  s.loss = 0.0201;
  s.top1 = 1;
  EXPECT_EQ(judge(s).word, "healthy") << "at the floor of a supervised loss nothing is wrong";
  s.z_std = 0.05;
  EXPECT_EQ(judge(s).word, "collapsed");
}

TEST(Verdict, AHighLossAloneIsNoVerdict) {
  Signs s = healthy_signs();
  s.loss = 6.15;
  s.top1 = 0.3;  // a high temperature keeps the loss near chance while pairs are found
  EXPECT_EQ(judge(s).word, "healthy");
}

TEST(Verdict, LossLineSaysHowFar) {
  Signs s = healthy_signs();
  s.loss = 5.02;
  s.chance = 6.93;
  s.floor = 4.94;
  s.top1 = 0.83;
  EXPECT_EQ(loss_line(s), "loss 5.020 · chance 6.93 · floor 4.94 · 96 % of the way · top-1 0.83");
}

}  // namespace
}  // namespace simclr

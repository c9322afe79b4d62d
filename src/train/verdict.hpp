#pragma once
// Is it working? Said in plain words, from several signs and never from the loss alone.

#include <algorithm>
#include <cstdint>
#include <string>

namespace simclr {

struct Signs {
  double loss = 0, chance = 0, floor = 0;  // training, smoothed
  double top1 = 0;                         // contrastive accuracy, training
  double z_std = 1;                        // std of unit rows times sqrt(d), see eval/monitors.hpp
  double rank_z = 0, width_z = 1;
  double rows = 2;         // 2N: top-1 by chance is 1 / (2N - 1)
  double watched = 1e9;    // pictures z_std and rank_z were taken from
  bool monitored = false;  // z_std and rank_z are known
  bool labelled = false;   // the loss learns from labels: top1 is about classes, not about views
  bool taught = false;     // the loss learns from a teacher: top1 is about what it decides

  double way() const { return (chance - loss) / std::max(1e-9, chance - floor); }  // from chance to floor
};

struct Verdict {
  std::string word;  // "healthy", "at chance", "collapsed", "at the floor"; "unfinished" from the trainer
  std::string text;  // what it means and what to do
};

Verdict judge(const Signs& signs);

// "loss 5.02 · chance 6.93 · floor 4.94 · 96 % of the way · top-1 0.83"
std::string loss_line(const Signs& signs);

}  // namespace simclr

#pragma once
// What a learning-rate range test says (Smith 2017, arXiv:1506.01186): the rate rises exponentially, step by
// step, and the loss tells where it falls fastest and where it is lost.

#include <cstddef>
#include <vector>

namespace simclr {

// Exponential moving average from the first value, its start corrected as Adam's is. NaN values are skipped.
std::vector<double> smoothed(const std::vector<double>& values, double keep);

struct RateRange {
  std::vector<double> smooth;  // the loss, smoothed
  size_t least = 0;            // step of the least smoothed loss
  size_t steepest = 0;         // step where it falls fastest by the logarithm of the rate, before the least
  size_t diverged = 0;         // first step after the least with a loss above `limit`; their number if none
  double limit = 0;            // the lowest of: 1.5 times the least loss; half the way back to chance; two
                               // standard errors of the average above the loss that the range began with
  double suggestion = 0;       // a quarter of the rate at `diverged`, or of the last rate
};

// `losses` one a rate; a run that was lost may have ended early, its last loss NaN. `chance`: the loss of
// guessing, to which a contrastive loss returns when it is lost. Error(Exit::failed) for fewer than ten.
RateRange rate_range(const std::vector<double>& rates, const std::vector<double>& losses, double chance);

}  // namespace simclr

#pragma once
// Multinomial logistic regression as a function to minimise: mean cross-entropy + |W|^2 / (2 C rows), the
// bias not penalised; that is scikit-learn's 0.5 |W|^2 + C * sum of cross-entropies, divided by C * rows.
// Parameters and gradient: weight [classes, width], then bias [classes]. Products in float32; rows are cut in
// tiles and tiles in a fixed number of groups, each with float64 sums of its own that are added in order:
// threads change no bit beyond what MKL's products do (none under MKL_CBWR=AUTO,STRICT, which halves their
// speed). A call costs 4 * rows * width * classes flop and reads the features once.

#include <span>
#include <vector>

#include "eval/table.hpp"

namespace simclr {

class SoftmaxObjective {
 public:
  // Features and labels must outlive it.
  SoftmaxObjective(const Table& features, Labels labels, size_t classes, double c);
  double operator()(std::span<const double> parameters, std::span<double> gradient);

 private:
  struct Group {
    double loss = 0;
    std::vector<double> gradient;
    std::vector<float> logits, product;
  };
  void sum_group(size_t g);
  void add_tile(Group& group, size_t row, size_t rows);

  Table features_;
  Labels labels_;
  size_t width_, classes_;
  double penalty_;  // 1 / (C rows)
  size_t tile_;
  std::vector<size_t> bounds_;  // of the groups, in rows
  std::vector<Group> groups_;
  std::vector<float> weight_, bias_;
};

// Rows of a tile: about 1 MiB of features, which stay in the cache between the forward and the backward
// product.
size_t cached_rows(size_t width);

}  // namespace simclr

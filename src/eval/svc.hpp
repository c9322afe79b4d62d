#pragma once
// Support vector classifiers on frozen features, standardised with the training rows: with an RBF kernel by
// libsvm, one against one, as scikit-learn's SVC; linear by liblinear (squared hinge, primal), one against
// the rest, as its LinearSVC(dual=False). Both are deterministic and run on one thread.

#include <vector>

#include "eval/table.hpp"

namespace simclr {

// Predicted class of each query. c: inverse strength of the penalty; gamma: of exp(-gamma |x - y|^2), 0 for
// scikit-learn's "scale", 1 / (width * variance of all standardised values). Cost rises with the square of
// the training rows; memory 16 bytes a value of both tables. With one class in `labels` all are of it.
// `probabilities`, when not null, receives [queries, classes] (Platt's sigmoids on five folds, coupled; Wu et
// al. 2004; six times the cost); the class predicted then is the most probable one, where few rows are
// labelled not always the one of the votes. Errors as of fit_linear.
std::vector<int32_t> svc_predict(const Table& train, Labels labels, const Table& queries, double c = 1,
                                 double gamma = 0, size_t classes = 0,
                                 std::vector<double>* probabilities = nullptr);
std::vector<int32_t> linear_svc_predict(const Table& train, Labels labels, const Table& queries,
                                        double c = 1);

}  // namespace simclr

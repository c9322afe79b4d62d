#pragma once
// Weighted k-nearest-neighbour classification by cosine similarity (Wu et al. 2018, arXiv 1805.01978):
// score of class c = sum over the k most similar rows of that class of exp(similarity / temperature).

#include <vector>

#include "eval/table.hpp"

namespace simclr {

struct Neighbours {
  size_t k = 0;                   // min(asked, bank rows)
  std::vector<int32_t> index;     // [queries, k], most similar first; equal ones by lower index
  std::vector<float> similarity;  // [queries, k], cosine
};

// Exact; streamed in tiles, memory O(tile). Cost 2 * queries * rows * width flop. Rows need no unit norm; a
// row of zeros has similarity 0 to all. A query's neighbours depend neither on the other queries nor on the
// threads. Error(Exit::non_finite) for a NaN, Error(Exit::data) for an empty table or widths that differ.
Neighbours nearest_neighbours(const Table& bank, const Table& queries, size_t k);

// The k nearest of each query out of an answer for a larger k, so that one search serves several k.
Neighbours closest(const Neighbours& neighbours, size_t k);

// Predicted class of each query; equal scores go to the lower class.
// `scores`, when not null, receives [queries, classes], each row divided by its sum.
std::vector<int32_t> knn_predict(const Neighbours& neighbours, Labels bank_labels, size_t classes,
                                 double temperature, std::vector<double>* scores = nullptr);

}  // namespace simclr

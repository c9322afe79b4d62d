#pragma once
// Losses that learn from labels, the plankton study's comparison: cross-entropy, triplet, ArcFace, SupCon.
// Each takes u [M, d] (softmax, sigmoid and arcface: [M, K]) and the class (or classes) of each row;
// Error(Exit::failed) when the labels don't fit u.

#include <vector>

#include "loss/loss.hpp"

namespace simclr {

struct Spec;

// softmax: cross-entropy of class scores u [M, K], mean over rows. Chance is the entropy of the class shares.
std::unique_ptr<Loss> make_softmax(const Spec& spec, const ClassShares& shares);

// sigmoid: binary cross-entropy of class scores u [M, K], mean over rows and classes, for rows with several
// classes or none: labels [M, K] int64, zeros and ones; `shares` of the rows that have each class.
std::unique_ptr<Loss> make_sigmoid(const Spec& spec, const ClassShares& shares);

// arcface(scale=64,margin=0.5): ArcFace (Deng et al. 2019, equation 3) on cosines u [M, K] between unit
// embeddings and unit class centres (the head "cosine"): cross-entropy of scale * cos(theta + margin) for the
// right class and scale * cos theta for the others; where theta + margin > pi, cos theta - margin
// sin(margin).
std::unique_ptr<Loss> make_arcface(const Spec& spec, const ClassShares& shares);

// triplet(margin=0.5,mining=semi_hard): squared Euclidean distances of unit rows, max(0, d_ap - d_an +
// margin).
//   batch_hard  one triplet an anchor: the farthest of its class, the nearest of the others (Hermans 2017)
//   batch_all   all triplets, mean over those above 0 (Hermans 2017)
//   semi_hard   every pair of a class, the nearest other row farther than it, else the farthest (Schroff
//   2015) curriculum  the plankton study's: the nearest of the class and the semi-hard negative for 2/7 of
//   the
//               training, then the nearest negative, and from 5/7 on the farthest of the class with it
// Memory of batch_all and semi_hard: pairs of a class * M floats. When all rows are alike the loss is the
// margin: a run that stays there has collapsed.
std::unique_ptr<Loss> make_triplet(const Spec& spec, const ClassShares& shares);

// supcon(temperature=0.1): Khosla et al. 2020, equation 2 ("out"): the mean over the other rows p of i's
// class of -log softmax_p(s_ip), then over the rows that have such a p. On a CPU in tiles, as NT-Xent: the
// positives' part needs only the sums of each class.
std::unique_ptr<Loss> make_sup_con(const Spec& spec, const ClassShares& shares);
LossValue sup_con_streamed(const at::Tensor& u, const at::Tensor& labels, double temperature,
                           int64_t tile = 128);
LossValue sup_con_dense(const at::Tensor& u, const at::Tensor& labels, double temperature);

// Error(Exit::failed) unless `labels` is one int64 a row of u.
void check_row_labels(const at::Tensor& u, const at::Tensor& labels);

}  // namespace simclr

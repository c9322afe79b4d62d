#pragma once
// NT-Xent, the loss of SimCLR (Chen et al. 2020, equation 1):
//   z = u / |u|,  s_ij = z_i.z_j / temperature,  l_i = log sum_{j != i} exp(s_ij) - s_{i,p(i)},  L = mean
//   over 2N
// with p(i) the other view of i's image. (Google's code returns twice this.)
// In: u [2N, d] float32, rows 0..N-1 view 1, N..2N-1 view 2. Row norms below 1e-6 count as 1e-6.
// On a CPU: in tiles, value and gradient in closed form, 2 M^2 d multiply-adds and O(M d) memory for M = 2N
// (the second pass makes the similarities anew); the same bits for any number of threads. No second
// derivative. On other devices: nt_xent_dense, which holds M x M.

#include "loss/loss.hpp"

namespace simclr {

LossValue nt_xent_streamed(const at::Tensor& u, double temperature,
                           int64_t tile = 128);                    // tile: multiple of 32
LossValue nt_xent_dense(const at::Tensor& u, double temperature);  // float64 when u is

std::unique_ptr<Loss> make_nt_xent(const struct Spec& spec);

}  // namespace simclr

#include "train/finite.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "nn/weights.hpp"
#include "optim/gradients.hpp"

namespace simclr {
namespace {

std::vector<uint64_t> with_bad_rows(std::span<const uint64_t> batch, const at::Tensor& u) {
  std::vector<uint64_t> found;
  if (!u.defined()) return found;
  const at::Tensor sums = u.detach().to(at::kCPU, at::kDouble).sum(1).contiguous();
  const double* row = sums.const_data_ptr<double>();
  for (size_t i = 0; i < batch.size(); ++i)
    if (!std::isfinite(row[i]) || !std::isfinite(row[batch.size() + i])) found.push_back(batch[i]);
  return found;
}

}  // namespace

bool all_finite(const Model& model, Optimizer& optimizer) {
  std::vector<at::Tensor> all;
  const auto take = [&](const NamedTensors& tensors) {
    for (const auto& [name, tensor] : tensors)
      if (tensor.is_floating_point()) all.push_back(tensor);
  };
  take(named_tensors(*model.encoder));
  take(named_tensors(*model.head));
  take(optimizer.state());
  const auto norms = squared_norms(all);
  return std::all_of(norms.begin(), norms.end(), [](double norm) { return std::isfinite(norm); });
}

std::string suspects(const Pictures& pictures, std::span<const uint64_t> batch, const at::Tensor& u) {
  std::vector<uint64_t> chosen = with_bad_rows(batch, u);
  // Batch norm spreads one bad picture over all rows: then the whole batch is under suspicion.
  if (chosen.empty()) chosen.assign(batch.begin(), batch.end());
  constexpr size_t most = 8;
  std::string list;
  for (size_t i = 0; i < std::min(chosen.size(), most); ++i)
    list += "\n    " + printable(pictures.path(chosen[i]));
  if (chosen.size() > most) list += "\n    and " + std::to_string(chosen.size() - most) + " more";
  return list;
}

}  // namespace simclr

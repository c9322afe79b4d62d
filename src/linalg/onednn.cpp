#include "linalg/onednn.hpp"

#include <ATen/Context.h>

namespace simclr {

bool onednn_takes(at::ScalarType type) {
  static const bool there =
      at::globalContext().hasMKLDNN() &&
      c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", ""}).has_value();
  return there && (type != at::kBFloat16 ||
                   (__builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
                    __builtin_cpu_supports("avx512dq") != 0));
}

}  // namespace simclr

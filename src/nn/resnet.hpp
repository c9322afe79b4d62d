#pragma once
// ResNets (He et al., "Deep residual learning for image recognition", arXiv:1512.03385), in torchvision's
// arithmetic: bottlenecks take their stride in the 3x3 convolution, batch norm has eps 1e-5 and momentum 0.1.
// Fields: width, stem, zero_init, embedding (a linear layer and unit length after pooling). A channel count
// is base * width, to the nearest multiple of 8, at least 8.

#include <array>
#include <cstdint>
#include <memory>

#include "base/spec.hpp"
#include "nn/encoder.hpp"

namespace simclr {

struct ResNetLayout {
  std::array<int64_t, 4> blocks;  // of each stage
  bool bottleneck = false;        // 1x1, 3x3, 1x1 with four times the channels out; else two 3x3
  int64_t widening = 1;           // of the bottleneck's inner channels alone
};

std::shared_ptr<Encoder> make_resnet(const ResNetLayout& layout, const Spec& spec, int64_t bands,
                                     int64_t image_size);

}  // namespace simclr

#include "nn/folded.hpp"

#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>
#include <torch/nn/init.h>

#include "nn/weights.hpp"

namespace simclr {
namespace {

// Norms that do something, in evaluation mode.
std::shared_ptr<Encoder> lived_in(const std::string& text, int64_t bands, int64_t size) {
  const at::NoGradGuard no_grad;
  at::manual_seed(5);
  const auto encoder = make_encoder(text, bands, size);
  for (const auto& [name, tensor] : named_tensors(*encoder))
    if (tensor.dim() == 1) {
      if (name.ends_with("running_mean") || name.ends_with("bias"))
        tensor.normal_(0, 0.2);
      else
        tensor.uniform_(0.5, 1.5);
    }
  to_channels_last(*encoder);
  encoder->eval();
  return encoder;
}

at::Tensor some_pictures(int64_t rows, int64_t bands, int64_t size) {
  return at::randn({rows, bands, size, size}).contiguous(at::MemoryFormat::ChannelsLast);
}

double relative_difference(const at::Tensor& ours, const at::Tensor& plain) {
  return ((ours - plain).abs().max() / plain.abs().max()).item<double>();
}

TEST(Folded, EqualsThePlainForward) {
  const c10::InferenceMode guard;
  const struct {
    const char* encoder;
    int64_t bands, size, rows;
  } cases[] = {{"resnet18", 3, 32, 5},
               {"resnet18(width=0.25)", 1, 28, 8},
               {"resnet50(width=0.25)", 3, 96, 3},
               {"resnet18(width=0.125,stem=imagenet)", 12, 65, 2},
               {"resnet18(width=0.25,embedding=24)", 3, 32, 4},
               {"wide_resnet50_2(width=0.125)", 3, 40, 1}};
  for (const auto& one : cases) {
    const auto encoder = lived_in(one.encoder, one.bands, one.size);
    const auto folded = encoder->folded(at::kFloat, {one.rows, one.bands, one.size, one.size});
    for (const int64_t rows : {one.rows, one.rows + 2}) {  // the shape it was laid out for, and another
      const at::Tensor x = some_pictures(rows, one.bands, one.size);
      const at::Tensor before = x.clone();
      const at::Tensor h = folded(x);
      EXPECT_LT(relative_difference(h, encoder->forward(x)), 1e-5) << one.encoder << ' ' << rows;
      EXPECT_TRUE(x.equal(before));
      EXPECT_EQ(h.scalar_type(), at::kFloat);
      EXPECT_TRUE(h.equal(folded(x)));
    }
  }
}

TEST(Folded, ComputesInBfloat16) {
  const c10::InferenceMode guard;
  const auto encoder = lived_in("resnet18(width=0.25)", 3, 32);
  const at::Tensor x = some_pictures(4, 3, 32);
  const at::Tensor plain = encoder->forward(x);
  const at::Tensor h = encoder->folded(at::kBFloat16, {4, 3, 32, 32})(x.to(at::kBFloat16));
  EXPECT_EQ(h.scalar_type(), at::kFloat);
  EXPECT_LT(relative_difference(h, plain), 0.05);
  EXPECT_GT(relative_difference(h, plain), 1e-5);
}

TEST(Folded, KeepsTheWeightsOfItsTime) {
  const c10::InferenceMode guard;
  const auto encoder = lived_in("resnet18(width=0.125)", 3, 32);
  const at::Tensor x = some_pictures(2, 3, 32);
  const auto folded = encoder->folded(at::kFloat, {2, 3, 32, 32});
  const at::Tensor before = folded(x);
  for (const auto& parameter : encoder->parameters()) parameter.zero_();
  EXPECT_TRUE(folded(x).equal(before));
}

}  // namespace
}  // namespace simclr

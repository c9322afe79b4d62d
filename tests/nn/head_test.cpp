#include "nn/head.hpp"

#include <gtest/gtest.h>
#include <torch/utils.h>

#include "base/error.hpp"
#include "nn/weights.hpp"

namespace simclr {
namespace {

using Shapes = std::vector<std::pair<std::string, std::vector<int64_t>>>;

Shapes head_shapes(const Head& head) {
  Shapes all;
  for (const auto& [name, tensor] : named_tensors(head))
    if (!name.ends_with("num_batches_tracked")) all.emplace_back(name, tensor.sizes().vec());
  return all;
}

at::Tensor tensor_named(const Head& head, const std::string& wanted) {
  for (const auto& [name, tensor] : named_tensors(head))
    if (name == wanted) return tensor;
  ADD_FAILURE() << "no tensor " << wanted;
  return {};
}

// (x - mean) / sqrt(variance + eps) * gamma + beta over the batch, biased variance
at::Tensor norm_by_hand(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta) {
  const at::Tensor centred = x - x.mean(0, true);
  return centred / (centred.square().mean(0, true) + 1e-5).sqrt() * gamma + beta;
}

TEST(Head, NoneGivesBackItsInput) {
  const auto head = make_head("none", 24);
  const at::Tensor h = at::randn({4, 24});
  EXPECT_EQ(head->features(), 24);
  EXPECT_TRUE(head->forward(h).equal(h));
  ASSERT_EQ(head->layers(h).size(), 1U);
  EXPECT_TRUE(head->layers(h)[0].equal(h));
  EXPECT_TRUE(named_tensors(*head).empty());
  EXPECT_EQ(head->text, "none");
}

TEST(Head, LinearIsOneProductWithBias) {
  const auto head = make_head("linear(out=7)", 5);
  EXPECT_EQ(head_shapes(*head), (Shapes{{"layers.0.weight", {7, 5}}, {"layers.0.bias", {7}}}));
  const at::Tensor h = at::randn({3, 5});
  const at::Tensor wanted =
      h.mm(tensor_named(*head, "layers.0.weight").t()) + tensor_named(*head, "layers.0.bias");
  EXPECT_TRUE(head->forward(h).allclose(wanted, 1e-5, 1e-6));
  EXPECT_EQ(head->features(), 7);
  EXPECT_EQ(head->text, "linear(out=7)");
}

TEST(Head, MlpByHandWithEveryLayer) {
  torch::manual_seed(3);
  const auto head = make_head("mlp(layers=3,hidden=11,out=6)", 9);
  EXPECT_EQ(head_shapes(*head), (Shapes{{"layers.0.weight", {11, 9}},
                                        {"layers.1.weight", {11}},
                                        {"layers.1.bias", {11}},
                                        {"layers.1.running_mean", {11}},
                                        {"layers.1.running_var", {11}},
                                        {"layers.3.weight", {11, 11}},
                                        {"layers.4.weight", {11}},
                                        {"layers.4.bias", {11}},
                                        {"layers.4.running_mean", {11}},
                                        {"layers.4.running_var", {11}},
                                        {"layers.6.weight", {6, 11}},
                                        {"layers.6.bias", {6}}}));
  const at::NoGradGuard no_grad;
  for (const auto& parameter : head->parameters()) parameter.normal_();
  const at::Tensor h = at::randn({8, 9});
  const auto of = [&](const char* name) { return tensor_named(*head, name); };
  const at::Tensor g1 =
      norm_by_hand(h.mm(of("layers.0.weight").t()), of("layers.1.weight"), of("layers.1.bias")).relu();
  const at::Tensor g2 =
      norm_by_hand(g1.mm(of("layers.3.weight").t()), of("layers.4.weight"), of("layers.4.bias")).relu();
  const at::Tensor u = g2.mm(of("layers.6.weight").t()) + of("layers.6.bias");
  const auto layers = head->layers(h);
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_TRUE(layers[0].allclose(g1, 1e-4, 1e-4));
  EXPECT_TRUE(layers[1].allclose(g2, 1e-4, 1e-4));
  EXPECT_TRUE(layers[2].allclose(u, 1e-4, 1e-4));
  EXPECT_TRUE(head->forward(h).equal(layers[2]));
  EXPECT_EQ(head->features(), 6);
}

TEST(Head, DefaultMlpIsAsWideAsTheEncoder) {
  const auto head = make_head("mlp", 48);
  EXPECT_EQ(tensor_named(*head, "layers.0.weight").sizes(), (std::vector<int64_t>{48, 48}));
  EXPECT_EQ(tensor_named(*head, "layers.3.weight").sizes(), (std::vector<int64_t>{128, 48}));
  EXPECT_EQ(head->text, "mlp");
  EXPECT_EQ(make_head("mlp( layers=2, out=64 )", 48)->text, "mlp(out=64)");
}

TEST(Head, WithoutBatchNormHiddenLayersKeepTheirBias) {
  const auto head = make_head("mlp(bn=false,out=4,hidden=5)", 3);
  EXPECT_EQ(head_shapes(*head), (Shapes{{"layers.0.weight", {5, 3}},
                                        {"layers.0.bias", {5}},
                                        {"layers.2.weight", {4, 5}},
                                        {"layers.2.bias", {4}}}));
  EXPECT_EQ(head->text, "mlp(hidden=5,out=4,bn=false)");
}

// The SimCLR-S2 study's: 1024, 512, 128 without batch norm.
TEST(Head, WidthsMayBeGivenLayerByLayer) {
  const auto head = make_head("mlp(widths= 24/12 / 8,bn=false)", 40);
  EXPECT_EQ(head_shapes(*head), (Shapes{{"layers.0.weight", {24, 40}},
                                        {"layers.0.bias", {24}},
                                        {"layers.2.weight", {12, 24}},
                                        {"layers.2.bias", {12}},
                                        {"layers.4.weight", {8, 12}},
                                        {"layers.4.bias", {8}}}));
  EXPECT_EQ(head->text, "mlp(widths=24/12/8,bn=false)");
  EXPECT_EQ(head->features(), 8);
  EXPECT_EQ(make_head(head->text, 40)->text, head->text);
  const at::Tensor h = at::randn({5, 40});
  const auto of = [&](const char* name) { return tensor_named(*head, name); };
  const at::Tensor g1 = (h.mm(of("layers.0.weight").t()) + of("layers.0.bias")).relu(),
                   g2 = (g1.mm(of("layers.2.weight").t()) + of("layers.2.bias")).relu(),
                   u = g2.mm(of("layers.4.weight").t()) + of("layers.4.bias");
  ASSERT_EQ(head->layers(h).size(), 3U);
  EXPECT_TRUE(head->layers(h)[0].allclose(g1, 1e-5, 1e-6));
  EXPECT_TRUE(head->layers(h)[1].allclose(g2, 1e-5, 1e-6));
  EXPECT_TRUE(head->forward(h).allclose(u, 1e-5, 1e-6));
  EXPECT_EQ(head_shapes(*make_head("mlp(widths=16/16/8)", 16)),
            head_shapes(*make_head("mlp(layers=3,out=8)", 16)));
  EXPECT_EQ(head_shapes(*make_head("mlp(widths=8)", 16)), head_shapes(*make_head("mlp(layers=1,out=8)", 16)));
}

TEST(Head, LastNormHasNoOffsetThatLearns) {
  const auto head = make_head("mlp(last_bn=true,out=4)", 6);
  EXPECT_EQ(head->text, "mlp(out=4,last_bn=true)");
  head->forward(at::randn({8, 6})).square().sum().backward();
  EXPECT_FALSE(tensor_named(*head, "layers.4.bias").requires_grad());
  EXPECT_FALSE(tensor_named(*head, "layers.4.bias").grad().defined());
  EXPECT_TRUE(tensor_named(*head, "layers.4.weight").grad().defined());
  EXPECT_LT(head->forward(at::randn({8, 6})).mean(0).abs().max().item<double>(), 1e-6);
  for (const auto& [name, tensor] : named_tensors(*head)) EXPECT_NE(name, "layers.3.bias");
}

TEST(Head, OutputIsFloat32EvenForBfloat16Input) {
  const at::Tensor h = at::randn({4, 6}).to(at::kBFloat16);
  const auto head = make_head("none", 6);
  EXPECT_EQ(head->forward(h).scalar_type(), at::kFloat);
  EXPECT_EQ(head->layers(h)[0].scalar_type(), at::kFloat);
}

TEST(Head, BadTextNamesWhatIsWrong) {
  const auto message = [](const char* text) -> std::string {
    try {
      make_head(text, 8);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Exit::setting);
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message("mpl"), "unknown head 'mpl'. Did you mean 'mlp'?");
  EXPECT_NE(message("mlp(layers=0)").find("1 to 8"), std::string::npos);
  EXPECT_NE(message("mlp(out=0)").find("1 to 65536"), std::string::npos);
  EXPECT_EQ(message("mlp(widths=8//4)"), "mlp(widths): '' is not a whole number.");
  EXPECT_EQ(message("mlp(widths=8/0)"), "mlp(widths): '0' is not in range: 1 to 65536.");
  EXPECT_EQ(message("mlp(widths=8/4,out=4)"), "mlp: widths says all that layers, hidden and out do.");
  EXPECT_EQ(message("mlp(widths=1/1/1/1/1/1/1/1/1)"), "mlp(widths): 9 layers; 8 are the most.");
  EXPECT_NE(message("linear(hidden=3)").find("'linear' has no argument 'hidden'"), std::string::npos);
  EXPECT_NE(message("none(out=3)").find("'none' has no argument 'out'"), std::string::npos);
}

TEST(Head, FirstLayersAreNamedAsInTheFile) {
  const auto head = make_head("mlp(layers=3,hidden=11,out=6)", 9);
  std::vector<std::string> names;
  for (const auto& [name, module] : head->first_layers(2)) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"layers.0.", "layers.1.", "layers.3.", "layers.4."}));
  EXPECT_TRUE(head->first_layers(0).empty());
}

TEST(Head, ALastLayerOfZerosGivesZeroForAnything) {
  for (const char* text : {"linear(out=3)", "mlp(layers=2,hidden=8,out=3)"}) {
    const auto head = make_head(text, 5);
    head->zero_last_layer();
    EXPECT_EQ(head->forward(at::randn({4, 5})).abs().max().item<float>(), 0.0F) << text;
  }
}

}  // namespace
}  // namespace simclr

#include "nn/encoder.hpp"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/utils.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "nn/weights.hpp"

namespace simclr {
namespace {

const nlohmann::json& golden_resnets() {
  static const auto all =
      nlohmann::json::parse(std::ifstream(SIMCLR_SOURCE_DIR "/tests/golden/resnet_torchvision.json"));
  return all;
}

// The two formulas of the golden file: element i of tensor k, in [-1, 1].
at::Tensor sine_elements(int64_t n, int64_t k) {
  return at::arange(n, at::kDouble).mul_(0.37).add_(static_cast<double>(k)).sin_();
}

at::Tensor hashed_elements(int64_t n, int64_t k) {
  const at::Tensor all = at::empty({n}, at::kDouble);
  auto* out = all.mutable_data_ptr<double>();
  for (int64_t i = 0; i < n; ++i) {
    uint32_t x = static_cast<uint32_t>(i) * 0x9E3779B1U + static_cast<uint32_t>(k) * 0x85EBCA77U;
    x ^= x >> 16;
    x *= 0x85EBCA6BU;
    x ^= x >> 13;
    x *= 0xC2B2AE35U;
    x ^= x >> 16;
    out[i] = static_cast<double>(x >> 8) * 0x1p-23 - 1;
  }
  return all;
}

void set_by_formula(Encoder& encoder, bool hashed) {
  const at::NoGradGuard no_grad;
  int64_t k = 0;
  for (const auto& [name, tensor] : named_tensors(encoder)) {
    if (name.ends_with("num_batches_tracked")) continue;
    const at::Tensor s = hashed ? hashed_elements(tensor.numel(), k) : sine_elements(tensor.numel(), k);
    ++k;
    at::Tensor value = 1 + 0.1 * s;
    if (tensor.dim() > 1)
      value = std::sqrt((hashed ? 6.0 : 2.0) / static_cast<double>(tensor[0].numel())) * s;
    else if (name.ends_with("running_var"))
      value = 1 + 0.1 * s * s;
    else if (name.ends_with("running_mean") || name.ends_with("bias"))
      value = 0.1 * s;
    tensor.copy_(value.reshape(tensor.sizes()));
  }
}

// Tolerance `h` is of max|h|, `sums` of the sums themselves.
void expect_golden(const at::Tensor& h, const nlohmann::json& rows, double h_tolerance,
                   double sum_tolerance) {
  ASSERT_EQ(h.size(0), static_cast<int64_t>(rows.size()));
  const double largest = h.abs().max().item<double>();
  for (int64_t row = 0; row < h.size(0); ++row) {
    const auto& wanted = rows[static_cast<size_t>(row)];
    for (int64_t i = 0; i < 8; ++i)
      EXPECT_NEAR(h[row][i].item<double>(), wanted["first8"][static_cast<size_t>(i)].get<double>(),
                  h_tolerance * largest)
          << "row " << row << ", feature " << i;
    const at::Tensor exact = h[row].to(at::kDouble);
    const double sum = wanted["sum"], sum_sq = wanted["sum_sq"];
    EXPECT_NEAR(exact.sum().item<double>(), sum, sum_tolerance * std::abs(sum));
    EXPECT_NEAR(exact.square().sum().item<double>(), sum_sq, sum_tolerance * sum_sq);
  }
}

struct GoldenResNet {
  const char* name;
  double train_tolerance, train_sums;
};
void PrintTo(const GoldenResNet& one, std::ostream* out) {
  *out << one.name;
}

class ResNetGolden : public testing::TestWithParam<GoldenResNet> {
 protected:
  std::shared_ptr<Encoder> encoder = make_encoder(GetParam().name + std::string("(stem=imagenet)"), 3, 64);
  const nlohmann::json& golden = golden_resnets()[GetParam().name];
};

TEST_P(ResNetGolden, EvaluationEqualsTorchvision) {
  const at::NoGradGuard no_grad;
  encoder->eval();
  set_by_formula(*encoder, false);
  const at::Tensor x = at::arange(2 * 3 * 64 * 64, at::kDouble).mul_(0.01).sin_().view({2, 3, 64, 64});
  expect_golden(encoder->forward(x.to(at::kFloat)), golden["eval"], 1e-5, 1e-5);
}

TEST_P(ResNetGolden, HashedWeightsEqualTorchvisionInBothModesAndLayouts) {
  const at::NoGradGuard no_grad;
  set_by_formula(*encoder, true);
  const at::Tensor x = hashed_elements(2 * 3 * 64 * 64, 1000).view({2, 3, 64, 64}).to(at::kFloat);
  encoder->eval();
  expect_golden(encoder->forward(x), golden["eval_hashed"], 1e-5, 1e-5);
  to_channels_last(*encoder);
  const at::Tensor last = x.contiguous(at::MemoryFormat::ChannelsLast);
  expect_golden(encoder->forward(last), golden["eval_hashed"], 1e-5, 1e-5);
  encoder->train();
  expect_golden(encoder->forward(last), golden["train_hashed"], GetParam().train_tolerance,
                GetParam().train_sums);
}

TEST_P(ResNetGolden, HasTorchvisionsNamesShapesAndCounts) {
  std::vector<std::pair<std::string, std::vector<int64_t>>> ours, theirs;
  for (const auto& [name, tensor] : named_tensors(*encoder))
    if (!name.ends_with("num_batches_tracked")) ours.emplace_back(name, tensor.sizes().vec());
  EXPECT_EQ(ours.size() + 2, golden["tensors"].get<size_t>());  // theirs counts fc.weight and fc.bias
  int64_t parameters = 0;
  for (const auto& parameter : encoder->parameters()) parameters += parameter.numel();
  EXPECT_EQ(parameters, golden["parameters_without_fc"].get<int64_t>());
  if (!golden.contains("names_and_shapes")) return;  // stored for resnet18 and resnet50
  for (const auto& one : golden["names_and_shapes"])
    if (!one[0].get<std::string>().starts_with("fc.")) theirs.emplace_back(one[0], one[1]);
  EXPECT_EQ(ours, theirs);
}

INSTANTIATE_TEST_SUITE_P(
    All, ResNetGolden,
    testing::Values(GoldenResNet{"resnet18", 1e-4, 1e-5}, GoldenResNet{"resnet34", 1e-4, 1e-5},
                    GoldenResNet{"resnet50", 1e-3, 1e-4}, GoldenResNet{"resnet101", 5e-3, 1e-4},
                    GoldenResNet{"resnet152", 2e-2, 1e-3}, GoldenResNet{"wide_resnet50_2", 1e-3, 1e-4}),
    [](const auto& one) { return std::string(one.param.name); });

void expect_error(const std::function<void()>& work, Exit code, const std::string& part) {
  try {
    work();
    FAIL() << "no error; expected one with '" << part << "'";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

std::vector<int64_t> output_shape(const std::string& text, int64_t bands, int64_t size) {
  const at::NoGradGuard no_grad;
  const auto encoder = make_encoder(text, bands, size);
  EXPECT_EQ(encoder->bands, bands);
  const auto shape = encoder->forward(at::rand({2, bands, size, size})).sizes().vec();
  EXPECT_EQ(shape[1], encoder->features());
  return shape;
}

TEST(Encoder, WidthMultipliesChannelsToMultiplesOfEight) {
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(output_shape("resnet18(width=0.25)", 3, 32), (Shape{2, 128}));
  EXPECT_EQ(output_shape("resnet18(width=0.0625)", 3, 16), (Shape{2, 32}));
  EXPECT_EQ(output_shape("resnet18(width=0.3)", 3, 16), (Shape{2, 152}));  // 153.6 / 8 = 19.2
  EXPECT_EQ(output_shape("resnet50(width=0.125)", 3, 96), (Shape{2, 256}));
  EXPECT_EQ(make_encoder("resnet50(width=2)", 3, 224)->features(), 4096);
  std::vector<int64_t> stem;
  for (const auto& [name, tensor] : named_tensors(*make_encoder("resnet34(width=0.0625)", 3, 32)))
    if (name == "conv1.weight") stem = tensor.sizes().vec();
  EXPECT_EQ(stem, (Shape{8, 3, 3, 3}));  // 4 channels would be too few: never below 8
}

TEST(Encoder, TakesAnyNumberOfBands) {
  for (const int64_t bands : {1, 4, 13})
    for (const int64_t size : {28, 72}) {
      EXPECT_EQ(output_shape("resnet18(width=0.125)", bands, size), (std::vector<int64_t>{2, 64}));
      EXPECT_EQ(named_tensors(*make_encoder("resnet18", bands, size))[0].second.size(1), bands);
    }
  expect_error([] { make_encoder("resnet18", 0, 32); }, Exit::setting, "0 bands");
  expect_error([] { make_encoder("resnet18", 3, 0); }, Exit::setting, "image size 0");
}

TEST(Encoder, SmallStemKeepsTheResolutionUpTo64Pixels) {
  const auto stem_of = [](const char* text, int64_t size) {
    const auto encoder = make_encoder(text, 3, size);
    return named_tensors(*encoder)[0].second.size(2);
  };
  EXPECT_EQ(stem_of("resnet18", 64), 3);
  EXPECT_EQ(stem_of("resnet18", 65), 7);
  EXPECT_EQ(stem_of("resnet18(stem=small)", 224), 3);
  EXPECT_EQ(stem_of("resnet18(stem=imagenet)", 32), 7);
}

TEST(Encoder, TextIsCanonicalAndMakesTheSameNetworkAtAnySize) {
  EXPECT_EQ(make_encoder("resnet18", 3, 32)->text, "resnet18(stem=small)");
  EXPECT_EQ(make_encoder("resnet18", 3, 65)->text, "resnet18(stem=imagenet)");
  EXPECT_EQ(make_encoder(" resnet18( zero_init = off, width = 0.250 ) ", 3, 64)->text,
            "resnet18(width=0.25,stem=small,zero_init=false)");
  for (const int64_t size : {32, 224}) {
    const auto again = make_encoder("resnet18(width=0.25,stem=small)", 3, size);
    EXPECT_EQ(again->text, "resnet18(width=0.25,stem=small)");
    EXPECT_EQ(named_tensors(*again)[0].second.sizes(), (std::vector<int64_t>{16, 3, 3, 3}));
  }
}

TEST(Encoder, BadTextNamesWhatIsWrong) {
  expect_error([] { make_encoder("resnet19", 3, 32); }, Exit::setting,
               "unknown encoder 'resnet19'. Did you mean 'resnet18'?");
  expect_error([] { make_encoder("resnet18(widht=2)", 3, 32); }, Exit::setting, "Did you mean 'width'?");
  expect_error([] { make_encoder("resnet18(width=9)", 3, 32); }, Exit::setting, "0.0625 to 8");
  expect_error([] { make_encoder("resnet18(width=0)", 3, 32); }, Exit::setting, "0.0625 to 8");
  expect_error([] { make_encoder("resnet18(stem=big)", 3, 32); }, Exit::setting, "auto, small, imagenet");
  expect_error([] { make_encoder("resnet18(width=2", 3, 32); }, Exit::setting, "not closed");
  expect_error([] { make_encoder("", 3, 32); }, Exit::setting, "encoder");
  EXPECT_EQ(encoder_names(), (std::vector<std::string>{"resnet18", "resnet34", "resnet50", "resnet101",
                                                       "resnet152", "wide_resnet50_2"}));
}

TEST(Encoder, InitialWeightsFollowTheSeedAndTheLawOfHe) {
  const auto drawn = [](uint64_t seed) {
    torch::manual_seed(seed);
    return make_encoder("resnet18", 3, 32);
  };
  const auto one = drawn(1), same = drawn(1), other = drawn(2);
  const auto a = one->named_parameters(), b = same->named_parameters(), c = other->named_parameters();
  for (const auto& parameter : a) {
    EXPECT_TRUE(parameter.value().equal(b[parameter.key()])) << parameter.key();
    if (parameter.value().dim() != 4) continue;
    EXPECT_FALSE(parameter.value().equal(c[parameter.key()])) << parameter.key();
    const at::Tensor w = parameter.value().detach().to(at::kDouble);
    const double deviation = std::sqrt(2.0 / static_cast<double>(w.numel() / w.size(1)));  // fan out
    const double n = static_cast<double>(w.numel());
    EXPECT_NEAR(w.std().item<double>(), deviation, 5 * deviation / std::sqrt(2 * n)) << parameter.key();
    EXPECT_NEAR(w.mean().item<double>(), 0, 5 * deviation / std::sqrt(n)) << parameter.key();
  }
}

TEST(Encoder, ZeroInitSilencesTheLastNormOfEachBlockOnly) {
  const auto zeros = [](const char* text) {
    std::vector<std::string> names;
    for (const auto& [name, tensor] : named_tensors(*make_encoder(text, 3, 32)))
      if (tensor.dim() == 1 && name.ends_with(".weight") && !tensor.any().item<bool>()) names.push_back(name);
    return names;
  };
  const auto basic = zeros("resnet18(width=0.125)"), bottleneck = zeros("resnet50(width=0.125)");
  EXPECT_EQ(basic.size(), 8U);
  for (const auto& name : basic) EXPECT_TRUE(name.ends_with(".bn2.weight")) << name;
  EXPECT_EQ(bottleneck.size(), 16U);
  for (const auto& name : bottleneck) EXPECT_TRUE(name.ends_with(".bn3.weight")) << name;
  EXPECT_TRUE(zeros("resnet18(width=0.125,zero_init=false)").empty());
}

struct Bfloat16Scope {  // as the trainer runs it
  Bfloat16Scope() {
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCPU, true);
  }
  ~Bfloat16Scope() {
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
  }
};

TEST(Encoder, Bfloat16AutocastStaysNearFloat32WithFloat32Gradients) {
  torch::manual_seed(5);
  const auto encoder = make_encoder("resnet18(width=0.25,zero_init=false)", 3, 32);
  to_channels_last(*encoder);
  const at::Tensor x = at::randn({16, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor plain = encoder->forward(x), mix = at::randn_like(plain);
  (plain * mix).sum().backward();
  const auto gradients = [&] {
    std::vector<at::Tensor> flat;
    for (const auto& parameter : encoder->parameters()) flat.push_back(parameter.grad().flatten().clone());
    return at::cat(flat);
  };
  const at::Tensor wanted = gradients();
  encoder->zero_grad();
  at::Tensor h;
  {
    const Bfloat16Scope scope;
    h = encoder->forward(x);
  }
  EXPECT_EQ(h.scalar_type(), at::kFloat);
  (h * mix).sum().backward();
  EXPECT_LT((h - plain).norm().item<double>(), 0.05 * plain.norm().item<double>());
  const at::Tensor got = gradients();
  EXPECT_GT((got.dot(wanted) / got.norm() / wanted.norm()).item<double>(), 0.9);
  EXPECT_NEAR((got.norm() / wanted.norm()).item<double>(), 1, 0.15);
  for (const auto& parameter : encoder->parameters()) EXPECT_EQ(parameter.grad().scalar_type(), at::kFloat);
}

TEST(Encoder, GradientsInPlaceEqualFiniteDifferences) {
  torch::manual_seed(6);
  for (const char* text :
       {"resnet18(width=0.125,zero_init=false)", "resnet50(width=0.125,zero_init=false)"}) {
    const auto encoder = make_encoder(text, 2, 80);
    encoder->to(at::kDouble);
    const at::Tensor x = at::randn({3, 2, 80, 80}, at::kDouble),
                     mix = at::randn({encoder->features()}, at::kDouble);
    const auto value = [&] { return encoder->forward(x).matmul(mix).sum(); };
    value().backward();
    for (const auto& parameter : encoder->parameters()) {
      const at::NoGradGuard no_grad;
      const at::Tensor direction = at::randn_like(parameter);
      const double slope = (parameter.grad() * direction).sum().item<double>();
      const double step = 1e-7 / direction.norm().item<double>();
      parameter.add_(direction, step);
      const double above = value().item<double>();
      parameter.add_(direction, -2 * step);
      const double below = value().item<double>();
      parameter.add_(direction, step);
      EXPECT_NEAR((above - below) / (2 * step), slope, 1e-4 * std::abs(slope) + 1e-4) << text;
    }
  }
}

TEST(Encoder, ChannelsLastChangesLayoutAlone) {
  const auto encoder = make_encoder("resnet18(width=0.25)", 3, 96);
  std::vector<at::Tensor> before;
  for (const auto& parameter : encoder->parameters()) before.push_back(parameter.detach().clone());
  to_channels_last(*encoder);
  const auto after = encoder->parameters();
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(after[i].equal(before[i]));
    EXPECT_TRUE(after[i].requires_grad());
    if (after[i].dim() != 4) continue;
    EXPECT_TRUE(after[i].is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}

TEST(Encoder, AnEmbeddingIsALinearLayerToUnitVectors) {
  torch::manual_seed(3);
  const auto encoder = make_encoder("resnet18(width=0.125,embedding=24)", 3, 32);
  torch::manual_seed(3);
  const auto pooled = make_encoder("resnet18(width=0.125)", 3, 32);
  EXPECT_EQ(encoder->features(), 24);
  EXPECT_EQ(encoder->text, "resnet18(width=0.125,stem=small,embedding=24)");
  encoder->eval();
  pooled->eval();
  const at::Tensor x = at::randn({5, 3, 32, 32});
  const auto weights = encoder->named_parameters();
  const at::Tensor linear =
      pooled->forward(x).matmul(weights["embedding.weight"].t()) + weights["embedding.bias"];
  const at::Tensor h = encoder->forward(x);
  EXPECT_TRUE(h.allclose(linear / linear.norm(2, 1, true), 1e-4, 1e-6));
  h.select(1, 0).sum().backward();
  EXPECT_GT(weights["embedding.weight"].grad().abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace simclr

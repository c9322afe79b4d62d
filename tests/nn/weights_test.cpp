#include "nn/weights.hpp"

#include <gtest/gtest.h>
#include <torch/utils.h>
#include <unistd.h>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "nn/encoder.hpp"
#include "nn/head.hpp"

namespace simclr {
namespace {

class Weights : public testing::Test {
 protected:
  Weights() { std::filesystem::create_directories(folder); }
  ~Weights() override { std::filesystem::remove_all(folder); }

  std::string message(const std::function<void()>& work) {
    try {
      work();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Exit::checkpoint);
      return error.what();
    }
    return "no error";
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("simclr_weights_test_" + std::to_string(getpid()));
  const std::filesystem::path file = folder / "model.safetensors";
};

std::shared_ptr<Encoder> encoder_of_seed(uint64_t seed, const char* text = "resnet18(width=0.125)") {
  torch::manual_seed(seed);
  auto encoder = make_encoder(text, 3, 32);
  const at::NoGradGuard no_grad;
  encoder->forward(at::randn({4, 3, 32, 32}));  // moves the running statistics
  return encoder;
}

void expect_same_bits(const torch::nn::Module& a, const torch::nn::Module& b) {
  const auto left = named_tensors(a), right = named_tensors(b);
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    EXPECT_EQ(left[i].first, right[i].first);
    EXPECT_EQ(left[i].second.scalar_type(), right[i].second.scalar_type());
    EXPECT_TRUE(left[i].second.equal(right[i].second)) << left[i].first;
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Weights, RoundTripIsBitExactWhateverTheLayoutInMemory) {
  const auto saved = encoder_of_seed(1);
  save_weights(file, {{"", *saved}}, {{"size", "32"}});
  const std::string plain = read_file(file);
  to_channels_last(*saved);
  save_weights(file, {{"", *saved}}, {{"size", "32"}});
  EXPECT_EQ(read_file(file), plain);  // the file doesn't show the layout
  for (const bool last : {false, true}) {
    const auto loaded = encoder_of_seed(2);
    if (last) to_channels_last(*loaded);
    load_weights(file, {{"", *loaded}});
    expect_same_bits(*loaded, *saved);
    EXPECT_EQ(loaded->parameters()[0].is_contiguous(at::MemoryFormat::ChannelsLast), last);
    EXPECT_TRUE(loaded->parameters()[0].requires_grad());
  }
  EXPECT_EQ(SafetensorsFile(file).metadata().at("size"), "32");
}

TEST_F(Weights, CountersAreWholeNumbersInTheFile) {
  save_weights(file, {{"", *encoder_of_seed(1)}}, {});
  const SafetensorsFile read(file);
  const TensorBytes* counter = read.find("bn1.num_batches_tracked");
  ASSERT_NE(counter, nullptr);
  EXPECT_EQ(counter->dtype, "I64");
  EXPECT_TRUE(counter->shape.empty());
  EXPECT_EQ(read.find("conv1.weight")->dtype, "F32");
}

TEST_F(Weights, SeveralModulesInOneFileEachByItsPrefix) {
  const auto encoder = encoder_of_seed(1);
  const auto head = make_head("mlp(out=4)", encoder->features());
  save_weights(file, {{"encoder.", *encoder}, {"projection_head.", *head}}, {});
  const auto encoder2 = encoder_of_seed(2);
  const auto head2 = make_head("mlp(out=4)", encoder->features());
  load_weights(file, {{"encoder.", *encoder2}});  // a part alone
  expect_same_bits(*encoder2, *encoder);
  load_weights(file, {{"projection_head.", *head2}, {"encoder.", *encoder2}});
  expect_same_bits(*head2, *head);
  const auto smaller = make_head("linear(out=4)", encoder->features());
  EXPECT_TRUE(contains(message([&] { load_weights(file, {{"projection_head.", *smaller}}); }), "unexpected"));
}

TEST_F(Weights, MisfitsAreListedAndNothingIsChanged) {
  save_weights(file, {{"", *encoder_of_seed(1)}}, {});
  const auto deeper = encoder_of_seed(2, "resnet34(width=0.125)"),
             untouched = encoder_of_seed(2, "resnet34(width=0.125)");
  std::string text = message([&] { load_weights(file, {{"", *deeper}}); });
  EXPECT_TRUE(contains(text, printable(file.string()))) << text;
  EXPECT_TRUE(contains(text, "96 missing (layer1.2.conv1.weight, ")) << text;
  EXPECT_TRUE(contains(text, ", ...)")) << text;
  EXPECT_FALSE(contains(text, "unexpected")) << text;
  expect_same_bits(*deeper, *untouched);
  const auto wider = encoder_of_seed(2, "resnet18(width=0.25)");
  text = message([&] { load_weights(file, {{"", *wider}}); });
  EXPECT_TRUE(contains(text,
                       "of another shape or type (conv1.weight: F32 [8, 3, 3, 3] in the file, "
                       "F32 [16, 3, 3, 3] here, "))
      << text;
  save_weights(file, {{"", *deeper}}, {});
  const auto shallow = encoder_of_seed(2);
  text = message([&] { load_weights(file, {{"", *shallow}}); });
  EXPECT_TRUE(contains(text, "96 unexpected (layer1.2.")) << text;
}

TEST_F(Weights, AnyTensorsRoundTripInTheirOwnType) {
  NamedTensors state;
  for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16, at::kHalf, at::kLong, at::kInt, at::kByte})
    state.emplace_back(c10::toString(type), (at::rand({3, 5}) * 100).to(type));
  state.emplace_back("transposed", at::rand({4, 7}).t());
  state.emplace_back("scalar", at::scalar_tensor(2.5));
  state.emplace_back("empty", at::empty({0, 3}));
  state.emplace_back("flag", at::rand({9}) > 0.5);
  save_tensors(file, state, {});
  NamedTensors read;
  for (const auto& [name, tensor] : state) read.emplace_back(name, at::zeros_like(tensor));
  load_tensors(file, read);
  for (size_t i = 0; i < state.size(); ++i)
    EXPECT_TRUE(read[i].second.equal(state[i].second)) << state[i].first;
}

TEST_F(Weights, FloatsConvertButNeverToOrFromWholeNumbers) {
  const at::Tensor half = at::rand({6}).to(at::kHalf);
  save_tensors(file, {{"w", half}}, {});
  const at::Tensor wide = at::zeros({6});
  load_tensors(file, {{"w", wide}});
  EXPECT_TRUE(wide.equal(half.to(at::kFloat)));
  const at::Tensor whole = at::zeros({6}, at::kLong);
  EXPECT_TRUE(contains(message([&] {
                         load_tensors(file, {{"w", whole}});
                       }),
                       "F16 [6] in the file, I64 [6] here"));
}

TEST_F(Weights, AMissingOrDamagedFileIsSaidSo) {
  const auto encoder = encoder_of_seed(1);
  EXPECT_TRUE(contains(message([&] {
                         load_weights(folder / "none.safetensors", {{"", *encoder}});
                       }),
                       "none.safetensors"));
  save_weights(file, {{"", *encoder}}, {});
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  EXPECT_TRUE(contains(message([&] { load_weights(file, {{"", *encoder}}); }), "model.safetensors"));
}

}  // namespace
}  // namespace simclr

#include "train/embed.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "augment/pipeline.hpp"
#include "base/error.hpp"
#include "image/resample.hpp"
#include "scratch_folder.hpp"

namespace simclr {
namespace {

struct EmbedFixture {
  ScratchFolder folder;
  Plan plan;
  Model model;
  EmbedFixture(int count, int image_size) {
    folder.pictures(count);
    plan.bands = 1;
    plan.image_size = image_size;
    plan.mean = {0.4};
    plan.std = {0.3};
    plan.encoder = "resnet18(width=0.125)";
    plan.head = "mlp(layers=2,out=16)";
    model = make_model(plan, 3);
  }
  Pictures pictures() const {
    auto source = open_source(folder.path().native());
    auto all = every_record(*source);
    return {std::move(source), std::move(all), {.bands = 1}, false};
  }
  Features embed(const std::string& layer = "h", const std::string& precision = "float32") const {
    return simclr::embed(model, plan, pictures(), {layer, precision, c10::Device(c10::kCPU), false});
  }
};

// One picture after another through the network itself.
std::vector<float> one_by_one(const EmbedFixture& fixture) {
  const c10::InferenceMode guard;
  fixture.model.encoder->eval();
  const Pictures pictures = fixture.pictures();
  const int side = fixture.plan.image_size;
  std::vector<float> all, pixels(static_cast<size_t>(side) * static_cast<size_t>(side));
  const std::vector<float> mean = {0.4F}, std = {0.3F};
  for (size_t i = 0; i < pictures.size(); ++i) {
    const auto image = pictures.find(i);
    if (!image) continue;
    normalise_into(resize_for_evaluation(*image, side), mean, std, pixels.data());
    const at::Tensor h = fixture.model.encoder->forward(at::from_blob(pixels.data(), {1, 1, side, side}));
    all.insert(all.end(), h.const_data_ptr<float>(), h.const_data_ptr<float>() + h.numel());
  }
  return all;
}

void expect_close(const std::vector<float>& ours, const std::vector<float>& wanted) {
  ASSERT_EQ(ours.size(), wanted.size());
  float largest = 0;
  for (const float value : wanted) largest = std::max(largest, std::abs(value));
  for (size_t i = 0; i < ours.size(); ++i) ASSERT_NEAR(ours[i], wanted[i], 1e-5F * largest) << i;
}

TEST(Embed, EqualsThePicturesOneByOneThroughTheNetwork) {
  for (const int size : {20, 80}) {  // small stem and large, more than one batch of each
    const EmbedFixture fixture(70, size);
    const Features found = fixture.embed();
    EXPECT_EQ(found.width, 64U);
    expect_close(found.values, one_by_one(fixture));
  }
}

TEST(Embed, RowsDependNeitherOnTheirBatchNorOnThreads) {
  const EmbedFixture fixture(75, 20);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const Features one = fixture.embed("z");
  for (const int count : {2, 3, 5}) {
    at::set_num_threads(count);
    EXPECT_EQ(fixture.embed("z").values, one.values) << count;
    EXPECT_EQ(at::get_num_threads(), count);
  }
  at::set_num_threads(threads);
  const Pictures some = fixture.pictures().subset({74, 3});
  const Features alone = embed(fixture.model, fixture.plan, some, {.layer = "z"});
  const auto row = [](const Features& of, size_t i) {
    return std::vector<float>(of.values.begin() + static_cast<std::ptrdiff_t>(i * of.width),
                              of.values.begin() + static_cast<std::ptrdiff_t>((i + 1) * of.width));
  };
  EXPECT_EQ(row(alone, 0), row(one, 74));
  EXPECT_EQ(row(alone, 1), row(one, 3));
}

TEST(Embed, LeavesOutBadFilesAndKeepsTheOrder) {
  const EmbedFixture fixture(150, 20);
  const Features whole = fixture.embed();
  fixture.folder.write("1040.png", "not a picture");
  const Features found = fixture.embed();
  ASSERT_EQ(found.rows.size(), 149U);
  EXPECT_EQ(found.rows[39], 39U);
  EXPECT_EQ(found.rows[40], 41U);
  std::vector<float> wanted = whole.values;
  wanted.erase(wanted.begin() + 40 * 64, wanted.begin() + 41 * 64);
  EXPECT_EQ(found.values, wanted);
  for (const char* name : {"1000.png", "1060.png", "1149.png"}) fixture.folder.write(name, "nor this");
  EXPECT_THROW(fixture.embed(), Error);  // more than 1 % of all; raised on one of several threads
}

TEST(Embed, GivesEveryLayerAndRefusesOthers) {
  const EmbedFixture fixture(3, 20);
  EXPECT_EQ(fixture.embed("z").width, 16U);
  const Features z = fixture.embed("z");
  for (size_t i = 0; i < 3; ++i) {
    double squared = 0;
    for (size_t j = 0; j < 16; ++j) squared += double{z.values[i * 16 + j]} * double{z.values[i * 16 + j]};
    EXPECT_NEAR(squared, 1, 1e-5);
  }
  EXPECT_EQ(fixture.embed("g1").values.size(), 3 * fixture.embed("g1").width);
  EXPECT_EQ(fixture.embed("h", "bf16").width, 64U);
  for (const char* layer : {"g7", "g0", "y", ""}) EXPECT_THROW(fixture.embed(layer), Error) << layer;
}

TEST(Embed, PixelsAreThePicturesThemselves) {
  const EmbedFixture fixture(2, 20);
  const Features pixels = raw_pixels(fixture.plan, fixture.pictures());
  EXPECT_EQ(pixels.width, 400U);
  EXPECT_EQ(pixels.rows, (std::vector<uint32_t>{0, 1}));
  for (size_t p = 0; p < 400; ++p) {
    EXPECT_NEAR(pixels.values[p], static_cast<float>(p % 256) / 255, 1e-6);
    EXPECT_NEAR(pixels.values[400 + p], static_cast<float>(2 * p % 256) / 255, 1e-6);
  }
}

}  // namespace
}  // namespace simclr

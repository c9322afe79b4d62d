#include "train/finetuning.hpp"

#include <gtest/gtest.h>

#include "base/expect_error.hpp"

namespace simclr {
namespace {

PretrainSettings with_classifier(const std::string& from, const std::string& classifier) {
  PretrainSettings settings;
  settings.from = from;
  settings.classifier = classifier;
  return settings;
}

TEST(Finetuning, TheClassifierSitsOnTheEncoderOrOnHiddenLayersOfTheHead) {
  const std::string head = "mlp(layers=3,hidden=512,bn=false)";
  const auto text = [&](const char* from, const char* classifier) {
    return classifier_head(with_classifier(from, classifier), head, 4);
  };
  EXPECT_EQ(text("h", "linear"), "linear(out=4)");
  EXPECT_EQ(text("h", "mlp(hidden=64)"), "mlp(layers=2,hidden=64,out=4)");
  EXPECT_EQ(text("h", "mlp(layers=1)"), "linear(out=4)");
  EXPECT_EQ(text("g1", "linear"), "mlp(layers=2,hidden=512,bn=false,out=4)");
  EXPECT_EQ(text("g2", "linear"), "mlp(layers=3,hidden=512,bn=false,out=4)");
  EXPECT_EQ(text("g1", "mlp(layers=2)"), "mlp(layers=3,hidden=512,bn=false,out=4)");
  expect_error([&] { text("g1", "mlp(hidden=64)"); }, Exit::setting, {"mlp takes layers alone", "hidden"});
  expect_error([&] { text("h", "linear(out=3)"); }, Exit::setting, {"out"});
  expect_error([&] { text("h", "liner"); }, Exit::setting, {"Did you mean 'linear'?"});
}

TEST(Finetuning, OnlyHiddenLayersCanBeKept) {
  EXPECT_EQ(kept_layers("h", "none"), 0U);
  EXPECT_EQ(kept_layers("g1", "mlp"), 1U);
  EXPECT_EQ(kept_layers("g2", "mlp(layers=3)"), 2U);
  for (const char* from : {"g2", "g0", "g", "z", "gh", ""})
    expect_error([&] { kept_layers(from, "mlp"); }, Exit::setting, {"is not h or g1"});
  expect_error([&] { kept_layers("g1", "linear(out=8)"); }, Exit::setting,
               {"is not h, with", "mlp(layers=3)"});
}

TEST(Finetuning, FrozenBlocksGetNoGradientAndKeepTheirStatistics) {
  Plan plan;
  plan.encoder = "resnet18(width=0.125,stem=small)";
  plan.head = "mlp(layers=2,out=2)";
  plan.bands = 1;
  plan.image_size = 16;
  Model model = make_model(plan, 0);
  PretrainSettings settings;
  settings.from = "g1";
  settings.unfreeze = "1";
  freeze(model, settings);
  model.train(true);
  size_t trained = 0;
  for (const auto& one : model.encoder->named_parameters())
    if (one.value().requires_grad()) {
      EXPECT_TRUE(one.key().starts_with("layer4.1.")) << one.key();
      ++trained;
    }
  EXPECT_EQ(trained, 6U);
  EXPECT_FALSE(model.encoder->is_training());
  EXPECT_TRUE(model.encoder->blocks().back()->is_training());
  EXPECT_TRUE(model.head->is_training());

  Model probe = make_model(plan, 0);
  settings.unfreeze = "0";
  freeze(probe, settings);
  probe.train(true);
  for (const auto& one : probe.encoder->parameters()) EXPECT_FALSE(one.requires_grad());
  for (const auto& one : probe.head->named_parameters())  // of the layer kept, neither
    EXPECT_EQ(one.value().requires_grad(), one.key().starts_with("layers.3.")) << one.key();
}

}  // namespace
}  // namespace simclr

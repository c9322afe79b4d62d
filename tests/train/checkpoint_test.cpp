#include "train/checkpoint.hpp"

#include <ATen/ops/equal.h>
#include <ATen/ops/ones_like.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "nn/weights.hpp"
#include "scratch_folder.hpp"
#include "train/finite.hpp"

namespace simclr {
namespace {

Plan small_plan() {
  Plan plan;
  plan.bands = 1;
  plan.image_size = 16;
  plan.mean = {0.5};
  plan.std = {0.25};
  plan.encoder = "resnet18(width=0.125)";
  plan.head = "mlp(layers=2,out=16)";
  return plan;
}

struct Trained {
  ScratchFolder folder;
  RunFolder run{folder.path()};
  Plan plan = small_plan();
  Model model = make_model(plan, 3);
  std::unique_ptr<Optimizer> optimizer = make_optimizer("adamw", model.parameters(), 0.01);
  void step() {
    const Parameters roles = model.parameters();
    for (const auto& list : {roles.weights, roles.excluded})
      for (auto parameter : list) parameter.mutable_grad() = at::ones_like(parameter);
    optimizer->step(0.001);
  }
};

TEST(Checkpoint, BringsBackWeightsOptimizerAndState) {
  Trained a;
  a.step();
  std::filesystem::create_directories(a.run.checkpoints());
  save_checkpoint(a.run, 7, a.model, *a.optimizer, {{"note", "kept"}});
  const auto found = newest_checkpoint(a.run);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->step, 7);
  EXPECT_EQ(found->state["note"], "kept");
  Trained b;
  load_checkpoint(*found, b.model, b.optimizer.get());
  a.step();
  b.step();
  const auto left = named_tensors(*a.model.encoder), right = named_tensors(*b.model.encoder);
  for (size_t i = 0; i < left.size(); ++i)
    EXPECT_TRUE(at::equal(left[i].second, right[i].second)) << left[i].first;
}

TEST(Checkpoint, KeepsTheLastTwoAndPointsAtTheNewest) {
  Trained a;
  std::filesystem::create_directories(a.run.checkpoints());
  for (const int64_t step : {5, 10, 100}) save_checkpoint(a.run, step, a.model, *a.optimizer, {});
  EXPECT_FALSE(std::filesystem::exists(a.run.checkpoints() / "step-5"));
  EXPECT_TRUE(std::filesystem::exists(a.run.checkpoints() / "step-10"));
  EXPECT_EQ(std::filesystem::read_symlink(a.run.checkpoints() / "last"), "step-100");
}

TEST(Checkpoint, ADamagedOneIsSkippedWhateverTheDamage) {
  const auto damage = [](const std::filesystem::path& folder, int kind) {
    const auto model = folder / "model.safetensors";
    std::string bytes = read_file(model);
    if (kind == 0) std::filesystem::remove(folder / "state.json");
    if (kind == 1) write_durably(folder / "state.json", "{");
    if (kind == 2) write_durably(model, bytes.substr(0, bytes.size() / 2));
    if (kind == 3) write_durably(model, (bytes[bytes.size() - 3] ^= 1, bytes));
    if (kind == 4) std::filesystem::remove(folder / "optimizer.safetensors");
    if (kind == 5) write_durably(folder / "state.json", "{\"step\":9}");
    if (kind == 6) write_durably(folder / "state.json", "{\"sha256\":{},\"state\":{}}");
  };
  for (int kind = 0; kind < 7; ++kind) {
    Trained a;
    std::filesystem::create_directories(a.run.checkpoints());
    save_checkpoint(a.run, 4, a.model, *a.optimizer, {});
    save_checkpoint(a.run, 9, a.model, *a.optimizer, {});
    damage(a.run.checkpoints() / "step-9", kind);
    const auto found = newest_checkpoint(a.run);
    ASSERT_TRUE(found) << kind;
    EXPECT_EQ(found->step, 4) << kind;
  }
}

TEST(AllFinite, SeesWeightsBuffersAndOptimizerState) {
  const auto spoilt = [](const std::function<at::Tensor(Trained&)>& one) {
    Trained a;
    a.step();
    EXPECT_TRUE(all_finite(a.model, *a.optimizer));
    const at::NoGradGuard no_grad;
    one(a).view(-1)[0] = std::numeric_limits<float>::infinity();
    return !all_finite(a.model, *a.optimizer);
  };
  const auto named = [](const NamedTensors& all, const std::string& part) {
    return std::find_if(all.begin(), all.end(),
                        [&](const auto& item) { return item.first.find(part) != std::string::npos; })
        ->second;
  };
  EXPECT_TRUE(spoilt([&](Trained& a) { return named(named_tensors(*a.model.encoder), "conv1.weight"); }));
  EXPECT_TRUE(spoilt([&](Trained& a) { return named(named_tensors(*a.model.encoder), "running_var"); }));
  EXPECT_TRUE(spoilt([&](Trained& a) { return named(named_tensors(*a.model.head), "weight"); }));
  EXPECT_TRUE(spoilt([&](Trained& a) {
    const auto state = a.optimizer->state();
    return std::find_if(
               state.begin(), state.end(),
               [](const auto& item) { return item.second.is_floating_point() && item.second.numel() > 1; })
        ->second;
  }));
}

TEST(Checkpoint, AnUnfinishedOneIsNotSeen) {
  Trained a;
  std::filesystem::create_directories(a.run.checkpoints() / "step-3.tmp");
  EXPECT_FALSE(newest_checkpoint(a.run));
}

TEST(Model, InitialWeightsAreAFunctionOfTheSeed) {
  const auto equal = [](const Model& a, const Model& b) {
    return at::equal(named_tensors(*a.encoder)[0].second, named_tensors(*b.encoder)[0].second);
  };
  EXPECT_TRUE(equal(make_model(small_plan(), 3), make_model(small_plan(), 3)));
  EXPECT_FALSE(equal(make_model(small_plan(), 3), make_model(small_plan(), 4)));
}

TEST(Model, BiasesAndNormsAreExcludedByRole) {
  const Model model = make_model(small_plan(), 0);
  const Parameters roles = model.parameters();
  for (const auto& weight : roles.weights) EXPECT_GE(weight.dim(), 2);
  for (const auto& other : roles.excluded) EXPECT_EQ(other.dim(), 1);
  EXPECT_EQ(roles.weights.size() + roles.excluded.size(),
            model.encoder->parameters().size() + model.head->parameters().size());
}

}  // namespace
}  // namespace simclr

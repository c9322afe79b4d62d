#include "train/profile.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "linalg/product.hpp"
#include "train/rehearsal.hpp"

namespace simclr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStepsBefore = 3;  // the measured one

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

enum Part : size_t {
  convolution,
  input_gradient,
  weight_gradient,
  point_gradient,
  other_convolution_gradient,
  norm,
  norm_gradient,
  head_and_pooling,
  loss,
  optimizer,
  views,
  rest,
  parts
};

constexpr std::array<const char*, parts> kPartNames = {"convolutions",
                                                       "convolutions: gradient of the input",
                                                       "convolutions: gradient of the weights",
                                                       "1x1 convolutions and their norms: gradients",
                                                       "convolutions: both gradients, by LibTorch",
                                                       "batch norm, sum and ReLU",
                                                       "batch norm, sum and ReLU: gradient",
                                                       "products of the head, pooling",
                                                       "loss",
                                                       "gradient norm and optimizer",
                                                       "waiting for views",
                                                       "the rest"};

// What an operation belongs to; those inside it belong to the same.
const std::map<std::string_view, Part>& known_operations() {
  static const std::map<std::string_view, Part> all = {
      {"simclr::conv3x3", convolution},
      {"aten::conv2d", convolution},
      {"simclr::conv3x3_input_gradient", input_gradient},
      {"simclr::conv3x3_weight_gradient", weight_gradient},
      {"simclr::conv1x1_gradients", point_gradient},
      {"aten::convolution_backward", other_convolution_gradient},
      {"simclr::norm_relu", norm},
      {"aten::batch_norm", norm},
      {"simclr::norm_relu_gradient", norm_gradient},
      {"aten::native_batch_norm_backward", norm_gradient},
      {"aten::linear", head_and_pooling},
      {"aten::mm", head_and_pooling},
      {"aten::mean", head_and_pooling},
      {"aten::max_pool2d", head_and_pooling},
      {"simclr::loss", loss},
      {"simclr::optimizer", optimizer},
  };
  return all;
}

double multiplications(const at::Tensor& results, const at::Tensor& weight) {
  return static_cast<double>(results.numel()) * static_cast<double>(weight.numel()) /
         static_cast<double>(weight.size(0));
}

// A list of two, or of one for both.
int64_t entry(const c10::IValue& list, size_t i) {
  const auto all = list.toIntVector();
  return all.at(std::min(i, all.size() - 1));
}

// conv2d(x, w, bias, stride, padding, ...)
double forward_multiplications(c10::ArrayRef<const c10::IValue> inputs) {
  const at::Tensor x = inputs[0].toTensor(), w = inputs[1].toTensor();
  auto results = static_cast<double>(x.size(0));
  for (const int64_t side : {0, 1}) {
    const auto at = static_cast<size_t>(side);
    results *= static_cast<double>(
        (x.size(2 + side) + 2 * entry(inputs[4], at) - w.size(2 + side)) / entry(inputs[3], at) + 1);
  }
  return results * static_cast<double>(w.numel());
}

// Inputs can be read only while the operation begins.
double flops_of(const at::RecordFunction& function) {
  const auto inputs = function.inputs();
  const std::string_view name = function.name();
  if (name == "aten::conv2d") return 2 * forward_multiplications(inputs);
  if (name == "aten::convolution_backward") {  // (dy, x, w, ..., which gradients)
    const auto asked = inputs[10].toBoolList();
    const int gradients = (asked[0] ? 1 : 0) + (asked[1] ? 1 : 0);
    return 2 * gradients * multiplications(inputs[0].toTensor(), inputs[2].toTensor());
  }
  if (name == "simclr::conv1x1_gradients")  // results and weight; of pictures and of weights
    return 4 * multiplications(inputs[0].toTensor(), inputs[1].toTensor());
  if (name.starts_with("simclr::conv3x3"))  // results and weight
    return 2 * multiplications(inputs[0].toTensor(), inputs[1].toTensor());
  return 0;
}

// Listens to LibTorch's operations on this thread, and gives each part the time that passes in it.
class Listener {
 public:
  Listener() {
    active = this;
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(&begin, &end)
            .needsInputs(true)
            .needsOutputs(true)
            .scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
    last_ = Clock::now();
  }
  ~Listener() {
    at::removeCallback(handle_);
    active = nullptr;
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void enter(Part part) {
    pass();
    stack_.push_back(part);
  }
  void leave() {
    pass();
    stack_.pop_back();
  }
  std::vector<ProfileLine> lines() {
    pass();
    return lines_;
  }

 private:
  static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
    const auto found = known_operations().find(function.name());
    const bool first = active->stack_.back() == rest && found != known_operations().end();
    active->enter(first ? found->second : active->stack_.back());
    if (first) active->lines_[found->second].flops += flops_of(function);
    return nullptr;
  }
  static void end(const at::RecordFunction&, at::ObserverContext*) { active->leave(); }
  void pass() {
    const auto now = Clock::now();
    lines_[stack_.back()].seconds += seconds_between(std::exchange(last_, now), now);
  }

  static thread_local Listener* active;
  at::CallbackHandle handle_;
  Clock::time_point last_;
  std::vector<Part> stack_ = {rest};
  std::vector<ProfileLine> lines_ = std::vector<ProfileLine>(parts);
};

thread_local Listener* Listener::active = nullptr;

double measured_peak(const std::string& precision) {
  constexpr int64_t side = 2048;
  const auto type = precision == "bf16" ? at::kBFloat16 : at::kFloat;
  const at::Tensor a = at::randn({side, side}).to(type), b = at::randn({side, side}).to(type);
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 6; ++round) {
    const auto start = Clock::now();
    product_transposed(a, b);
    best = std::min(best, seconds_between(start, Clock::now()));
  }
  return 2.0 * side * side * side / best;
}

}  // namespace

Profile profile(const PretrainSettings& settings, Prepared& prepared) {
  const Plan& plan = prepared.plan;
  Rehearsal rehearsal(settings, prepared);
  for (int i = 0; i < kStepsBefore; ++i) rehearsal.step(rehearsal.next());
  Profile result{settings.batch_size, plan.image_size, plan.precision, at::get_num_threads(), 0, 0, {}};
  {
    Listener listener;
    listener.enter(views);
    const Loader::Batch batch = rehearsal.next();
    listener.leave();
    rehearsal.step(batch);
    result.lines = listener.lines();
  }
  for (size_t part = 0; part < parts; ++part) {
    result.lines[part].what = kPartNames[part];
    result.seconds += result.lines[part].seconds;
  }
  std::erase_if(result.lines, [](const ProfileLine& line) { return line.seconds < 5e-6; });
  result.peak = measured_peak(plan.precision);
  return result;
}

std::string describe(const Profile& profile) {
  char text[192];
  std::snprintf(
      text, sizeof text, "one step of %lld pictures at %d px, %s, %d threads: %.0f ms, %.1f images/s\n",
      static_cast<long long>(profile.images), profile.size, profile.precision.c_str(), profile.threads,
      1e3 * profile.seconds, static_cast<double>(profile.images) / profile.seconds);
  std::string out = text;
  std::snprintf(text, sizeof text, "%-44s %9s %7s %9s %8s\n", "", "ms", "share", "GFLOP/s", "of peak");
  out += text;
  for (const auto& line : profile.lines) {
    std::snprintf(text, sizeof text, "%-44s %9.1f %5.1f %%", line.what.c_str(), 1e3 * line.seconds,
                  100 * line.seconds / profile.seconds);
    out += text;
    if (line.flops > 0) {
      const double rate = line.flops / line.seconds;
      std::snprintf(text, sizeof text, " %9.0f %6.0f %%", rate / 1e9, 100 * rate / profile.peak);
      out += text;
    }
    out += "\n";
  }
  std::snprintf(
      text, sizeof text,
      "peak: %.0f GFLOP/s in a product of 2048 x 2048 matrices. Convolutions are counted as the direct form\n"
      "does them; Winograd's has fewer multiplications, and so may go beyond it.",
      profile.peak / 1e9);
  return out + text;
}

nlohmann::ordered_json to_json(const Profile& profile) {
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  for (const auto& line : profile.lines)
    lines.push_back({{"what", line.what}, {"seconds", line.seconds}, {"flops", line.flops}});
  return {{"images", profile.images},
          {"size", profile.size},
          {"precision", profile.precision},
          {"threads", profile.threads},
          {"seconds", profile.seconds},
          {"peak_flops", profile.peak},
          {"parts", lines}};
}

}  // namespace simclr

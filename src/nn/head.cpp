#include "nn/head.hpp"

#include <ATen/ops/linear.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/spec.hpp"

namespace simclr {
namespace {

struct LinearHeadSettings {
  int64_t out = 128;
};

struct MlpHeadSettings {
  int64_t layers = 2, hidden = 0, out = 128;
  std::string widths;
  bool bn = true, last_bn = false;
};

Fields fields(LinearHeadSettings& s) {
  return {field("out", s.out, "width of the output").range(1, 65536)};
}

Fields fields(MlpHeadSettings& s) {
  return {field("layers", s.layers, "number of linear layers").range(1, 8),
          field("hidden", s.hidden, "width of the layers before the last (0: as the encoder's output)")
              .range(0, 65536),
          field("out", s.out, "width of the output").range(1, 65536),
          field("widths", s.widths, "of all linear layers, such as 1024/512/128, in place of these three"),
          field("bn", s.bn, "batch norm after every linear layer but the last"),
          field("last-bn", s.last_bn, "batch norm without offset after the last layer too")};
}

// One linear layer with what follows it. All heads are a row of these; `none` is an empty row.
struct HeadLayer {
  std::shared_ptr<torch::nn::LinearImpl> linear;
  std::shared_ptr<torch::nn::BatchNorm1dImpl> norm;  // may be null
  bool relu = false;
  bool cosine = false;  // of x and each row of weights, in place of their product

  at::Tensor operator()(const at::Tensor& x) const {
    if (cosine) return cosines(x);
    at::Tensor y = linear->forward(x);
    if (norm) y = norm->forward(y);
    return relu ? y.relu_() : y;
  }

  // Never in bfloat16, whose cosines have three digits.
  at::Tensor cosines(const at::Tensor& x) const {
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    const auto unit = [](const at::Tensor& rows) {
      return rows * rows.square().sum(1, true).clamp_min(1e-12).rsqrt();
    };
    const at::Tensor rows = x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
    return at::linear(unit(rows), unit(linear->weight));
  }
};

class LayeredHead : public Head {
 public:
  explicit LayeredHead(int64_t inputs) : width_(inputs) {
    holder_ = register_module("layers", std::make_shared<torch::nn::Module>());
  }

  void add(int64_t out, bool norm, bool relu, bool offset = true, bool bias = true) {
    HeadLayer layer;
    layer.linear = holder_->register_module(
        std::to_string(next_++),
        std::make_shared<torch::nn::LinearImpl>(torch::nn::LinearOptions(width_, out).bias(bias && !norm)));
    if (norm) {
      layer.norm = holder_->register_module(std::to_string(next_++),
                                            std::make_shared<torch::nn::BatchNorm1dImpl>(out));
      layer.norm->bias.set_requires_grad(offset);
    }
    layer.relu = relu;
    if (relu) ++next_;
    stack_.push_back(std::move(layer));
    width_ = out;
  }

  void add_cosine(int64_t out) {
    add(out, false, false, true, false);
    stack_.back().cosine = true;
  }

  at::Tensor forward(at::Tensor h) override {
    for (const auto& layer : stack_) h = layer(h);
    return h.scalar_type() == at::kDouble ? h : h.to(at::kFloat);
  }

  std::vector<at::Tensor> layers(at::Tensor h) override {
    std::vector<at::Tensor> all;
    for (const auto& layer : stack_) all.push_back(h = layer(h));
    if (all.empty()) all.push_back(h);
    for (auto& one : all)
      if (one.scalar_type() != at::kDouble) one = one.to(at::kFloat);
    return all;
  }

  int64_t features() const override { return width_; }

  std::vector<std::pair<std::string, std::shared_ptr<torch::nn::Module>>> first_layers(
      size_t count) override {
    std::vector<std::pair<std::string, std::shared_ptr<torch::nn::Module>>> modules;
    for (const auto& child : holder_->named_children())
      for (size_t i = 0; i < std::min(count, stack_.size()); ++i)
        if (child.value() == stack_[i].linear || child.value() == stack_[i].norm)
          modules.emplace_back("layers." + child.key() + ".", child.value());
    return modules;
  }

  void zero_last_layer() override {
    if (stack_.empty()) return;
    torch::nn::init::zeros_(stack_.back().linear->weight);
    if (stack_.back().linear->bias.defined()) torch::nn::init::zeros_(stack_.back().linear->bias);
  }

 private:
  std::shared_ptr<torch::nn::Module> holder_;
  std::vector<HeadLayer> stack_;
  int64_t width_, next_ = 0;
};

void build_none(const Spec& spec, LayeredHead& head) {
  configure({}, spec, "head");
  head.text = spec.name;
}

void build_linear(const Spec& spec, LayeredHead& head) {
  LinearHeadSettings settings, defaults;
  configure(fields(settings), spec, "head");
  head.add(settings.out, false, false);
  head.text = canonical(spec.name, fields(settings), fields(defaults));
}

void build_cosine(const Spec& spec, LayeredHead& head) {
  LinearHeadSettings settings, defaults;
  configure(fields(settings), spec, "head");
  head.add_cosine(settings.out);
  head.text = canonical(spec.name, fields(settings), fields(defaults));
}

std::vector<int64_t> read_widths(const std::string& text) {
  std::vector<int64_t> widths;
  for (const auto& part : split_outside(text, '/'))
    field("width", widths.emplace_back(), "").range(1, 65536).set(part, "mlp(widths)");
  if (widths.size() > 8)
    throw Error(Exit::setting, "mlp(widths): " + std::to_string(widths.size()) + " layers; 8 are the most.");
  return widths;
}

std::vector<int64_t> widths_of(MlpHeadSettings& settings, int64_t inputs) {
  const MlpHeadSettings usual;
  if (settings.widths.empty()) {
    std::vector<int64_t> all(static_cast<size_t>(settings.layers),
                             settings.hidden > 0 ? settings.hidden : inputs);
    all.back() = settings.out;
    return all;
  }
  if (settings.layers != usual.layers || settings.hidden != usual.hidden || settings.out != usual.out)
    throw Error(Exit::setting, "mlp: widths says all that layers, hidden and out do.",
                "Give widths alone, such as mlp(widths=1024/512/128).");
  const std::vector<int64_t> all = read_widths(settings.widths);
  settings.widths.clear();
  for (const int64_t width : all)
    settings.widths.append(settings.widths.empty() ? "" : "/").append(std::to_string(width));
  return all;
}

void build_mlp(const Spec& spec, LayeredHead& head) {
  MlpHeadSettings settings, defaults;
  configure(fields(settings), spec, "head");
  std::vector<int64_t> widths = widths_of(settings, head.features());
  const int64_t out = widths.back();
  widths.pop_back();
  for (const int64_t width : widths) head.add(width, settings.bn, true);
  head.add(out, settings.last_bn, false, false);
  head.text = canonical(spec.name, fields(settings), fields(defaults));
}

struct HeadEntry {
  const char* name;
  void (*build)(const Spec& spec, LayeredHead& head);
};

constexpr HeadEntry head_table[] = {
    {"none", build_none}, {"linear", build_linear}, {"cosine", build_cosine}, {"mlp", build_mlp}};

}  // namespace

std::vector<std::string> head_names() {
  std::vector<std::string> all;
  for (const auto& entry : head_table) all.emplace_back(entry.name);
  return all;
}

std::shared_ptr<Head> make_head(std::string_view text, int64_t inputs) {
  const Spec spec = parse_spec(text, "head");
  for (const auto& entry : head_table) {
    if (spec.name != entry.name) continue;
    const auto head = std::make_shared<LayeredHead>(inputs);
    entry.build(spec, *head);
    return head;
  }
  throw Error(Exit::setting,
              "unknown head '" + printable(spec.name) + "'." + suggestion(spec.name, head_names()));
}

}  // namespace simclr

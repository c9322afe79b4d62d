#include "nn/conv3x3.hpp"

#include <ATen/autocast_mode.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

#include "nn/winograd.hpp"

namespace simclr {
namespace {

thread_local bool only_plain = false;

// What the convolution reads: under autocast pictures are bfloat16. Weights stay float32.
at::ScalarType type_of_pictures(const at::Tensor& x) {
  return at::autocast::is_autocast_enabled(at::kCPU) ? at::autocast::get_autocast_dtype(at::kCPU)
                                                     : x.scalar_type();
}

bool own_way(const at::Tensor& x, const at::Tensor& w) {
  return !only_plain && x.is_cpu() && w.is_cpu() && w.scalar_type() == at::kFloat &&
         winograd_takes({x.size(0), x.size(2), x.size(3), w.size(1), w.size(0)}, type_of_pictures(x));
}

at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor empty_channels_last(at::IntArrayRef sizes, const at::Tensor& like) {
  return at::empty(sizes, like.options(), at::MemoryFormat::ChannelsLast);
}

void convolve(const at::Tensor& w, bool turned, const at::Tensor& x, at::Tensor& y) {
  const auto weights = winograd_weights(w.const_data_ptr<float>(), w.size(1), w.size(0),
                                        winograd_side(x.size(2), x.size(3)), turned);
  winograd_convolve(weights, x, y);
}

class Winograd : public torch::autograd::Function<Winograd> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& w) {
    const at::Tensor input = channels_last(x), weight = channels_last(w);
    context->save_for_backward({input, weight});
    at::Tensor y = empty_channels_last({x.size(0), w.size(0), x.size(2), x.size(3)}, x);
    RECORD_FUNCTION("simclr::conv3x3", std::vector<c10::IValue>({y, weight}));
    convolve(weight, false, input, y);
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1];
    const at::Tensor dy = channels_last(gradients[0]);
    at::Tensor dx, dw;
    if (context->needs_input_grad(0)) {
      dx = empty_channels_last(x.sizes(), x);
      RECORD_FUNCTION("simclr::conv3x3_input_gradient", std::vector<c10::IValue>({dy, w}));
      convolve(w, true, dy, dx);
    }
    if (context->needs_input_grad(1)) {
      dw = empty_channels_last(w.sizes(), w);
      RECORD_FUNCTION("simclr::conv3x3_weight_gradient", std::vector<c10::IValue>({dy, w}));
      winograd_weight_gradient(x, dy, dw);
    }
    return {dx, dw};
  }
};

}  // namespace

at::Tensor conv3x3(const at::Tensor& x, const at::Tensor& w) {
  if (own_way(x, w)) return Winograd::apply(x.to(type_of_pictures(x)), w);
  return at::conv2d(x, w, {}, 1, 1);
}

PlainConvolutions::PlainConvolutions() : before_(std::exchange(only_plain, true)) {}

bool PlainConvolutions::asked() {
  return only_plain;
}

PlainConvolutions::~PlainConvolutions() {
  only_plain = before_;
}

}  // namespace simclr

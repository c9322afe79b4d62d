#include "train/device.hpp"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <dlfcn.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/processor.hpp"

namespace simclr {
namespace {

bool load_cuda() {
  return ::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr && at::hasCUDA();
}

}  // namespace

c10::Device choose_device(std::string_view text) {
  if (text == "cpu") return c10::Device(c10::kCPU);
  if (text == "auto")
    return std::filesystem::exists("/dev/nvidia0") && load_cuda() ? c10::Device(c10::kCUDA, 0)
                                                                  : c10::Device(c10::kCPU);
  if (text != "cuda" && !text.starts_with("cuda:"))
    throw Error(Exit::setting, "--device: '" + printable(text) + "' is not auto, cpu, cuda or cuda:N.");
  if (!load_cuda())
    throw Error(Exit::setting, "--device " + printable(text) + ": this LibTorch has no usable CUDA library.",
                "Run scripts/setup.sh --cuda, or use --device cpu.");
  int index = 0;
  if (text.size() > 5 && (text.size() > 7 || text[5] < '0' || text[5] > '9'))
    throw Error(Exit::setting, "--device: '" + printable(text) + "' is not cuda:N with N a small number.");
  if (text.size() > 5) index = std::stoi(std::string(text.substr(5)));
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

std::string choose_precision(std::string_view text, c10::Device device) {
  if (text != "auto") return std::string(text);
  return device.is_cuda() || bf16_is_faster() ? "bf16" : "float32";
}

Autocast::Autocast(const std::string& precision, c10::Device device)
    : on_(precision == "bf16"), type_(device.type()) {
  if (!on_) return;
  at::autocast::set_autocast_dtype(type_, at::kBFloat16);
  at::autocast::set_autocast_cache_enabled(true);
  at::autocast::set_autocast_enabled(type_, true);
}

Autocast::~Autocast() {
  if (!on_) return;
  at::autocast::clear_cache();  // the cached bf16 weights would be stale after the next optimizer step
  at::autocast::set_autocast_enabled(type_, false);
}

}  // namespace simclr

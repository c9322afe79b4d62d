#pragma once
// Where and how precisely the encoder computes.

#include <c10/core/Device.h>

#include <string>
#include <string_view>

namespace simclr {

// "auto", "cpu", "cuda", "cuda:N". Loads LibTorch's CUDA library when it is asked for (or a device is there).
// Error(Exit::setting) when it can't be had. CUDA is unverified.
c10::Device choose_device(std::string_view text);

// "auto", "float32", "bf16" -> "float32" or "bf16"; auto: what is faster here.
std::string choose_precision(std::string_view text, c10::Device device);

// While it lives, operations on `device` run in bfloat16 where autocast deems it safe (if `precision` is
// bf16).
class Autocast {
 public:
  Autocast(const std::string& precision, c10::Device device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool on_;
  c10::DeviceType type_;
};

}  // namespace simclr

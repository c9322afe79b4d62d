#pragma once
// The table of operations. To add one: a file that defines make_<name>(), its declaration here, and a row
// in registry.cpp with an id that was never used.

#include <memory>
#include <span>
#include <string_view>

#include "augment/augment.hpp"

namespace simclr {

struct Operation {
  std::string_view name;
  uint8_t id;          // 0..31, for ever: the random slot is id * 8 + occurrence within the policy
  double probability;  // of the bare name
  std::string_view help;
  std::unique_ptr<Augment> (*make)();  // null for the words that hold other operations
};

constexpr unsigned kOccurrences = 8;  // of one operation in the policy of a view

std::span<const Operation> operations();
const Operation* find_operation(std::string_view name);  // null if there is none

struct Preset {
  std::string_view name, text, help;
};

std::span<const Preset> presets();

std::unique_ptr<Augment> make_crop();
std::unique_ptr<Augment> make_resize();
std::unique_ptr<Augment> make_flip();
std::unique_ptr<Augment> make_rotate();
std::unique_ptr<Augment> make_jitter();
std::unique_ptr<Augment> make_gray();
std::unique_ptr<Augment> make_blur();
std::unique_ptr<Augment> make_solarize();
std::unique_ptr<Augment> make_brightness();
std::unique_ptr<Augment> make_contrast();
std::unique_ptr<Augment> make_gain();
std::unique_ptr<Augment> make_speckle();
std::unique_ptr<Augment> make_shift();
std::unique_ptr<Augment> make_zoom();
std::unique_ptr<Augment> make_drop_bands();

}  // namespace simclr

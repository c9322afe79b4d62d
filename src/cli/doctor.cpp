#include "cli/doctor.hpp"

#include <ATen/Config.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/processor.hpp"
#include "base/spec.hpp"
#include "base/threads.hpp"
#include "cli/command.hpp"
#include "cli/version.hpp"
#include "nn/conv1x1.hpp"
#include "nn/winograd_kernels.hpp"
#include "train/device.hpp"
#include "train/pictures.hpp"

namespace simclr {
namespace {

std::string simd_level() {
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2")) return "avx2";
  return "baseline";
}

std::string huge_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  for (std::string word; file >> word;)
    if (word.front() == '[') return word.substr(1, word.size() - 2);
  return "unknown";
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-./=:,@%+") == std::string::npos;
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

struct Finding {
  bool good;
  std::string what, advice;
};

std::vector<Finding> findings() {
  std::vector<Finding> all;
  const std::string pages = huge_pages();
  all.push_back({bf16_is_faster(),
                 std::string("fast bf16 in the processor: ") + (bf16_is_faster() ? "yes" : "no"),
                 has_bf16() ? "it has bf16, but not faster than float32, in which training runs"
                            : "training runs in float32"});
  all.push_back({pages != "never", "transparent huge pages: " + pages,
                 "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled"});
  const std::string winograd = winograd_kernels().name;
  all.push_back({winograd != "plain",
                 "3x3 convolutions: " + (winograd == "plain" ? "oneDNN's" : "Winograd's, " + winograd),
                 "own ones need AVX2 and FMA"});
  const bool points = conv1x1_has_own_gradients();
  all.push_back({points,
                 std::string("gradients of 1x1 convolutions in bf16: ") + (points ? "own" : "LibTorch's"),
                 "own ones are for AVX-512 with bf16 and without AMX"});
  const bool kept = std::getenv("THP_MEM_ALLOC_ENABLE") != nullptr;
  all.push_back({kept,
                 std::string("large blocks of memory: kept between steps") + (kept ? ", in huge pages" : ""),
                 "unset SIMCLR_STARTED: the program starts itself once more to set this"});
  const double memory = static_cast<double>(available_memory()) / (1 << 30);
  char text[64];
  std::snprintf(text, sizeof text, "memory available: %.1f GiB", memory);
  all.push_back({memory > 2, text, "use a smaller --batch-size, or --cache none"});
  return all;
}

int run_doctor(bool json) {
  const auto facts = environment();
  if (json) {
    std::cout << facts.dump(2) << std::endl;
    return 0;
  }
  for (const auto& [key, value] : facts.items())
    std::cout << key << ": " << (value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
  for (const auto& one : findings())
    std::cout << (one.good ? "ok    " : "note  ") << one.what << (one.good ? "" : "  -> " + one.advice)
              << "\n";
  std::cout.flush();
  return 0;
}

}  // namespace

nlohmann::ordered_json environment() {
  return {{"simclr", kVersion},
          {"libtorch", TORCH_VERSION},
          {"cpu", processor_name()},
          {"simd", simd_level()},
          {"bf16", has_bf16()},
          {"bf16_is_faster", bf16_is_faster()},
          {"winograd", winograd_kernels().name},
          {"own_1x1_gradients", conv1x1_has_own_gradients()},
          {"cores", cores()},
          {"threads", at::get_num_threads()},
          {"huge_pages", huge_pages()},
          {"large_blocks_in_huge_pages", std::getenv("THP_MEM_ALLOC_ENABLE") != nullptr},
          {"date", utc_now()}};
}

std::string command_line() {
  const std::string raw = read_file("/proc/self/cmdline");
  std::string out;
  for (size_t start = 0; start < raw.size();) {
    const size_t end = std::min(raw.find('\0', start), raw.size());
    out += (out.empty() ? "" : " ") + quoted(raw.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

std::string absolute_list(const std::string& text) {
  const auto one = [](const std::string& part) {
    std::error_code none;
    return std::filesystem::is_regular_file(part, none)
               ? std::filesystem::absolute(part).lexically_normal().native()
               : part;
  };
  if (one(text) != text) return one(text);
  std::string all;
  for (const auto& part : split_outside(text, ',')) all += (all.empty() ? "" : ",") + one(part);
  return all;
}

std::string absolute_source(const std::string& text) {
  if (printable(text) != text)
    throw Error(
        Exit::setting, "the path " + printable(text) + " has bytes that settings.toml can't hold.",
        "Reach it through a symbolic link with a plain name. (File names inside it may be anything.)");
  std::string path = std::filesystem::absolute(text).lexically_normal().native();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

void add_doctor(CLI::App& app, Run& run) {
  auto* command = add_command(app, "doctor", "Say what this machine can do and which fast paths are on.",
                              "  simclr doctor\n  simclr doctor --json");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "one JSON object on stdout");
  command->callback([&run, json] { run = [json] { return run_doctor(*json); }; });
}

}  // namespace simclr

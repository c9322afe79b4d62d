// Views a second on one core: the whole SimCLR pipeline, from decoded pictures or from JPEG files, to float32
// rows of a batch. Prints one number.
//   views (decoded|jpeg) SIZE DIR [seconds=3] [files=400]
// 224 px: the preset `simclr`; 32 px: `simclr_small`. From JPEG both views of a picture come from one
// decoding. bench/views.sh runs it in turn with the peers.

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "augment/pipeline.hpp"
#include "image/decode.hpp"

namespace {

using simclr::Image;

std::vector<std::filesystem::path> pictures_in(const char* folder, size_t most) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".jpg") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::filesystem::path> some;
  for (size_t i = 0; i < std::min(most, files.size()); ++i)
    some.push_back(files[i * files.size() / std::min(most, files.size())]);
  return some;
}

Image read(const std::filesystem::path& path, const simclr::DecodeOptions& options) {
  std::ifstream file(path, std::ios::binary);
  thread_local std::vector<char> bytes;
  bytes.resize(std::filesystem::file_size(path));
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return simclr::decode(std::as_bytes(std::span(bytes)), options).image;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return std::fputs("usage: views (decoded|jpeg) SIZE DIR [seconds] [files]\n", stderr), 2;
  mallopt(M_MMAP_MAX, 0);  // as the program itself does
  mallopt(M_TRIM_THRESHOLD, -1);
  const bool decoded = std::string(argv[1]) == "decoded";
  const int size = std::atoi(argv[2]);
  const double seconds = argc > 4 ? std::atof(argv[4]) : 3;
  const auto files = pictures_in(argv[3], argc > 5 ? std::strtoul(argv[5], nullptr, 10) : 400);
  if (files.empty()) return std::fputs("views: no .jpg there\n", stderr), 4;
  const simclr::DecodeOptions options{.bands = 3};
  std::vector<Image> kept;
  if (decoded)
    for (const auto& path : files) kept.push_back(read(path, options));

  const simclr::Pipeline pipeline(size > 64 ? "simclr" : "simclr_small");
  const std::vector<float> mean{0.485F, 0.456F, 0.406F}, std{0.229F, 0.224F, 0.225F};
  constexpr size_t batch = 64;
  const size_t row = static_cast<size_t>(3 * size * size);
  std::vector<float> views(batch * row);
  uint64_t made = 0;
  const auto clock = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  const auto pass = [&](double until) {
    while (clock() < until) {
      const uint64_t index = made / 2;
      const Image fresh = decoded ? Image() : read(files[index % files.size()], options);
      const Image& picture = decoded ? kept[index % kept.size()] : fresh;
      for (uint8_t view = 0; view < 2; ++view, ++made) {
        const Image one = pipeline.apply(picture, {.seed = 1, .index = index, .view = view}, 0, size);
        simclr::normalise_into(one, mean, std, views.data() + made % batch * row);
      }
    }
  };
  pass(clock() + 0.3 * seconds);  // warms caches and buffers
  made = 0;
  const double start = clock();
  pass(start + seconds);
  std::printf("%.1f\n", static_cast<double>(made) / (clock() - start));
  return 0;
}

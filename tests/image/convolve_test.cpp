#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/expect_error.hpp"
#include "image/make_files.hpp"
#include "image/resample.hpp"

namespace simclr::test {
namespace {

const nlohmann::json& geometry() {
  static const nlohmann::json data =
      nlohmann::json::parse(std::ifstream(SIMCLR_SOURCE_DIR "/tests/golden/geometry.json"));
  return data;
}

Image plane_of(const nlohmann::json& rows) {
  Image image(1, static_cast<int>(rows.size()), static_cast<int>(rows[0].size()), Sample::f32);
  size_t i = 0;
  for (const auto& row : rows)
    for (const auto& value : row) image.band<float>(0)[i++] = value.get<float>();
  return image;
}

TEST(Convolve, Golden) {
  const auto kernel = geometry()["k_tv_5_sigma0_7"].get<std::vector<float>>();
  for (const auto& [key, border] :
       {std::pair{"blur_reflect_5_sigma0_7", Border::reflect}, {"blur_zero_5_sigma0_7", Border::zero}}) {
    Image image = plane_of(geometry()["image"]);
    convolve(image, kernel, border);
    const Image wanted = plane_of(geometry()[key]);
    for (size_t i = 0; i < image.plane(); ++i)
      ASSERT_NEAR(image.band<float>(0)[i], wanted.band<float>(0)[i], 1e-6) << key;
  }
}

int reflected(int i, int n) {  // step by step
  if (n == 1) return 0;
  while (i < 0 || i >= n) i = i < 0 ? -i : 2 * (n - 1) - i;
  return i;
}

TEST(Convolve, IsItsDefinitionForEverySizeAndKernel) {
  for (const auto& [height, width] : {std::pair{1, 1}, {2, 3}, {1, 9}, {8, 1}, {17, 33}, {32, 32}}) {
    for (const int taps : {1, 3, 5, 9, 23}) {
      std::vector<float> kernel;  // not symmetric, so that a mirrored one is found out
      for (int t = 0; t < taps; ++t) kernel.push_back(0.3F * std::sin(1.0F + static_cast<float>(t)));
      for (const Border border : {Border::reflect, Border::zero}) {
        const Image in = smooth(2, height, width, Sample::f32);
        Image out = in;
        convolve(out, kernel, border);
        const int radius = taps / 2;
        for (int c = 0; c < 2; ++c)
          for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
              double sum = 0;
              for (int i = 0; i < taps; ++i)
                for (int j = 0; j < taps; ++j) {
                  int row = y + i - radius, column = x + j - radius;
                  if (border == Border::zero && (row < 0 || row >= height || column < 0 || column >= width))
                    continue;
                  row = reflected(row, height);
                  column = reflected(column, width);
                  sum += static_cast<double>(kernel[static_cast<size_t>(i)]) *
                         kernel[static_cast<size_t>(j)] *
                         in.band<float>(c)[static_cast<size_t>(row * width + column)];
                }
              ASSERT_NEAR(out.band<float>(c)[static_cast<size_t>(y * width + x)], sum, 2e-5)
                  << height << " x " << width << ", " << taps << " taps";
            }
      }
    }
  }
}

TEST(Convolve, WrongUseIsAnError) {
  Image image = smooth(1, 4, 4, Sample::f32), bytes = smooth(1, 4, 4);
  const std::vector<float> even(4, 0.25F), odd(3, 0.3F);
  expect_error([&] { convolve(image, even, Border::zero); }, Exit::failed, {"4 taps", "odd"});
  expect_error([&] { convolve(image, {}, Border::zero); }, Exit::failed, {"0 taps"});
  expect_error([&] { convolve(bytes, odd, Border::zero); }, Exit::failed, {"float32"});
}

}  // namespace
}  // namespace simclr::test

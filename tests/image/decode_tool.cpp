// The C++ side of pillow_oracle_test.py.
//   decode_tool decode FOLDER [exif] [bands=N]
//     file names on stdin, each ended by a zero byte -> one JSON line a file, pixels in FOLDER/<number>.raw
//   decode_tool resize FILE OUT
//     on stdin lines "sample bands height width top left height width out_height out_width filter mirror",
//     their planar pixels one after the other in FILE -> float32 results one after the other in OUT

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "image/decode.hpp"
#include "image/resample.hpp"

namespace {

using namespace simclr;

const char* word(Sample sample) {
  return sample == Sample::u8 ? "uint8" : sample == Sample::u16 ? "uint16" : "float32";
}

void write_bytes(std::ostream& out, std::span<const std::byte> bytes) {
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

int decode_files(const std::string& folder, const DecodeOptions& options) {
  std::string path;
  for (size_t number = 0; std::getline(std::cin, path, '\0'); ++number) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto start = std::chrono::steady_clock::now();
    const Decoded decoded = decode(std::as_bytes(std::span(bytes)), options);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const Image& image = decoded.image;
    if (decoded.ok()) {
      std::ofstream raw(folder + "/" + std::to_string(number) + ".raw", std::ios::binary);
      write_bytes(raw, image.bytes());
    }
    const nlohmann::json line{{"path", path},
                              {"ok", decoded.ok()},
                              {"error", decoded.error},
                              {"format", name(decoded.format)},
                              {"bands", image.bands()},
                              {"height", image.height()},
                              {"width", image.width()},
                              {"sample", word(image.sample())},
                              {"seconds", seconds.count()}};
    std::cout << line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << '\n';
  }
  return 0;
}

int resize_images(const std::string& in_path, const std::string& out_path) {
  std::ifstream in(in_path, std::ios::binary);
  std::ofstream out(out_path, std::ios::binary);
  const std::map<std::string, Filter> filters{
      {"nearest", Filter::nearest}, {"bilinear", Filter::bilinear}, {"bicubic", Filter::bicubic}};
  const std::map<std::string, Sample> samples{
      {"uint8", Sample::u8}, {"uint16", Sample::u16}, {"float32", Sample::f32}};
  std::string sample, filter;
  int bands = 0, height = 0, width = 0, out_height = 0, out_width = 0, mirror = 0;
  Box box;
  while (std::cin >> sample >> bands >> height >> width >> box.top >> box.left >> box.height >> box.width >>
         out_height >> out_width >> filter >> mirror) {
    Image image(bands, height, width, samples.at(sample));
    in.read(reinterpret_cast<char*>(image.bytes().data()),
            static_cast<std::streamsize>(image.bytes().size()));
    const Image result = crop_resize(image, box, out_height, out_width, filters.at(filter), mirror != 0);
    write_bytes(out, result.bytes());
  }
  return in && out ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words, words + count);
  if (count >= 3 && arguments[1] == "decode") {
    DecodeOptions options;
    for (size_t i = 3; i < arguments.size(); ++i) {
      if (arguments[i] == "exif") options.exif_orientation = true;
      if (arguments[i].starts_with("bands=")) options.bands = std::stoi(arguments[i].substr(6));
    }
    return decode_files(arguments[2], options);
  }
  if (count == 4 && arguments[1] == "resize") return resize_images(arguments[2], arguments[3]);
  std::cerr << "decode_tool decode FOLDER [exif] [bands=N] | resize FILE OUT\n";
  return 2;
}

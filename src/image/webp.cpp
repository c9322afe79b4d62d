#include <webp/decode.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "image/codec.hpp"
#include "image/planes.hpp"

namespace simclr {
namespace {

uint32_t little(Bytes bytes, size_t at, size_t length) {
  uint32_t value = 0;
  for (size_t i = length; i-- > 0;) value = value << 8U | static_cast<uint32_t>(bytes[at + i]);
  return value;
}

struct Frame {  // the first picture of an animation and its place on the canvas
  Bytes data;
  uint32_t left = 0, top = 0;
};

// Walks the chunks of the container (each: four letters, length, data, padding to even) to the first frame.
Frame first_frame(Bytes file) {
  constexpr size_t frame_header = 16;
  for (size_t at = 12; file.size() - at >= 8;) {
    const std::string_view letters(reinterpret_cast<const char*>(file.data()) + at, 4);
    const size_t length = little(file, at + 4, 4);
    at += 8;
    if (length > file.size() - at) break;
    if (letters == "ANMF" && length > frame_header)
      return {file.subspan(at + frame_header, length - frame_header), 2 * little(file, at, 3),
              2 * little(file, at + 3, 3)};
    at += std::min(length + length % 2, file.size() - at);
  }
  return {};
}

const char* reason(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
      return "truncated";
    case VP8_STATUS_OUT_OF_MEMORY:
      return "not enough memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return "an unsupported kind of WebP";
    default:
      return "damaged";
  }
}

std::string read_features(Bytes data, WebPBitstreamFeatures& features) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(data.data());
  const VP8StatusCode status = WebPGetFeatures(bytes, data.size(), &features);
  return status == VP8_STATUS_OK ? "" : reason(status);
}

std::string read_pixels(Bytes data, bool alpha, int width, std::vector<uint8_t>& pixels) {
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) return "another version of the WebP library";
  config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels.data();
  config.output.u.RGBA.stride = width * (alpha ? 4 : 3);
  config.output.u.RGBA.size = pixels.size();
  const VP8StatusCode status =
      WebPDecode(reinterpret_cast<const uint8_t*>(data.data()), data.size(), &config);
  WebPFreeDecBuffer(&config.output);
  return status == VP8_STATUS_OK ? "" : reason(status);
}

// Copies a frame of an animation into a clear canvas.
std::vector<uint8_t> on_canvas(const std::vector<uint8_t>& frame, size_t width, size_t height,
                               const Frame& place, size_t canvas_width, size_t canvas_height) {
  std::vector<uint8_t> canvas(canvas_width * canvas_height * 4);
  for (size_t y = 0; y < height; ++y)
    std::memcpy(canvas.data() + ((place.top + y) * canvas_width + place.left) * 4,
                frame.data() + y * width * 4, width * 4);
  return canvas;
}

}  // namespace

Decoded decode_webp(Bytes file, const DecodeOptions& options) {
  WebPBitstreamFeatures canvas;
  std::string why = read_features(file, canvas);
  if (!why.empty()) return refuse(Format::webp, why);
  const auto width = static_cast<size_t>(canvas.width), height = static_cast<size_t>(canvas.height);
  why = size_trouble(width, height, 3, Sample::u8, options);
  if (!why.empty()) return refuse(Format::webp, why);

  Frame frame{file};
  WebPBitstreamFeatures picture = canvas;
  bool alpha = canvas.has_alpha != 0;
  if (canvas.has_animation != 0) {
    frame = first_frame(file);
    if (frame.data.empty()) return refuse(Format::webp, "truncated");
    why = read_features(frame.data, picture);
    if (!why.empty()) return refuse(Format::webp, why);
    if (frame.left + static_cast<uint64_t>(picture.width) > width ||
        frame.top + static_cast<uint64_t>(picture.height) > height)
      return refuse(Format::webp, "damaged: a frame larger than its canvas");
    alpha = true;
  }
  const auto frame_width = static_cast<size_t>(picture.width),
             frame_height = static_cast<size_t>(picture.height);
  std::vector<uint8_t> pixels(frame_width * frame_height * (alpha ? 4 : 3));
  why = read_pixels(frame.data, alpha, picture.width, pixels);
  if (!why.empty()) return refuse(Format::webp, why);
  if (frame_width != width || frame_height != height)
    pixels = on_canvas(pixels, frame_width, frame_height, frame, width, height);

  Decoded decoded;
  decoded.format = Format::webp;
  decoded.image = Image(3, canvas.height, canvas.width, Sample::u8);
  const size_t row = width * (alpha ? 4 : 3);
  for (int y = 0; y < canvas.height; ++y)
    put_row(pixels.data() + static_cast<size_t>(y) * row, alpha ? 4 : 3, decoded.image, y);
  return decoded;
}

}  // namespace simclr

#include "data/array_source.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "data/picture_file.hpp"
#include "image/planes.hpp"
#include "image/raster.hpp"

namespace simclr {
namespace {

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& why) {
  throw Error(Exit::data, printable(path.native()) + " is damaged: " + why + ".", "Fetch the file again.");
}

// Inflates all members of a gzip file. Memory follows what really comes out, never a promised size; what
// comes after the promised size is left packed but for a block, which tells that the promise was wrong.
std::string inflate_gzip(const std::filesystem::path& path, std::string_view packed,
                         const std::function<size_t(std::string_view)>& promised) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw Error(Exit::failed, "zlib does not start.");
  const std::unique_ptr<z_stream, int (*)(z_streamp)> guard(&stream, ::inflateEnd);
  constexpr size_t block = size_t{1} << 20;
  std::string out;
  for (bool ended = false;;) {
    if (stream.avail_in == 0 && !packed.empty()) {
      const size_t given = std::min<size_t>(packed.size(), size_t{1} << 30);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
      stream.avail_in = static_cast<uInt>(given);
      packed.remove_prefix(given);
    }
    if (ended && stream.avail_in == 0) return out;
    if (const size_t size = promised ? promised(out) : 0; size > 0 && out.size() > size) return out;
    if (ended) inflateReset(&stream);
    const size_t before = out.size();
    out.resize(before + block);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(block);
    const int state = ::inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    ended = state == Z_STREAM_END;
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) damaged(path, "it can't be inflated");
    if (!ended && stream.avail_in == 0 && packed.empty() && stream.avail_out > 0)
      damaged(path, "it is cut short");
  }
}

}  // namespace

std::string read_array_file(const std::filesystem::path& path,
                            const std::function<size_t(std::string_view start)>& promised) {
  std::string bytes = read_file(path);
  return bytes.starts_with("\x1F\x8B") ? inflate_gzip(path, bytes, promised) : bytes;
}

Decoded as_asked(Image image, const DecodeOptions& options) {
  Decoded result;
  result.image = std::move(image);
  as_raster(result, options);
  const int bands = result.image.bands();
  if (!result.ok() || options.bands == 0 || options.bands == bands) return result;
  if (options.bands == 3 && bands == 1) {
    result.image = repeat_band(result.image);
  } else if (options.bands == 1 && bands == 3) {
    result.image = to_gray(result.image);
  } else {
    result = failed("it has " + std::to_string(bands) + " bands, not " + std::to_string(options.bands) +
                    " as asked");
  }
  return result;
}

const PartedSource::Part& PartedSource::part_of(size_t at) const {
  const auto next = std::upper_bound(parts_.begin(), parts_.end(), at,
                                     [](size_t value, const Part& part) { return value < part.first; });
  return *std::prev(next);
}

std::string PartedSource::path(size_t i) const {
  const Part& part = part_of(place(i));
  return part.path + "[" + std::to_string(place(i) - part.first) + "]";
}

Decoded PartedSource::read(size_t i, const DecodeOptions& options) const {
  const Part& part = part_of(place(i));
  Image image(part.bands, part.height, part.width, Sample::u8);
  const size_t offset = part.start + (place(i) - part.first) * part.stride;
  std::memcpy(image.bytes().data(), part.bytes.data() + offset, image.bytes().size());
  return as_asked(std::move(image), options);
}

}  // namespace simclr

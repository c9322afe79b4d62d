#pragma once
// A folder that goes away, files in it, and pictures small enough to be made on the spot.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <tiffio.h>
#include <turbojpeg.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "data/source.hpp"

namespace simclr::test {

// Thousands of small files take half a minute on a busy disk: in memory where there is room for them.
inline std::filesystem::path scratch() {
  std::error_code error;
  const std::filesystem::path memory("/dev/shm");
  const bool fits = ::access(memory.c_str(), W_OK) == 0 &&
                    std::filesystem::space(memory, error).available >= std::uintmax_t{512} << 20 && !error;
  return fits ? memory : std::filesystem::temp_directory_path();
}

class TempFolder {
 public:
  TempFolder() {
    std::string name = (scratch() / "simclr-data-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    root_ = name;
  }
  ~TempFolder() {
    std::error_code error;
    std::filesystem::remove_all(root_, error);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& root() const { return root_; }
  std::string at(const std::string& name) const { return root_ + "/" + name; }
  void write(const std::string& name, const std::string& bytes) const {
    const std::filesystem::path path(at(name));
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary);
    out << bytes;
    ASSERT_TRUE(out.good()) << name;
  }

 private:
  std::string root_;
};

inline std::string big_endian(uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

inline std::string deflated(const std::string& bytes, int window = 15) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string gzipped(const std::string& bytes) {
  return deflated(bytes, 15 + 16);
}

// A PNG of one colour: one byte makes it gray, three RGB; two bytes a gray one of 16 bits.
inline std::string png(int height, int width, const std::vector<uint8_t>& pixel) {
  const auto chunk = [](const std::string& type, const std::string& body) {
    const std::string checked = type + body;
    const auto sum =
        crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
    return big_endian(static_cast<uint32_t>(body.size())) + checked + big_endian(static_cast<uint32_t>(sum));
  };
  std::string rows;
  for (int y = 0; y < height; ++y) {
    rows += '\0';
    for (int x = 0; x < width; ++x) rows.append(pixel.begin(), pixel.end());
  }
  const std::string depth(1, pixel.size() == 2 ? '\x10' : '\x08'),
      colour(1, pixel.size() == 3 ? '\x02' : '\0');
  return "\x89PNG\r\n\x1A\n" +
         chunk("IHDR", big_endian(static_cast<uint32_t>(width)) + big_endian(static_cast<uint32_t>(height)) +
                           depth + colour + std::string(3, '\0')) +
         chunk("IDAT", deflated(rows)) + chunk("IEND", "");
}

inline std::string gray_png(uint8_t value = 128) {
  return png(4, 4, {value});
}

inline std::string jpeg(int height, int width, uint8_t value) {
  const std::vector<uint8_t> pixels(static_cast<size_t>(height * width), value);
  tjhandle handle = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjCompress2(handle, pixels.data(), width, 0, height, TJPF_GRAY, &bytes, &size, TJSAMP_GRAY, 90, 0);
  std::string out(reinterpret_cast<const char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(handle);
  return out;
}

// 4 x 4 pixels of any number of bands.
inline void write_tiff(const std::string& path, int bands) {
  TIFF* tiff = TIFFOpen(path.c_str(), "w");
  const std::string row(static_cast<size_t>(4 * bands), '\x10');
  for (const auto& [tag, value] : {std::pair(TIFFTAG_IMAGEWIDTH, 4),
                                   {TIFFTAG_IMAGELENGTH, 4},
                                   {TIFFTAG_SAMPLESPERPIXEL, bands},
                                   {TIFFTAG_BITSPERSAMPLE, 8},
                                   {TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK},
                                   {TIFFTAG_ROWSPERSTRIP, 4},
                                   {TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG}})
    TIFFSetField(tiff, static_cast<uint32_t>(tag), value);
  for (uint32_t y = 0; y < 4; ++y) TIFFWriteScanline(tiff, const_cast<char*>(row.data()), y, 0);
  TIFFClose(tiff);
}

inline const std::string gif = "GIF89a\x01\x00\x01\x00\x00\x00\x00", bmp = "BM" + std::string(52, '\0');

// A version 1.0 .npy with any dtype and shape, as NumPy writes it.
inline std::string npy(const std::string& dtype, const std::string& shape, const std::string& values) {
  std::string header = "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size() & 255) +
         static_cast<char>(header.size() >> 8) + header + values;
}

inline std::vector<std::string> ids(const Source& source) {
  std::vector<std::string> all;
  for (size_t i = 0; i < source.size(); ++i) all.emplace_back(source.record(i).id);
  return all;
}

// "cat", "" for none, one a record.
inline std::vector<std::string> labels(const Source& source) {
  std::vector<std::string> all;
  for (size_t i = 0; i < source.size(); ++i) {
    const int32_t label = source.record(i).label;
    all.push_back(label < 0 ? "" : source.classes()[static_cast<size_t>(label)]);
  }
  return all;
}

inline std::vector<std::string> splits(const Source& source) {
  std::vector<std::string> all;
  for (size_t i = 0; i < source.size(); ++i) all.emplace_back(name(source.record(i).split));
  return all;
}

// The error of open_source: its message and its hint; the exit code is checked to be that of data.
inline std::string refusal(const std::string& text) {
  try {
    open_source(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Exit::data);
    return std::string(error.what()) + " " + error.hint();
  }
  ADD_FAILURE() << text << " was opened";
  return "";
}

using Texts = std::vector<std::string>;

}  // namespace simclr::test

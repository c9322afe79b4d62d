#include "data/cache_key.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/durable.hpp"
#include "base/threads.hpp"
#include "data/picture_file.hpp"

namespace simclr {
namespace {

// Every option belongs in the key: one that is added must be added here, too.
std::string text_of(const DecodeOptions& options, int bands) {
  const auto& [wanted, least, turned, most, only, names, offset, product_offset, nodata, fill, bicubic] =
      options;
  std::string raster;
  for (const auto& name : only) raster += ", band " + name;
  for (const auto& name : names) raster += ", name " + name;
  if (offset) raster += ", offset " + std::to_string(*offset);
  if (product_offset) raster += ", of the product " + std::to_string(*product_offset);
  if (nodata) raster += ", no data " + std::to_string(*nodata);
  for (const float value : fill) raster += ", fill " + std::to_string(value);
  if (bicubic) raster += ", bicubic";
  return "simclr pictures 3, bands " + std::to_string(wanted) + " " + std::to_string(bands) + ", side " +
         std::to_string(least) + ", turned " + std::to_string(turned) + ", at most " + std::to_string(most) +
         raster;
}

std::string state_of(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return "gone";
  if (S_ISDIR(status.st_mode)) {  // a patch: of all that is in it
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator at(file, error), end; !error && at != end; at.increment(error))
      if (!at->is_directory(error)) names.push_back(at->path().native());
    std::sort(names.begin(), names.end());
    std::string all;
    for (const auto& name : names) all += name + " " + state_of(name) + "; ";
    return all;
  }
  return std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

}  // namespace

CacheKey cache_key(const Source& source, std::span<const uint32_t> among, const DecodeOptions& options,
                   int bands) {
  constexpr size_t block = 4096;
  const std::string here = std::filesystem::current_path().native();
  std::vector<CacheKey> parts((among.size() + block - 1) / block);
  parallel_for(parts.size(), std::max(4U, cores()), [&](size_t b) {
    std::string pictures, state, file, known;  // the file of the record before, and its state
    for (const uint32_t i : among.subspan(b * block, std::min(block, among.size() - b * block))) {
      if (std::string next = source.file(i); next != file) {
        file = std::move(next);
        known = state_of(file);
      }
      const std::string path = join(here, source.path(i));
      pictures.append(path).push_back('\0');
      state.append(path).append(1, '\0').append(known).push_back('\0');
    }
    parts[b] = {sha256(pictures), sha256(state)};
  });
  CacheKey key{text_of(options, bands), text_of(options, bands)};
  for (const CacheKey& part : parts) {
    key.pictures += part.pictures;
    key.state += part.state;
  }
  return {sha256(key.pictures), sha256(key.state)};
}

}  // namespace simclr

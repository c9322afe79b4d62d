#pragma once
// Where the decoded pictures of a run are kept: in memory, packed in a file on the disk, or nowhere. That
// changes how fast they come, and nothing else.

#include <filesystem>
#include <string>

#include "train/pictures.hpp"
#include "train/settings.hpp"

namespace simclr {

enum class Cache { none, ram, disk };

struct CacheChoice {
  Cache where = Cache::none;
  std::filesystem::path folder;  // of packed pictures
  std::string why;               // for people: "in memory: 36 MB, of 20.1 GB available"
  double bytes = 0;              // that they take, about
};

std::string size_text(double bytes);  // "36 MB", "20.1 GB"

// `asked`: auto, ram, disk or none. auto takes memory when the pictures fill less than half of what is
// available, else the disk when there is room on it, or they are there already, and reading is less work
// than decoding, else none.
CacheChoice choose_cache(const std::string& asked, const std::string& folder, const Pictures& pictures,
                         double bytes);

// The folder named; else $XDG_CACHE_HOME/simclr or ~/.cache/simclr, or "" when neither is set.
std::filesystem::path cache_folder(const std::string& named);

// For Cache::disk: opens the packed pictures, or packs them first, once for all runs on the same pictures.
// Several processes agree on one to do it. A stale or damaged file is packed anew, with a message. Throws
// Error(Exit::disk) when it is too full, and Error with the code of the signal when one asks to stop; neither
// leaves a part.
void ready_cache(Pictures& pictures, const CacheChoice& choice);

// The packed pictures in a folder, largest first, and what is said of them; those that can't be read have
// none.
struct PackedFile {
  std::filesystem::path file;
  uint64_t bytes = 0;
  std::optional<PackedAbout> about;
};
std::vector<PackedFile> list_cache(const std::filesystem::path& folder);
void clear_cache(const std::filesystem::path& folder);  // but for what is just being packed

// For commands that read each picture once: takes packed pictures if there are such, and packs none.
void take_cache(Pictures& pictures, const PretrainSettings& settings);

}  // namespace simclr

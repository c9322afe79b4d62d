#include "train/cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <tuple>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/threads.hpp"
#include "data/packed_pictures.hpp"
#include "train/signals.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kExtension = ".pictures";
constexpr double kSpare = 1e9;  // bytes left free on the disk, for checkpoints and all else

// Where a folder that is yet to be made would lie.
double free_space(fs::path folder) {
  std::error_code error;
  while (!folder.empty() && !fs::exists(folder, error) && folder != folder.parent_path())
    folder = folder.parent_path();
  const auto space = fs::space(folder.empty() ? "." : folder, error);
  return error ? 0 : static_cast<double>(space.available);
}

void check_stop() {
  const int signal = stop_signal();
  if (signal == 0) return;
  throw Error(signal == SIGINT ? Exit::interrupted : Exit::stopped,
              "stopped while the pictures were being packed: nothing is left of that.",
              "The same command begins anew.");
}

// Held by the one process that packs; the others wait until it is done, or has gone.
class PackingLock {
 public:
  explicit PackingLock(const fs::path& file) : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ < 0) throw disk_error("write", file, errno);
    for (bool said = false; ::flock(fd_, LOCK_EX | LOCK_NB) != 0; said = true) {
      if (!said) log_info("another process is packing these pictures: waiting for it.");
      check_stop();
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
  }
  ~PackingLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  PackingLock(const PackingLock&) = delete;
  PackingLock& operator=(const PackingLock&) = delete;

 private:
  int fd_;
};

// What a killed process left; only the holder of the lock may ask.
void remove_parts(const fs::path& file) {
  std::error_code error;
  const std::string start = file.filename().native() + ".";
  for (const auto& entry : fs::directory_iterator(file.parent_path(), error))
    if (const auto name = entry.path().filename().native(); name.starts_with(start) && name.ends_with(".tmp"))
      fs::remove(entry.path(), error);
}

std::string progress_text(size_t done, size_t all, double seconds) {
  char text[160];
  const double rate = static_cast<double>(done) / std::max(seconds, 1e-3);
  const auto left = static_cast<long long>(static_cast<double>(all - done) / std::max(rate, 1e-3));
  std::snprintf(text, sizeof text, "packing pictures: %zu of %zu · %lld:%02lld left · %.0f a second", done,
                all, left / 60, left % 60, rate);
  return text;
}

void pack(const Pictures& pictures, const fs::path& file, const CacheKey& key) {
  const auto start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  remove_parts(file);
  PackedWriter writer(file, key, pictures.size(), pictures.path(0));
  std::atomic<size_t> done{0};
  parallel_for(pictures.size(), cores(), [&](size_t i) {
    check_stop();
    if (const auto image = pictures.find(i)) writer.add(i, *image);
    progress_line(progress_text(++done, pictures.size(), seconds()));
  });
  progress_done();
  writer.commit();
  char text[160];
  std::snprintf(text, sizeof text, "packed %zu pictures in %.1f s: ", pictures.size(), seconds());
  log_info(text + printable(file.native()));
}

fs::path file_of(const fs::path& folder, const CacheKey& key) {
  return folder / (key.pictures + kExtension);
}

CacheKey key_of(const Pictures& pictures) {
  return cache_key(pictures.source(), pictures.chosen(), pictures.options(), pictures.bands());
}

}  // namespace

std::string size_text(double bytes) {
  char text[32];
  if (bytes < 1e6)
    std::snprintf(text, sizeof text, "%.0f kB", bytes / 1e3);
  else if (bytes < 1e9)
    std::snprintf(text, sizeof text, "%.0f MB", bytes / 1e6);
  else
    std::snprintf(text, sizeof text, "%.1f GB", bytes / 1e9);
  return text;
}

fs::path cache_folder(const std::string& named) {
  if (!named.empty()) return fs::absolute(named);
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value == nullptr ? "" : value);
  };
  if (const auto base = variable("XDG_CACHE_HOME"); base.is_absolute()) return base / "simclr";
  const auto home = variable("HOME");
  return home.is_absolute() ? home / ".cache/simclr" : fs::path();
}

CacheChoice choose_cache(const std::string& asked, const std::string& folder, const Pictures& pictures,
                         double bytes) {
  const fs::path place = cache_folder(folder);
  const std::string where = printable(place.native()), size = size_text(bytes);
  const auto choose = [&](Cache cache, const std::string& why) {
    return CacheChoice{cache, place, why, bytes};
  };
  if (asked == "none") return choose(Cache::none, "nowhere, as asked");
  if (asked == "ram") return choose(Cache::ram, "in memory, as asked: " + size);
  if (asked == "disk" && place.empty())
    throw Error(Exit::setting, "--cache disk: there is no home folder to keep the pictures in.",
                "Name a folder with --cache-dir.");
  if (asked == "disk") return choose(Cache::disk, "on disk, as asked: " + size + " in " + where);
  const auto memory = static_cast<double>(available_memory());
  if (bytes < memory / 2)
    return choose(Cache::ram, "in memory: " + size + " of the " + size_text(memory) + " available");
  const std::string much = size + " are more than half of the " + size_text(memory) + " of memory available";
  if (pictures.source().in_arrays())
    return choose(Cache::none, "nowhere: " + much + ", and arrays need no decoding");
  if (place.empty()) return choose(Cache::none, "nowhere: " + much + ", and there is no home folder");
  const double space = free_space(place);
  if (bytes + kSpare < space || fs::exists(file_of(place, key_of(pictures))))
    return choose(Cache::disk, "on disk, in " + where + ": " + much);
  return choose(Cache::none,
                "nowhere: " + much + ", and the disk of " + where + " has " + size_text(space) + " free");
}

void ready_cache(Pictures& pictures, const CacheChoice& choice) {
  if (choice.where != Cache::disk) return;
  const CacheKey key = key_of(pictures);
  const fs::path file = file_of(choice.folder, key);
  auto opened = PackedPictures::open(file, key, pictures.size());
  if (!opened.pictures) {
    std::error_code error;
    fs::create_directories(choice.folder, error);
    if (error) throw disk_error("make", choice.folder, error.value());
    const PackingLock lock(fs::path(file).concat(".lock"));
    opened = PackedPictures::open(file, key, pictures.size());  // another may have packed them meanwhile
    if (!opened.pictures) {
      if (!opened.why.empty())
        log_warning("the packed pictures in " + printable(file.native()) + " can't be used: " + opened.why +
                    ". They are packed anew.");
      if (const double space = free_space(choice.folder); choice.bytes > space)
        throw Error(Exit::disk,
                    "the pictures take " + size_text(choice.bytes) + " decoded, and the disk of " +
                        printable(choice.folder.native()) + " has " + size_text(space) + " free.",
                    "Name another folder with --cache-dir, or read the files each time: --cache none.");
      pack(pictures, file, key);
      opened = PackedPictures::open(file, key, pictures.size());
    }
  }
  if (!opened.pictures) throw Error(Exit::disk, printable(file.native()) + ": " + opened.why + ".");
  pictures.read_from(std::move(opened.pictures));
}

std::vector<PackedFile> list_cache(const fs::path& folder) {
  std::vector<PackedFile> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != kExtension) continue;
    const MappedFile file(entry.path(), Exit::disk);
    found.push_back({entry.path(), file.bytes().size(), read_packed_header(file.bytes())});
  }
  std::sort(found.begin(), found.end(), [](const PackedFile& a, const PackedFile& b) {
    return std::tie(b.bytes, a.file) < std::tie(a.bytes, b.file);
  });
  return found;
}

void clear_cache(const fs::path& folder) {
  std::error_code error;
  for (const auto& one : list_cache(folder))
    if (!fs::remove(one.file, error)) throw disk_error("remove", one.file, error.value());
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".lock") continue;
    const int fd = ::open(entry.path().c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) continue;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) remove_parts(fs::path(entry.path()).replace_extension());
    ::close(fd);
  }
}

void take_cache(Pictures& pictures, const PretrainSettings& settings) {
  const fs::path folder = cache_folder(settings.cache_dir);
  if (settings.cache == "none" || settings.cache == "ram" || folder.empty() || !fs::exists(folder)) return;
  const CacheKey key = key_of(pictures);
  auto opened = PackedPictures::open(file_of(folder, key), key, pictures.size());
  if (opened.pictures) pictures.read_from(std::move(opened.pictures));
}

}  // namespace simclr

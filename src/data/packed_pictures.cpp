#include "data/packed_pictures.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"

namespace simclr {
namespace {

constexpr size_t page = 4096;  // of the header
constexpr size_t aligned = 64;
constexpr std::string_view format = "simclr pictures 1";

static_assert(sizeof(PackedEntry) == 56 && std::is_trivially_copyable_v<PackedEntry>);

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string hash_of(std::span<const std::byte> pixels) {
  return sha256(text_of(pixels)).substr(0, 32);
}

std::string header_text(const PackedAbout& about) {
  const nlohmann::ordered_json json{
      {"format", format},           {"about", printable(about.about).substr(0, 2048)},
      {"pictures", about.pictures}, {"key", about.key.pictures},
      {"state", about.key.state},   {"index", about.index},
      {"size", about.size},         {"index_sha256", about.index_sha256}};
  std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize(page - 1, ' ');
  return text + '\n';
}

// Only whole pages can be asked for or given back; those at the ends are shared with neighbours, which does
// no harm: what is given back is read again from the file.
void advise(std::span<const std::byte> bytes, int advice) {
  static const auto size = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(bytes.data());
  const uintptr_t from = begin / size * size;
  ::madvise(reinterpret_cast<void*>(from), begin + bytes.size() - from, advice);
}

}  // namespace

size_t PackedEntry::size() const {
  return static_cast<size_t>(height) * static_cast<size_t>(width) * static_cast<size_t>(bands) *
         bytes_per(sample);
}

std::optional<PackedAbout> read_packed_header(std::span<const std::byte> file) {
  if (file.size() < page) return std::nullopt;
  const auto json = nlohmann::json::parse(text_of(file.first(page)), nullptr, false);
  try {
    if (json.is_discarded() || json.at("format") != format) return std::nullopt;
    return PackedAbout{json.at("about"),    {json.at("key"), json.at("state")},
                       json.at("pictures"), json.at("index"),
                       json.at("size"),     json.at("index_sha256")};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

PackedWriter::PackedWriter(const std::filesystem::path& path, CacheKey key, size_t pictures,
                           std::string about)
    : file_(path), key_(std::move(key)), about_(std::move(about)), entries_(pictures) {
  file_.write(header_text({}));
  end_ = page;
}

void PackedWriter::add(size_t i, const Image& image) {
  static constexpr std::byte zeros[aligned] = {};
  PackedEntry entry{0, image.height(), image.width(), image.bands(), image.sample(), {}};
  hash_of(image.bytes()).copy(entry.hash, 32);
  const std::lock_guard lock(guard_);
  entry.offset = end_;
  file_.write(image.bytes());
  file_.write(std::span(zeros).first((aligned - entry.size() % aligned) % aligned));
  end_ += (entry.size() + aligned - 1) / aligned * aligned;
  entries_[i] = entry;
}

void PackedWriter::commit() {
  const auto index = std::as_bytes(std::span(entries_));
  file_.write(index);
  file_.rewrite_start(
      header_text({about_, key_, entries_.size(), end_, end_ + index.size(), sha256(text_of(index))}));
  file_.commit();
}

PackedPictures::PackedPictures(MappedFile file, std::filesystem::path path, size_t pictures, uint64_t index)
    : file_(std::move(file)), path_(std::move(path)), count_(pictures), index_(index), checked_(pictures) {}

std::span<const PackedEntry> PackedPictures::entries() const {
  return {reinterpret_cast<const PackedEntry*>(file_.bytes().data() + index_), count_};
}

PackedPictures::Opened PackedPictures::open(const std::filesystem::path& path, const CacheKey& key,
                                            size_t pictures) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  MappedFile file(path, Exit::disk);
  const auto bytes = file.bytes();
  const auto about = read_packed_header(bytes);
  if (!about || about->size != bytes.size() || about->index % aligned != 0 || about->index > bytes.size() ||
      bytes.size() - about->index != about->pictures * sizeof(PackedEntry))
    return {nullptr, "it is damaged"};
  if (about->key != key || about->pictures != pictures) return {nullptr, "the pictures have changed since"};
  const auto index = bytes.subspan(about->index);
  if (sha256(text_of(index)) != about->index_sha256) return {nullptr, "it is damaged"};
  ::madvise(const_cast<std::byte*>(bytes.data()), bytes.size(), MADV_RANDOM);
  return {std::shared_ptr<const PackedPictures>(
              new PackedPictures(std::move(file), path, pictures, about->index)),
          ""};
}

std::span<const std::byte> PackedPictures::pixels(const PackedEntry& entry) const {
  return file_.bytes().subspan(entry.offset, entry.size());
}

bool PackedPictures::intact(size_t i) const {
  if (checked_[i].load(std::memory_order_relaxed)) return true;
  const PackedEntry& entry = entries()[i];
  if (hash_of(pixels(entry)) == std::string_view(entry.hash, 32)) {
    checked_[i].store(true, std::memory_order_relaxed);
    return true;
  }
  if (!damaged_.exchange(true)) {
    log_warning("the packed pictures in " + printable(path_.native()) +
                " are damaged: they are read from their files where it is needed, and packed anew by the "
                "next run.");
    std::error_code error;
    std::filesystem::remove(path_, error);
  }
  return false;
}

std::shared_ptr<const Image> PackedPictures::find(size_t i) const {
  const PackedEntry& entry = entries()[i];
  if (entry.size() == 0 || !intact(i)) return nullptr;
  const auto give_back = [self = shared_from_this(), bytes = pixels(entry)](const Image* image) {
    delete image;
    advise(bytes, MADV_DONTNEED);
  };
  advise(pixels(entry), MADV_POPULATE_READ);  // in one go; a kernel that doesn't know it maps page by page
  return {new Image(entry.bands, entry.height, entry.width, entry.sample, pixels(entry)), give_back};
}

void PackedPictures::will_need(size_t i) const {
  const PackedEntry& entry = entries()[i];
  if (entry.size() > 0) advise(pixels(entry), MADV_WILLNEED);
}

}  // namespace simclr

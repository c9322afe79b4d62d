#include "train/pictures.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "formats/csv.hpp"

namespace simclr {

namespace {

// Why a decoded picture can't stand with the others, "" when it can.
std::string form_trouble(const Decoded& picture, const PictureForm& form) {
  const Image& image = picture.image;
  if (image.bands() != form.bands)
    return std::to_string(image.bands()) + " bands where " + std::to_string(form.bands) + " are expected";
  if (form.sample && image.sample() != *form.sample)
    return std::string("its numbers are ") + type_name(image.sample()) + " where " + type_name(*form.sample) +
           " is expected";
  return form.numbers ? scale_trouble(numbers_of(picture), *form.numbers) : "";
}

}  // namespace

// A file may be met by several parts of a run: it stands in the list once.
class BadList {
 public:
  explicit BadList(std::filesystem::path file) : csv_(std::move(file)) {
    write_durably(csv_, "path,error\n");
  }
  void add(const std::string& path, const std::string& error) {
    const std::lock_guard lock(guard_);
    if (known_.emplace(path, error).second)
      std::ofstream(csv_, std::ios::app) << csv_row(std::vector<std::string>{path, error});
  }
  std::string name() const { return printable(csv_.native()); }

 private:
  std::filesystem::path csv_;
  std::mutex guard_;
  std::set<std::pair<std::string, std::string>> known_;
};

Pictures::Pictures(std::shared_ptr<const Source> source, std::vector<uint32_t> chosen, PictureForm form,
                   bool keep)
    : Pictures(std::move(source), std::move(chosen), std::move(form), keep, nullptr) {}

Pictures::Pictures(std::shared_ptr<const Source> source, std::vector<uint32_t> chosen, PictureForm form,
                   bool keep, std::shared_ptr<BadList> list)
    : source_(std::move(source)),
      chosen_(std::move(chosen)),
      form_(std::move(form)),
      keep_(keep),
      kept_(keep ? chosen_.size() : 0),
      bad_list_(std::move(list)) {
  form_.decode.bands = form_.bands == 1 || form_.bands == 3 ? form_.bands : 0;
}

Pictures Pictures::subset(const std::vector<uint32_t>& positions) const {
  std::vector<uint32_t> some;
  for (const auto i : positions) some.push_back(chosen_[i]);
  PictureForm form = form_;
  form.decode.least_side = 0;
  return {source_, std::move(some), std::move(form), false, bad_list_};
}

std::shared_ptr<const Image> Pictures::decoded(uint64_t i) const {
  if (keep_)
    if (auto known = kept_[i].load()) return known->empty() ? nullptr : known;
  if (packed_)
    if (auto known = packed_->find(i)) return known;
  Decoded result = source_->read(chosen_[i], form_.decode);
  if (result.ok()) result.error = form_trouble(result, form_);
  if (!result.ok()) {
    result.image = Image();
    report_bad(i, result.error);
  }
  auto image = std::make_shared<const Image>(std::move(result.image));
  if (keep_) kept_[i].store(image);  // an empty one marks a bad file
  return image->empty() ? nullptr : image;
}

void Pictures::keep_in_memory() {
  keep_ = true;
  kept_ = std::vector<std::atomic<std::shared_ptr<const Image>>>(size());
}

void Pictures::report_bad(uint64_t i, const std::string& error) const {
  const std::lock_guard lock(guard_);
  for (const auto& [index, text] : bad_)
    if (index == i) return;
  bad_.emplace_back(i, error);
  if (bad_list_) bad_list_->add(path(i), error);
  log_warning("skipped " + printable(path(i)) + ": " + error);
  if (bad_.size() * 100 > source_->size())  // of all, not of a part of it
    throw Error(Exit::data,
                std::to_string(bad_.size()) + " of " + std::to_string(source_->size()) +
                    " pictures failed to decode, more than 1 %; the last was " + printable(path(i)) + ": " +
                    error + ".",
                (bad_list_ ? "See " + bad_list_->name() + "; mend" : std::string("Mend")) +
                    " or remove these files, or check them with: simclr data inspect");
}

void Pictures::list_bad_in(const std::filesystem::path& csv) {
  bad_list_ = std::make_shared<BadList>(csv);
  list_known_bad();
}

void Pictures::list_bad_with(const Pictures& others) {
  bad_list_ = others.bad_list_;
  list_known_bad();
}

void Pictures::list_known_bad() {
  if (!bad_list_) return;
  for (const auto& file : bad()) bad_list_->add(file.path, file.error);
  for (const auto& absent : source().scan().absent) {
    const std::string error = "named by " + absent.table + ", and not there";
    for (const auto& name : absent.names) bad_list_->add(name, error);
    if (const size_t more = absent.count - absent.names.size(); more > 0)
      bad_list_->add(std::to_string(more) + " more", error);
  }
}

PictureRef Pictures::get(uint64_t i) const {
  for (size_t tries = 0; tries < size(); ++tries) {
    if (auto image = decoded(i)) return {i, std::move(image)};
    i = (i + 1) % size();
  }
  throw Error(Exit::data, "no picture could be decoded.");
}

std::vector<BadFile> Pictures::bad() const {
  const std::lock_guard lock(guard_);
  std::vector<BadFile> all;
  for (const auto& [index, error] : bad_) all.push_back({path(index), error});
  std::sort(all.begin(), all.end(), [](const BadFile& a, const BadFile& b) { return a.path < b.path; });
  return all;
}

size_t available_memory() {
  size_t available = std::numeric_limits<size_t>::max();
  std::ifstream meminfo("/proc/meminfo");
  for (std::string key, rest; meminfo >> key; std::getline(meminfo, rest))
    if (size_t kib = 0; key == "MemAvailable:" && meminfo >> kib) available = kib * 1024;
  size_t limit = 0, used = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit &&
      std::ifstream("/sys/fs/cgroup/memory.current") >> used)
    available = std::min(available, limit > used ? limit - used : 0);
  return available;
}

}  // namespace simclr

#include "data/label_map.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"
#include "data/corine_groups.hpp"
#include "data/labels.hpp"

namespace simclr {
namespace {

struct Mapping {
  std::string name;
  std::vector<bool> takes;  // of each class of the source
};

class MappedSource final : public Source {
 public:
  MappedSource(std::shared_ptr<const Source> source, const std::vector<Mapping>& maps, bool several)
      : source_(std::move(source)) {
    scan_ = source_->scan();
    if (maps.size() == 1) classes_.push_back("not " + maps[0].name);
    for (const auto& map : maps) classes_.push_back(map.name);
    records_.reserve(source_->size());
    for (size_t i = 0; i < source_->size(); ++i) {
      records_.push_back(source_->record(i));
      std::vector<int32_t> classes = classes_of(i, maps);
      records_[i].label = several || classes.empty() ? -1 : classes[0];
      if (several) add_label_set(std::move(classes), source_->labelled(i));
    }
  }
  std::string path(size_t i) const override { return source_->path(i); }
  std::string file(size_t i) const override { return source_->file(i); }
  bool in_arrays() const override { return source_->in_arrays(); }
  std::string kind() const override { return source_->kind(); }
  std::string caveat() const override { return source_->caveat(); }
  Decoded read(size_t i, const DecodeOptions& options) const override { return source_->read(i, options); }

 private:
  std::vector<int32_t> classes_of(size_t i, const std::vector<Mapping>& maps) const {
    std::vector<int32_t> classes;
    if (!source_->labelled(i)) return classes;
    const auto labels = source_->labels(i);
    for (size_t m = 0; m < maps.size(); ++m) {
      const bool taken = std::any_of(labels.begin(), labels.end(), [&](int32_t label) {
        return maps[m].takes[static_cast<size_t>(label)];
      });
      if (maps.size() == 1)
        classes.push_back(taken ? 1 : 0);
      else if (taken)
        classes.push_back(static_cast<int32_t>(m));
    }
    return classes;
  }
  std::shared_ptr<const Source> source_;
};

size_t place_by_name(std::string_view word,
                     const std::vector<std::string>& classes) {  // or how many there are
  return static_cast<size_t>(
      std::find_if(classes.begin(), classes.end(),
                   [&](const std::string& one) { return printable(one) == printable(word); }) -
      classes.begin());
}

size_t place_of(std::string_view word, const std::vector<std::string>& classes) {
  if (const size_t named = place_by_name(word, classes); named < classes.size()) return named;
  size_t place = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), place);
  const bool number = error == std::errc() && end == word.data() + word.size();
  if (number && place < classes.size()) return place;
  throw Error(Exit::setting,
              "--label-map: there is no class '" + printable(word) + "'." +
                  (number ? " The " + std::to_string(classes.size()) + " classes are numbered from 0."
                          : suggestion(word, classes)));
}

// Training, validation and test pictures are mapped alike.
void say_once(const std::string& line) {
  static std::set<std::string> said;
  if (said.insert(line).second) log_info(line);
}

Mapping parse_map(std::string_view text, const std::vector<std::string>& classes) {
  const size_t equals = text.find('=');
  const std::string_view name = trim(text.substr(0, std::min(equals, text.size())));
  if (equals == std::string_view::npos || name.empty())
    throw Error(Exit::setting, "--label-map: '" + printable(text) + "' is not NAME=CLASS|CLASS.",
                "Such as \"irrigated=Permanently irrigated land|Rice fields\".");
  Mapping map{std::string(name), std::vector<bool>(classes.size())};
  std::string taken;
  for (const auto& word : classes_in(text.substr(equals + 1), '|')) {
    const size_t place = place_of(word, classes);
    map.takes[place] = true;
    taken += (taken.empty() ? "" : ", ") + printable(classes[place]);
  }
  if (taken.empty())
    throw Error(Exit::setting, "--label-map: '" + printable(name) + "' is made of no class.",
                "Name some: " + printable(name) + "=A|B");
  say_once("label map: " + printable(name) + " is " + taken);
  return map;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(std::filesystem::path(text), ignored)) return classes_in(text, ';');
  std::vector<std::string> lines = classes_in(read_file(std::filesystem::path(text)), '\n');
  std::erase_if(lines, [](const std::string& line) { return line.starts_with('#'); });
  return lines;
}

std::vector<Mapping> corine_maps(const std::vector<std::string>& classes) {
  std::vector<Mapping> maps;
  for (const auto group : corine_groups())
    maps.push_back({std::string(group), std::vector<bool>(classes.size())});
  for (size_t c = 0; c < classes.size(); ++c)
    if (const int32_t group = corine_group(classes[c]); group >= 0)
      maps[static_cast<size_t>(group)].takes[c] = true;
  return maps;
}

std::vector<Mapping> parse_maps(std::string_view text, const Source& source) {
  if (text == "bigearthnet19") return corine_maps(source.classes());
  std::vector<Mapping> maps;
  for (const auto& line : lines_of(text)) {
    maps.push_back(parse_map(line, source.classes()));
    for (size_t m = 0; m + 1 < maps.size(); ++m)
      if (maps[m].name == maps.back().name)
        throw Error(Exit::setting, "--label-map: '" + printable(maps[m].name) + "' is there twice.");
  }
  if (maps.empty())
    throw Error(Exit::setting, "--label-map: '" + printable(text) + "' holds no map.", "Write NAME=A|B.");
  return maps;
}

bool share_a_class(const std::vector<Mapping>& maps) {
  for (size_t c = 0; c < maps[0].takes.size(); ++c)
    if (std::count_if(maps.begin(), maps.end(), [c](const Mapping& map) { return map.takes[c]; }) > 1)
      return true;
  return false;
}

bool of_corine(const std::vector<std::string>& classes) {
  std::vector<std::string> known = corine_classes();
  for (const auto group : corine_groups()) known.emplace_back(group);
  return std::all_of(classes.begin(), classes.end(),
                     [&](const std::string& one) { return place_by_name(one, known) < known.size(); });
}

}  // namespace

bool label_map_fits(const Source& source, std::string_view text) {
  const auto& classes = source.classes();
  const bool corine = of_corine(classes);
  if (!source.labelled() || text == "bigearthnet19") return source.labelled() && corine;
  for (const auto& line : lines_of(text))
    for (const auto& word :
         classes_in(std::string_view(line).substr(std::min(line.find('=') + 1, line.size())), '|'))
      if (place_by_name(word, classes) == classes.size() && !corine) return false;
  return true;
}

std::shared_ptr<const Source> map_labels(std::shared_ptr<const Source> source, std::string_view text) {
  if (!source->labelled())
    throw Error(Exit::data, "--label-map: these pictures have no labels.",
                "Use class folders, or a CSV with a column of labels.");
  const std::vector<Mapping> maps = parse_maps(text, *source);
  const bool several = maps.size() > 1 && (source->multi_label() || share_a_class(maps));
  auto mapped = std::make_shared<MappedSource>(std::move(source), maps, several);
  if (!mapped->labelled()) throw Error(Exit::data, "--label-map: no picture is of these classes.");
  return mapped;
}

}  // namespace simclr

#pragma once
// The pictures behind rows and ids: sources as the run's files name them, opened once for a page.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "data/source.hpp"

namespace simclr {

struct Pictures {
  std::string text;  // the source, as it was named
  std::shared_ptr<const Source> source;
  std::unordered_map<std::string_view, size_t> places;  // of each id; the text is the source's
  // Empty: not there, or not readable. `least_side` as of DecodeOptions: for who shows it small.
  Image read(const std::string& id, int least_side = 0) const;
};

Pictures open_pictures(const std::string& text);  // errors as of open_source

// Sources already opened, and those that could not be.
class PictureShelf {
 public:
  const Pictures* find(const std::string& text);  // nullptr: it cannot be opened (moved away since)

 private:
  std::map<std::string, std::optional<Pictures>> opened_;
};

}  // namespace simclr

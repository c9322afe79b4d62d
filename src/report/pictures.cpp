#include "report/pictures.hpp"

#include "base/error.hpp"
#include "image/visible.hpp"

namespace simclr {

Image Pictures::read(const std::string& id, int least_side) const {
  const auto found = places.find(id);
  DecodeOptions options;
  options.least_side = least_side;
  if (found == places.end()) return Image();
  Decoded decoded = source->read(found->second, options);
  return decoded.bands.empty() ? std::move(decoded.image) : visible_bands(decoded.image, decoded.bands);
}

Pictures open_pictures(const std::string& text) {
  Pictures pictures{text, open_source(text), {}};
  for (size_t i = 0; i < pictures.source->size(); ++i)
    pictures.places.emplace(pictures.source->record(i).id, i);
  return pictures;
}

const Pictures* PictureShelf::find(const std::string& text) {
  auto at = opened_.find(text);
  if (at == opened_.end()) {
    std::optional<Pictures> pictures;
    try {
      if (!text.empty()) pictures = open_pictures(text);
    } catch (const Error&) {  // moved away since: names stand in for the pictures
    }
    at = opened_.emplace(text, std::move(pictures)).first;
  }
  return at->second ? &*at->second : nullptr;
}

}  // namespace simclr

#include "cli/contact_sheet.hpp"

#include <algorithm>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "image/encode.hpp"
#include "image/grid.hpp"
#include "image/visible.hpp"

namespace simclr {

void add_preview_flag(CLI::App& command, std::string& png) {
  command.add_option("--preview", png, "draw some of the pictures; rasters in true colour, stretched")
      ->type_name("FILE.png");
}

void write_contact_sheet(const Source& source, const DecodeOptions& options, const std::string& png) {
  constexpr int side = 128, columns = 4, gap = 2;
  constexpr size_t most = 16;
  if (std::filesystem::path(png).extension() != ".png")
    throw Error(Exit::setting, "--preview: '" + printable(png) + "' does not end in .png.");
  make_parent(png);
  const Permutation order(source.size(), derive_seed(0, "preview"), 0);
  std::vector<Image> shown;
  for (size_t i = 0; i < source.size() && shown.size() < most; ++i)
    if (const Decoded one = source.read(order[i], options); one.ok())
      shown.push_back(fitted(visible(one.image, one.bands), side));
  const int rows = (static_cast<int>(shown.size()) + columns - 1) / columns;
  Image grid(3, gap + rows * (side + gap), gap + columns * (side + gap), Sample::u8);
  std::fill(grid.bytes().begin(), grid.bytes().end(), std::byte{255});
  for (int i = 0; i < static_cast<int>(shown.size()); ++i)
    paste(shown[static_cast<size_t>(i)], gap + i / columns * (side + gap), gap + i % columns * (side + gap),
          grid);
  write_durably(png, encode_png(grid));
}

}  // namespace simclr

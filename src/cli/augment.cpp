#include <iostream>

#include "augment/pipeline.hpp"
#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "data/statistics.hpp"
#include "image/encode.hpp"

namespace simclr {
namespace {

struct PreviewArguments {
  std::string data, augment = "auto", out;
  std::optional<int64_t> image_size;
  int64_t pictures = 8, views = 6, seed = 0;
  bool exif_orientation = false;
};

Fields fields(PreviewArguments& a) {
  return {field("data", a.data, "pictures: a folder or any other source, PATH[:split]").unit("DIR"),
          field("augment", a.augment, "preset or policy text; auto: as pretrain would choose").unit("TEXT"),
          field("out", a.out, "the picture to write").unit("FILE.png"),
          field("image-size", a.image_size, "side of the views in pixels").range(8, 1024).unit("N"),
          field("pictures", a.pictures, "rows: pictures shown").range(1, 64).unit("N"),
          field("views", a.views, "columns: views of each").range(1, 32).unit("N"),
          field("exif-orientation", a.exif_orientation, "turn JPEGs as their EXIF orientation says"),
          field("seed", a.seed, "another seed, other views").range(0, 9e15).unit("N")};
}

int run_preview(PreviewArguments a, const std::map<std::string, std::string>& given) {
  set_flags(fields(a), given);
  if (a.data.empty()) throw Error(Exit::usage, "--data is required.");
  if (a.out.empty())
    throw Error(Exit::usage, "--out is required.", "Name the picture to write: --out views.png");
  if (std::filesystem::path(a.out).extension() != ".png")
    throw Error(Exit::setting, "--out: '" + printable(a.out) + "' does not end in .png.");
  a.augment = policy_or_file(a.augment);
  if (a.augment != "auto") Pipeline check(a.augment);
  make_parent(a.out);
  const auto source = open_source(a.data);
  const Statistics statistics = measure(*source, {}, 256);
  const int size = a.image_size ? static_cast<int>(*a.image_size) : suggest_image_size(statistics);
  const bool rasters = of_rasters(statistics);
  const Pipeline pipeline(a.augment == "auto" ? usual_preset(size, rasters) : a.augment,
                          band_statistics(statistics.mean, statistics.std, rasters));
  DecodeOptions options;
  options.exif_orientation = a.exif_orientation;
  options.only = statistics.band_names;
  options.bands = statistics.bands == 1 || statistics.bands == 3 ? statistics.bands : 0;
  const Permutation order(source->size(), derive_seed(static_cast<uint64_t>(a.seed), "preview"), 0);
  std::vector<Image> originals;
  for (size_t i = 0; i < source->size() && originals.size() < static_cast<size_t>(a.pictures); ++i)
    if (Decoded decoded = source->read(order[i], options); decoded.ok())
      originals.push_back(std::move(decoded.image));
  const Image grid = preview(originals, pipeline, size, static_cast<int>(a.views),
                             static_cast<uint64_t>(a.seed), statistics.band_names);
  write_durably(a.out, encode_png(grid));
  std::cout << a.out << std::endl;
  return 0;
}

}  // namespace

void add_augment(CLI::App& app, Run& run) {
  auto* group = add_command(app, "augment", "Look at augmentations.", "");
  group->require_subcommand(1);
  auto* command = add_command(*group, "preview", "Draw pictures beside several of their views.",
                              "  simclr augment preview --data photos/ --augment simclr --out views.png\n"
                              "  simclr augment preview --data photos/ --augment \"crop(min=0.2) > flip > "
                              "rotate(degrees=-30..30)\" --out views.png\n\n" +
                                  augmentation_help());
  auto arguments = std::make_shared<PreviewArguments>();
  auto given = std::make_shared<std::map<std::string, std::string>>();
  add_flags(*command, fields(*arguments), *given);
  command->callback([&run, arguments, given] { run = [=] { return run_preview(*arguments, *given); }; });
}

}  // namespace simclr

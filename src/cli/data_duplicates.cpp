#include <iostream>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/command.hpp"
#include "data/duplicates_report.hpp"
#include "image/encode.hpp"

namespace simclr {
namespace {

struct DuplicatesArguments {
  std::string source, against, out, montage;
  int64_t distance = DuplicateOptions{}.distance, top = 10;
  bool rotated = false, json = false;
};

Fields fields(DuplicatesArguments& a) {
  return {
      field("against", a.against, "another source, PATH[:split]: which pictures of DIR occur there?")
          .unit("DIR2"),
      field("distance", a.distance, "near: hashes at most so many of 255 bits apart").range(0, 96).unit("N"),
      field("rotated", a.rotated, "also find pictures that are mirrored or turned by quarters"),
      field("out", a.out, "the list to write: group, distance, kind, id, path, label, split, source")
          .unit("FILE.csv"),
      field("montage", a.montage, "a picture to write: the groups shown, one a row").unit("FILE.png"),
      field("top", a.top, "groups shown, the largest first").range(0, 1000).unit("N"),
      field("json", a.json, "one JSON object on stdout")};
}

// Before the pictures are read, which may take long.
void check_written(const std::string& flag, const std::string& file, const char* ending,
                   const DuplicatesArguments& a) {
  if (file.empty()) return;
  if (std::filesystem::path(file).extension() != ending)
    throw Error(Exit::setting, flag + ": '" + printable(file) + "' does not end in " + ending + ".");
  refuse_to_overwrite(file, {a.source, a.against});
  make_parent(file);
}

void show_progress(size_t done, size_t all) {
  progress_line("read " + std::to_string(done) + " of " + std::to_string(all) + " pictures");
}

int run_duplicates(DuplicatesArguments a, const std::map<std::string, std::string>& given) {
  set_flags(fields(a), given);
  const auto source = open_source(a.source);
  const auto against = a.against.empty() ? nullptr : open_source(a.against);
  check_written("--out", a.out, ".csv", a);
  check_written("--montage", a.montage, ".png", a);
  DuplicatesReport report{a.source, a.against, source.get(), against.get(), {}, {}};
  report.options.distance = a.distance;
  report.options.rotated = a.rotated;
  if (stderr_is_terminal()) report.options.progress = show_progress;
  report.found = find_duplicates(*source, against.get(), report.options);
  progress_done();
  if (!a.out.empty()) write_durably(a.out, to_csv(report));
  if (!a.montage.empty() && report.found.groups.empty()) {
    log_info("no duplicates: " + printable(a.montage) + " is not written");
  } else if (!a.montage.empty()) {
    const size_t shown = std::min<size_t>(static_cast<size_t>(std::max<int64_t>(1, a.top)), 64);
    write_durably(a.montage, encode_png(montage(report, shown)));
  }
  std::cout << (a.json ? to_json(report) + "\n" : to_text(report, static_cast<size_t>(a.top))) << std::flush;
  return 0;
}

}  // namespace

void add_data_duplicates(CLI::App& group, Run& run) {
  auto* command = add_command(group, "duplicates", "Find pictures that occur twice, exactly or nearly.",
                              "  simclr data duplicates photos/ --out copies.csv --montage copies.png\n"
                              "  simclr data duplicates photos/:test --against photos/:train\n"
                              "  simclr data duplicates photos/ --distance 16 --rotated --json");
  auto arguments = std::make_shared<DuplicatesArguments>();
  auto given = std::make_shared<std::map<std::string, std::string>>();
  command->add_option("DIR", arguments->source, "a folder or any other source, PATH[:split]")->required();
  add_flags(*command, fields(*arguments), *given);
  command->callback([&run, arguments, given] { run = [=] { return run_duplicates(*arguments, *given); }; });
}

}  // namespace simclr

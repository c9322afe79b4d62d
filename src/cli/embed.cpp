#include "base/error.hpp"
#include "base/log.hpp"
#include "cli/after_training.hpp"
#include "cli/command.hpp"
#include "cli/evaluate.hpp"
#include "train/cache.hpp"
#include "train/checkpoint.hpp"
#include "train/run_inputs.hpp"

#include <iostream>

namespace simclr {
namespace {

struct EmbedArguments {
  std::string run, data, out, layer = "h", precision = "float32", device = "auto";
};

Fields fields(EmbedArguments& a) {
  return {
      field("data", a.data, "pictures: a folder or any other source, PATH[:split]").unit("DIR"),
      field("out", a.out, "the array to write; FILE.csv with the rows' names comes beside it")
          .unit("FILE.npy"),
      field("layer", a.layer, "h (the encoder's output), g1, g2, ... (the head's layers) or z (unit length)")
          .unit("NAME"),
      field("precision", a.precision, "arithmetic of the network").choices({"auto", "float32", "bf16"}),
      field("device", a.device, "auto, cpu, cuda or cuda:N").unit("NAME")};
}

int run_embed(EmbedArguments a, const Assignments& given, const Assignments& reading) {
  set_flags(fields(a), given);
  if (a.data.empty()) throw Error(Exit::usage, "--data is required.");
  if (a.out.empty())
    throw Error(Exit::usage, "--out is required.", "Name the array to write: --out embeddings.npy");
  const std::filesystem::path out(a.out);
  if (out.extension() != ".npy")
    throw Error(Exit::setting, "--out: '" + printable(a.out) + "' does not end in .npy.");
  auto rows = out;
  rows.replace_extension(".csv");
  for (const auto& made : {out, rows}) refuse_to_overwrite(made, {a.data});
  const RunInputs inputs = read_run(a.run, reading);
  make_parent(out);
  EmbedOptions options{a.layer, "", choose_device(a.device), true};
  options.precision = choose_precision(a.precision, options.device);
  const Model model = load_model(intact_checkpoint(inputs.run), inputs.plan);
  Pictures pictures = open_pictures(inputs, a.data);
  take_cache(pictures, inputs.settings);
  const Features features = embed(model, inputs.plan, pictures, options);
  write_embeddings(out, features.values, features.width, describe_rows(pictures, features.rows));
  auto bad = out;
  bad.replace_extension(".bad_files.csv");
  list_bad_files(pictures, bad);
  log_info(std::to_string(features.rows.size()) + " rows of " + std::to_string(features.width) + " values");
  std::cout << a.out << std::endl;
  return 0;
}

}  // namespace

void add_embed(CLI::App& app, Run& run) {
  auto* command = add_command(app, "embed", "Turn pictures into vectors with a run's encoder.",
                              "  simclr embed runs/photos --data photos/ --out photos.npy\n"
                              "  simclr embed runs/photos --data labels.csv:test --out test.npy --layer z");
  auto arguments = std::make_shared<EmbedArguments>();
  auto given = std::make_shared<Assignments>(), reading = std::make_shared<Assignments>();
  command->add_option("RUN", arguments->run, "run folder of simclr pretrain")->required();
  add_flags(*command, fields(*arguments), *given);
  add_reading_flags(*command, *reading);
  command->callback(
      [&run, arguments, given, reading] { run = [=] { return run_embed(*arguments, *given, *reading); }; });
}

}  // namespace simclr

#include <iostream>

#include "base/error.hpp"
#include "cli/after_training.hpp"
#include "cli/command.hpp"
#include "cli/run_inputs.hpp"
#include "nn/onnx_export.hpp"
#include "nn/weights.hpp"

namespace simclr {
namespace {

struct ExportArguments {
  std::string run, format = "safetensors", out;
};

Fields fields(ExportArguments& a) {
  return {field("format", a.format, "file format").choices({"safetensors", "onnx"}),
          field("out", a.out, "the file to write").unit("FILE")};
}

int run_export(ExportArguments a, const std::map<std::string, std::string>& given) {
  set_flags(fields(a), given);
  if (a.out.empty())
    throw Error(Exit::usage, "--out is required.", "Name the file: --out encoder." + a.format);
  const RunInputs inputs = read_run(a.run);
  const Model model = load_model(inputs.run, inputs.plan);
  const Metadata metadata = export_metadata(inputs.run, inputs.plan);
  if (a.format == "onnx") {
    export_onnx(*model.encoder, inputs.plan.image_size, a.out, metadata);
  } else {
    save_weights(a.out, {{"", *model.encoder}}, metadata);
  }
  std::cout << a.out << std::endl;
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Run& run) {
  auto* command = add_command(app, "export", "Write a run's encoder for other programs.",
                              "  simclr export runs/photos --format safetensors --out encoder.safetensors\n"
                              "  simclr export runs/photos --format onnx --out encoder.onnx");
  auto arguments = std::make_shared<ExportArguments>();
  auto given = std::make_shared<std::map<std::string, std::string>>();
  command->add_option("RUN", arguments->run, "run folder of simclr pretrain")->required();
  add_flags(*command, fields(*arguments), *given);
  command->callback([&run, arguments, given] { run = [=] { return run_export(*arguments, *given); }; });
}

}  // namespace simclr

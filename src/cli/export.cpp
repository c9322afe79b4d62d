#include <iostream>

#include "base/error.hpp"
#include "cli/after_training.hpp"
#include "cli/command.hpp"
#include "nn/onnx_export.hpp"
#include "nn/weights.hpp"
#include "train/checkpoint.hpp"
#include "train/run_inputs.hpp"

namespace simclr {
namespace {

struct ExportArguments {
  std::string run, format = "auto", out;
};

Fields fields(ExportArguments& a) {
  return {field("format", a.format, "file format; auto: by the name of --out")
              .choices({"auto", "safetensors", "onnx"}),
          field("out", a.out, "the file to write").unit("FILE")};
}

// The name may say it, and must not say another.
std::string format_of(const ExportArguments& a) {
  const std::string extension = std::filesystem::path(a.out).extension().native();
  const std::string said = extension == ".onnx" ? "onnx" : extension == ".safetensors" ? "safetensors" : "";
  if (a.format == "auto") return said.empty() ? "safetensors" : said;
  if (!said.empty() && said != a.format)
    throw Error(Exit::setting, "--format " + a.format + " and --out " + printable(a.out) + " differ.",
                "Leave out --format, or name the file encoder." + a.format);
  return a.format;
}

int run_export(ExportArguments a, const std::map<std::string, std::string>& given) {
  set_flags(fields(a), given);
  if (a.out.empty())
    throw Error(Exit::usage, "--out is required.",
                "Name the file: --out encoder." + (a.format == "auto" ? "safetensors" : a.format));
  const std::string format = format_of(a);
  make_parent(a.out);
  const RunInputs inputs = read_run(a.run);
  const Model model = load_model(intact_checkpoint(inputs.run), inputs.plan);
  const Metadata metadata = export_metadata(inputs.run, inputs.plan);
  if (format == "onnx") {
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

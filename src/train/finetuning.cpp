#include "train/finetuning.hpp"

#include <charconv>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "data/statistics.hpp"
#include "nn/weights.hpp"
#include "train/checkpoint.hpp"
#include "train/picture_form.hpp"
#include "train/run_inputs.hpp"

namespace simclr {
namespace {

struct MlpShape {
  int64_t layers = 2, hidden = 0;
  bool bn = true;
  std::string widths;  // of all layers, in place of hidden: 1024/512/128
};

MlpShape shape_of(const Spec& spec, std::string_view what, bool with_output) {
  MlpShape shape;
  int64_t out = 0;
  bool last_bn = false;
  Fields known{field("layers", shape.layers, "").range(1, 8),
               field("hidden", shape.hidden, "").range(0, 65536), field("bn", shape.bn, "")};
  if (with_output) {
    known.push_back(field("out", out, ""));
    known.push_back(field("last-bn", last_bn, ""));
    known.push_back(field("widths", shape.widths, ""));
  }
  configure(known, spec, what);
  if (!shape.widths.empty()) shape.layers = static_cast<int64_t>(split_outside(shape.widths, '/').size());
  return shape;
}

// The first layers of the run's head, then those of the classifier, as wide as the last one kept.
std::string by_widths(const MlpShape& of_run, size_t kept, int64_t layers, size_t classes) {
  std::vector<std::string> widths = split_outside(of_run.widths, '/');
  widths.resize(kept);
  widths.resize(kept + static_cast<size_t>(layers) - 1, widths.back());
  std::string text = "mlp(widths=";
  for (const auto& width : widths) text += width + "/";
  return text + std::to_string(classes) + (of_run.bn ? ")" : ",bn=false)");
}

// --unfreeze: a number of blocks, or nothing for "all".
std::optional<size_t> blocks_to_train(const std::string& text, const Encoder& encoder) {
  if (text == "all") return std::nullopt;
  size_t blocks = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), blocks);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(Exit::setting, "--unfreeze: '" + printable(text) + "' is not a number of blocks, or all.");
  if (const size_t most = encoder.blocks().size(); blocks > most)
    throw Error(Exit::setting,
                "--unfreeze: " + std::to_string(blocks) + " is more than the " + std::to_string(most) +
                    " blocks of " + printable(encoder.text) + ".",
                "all trains these and the stem before them.");
  return blocks;
}

void freeze_module(Model& model, const std::shared_ptr<torch::nn::Module>& module) {
  for (auto& parameter : module->parameters()) parameter.set_requires_grad(false);
  model.frozen.push_back(module);
}

}  // namespace

void check_finetuning(const PretrainSettings& settings, const Loss& loss) {
  const bool taught = loss.learns_from_teacher();
  if (taught && settings.teacher.empty())
    throw Error(Exit::setting, "--loss " + loss.text() + " needs a teacher.", "Call simclr distill RUN.");
  if (!taught && loss.learns_from_labels() && !settings.init.empty() && settings.teacher.empty()) return;
  const auto fits = [&](const std::string& name) {
    return !of_finetuning(name) || (taught && of_distillation(name));
  };
  PretrainSettings asked = settings, usual;
  const Fields defaults = fields(usual);
  for (const Field& one : fields(asked))
    if (!fits(one.name()) && one.text() != find(defaults, one.name())->text())
      throw Error(Exit::setting,
                  taught
                      ? "--" + one.name() + " is a setting of fine-tuning, and a student starts untrained."
                      : "--" + one.name() + " is a setting of fine-tuning, from labels, or of distillation.",
                  "Leave it out, or call simclr " + std::string(taught ? "finetune" : "finetune or distill") +
                      " RUN.");
}

void check_start(const PretrainSettings& settings, const TrainedClasses& classes, const Encoder& encoder) {
  blocks_to_train(settings.unfreeze, encoder);
  if (!settings.init.empty() && !settings.from_scratch) intact_checkpoint(open_run(settings.init));
  if (!classes.sets || !settings.positive.empty()) positive_class(settings.positive, classes.names);
  if (settings.test_data.empty()) return;
  const auto source = open_source(settings.test_data, open_options(settings));
  std::vector<uint32_t> records = every_record(*source);
  keep_of_classes(*source, records, classes);
  if (records.empty())
    throw Error(Exit::data,
                "no picture in " + printable(settings.test_data) + " has a label of the " +
                    std::to_string(classes.names.size()) + " classes learned.",
                "Test on labelled pictures of the same classes.");
}

std::string loss_text(const PretrainSettings& settings, bool multi_label) {
  if (settings.loss != "auto") return make_loss(settings.loss)->text();
  if (settings.init.empty()) return PretrainSettings().loss;
  return multi_label ? "sigmoid" : "softmax";
}

std::string head_text(const PretrainSettings& settings, const Loss& loss, size_t classes) {
  if (settings.head != "auto") return settings.head;
  if (settings.init.empty()) return loss.usual_head();
  return classifier_head(settings, read_plan(open_run(settings.init)).head, classes);
}

void take_statistics_of_run(Plan& plan, const PretrainSettings& settings) {
  if (parent(settings).empty()) return;
  const Plan of_run = read_plan(open_run(parent(settings)));
  if (of_run.bands != plan.bands)
    throw Error(Exit::data,
                "the pictures in " + printable(settings.data) + " have " + std::to_string(plan.bands) +
                    " bands, those of " + printable(parent(settings)) + " " + std::to_string(of_run.bands) +
                    ".",
                "Train on pictures of the same kind, or pretrain on these.");
  // Of a run that chose bands by place, and does not know their names.
  if (of_run.band_names == asked_form(settings).only) plan.band_names = of_run.band_names;
  if (of_run.band_names != plan.band_names || of_run.sample != plan.sample)
    throw Error(Exit::data,
                "the pictures in " + printable(settings.data) +
                    " have other bands or numbers than those of " + printable(parent(settings)) + ".",
                "Choose the run's bands by name with --bands, and give files with the same numbers.");
  if (const auto why = scale_trouble(numbers_of(plan), numbers_of(of_run)); !why.empty())
    throw Error(Exit::data,
                "the pictures in " + printable(settings.data) + " don't go with those of " +
                    printable(parent(settings)) + ": " + why + ".",
                "Bring them to one scale.");
  plan.levels = of_run.levels;
  if (plan.file_scale == 0) plan.file_scale = of_run.file_scale;
  plan.mean = of_run.mean;
  plan.std = of_run.std;
}

size_t kept_layers(const std::string& from, const std::string& head) {
  if (from == "h") return 0;
  const Spec spec = parse_spec(head, "head");
  const int64_t hidden = spec.name == "mlp" ? shape_of(spec, "head", true).layers - 1 : 0;
  if (from.size() == 2 && from[0] == 'g' && from[1] >= '1' && from[1] <= '0' + hidden)
    return static_cast<size_t>(from[1] - '0');
  const std::string last = hidden == 0 ? "" : hidden == 1 ? " or g1" : ", g1 .. g" + std::to_string(hidden);
  throw Error(
      Exit::setting,
      "--from: '" + printable(from) + "' is not h" + last + ", with the run's head " + printable(head) + ".",
      hidden == 0 ? "Pretrain with more layers to keep one: --head \"mlp(layers=3)\"" : "");
}

std::string classifier_head(const PretrainSettings& settings, const std::string& run_head, size_t classes) {
  const size_t kept = kept_layers(settings.from, run_head);
  const Spec asked = parse_spec(settings.classifier, "classifier");
  if (asked.name != "linear" && asked.name != "mlp")
    throw Error(Exit::setting, "--classifier: there is no '" + printable(asked.name) + "'." +
                                   suggestion(asked.name, {"linear", "mlp"}));
  MlpShape shape;
  if (asked.name == "linear") {
    configure({}, asked, "classifier");
    shape.layers = 1;
  } else {
    shape = shape_of(asked, "classifier", false);
  }
  if (kept > 0) {
    for (const auto& [key, value] : asked.args)
      if (key != "layers")
        throw Error(Exit::setting, "--classifier: on layers of the head, mlp takes layers alone; " + key +
                                       " is as in the run's head, " + printable(run_head) + ".");
    const MlpShape of_run = shape_of(parse_spec(run_head, "head"), "head", true);
    if (!of_run.widths.empty()) return by_widths(of_run, kept, shape.layers, classes);
    shape = {shape.layers + static_cast<int64_t>(kept), of_run.hidden, of_run.bn, ""};
  }
  const std::string out = "out=" + std::to_string(classes) + ")";
  if (shape.layers == 1) return "linear(" + out;
  return "mlp(layers=" + std::to_string(shape.layers) + ",hidden=" + std::to_string(shape.hidden) +
         (shape.bn ? "," : ",bn=false,") + out;
}

void start_from_run(Model& model, const PretrainSettings& settings) {
  const RunInputs inputs = read_run(settings.init);
  if (!settings.from_scratch) {
    const auto file = intact_checkpoint(inputs.run).folder / "model.safetensors";
    std::vector<Part> parts{{"encoder.", *model.encoder}};
    const auto kept = model.head->first_layers(kept_layers(settings.from, inputs.plan.head));
    for (const auto& [name, module] : kept) parts.push_back({"head." + name, *module});
    load_weights(file, parts);
  }
  model.head->zero_last_layer();
}

void freeze(Model& model, const PretrainSettings& settings) {
  const auto wanted = blocks_to_train(settings.unfreeze, *model.encoder);
  if (!wanted) return;
  const auto blocks = model.encoder->blocks();
  freeze_module(model, model.encoder);
  for (size_t i = blocks.size() - *wanted; i < blocks.size(); ++i) {
    for (auto& parameter : blocks[i]->parameters()) parameter.set_requires_grad(true);
    model.trained.push_back(blocks[i]);
  }
  if (*wanted > 0) return;
  const size_t kept = settings.from == "h" ? 0 : static_cast<size_t>(settings.from[1] - '0');
  for (const auto& [name, module] : model.head->first_layers(kept)) freeze_module(model, module);
}

}  // namespace simclr

#include "train/settings.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "train/recipes.hpp"

namespace simclr {
namespace {

std::string toml_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return std::to_string(whole->get());
  if (const auto* real = node.as_floating_point()) return shortest(real->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return "";
}

// Of the unsigned number at the start: 12, 0.5, .5, 1e-3; 0 for none. The dots of a range belong to none.
size_t number_length(std::string_view text) {
  const auto digits = [&](size_t i) {
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0) ++i;
    return i;
  };
  size_t end = digits(0);
  const bool whole = end > 0;
  if (end < text.size() && text[end] == '.' && digits(end + 1) > end + 1) end = digits(end + 1);
  if (!whole && end == 0) return 0;
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const size_t sign = end + 1 < text.size() && (text[end + 1] == '-' || text[end + 1] == '+') ? 1 : 0;
    if (digits(end + 1 + sign) > end + 1 + sign) end = digits(end + 1 + sign);
  }
  return end;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    char code[8];
    std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    out += control ? std::string(code) : c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return out + "\"";
}

}  // namespace

namespace {

Fields finetuning_fields(PretrainSettings& s) {
  return {
      field("init", s.init, "the run whose encoder is fine-tuned").unit("RUN"),
      field("teacher", s.teacher, "the run whose scores of the classes a student learns").unit("RUN"),
      field("test-data", s.test_data, "labelled pictures to score on at the end").unit("DIR"),
      field(
          "from", s.from,
          "layer of the run that the classifier sits on: h, the encoder's output, or g1, g2, a hidden layer "
          "of its head (SimCLRv2), which is then fine-tuned as well")
          .unit("LAYER"),
      field("classifier", s.classifier,
            "linear, which starts at zero, or mlp; arguments: layers, hidden, bn (its last layer starts at "
            "zero)")
          .unit("TEXT"),
      field("unfreeze", s.unfreeze,
            "what is trained of the encoder: all, or the last N residual blocks; 0: none, a linear probe")
          .unit("N"),
      field("from-scratch", s.from_scratch,
            "the same network with untrained weights: the supervised run to compare with"),
      field("label-fraction", s.label_fraction,
            "share of the labelled training pictures that is used, of each class alike and at least one; "
            "smaller shares are part of larger ones")
          .range(1e-6, 1)
          .unit("X"),
      field("balanced", s.balanced, "as many pictures of every class as the rarest has, before the share"),
      field("positive", s.positive,
            "of two classes the one that F1 is of; auto: the second by name, or that "
            "of the label map")
          .unit("CLASS"),
  };
}

Fields training_fields(PretrainSettings& s) {
  constexpr double kBig = 1e9;
  return {
      field("data", s.data, "pictures to learn from: a folder, CSV, list, IDX, CIFAR or .npy, PATH[:split]")
          .unit("DIR"),
      field("fraction", s.fraction,
            "share of --data to learn from, by a hash of the id; a larger one adds to it")
          .range(0.0001, 1),
      field("val-data", s.val_data, "pictures to validate on; in class folders also scored by kNN")
          .unit("DIR"),
      field("val-fraction", s.val_fraction, "share of --data held out for validation, by a hash of the id")
          .range(0, 0.5),
      field("hold-out-classes", s.hold_out_classes,
            "classes kept out of training, to be met as unseen ones: A,B or a file with one a line")
          .unit("LIST"),
      field("out", s.out, "run folder to make").unit("RUN"),
      field("recipe", s.recipe,
            "what is not given: fast (the defaults), paper (SimCLR's); auto: fast on a CPU")
          .choices(recipe_names()),
      field("encoder", s.encoder, "resnet18, 34, 50, 101, 152; arguments: width, stem, embedding")
          .unit("TEXT"),
      field("head", s.head,
            "projection head: none, linear, cosine, mlp; arguments: layers, hidden, out, widths, bn; auto: "
            "as the "
            "loss needs it")
          .unit("TEXT"),
      field("loss", s.loss,
            "nt_xent, argument: temperature; from labels: softmax, sigmoid, triplet, arcface, supcon (see "
            "supervised); auto, of fine-tuning: sigmoid where pictures have several classes, else softmax")
          .unit("TEXT"),
      field("augment", s.augment,
            "preset (simclr, simclr_small, plankton, s2, ...), policy text (see augment preview --help), or "
            "@FILE with one; auto: s2 for rasters, else by image size")
          .unit("TEXT"),
      field("image-size", s.image_size, "side of the views in pixels; auto: from the pictures")
          .range(8, 1024)
          .unit("N"),
      field("growth", s.growth, "views that begin smaller: none, linear; arguments: from, until, stages")
          .unit("TEXT"),
      field("bands", s.bands,
            "bands of the input: their number, or which, in this order: B04,B03,B02,B08 (or by place: "
            "4,3,2,8); "
            "auto: 1 if all pictures are gray, else as found")
          .unit("LIST"),
      field("band-names", s.band_names,
            "what the bands of rasters are that do not name them, in the order of the file; auto: known for "
            "EuroSAT")
          .unit("LIST"),
      field("offset", s.offset,
            "added to every value of rasters that is data; auto: -1000 for Sentinel-2 of processing baseline "
            "04.00 and later, where names tell it, or as the file says")
          .range(-1e6, 1e6)
          .unit("X"),
      field(
          "nodata", s.nodata,
          "value of rasters that is no data, in every band by itself; auto: as the files say. NaN, and 0 in "
          "every band, always are none")
          .range(-1e39, 1e39)
          .unit("X"),
      field("upsample", s.upsample, "how coarser bands come to the finest grid")
          .choices({"bilinear", "bicubic"}),
      field("mean", s.mean, "of each band, in the numbers of the files (8 bit: in 0..1); auto: measured")
          .unit("LIST"),
      field("std", s.std, "likewise").unit("LIST"),
      field("all-statistics", s.all_statistics,
            "measure mean and std of rasters on every training picture instead of 2,048"),
      field(
          "label-map", s.label_map,
          "classes made of the labels: \"NAME=A|B\" (A or B against the rest), several with ; between, or a "
          "file with one a line; A, B by name or number; bigearthnet19: of its 43 the 19")
          .unit("TEXT"),
      field("exclude", s.exclude, "lists of pictures to leave out, one id a line, such as those with snow")
          .unit("FILES"),
      field("exif-orientation", s.exif_orientation, "turn JPEGs as their EXIF orientation says"),
      field("batch-size", s.batch_size, "pictures in a step (two views each)").range(2, 1 << 20).unit("N"),
      field(
          "epochs", s.epochs,
          "passes over the pictures; auto: 100, or as many as --max-minutes allows; to fine-tune 50, but at "
          "least 400 steps")
          .range(1, kBig)
          .unit("N"),
      field("max-minutes", s.max_minutes, "plan the number of steps to end after this time")
          .range(0.01, kBig)
          .unit("M"),
      field("steps", s.steps, "exactly so many steps, in place of --epochs").range(1, kBig).unit("N"),
      field(
          "patience", s.patience,
          "stop after so many looks at the validation pictures (one an epoch) without a lower loss, and keep "
          "the weights of the lowest; 0: never")
          .range(0, kBig)
          .unit("N"),
      field("optimizer", s.optimizer, "muon, adamw, adam, sgd, lars; with arguments").unit("TEXT"),
      field("lr", s.lr, "peak learning rate; auto: by optimizer and batch size").range(0, 1000).unit("X"),
      field("lr-scaling", s.lr_scaling, "how --lr, given for 256 pictures, grows with the batch")
          .choices({"none", "linear", "sqrt"}),
      field(
          "schedule", s.schedule,
          "of the rate after its warm-up: cosine, down to 0; constant; or rising (see study lr), arguments: "
          "from, to, warm")
          .unit("TEXT"),
      field("decay-steps", s.decay_steps,
            "where the cosine ends, counted from the first step; from there on the rate is 0; auto: at the "
            "last step")
          .range(1, kBig)
          .unit("N"),
      field("weight-decay", s.weight_decay, "not on biases and norms; auto: by optimizer")
          .range(0, 10)
          .unit("X"),
      field("warmup-epochs", s.warmup_epochs,
            "epochs of rising rate; auto: a tenth of the steps, at most 10 epochs")
          .range(0, kBig)
          .unit("N"),
      field("seed", s.seed, "the same seed gives the same weights").range(0, 9e15).unit("N"),
      field("precision", s.precision, "arithmetic of the encoder; auto: bf16 where it is faster (AMX, AMD)")
          .choices({"auto", "float32", "bf16"}),
      field("device", s.device, "auto, cpu, cuda or cuda:N").unit("NAME"),
      field("workers", s.workers, "loader threads; auto: one a core").range(1, 1024).unit("N"),
      field("cache", s.cache,
            "keep decoded pictures; auto: in memory when they fit, else on disk when they do")
          .choices({"auto", "ram", "disk", "none"}),
      field("cache-dir", s.cache_dir, "folder for pictures kept on disk; default ~/.cache/simclr")
          .unit("DIR"),
      field("decode", s.decode,
            "JPEGs exactly, or scaled: large ones shrunk while they are decoded, to no less than twice the "
            "image size; faster and smaller in memory, but pixels differ")
          .choices({"exact", "scaled"}),
      field("checkpoint-every", s.checkpoint_every, "steps between checkpoints; 0: only at the end")
          .range(0, kBig)
          .unit("STEPS"),
  };
}

}  // namespace

Fields fields(PretrainSettings& s) {
  Fields all = training_fields(s);
  for (auto& one : finetuning_fields(s)) all.push_back(std::move(one));
  return all;
}

bool of_finetuning(std::string_view name) {
  static const Fields all = [] {
    static PretrainSettings any;
    return finetuning_fields(any);
  }();
  return find(all, name) != nullptr;
}

bool of_distillation(std::string_view name) {
  constexpr std::string_view all[] = {"teacher", "test-data", "label-fraction", "balanced", "positive"};
  return std::find(std::begin(all), std::end(all), name) != std::end(all);
}

std::string plainly_written(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool in_word = !out.empty() && std::isalnum(static_cast<unsigned char>(out.back())) != 0;
    const size_t length = in_word ? 0 : number_length(text);
    double number = 0;
    if (length > 0 && std::from_chars(text.data(), text.data() + length, number).ec == std::errc()) {
      out += shortest(number);
    } else if (text.starts_with("..")) {
      out += "..";
    } else if (text[0] != ' ') {
      out += text[0];
    }
    text.remove_prefix(length > 0 ? length : text.starts_with("..") ? 2 : 1);
  }
  return out;
}

bool free_on_resume(std::string_view name) {
  return name == "workers" || name == "max-minutes" || name == "checkpoint-every" || name == "cache" ||
         name == "cache-dir" || name == "out";
}

Assignments read_toml(const std::filesystem::path& path, const Fields& known) {
  const std::string shown = printable(path.native());
  toml::table table;
  try {
    table = toml::parse(read_file(path), path.native());
  } catch (const toml::parse_error& error) {
    throw Error(Exit::setting, shown + ":" + std::to_string(error.source().begin.line) + ": " +
                                   std::string(error.description()) + ".");
  }
  Assignments found;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string place = shown + ":" + std::to_string(node.source().begin.line);
    const Field* target = find(known, name);
    if (target == nullptr)
      throw Error(Exit::setting,
                  place + ": unknown setting '" + printable(name) + "'." + suggestion(name, names(known)));
    if (node.is_table() || node.is_array() || node.is_date() || node.is_time() || node.is_date_time())
      throw Error(Exit::setting, place + ": '" + name + "' must be a plain value.");
    const std::string text = toml_text(node);
    target->set(text, place + " (" + name + ")");
    found[target->name()] = text;
  }
  return found;
}

std::string to_toml(const Fields& fields) {
  std::string out;
  for (const auto& one : fields) {
    const std::string text = one.text();
    const bool bare = !one.is_text() && text != "auto" && text.find("..") == std::string::npos;
    out += one.key() + " = " + (bare ? text : quoted(text)) + "\n";
  }
  return out;
}

}  // namespace simclr

#include "cli/after_training.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "data/labels.hpp"
#include "formats/csv.hpp"
#include "formats/npy.hpp"
#include "image/encode.hpp"
#include "image/resample.hpp"
#include "nn/onnx_export.hpp"
#include "nn/weights.hpp"
#include "report/page.hpp"
#include "train/checkpoint.hpp"
#include "train/embed.hpp"

namespace simclr {
namespace {

constexpr size_t kGalleryPictures = 2000, kPreviewPictures = 8;
constexpr int kPreviewViews = 6;

// A fixed choice of at most `most` pictures, in order.
std::vector<uint32_t> choose(const Pictures& pictures, size_t most, uint64_t seed) {
  const Permutation order(pictures.size(), derive_seed(seed, "gallery"), 0);
  std::vector<uint32_t> chosen;
  for (size_t i = 0; i < std::min(most, pictures.size()); ++i)
    chosen.push_back(static_cast<uint32_t>(order[i]));
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

void write_preview(const RunFolder& run, const Prepared& prepared, uint64_t seed) {
  std::vector<Image> originals;
  for (const auto i : choose(*prepared.pictures, kPreviewPictures, seed))
    if (const auto image = prepared.pictures->find(i)) originals.push_back(*image);
  std::filesystem::create_directories(run.figures());
  const Image grid = preview(originals, *prepared.pipeline, prepared.plan.image_size, kPreviewViews, seed,
                             prepared.plan.band_names);
  write_durably(run.figures() / "views.png", encode_png(grid));
}

void write_gallery_embeddings(const RunFolder& run, const Prepared& prepared, const Model& model,
                              uint64_t seed) {
  const Pictures& from = prepared.validation ? *prepared.validation : *prepared.pictures;
  const Pictures some = from.subset(choose(from, kGalleryPictures, seed));
  const Features features = embed(model, prepared.plan, some, {});
  write_embeddings(run.embeddings(), features.values, features.width, describe_rows(some, features.rows));
}

}  // namespace

Metadata export_metadata(const RunFolder& run, const Plan& plan) {
  const auto json = [](const auto& value) { return nlohmann::json(value).dump(); };
  return {{"format", "pt"},
          {"architecture", json(plan.encoder)},
          {"method", json(plan.loss.starts_with("nt_xent") ? "simclr" : plan.loss)},
          {"input_size", json(std::vector<int>{plan.bands, plan.image_size, plan.image_size})},
          {"resize", json(nlohmann::json{{"shorter_side", evaluation_shorter_side(plan.image_size)},
                                         {"center_crop", plan.image_size},
                                         {"interpolation", "bilinear, antialiased"}})},
          {"bands", json(plan.bands)},
          {"band_names", json(plan.band_names)},
          {"sample", json(plan.sample)},
          {"offsets", json(plan.offsets)},
          {"nodata", json(plan.nodata)},
          {"file_scale", json(plan.file_scale)},
          {"scale", json("unit")},
          {"mean", json(plan.mean)},
          {"std", json(plan.std)},
          {"class_names", json(plan.classes)},
          {"features", json(plan.features)},
          {"config", json(read_file(run.settings()))}};
}

std::vector<EmbeddingRow> describe_rows(const Pictures& pictures, const std::vector<uint32_t>& rows) {
  std::vector<EmbeddingRow> all;
  for (const auto i : rows) {
    const Record& record = pictures.record(i);
    all.push_back({std::string(record.id), pictures.path(i),
                   label_text(pictures.source(), pictures.chosen()[i]), name(record.split)});
  }
  return all;
}

void write_embeddings(const std::filesystem::path& npy, const std::vector<float>& values, size_t width,
                      const std::vector<EmbeddingRow>& rows) {
  auto csv = npy;
  csv.replace_extension(".csv");
  NpyRows out(npy, width);
  out.append(values);
  out.finish();
  std::string text = "id,path,label,split\n";
  for (const auto& row : rows)
    text += csv_row(std::vector<std::string>{row.id, row.path, row.label, row.split});
  write_durably(csv, text);
}

void after_training(const RunFolder& run, const PretrainSettings& settings, const Prepared& prepared) {
  const auto seed = static_cast<uint64_t>(settings.seed);
  write_preview(run, prepared, seed);
  const Model model = load_model(intact_checkpoint(run), prepared.plan);
  std::filesystem::create_directories(run.exported());
  const Metadata metadata = export_metadata(run, prepared.plan);
  save_weights(run.exported() / "encoder.safetensors", {{"", *model.encoder}}, metadata);
  export_onnx(*model.encoder, prepared.plan.image_size, run.exported() / "encoder.onnx", metadata);
  write_gallery_embeddings(run, prepared, model, seed);
  write_report(run);
}

}  // namespace simclr

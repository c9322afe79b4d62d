#pragma once
// What pretraining leaves beside its checkpoints: a picture of the views, the exported encoder, embeddings of
// some pictures, and the page.

#include "formats/safetensors.hpp"
#include "train/prepare.hpp"

namespace simclr {

void after_training(const RunFolder& run, const PretrainSettings& settings, const Prepared& prepared);

// What an exported encoder carries: sizes, bands, mean, std, configuration, class names (values JSON text).
Metadata export_metadata(const RunFolder& run, const Plan& plan);

// embeddings.npy and embeddings.csv (id, path, label, split), the same rows in the same order. `npy` names
// the first; the second has the same name with .csv.
struct EmbeddingRow {
  std::string id, path, label, split;
};
void write_embeddings(const std::filesystem::path& npy, const std::vector<float>& values, size_t width,
                      const std::vector<EmbeddingRow>& rows);
std::vector<EmbeddingRow> describe_rows(const Pictures& pictures, const std::vector<uint32_t>& rows);

}  // namespace simclr

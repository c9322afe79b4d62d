#pragma once
// Small pictures in class sub-folders, and embeddings of them that tell the classes apart.

#include <filesystem>
#include <string>
#include <vector>

#include "base/temporary_folder.hpp"
#include "formats/csv.hpp"
#include "formats/npy.hpp"
#include "image/encode.hpp"
#include "train/run_inputs.hpp"

namespace simclr {

struct LabelledFolder {
  TemporaryFolder folder;

  void pictures(const std::string& of, int count, int first = 0) const {
    Image image(1, 4, 4, Sample::u8);
    const std::string png = encode_png(image);
    std::filesystem::create_directories(folder / of);
    for (int i = first; i < first + count; ++i) folder.put(of + "/" + std::to_string(1000 + i) + ".png", png);
  }
  std::string at(const std::string& name) const { return (folder / name).native(); }
};

// As a run of pictures like these would give them.
inline RunInputs inputs_without_run(const std::vector<std::string>& held_out = {}) {
  RunInputs inputs;
  inputs.plan.bands = 1;
  inputs.plan.held_out_classes = held_out;
  inputs.settings.cache = "none";
  return inputs;
}

// NAME.npy and NAME.csv. Rows of `ids`, two values each.
inline void write_embedding_files(const TemporaryFolder& folder, const std::string& name,
                                  const std::vector<std::string>& ids, const std::vector<float>& values) {
  NpyRows rows(folder / (name + ".npy"), 2);
  rows.append(values);
  rows.finish();
  std::string csv = "id,path,label,split\n";
  for (const auto& id : ids) csv += csv_row(std::vector<std::string>{id, "elsewhere/" + id, "", ""});
  folder.put(name + ".csv", csv);
}

}  // namespace simclr

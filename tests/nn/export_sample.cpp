// Writes into FOLDER what the Python oracle of this room compares: model.onnx, encoder.safetensors, and some
// input.npy with the h.npy this program computes for it.
// export_sample FOLDER ENCODER BANDS IMAGE_SIZE BATCH

#include <torch/nn/modules/batchnorm.h>
#include <torch/utils.h>

#include <cstdio>

#include "base/error.hpp"
#include "formats/npy.hpp"
#include "nn/encoder.hpp"
#include "nn/onnx_export.hpp"
#include "nn/weights.hpp"

namespace {

// As after training: no statistic, gamma or beta at its initial value.
void stir(torch::nn::Module& module) {
  for (const auto& [name, tensor] : simclr::named_tensors(module)) {
    if (name.ends_with("running_var") || (tensor.dim() == 1 && name.ends_with("weight")))
      tensor.uniform_(0.5, 1.5);
    if (name.ends_with("running_mean") || name.ends_with("bias")) tensor.normal_(0, 0.3);
  }
}

void write_rows(const std::filesystem::path& path, const at::Tensor& rows) {
  const at::Tensor plain = rows.reshape({rows.size(0), -1}).contiguous();
  simclr::NpyRows file(path, static_cast<size_t>(plain.size(1)));
  file.append({plain.const_data_ptr<float>(), static_cast<size_t>(plain.numel())});
  file.finish();
}

void write_sample(const std::filesystem::path& folder, const char* text, int64_t bands, int64_t size,
                  int64_t batch) {
  const at::NoGradGuard no_grad;
  torch::manual_seed(11);
  const auto encoder = simclr::make_encoder(text, bands, size);
  stir(*encoder);
  encoder->eval();
  simclr::to_channels_last(*encoder);
  const at::Tensor x = at::randn({batch, bands, size, size});
  write_rows(folder / "input.npy", x);
  write_rows(folder / "h.npy", encoder->forward(x));
  simclr::save_weights(folder / "encoder.safetensors", {{"", *encoder}}, {{"arch", encoder->text}});
  simclr::export_onnx(*encoder, size, folder / "model.onnx",
                      {{"arch", encoder->text}, {"mean", "[0.5, 0.4]"}});
}

}  // namespace

int main(int count, char** words) try {
  if (count != 6)
    throw simclr::Error(simclr::Exit::usage, "export_sample FOLDER ENCODER BANDS IMAGE_SIZE BATCH");
  write_sample(words[1], words[2], std::stoll(words[3]), std::stoll(words[4]), std::stoll(words[5]));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "export_sample: %s\n", error.what());
  return 1;
}

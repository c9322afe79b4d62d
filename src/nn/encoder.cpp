#include "nn/encoder.hpp"

#include "base/error.hpp"
#include "base/spec.hpp"
#include "nn/resnet.hpp"

namespace simclr {
namespace {

struct EncoderEntry {
  const char* name;
  std::shared_ptr<Encoder> (*make)(const Spec& spec, int64_t bands, int64_t image_size);
};

template <int64_t a, int64_t b, int64_t c, int64_t d, bool bottleneck, int64_t widening = 1>
std::shared_ptr<Encoder> resnet(const Spec& spec, int64_t bands, int64_t image_size) {
  return make_resnet({{a, b, c, d}, bottleneck, widening}, spec, bands, image_size);
}

constexpr EncoderEntry encoder_table[] = {
    {"resnet18", resnet<2, 2, 2, 2, false>},          //
    {"resnet34", resnet<3, 4, 6, 3, false>},          //
    {"resnet50", resnet<3, 4, 6, 3, true>},           //
    {"resnet101", resnet<3, 4, 23, 3, true>},         //
    {"resnet152", resnet<3, 8, 36, 3, true>},         //
    {"wide_resnet50_2", resnet<3, 4, 6, 3, true, 2>}  // twice the inner width of every bottleneck
};

}  // namespace

std::vector<std::string> encoder_names() {
  std::vector<std::string> all;
  for (const auto& entry : encoder_table) all.emplace_back(entry.name);
  return all;
}

std::shared_ptr<Encoder> make_encoder(std::string_view text, int64_t bands, int64_t image_size) {
  const Spec spec = parse_spec(text, "encoder");
  if (bands < 1)
    throw Error(Exit::setting, "encoder: " + std::to_string(bands) + " bands; at least 1 is needed.");
  if (image_size < 1)
    throw Error(Exit::setting,
                "encoder: image size " + std::to_string(image_size) + "; at least 1 is needed.");
  for (const auto& entry : encoder_table)
    if (spec.name == entry.name) return entry.make(spec, bands, image_size);
  throw Error(Exit::setting,
              "unknown encoder '" + printable(spec.name) + "'." + suggestion(spec.name, encoder_names()));
}

void to_channels_last(torch::nn::Module& module) {
  for (auto& weight : module.parameters())
    if (weight.dim() == 4) weight.set_data(weight.data().contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace simclr

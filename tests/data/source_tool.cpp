// The C++ side of raster_oracle_test.py: opens SOURCE and reads every record.
//   source_tool SOURCE FOLDER [only=B04,B03] [names=B01,B02] [offset=-1000] [map=bigearthnet19]
// -> one JSON line a record, pixels in FOLDER/<number>.raw

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "data/source.hpp"
#include "image/raster.hpp"

using namespace simclr;

int main(int count, char** arguments) {
  OpenOptions open;
  DecodeOptions decode;
  for (int i = 3; i < count; ++i) {
    const std::string text = arguments[i], key = text.substr(0, text.find('=')),
                      value = text.substr(text.find('=') + 1);
    if (key == "only") decode.only = band_list(value);
    if (key == "names") decode.names = band_list(value);
    if (key == "offset") decode.offset = std::stod(value);
    if (key == "map") open.label_map = value;
  }
  try {
    const auto source = open_source(arguments[1], open);
    for (size_t i = 0; i < source->size(); ++i) {
      const Decoded decoded = source->read(i, decode);
      const Image& image = decoded.image;
      std::ofstream raw(std::string(arguments[2]) + "/" + std::to_string(i) + ".raw", std::ios::binary);
      raw.write(reinterpret_cast<const char*>(image.bytes().data()),
                static_cast<std::streamsize>(image.bytes().size()));
      std::vector<std::string> labels;
      for (const int32_t label : source->labels(i))
        labels.push_back(source->classes()[static_cast<size_t>(label)]);
      const nlohmann::json line{{"id", source->record(i).id},
                                {"path", source->path(i)},
                                {"kind", source->kind()},
                                {"labels", labels},
                                {"error", decoded.error},
                                {"bands", decoded.bands},
                                {"sample", type_name(image.sample())},
                                {"shape", {image.bands(), image.height(), image.width()}}};
      std::cout << line.dump() << '\n';
    }
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}

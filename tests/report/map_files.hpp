#pragma once
// Maps and galleries as a run folder holds them, small, with pictures to show.

#include <string>
#include <vector>

#include "report/run_folder.hpp"

namespace simclr {

inline std::string json_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  return out + "\"";
}

inline std::string pictures_folder(const TemporaryRun& run) {
  return (run.run.root / "pictures").native();
}

// `count` gray pictures 0.png, 1.png, ... in pictures/.
inline void write_pictures(const TemporaryRun& run, int count) {
  for (int i = 0; i < count; ++i)
    run.file("pictures/" + std::to_string(i) + ".png", gray_png(12, i * 20 % 256));
}

inline std::string map_point(const std::string& id, int source, int set, int label, double x, double y) {
  const std::string place = "[" + std::to_string(x) + "," + std::to_string(y) + "]";
  return "{\"id\":" + json_quoted(id) + ",\"source\":" + std::to_string(source) +
         ",\"set\":" + std::to_string(set) + ",\"label\":" + std::to_string(label) + ",\"umap\":" + place +
         ",\"pca\":[" + std::to_string(y) + "," + std::to_string(x) + "]}";
}

inline std::string map_json(const std::string& source, const std::vector<std::string>& classes,
                            const std::vector<std::string>& points, const std::string& test = "data:test") {
  std::string names, all;
  for (const auto& name : classes) names += (names.empty() ? "" : ",") + json_quoted(name);
  for (const auto& point : points) all += (all.empty() ? "" : ",") + point;
  return "{\"test\":" + json_quoted(test) + ",\"step\":1200,\"classes\":[" + names + "],\"sources\":[" +
         json_quoted(source) +
         "],\"sets\":[\"test\",\"train\",\"unseen\"],\"maps\":{\"encoder\":{\"pca\":{\"trustworthiness\":0.8,"
         "\"knn_preservation\":0.12,\"k\":15,\"explained\":[0.3,0.1]},\"umap\":{\"trustworthiness\":0.931,"
         "\"knn_preservation\":0.41,\"k\":15}}},\"points\":[" +
         all + "]}";
}

// Five pictures a row: 0 to 4, 5 to 9, and 0 to 4 as strangers called `stranger`.
inline std::string gallery_entry(const std::string& name, const std::string& stranger) {
  const auto row = [](const std::string& label, int from) {
    std::string out;
    for (int i = from; i < from + 5; ++i)
      out += (out.empty() ? "" : ",") + std::string("{\"id\":\"") + std::to_string(i) +
             ".png\",\"source\":0,\"label\":" + json_quoted(label) + "}";
    return "[" + out + "]";
  };
  return "{\"class\":" + json_quoted(name) + ",\"nearest\":" + row(name, 0) +
         ",\"farthest\":" + row(name, 5) + ",\"strangers\":" + row(stranger, 0) + "}";
}

inline std::string galleries_json(const std::string& source, const std::vector<std::string>& classes,
                                  const std::string& stranger) {
  std::string all;
  for (const auto& name : classes) all += (all.empty() ? "" : ",") + gallery_entry(name, stranger);
  return "{\"test\":\"data:test\",\"sources\":[" + json_quoted(source) +
         "],\"layer\":\"h\",\"space\":\"embedding\",\"galleries\":[" + all + "]}";
}

}  // namespace simclr

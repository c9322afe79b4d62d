#pragma once
// ONNX models: a graph of plain nodes written as protobuf by hand (opset 17, IR version 8).

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace simclr {

using OnnxAttribute = std::variant<int64_t, float, std::vector<int64_t>, std::string>;

class OnnxGraph {
 public:
  explicit OnnxGraph(std::string name);
  // A dimension is a number, or a name such as "batch" for one left open.
  using Dimension = std::variant<int64_t, std::string>;
  void input(const std::string& name, const std::vector<Dimension>& shape);   // float32
  void output(const std::string& name, const std::vector<Dimension>& shape);  // float32
  void weight(const std::string& name, const std::vector<int64_t>& shape, std::span<const float> values);
  void weight(const std::string& name, const std::vector<int64_t>& shape, std::span<const int64_t> values);
  // Adds a node and returns the name of its (only) output: `output`, or one made up, such as Conv_3.
  std::string node(const std::string& op, const std::vector<std::string>& inputs,
                   const std::vector<std::pair<std::string, OnnxAttribute>>& attributes = {},
                   std::string output = "");
  void metadata(const std::string& key, const std::string& value);
  void write(const std::filesystem::path& path) const;  // durable

 private:
  std::string name_, nodes_, initializers_, inputs_, outputs_, metadata_;
  int next_ = 0;
};

}  // namespace simclr

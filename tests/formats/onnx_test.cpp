#include "formats/onnx.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/expect_error.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

using namespace std::string_literals;

TEST(Onnx, ASmallModelIsTheseBytes) {
  const TemporaryFolder folder;
  OnnxGraph graph("g");
  graph.input("x", {"n", int64_t{2}});
  EXPECT_EQ(graph.node("Relu", {"x"}, {}, "y"), "y");
  graph.output("y", {"n", int64_t{2}});
  graph.metadata("k", "v");
  graph.write(folder / "a.onnx");
  const auto value = [](const std::string& name) {  // name, type { tensor_type { FLOAT, shape { "n", 2 } } }
    return "\x0A\x01"s + name + "\x12\x0F\x0A\x0D\x08\x01\x12\x09\x0A\x03\x12\x01n\x0A\x02\x08\x02";
  };
  const std::string node = "\x0A\x18\x0A\x01x\x12\x01y\x1A\x06Relu_0\x22\x04Relu"s;
  const std::string body =
      "\x0A\x14"s + node.substr(2) + "\x12\x01g" + "\x5A\x14" + value("x") + "\x62\x14" + value("y");
  const std::string head = "\x08\x08\x12\x06simclr\x42\x04\x0A\x00\x10\x11\x72\x06\x0A\x01k\x12\x01v\x3A"s;
  EXPECT_EQ(folder.get("a.onnx"), head + static_cast<char>(body.size()) + body);
}

TEST(Onnx, NodesWithoutAnOutputGetNamesOfTheirOwn) {
  OnnxGraph graph("g");
  const auto first = graph.node("Relu", {"x"});
  const auto second = graph.node("Relu", {first});
  EXPECT_NE(first, second);
}

TEST(Onnx, AWeightMustHaveTheSizeOfItsShape) {
  OnnxGraph graph("g");
  const std::array<float, 6> values{};
  const std::array<int64_t, 1> one{};
  graph.weight("scalar", {}, std::span<const int64_t>(one));
  graph.weight("w", {2, 3}, std::span<const float>(values));
  for (const auto& shape : {std::vector<int64_t>{2, 2}, {-2, -3}, {}, {int64_t{1} << 62, 8, 6}})
    expect_error([&] { graph.weight("bad", shape, std::span<const float>(values)); }, Exit::failed,
                 {"'bad'", "its shape is not that of 6 values"});
}

TEST(Onnx, AMissingFolderIsADiskError) {
  const TemporaryFolder folder;
  expect_error([&] { OnnxGraph("g").write(folder / "no" / "a.onnx"); }, Exit::disk, {"cannot create"});
}

}  // namespace
}  // namespace simclr

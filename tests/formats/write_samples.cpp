// The C++ side of formats_oracle_test.py.
//   write_samples write FOLDER   writes one file of each format, with values the script can compute again
//   write_samples read FOLDER    reads theirs.safetensors, theirs.csv and theirs-*.npy made by the script,
//   and
//                                prints what it found as one JSON object

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "formats/csv.hpp"
#include "formats/json_lines.hpp"
#include "formats/npy.hpp"
#include "formats/onnx.hpp"
#include "formats/safetensors.hpp"
#include "formats/tensorboard.hpp"

namespace {

using namespace simclr;
using Json = nlohmann::ordered_json;
using Folder = std::filesystem::path;

// Value i of array `which`: a multiple of 1/8, exact in float32.
float sample(size_t which, size_t i) {
  return static_cast<float>((i * 37 + which * 11) % 101) / 8 - 5;
}

std::vector<float> samples(size_t which, size_t n) {
  std::vector<float> all;
  for (size_t i = 0; i < n; ++i) all.push_back(sample(which, i));
  return all;
}

void write_npy(const Folder& folder) {
  for (const size_t width : {1UL, 3UL, 128UL}) {
    for (const size_t rows : {0UL, 1UL, 70UL}) {
      NpyRows file(folder / ("ours-" + std::to_string(rows) + "x" + std::to_string(width) + ".npy"), width);
      file.append(samples(width, rows * width));
      file.finish();
    }
  }
}

void write_tensors(const Folder& folder) {
  const auto weight = samples(1, 24);
  const std::vector<uint8_t> mask = {1, 0, 1, 1, 0};
  const std::vector<int64_t> tracked = {-7};
  const std::vector<double> wide = {0.1, -1e300};
  const std::vector<uint16_t> brain = {0x3F80, 0xC049};  // 1.0 and -3.140625 in bfloat16
  const auto bytes = [](const auto& values) { return std::as_bytes(std::span(values)); };
  const TensorBytes tensors[] = {
      {"mask", "U8", {5}, bytes(mask)},     {"conv1.weight", "F32", {2, 3, 2, 2}, bytes(weight)},
      {"brain", "BF16", {2}, bytes(brain)}, {"bn1.num_batches_tracked", "I64", {}, bytes(tracked)},
      {"wide", "F64", {2, 1}, bytes(wide)}, {"none", "F32", {0, 3}, {}},
  };
  write_safetensors(folder / "ours.safetensors", tensors,
                    {{"mean", "[0.49, 0.48]"}, {"name", "Müller \"日本\"\n"}});
}

void write_events(const Folder& folder) {
  std::filesystem::create_directory(folder / "events");
  EventWriter writer(folder / "events");
  for (int64_t step = 0; step < 200; ++step)
    writer.scalar("train/loss", sample(2, static_cast<size_t>(step)), step * 100);
  writer.scalar("bad", std::nan(""), 1);
  writer.scalar("far", -1e-3, int64_t{1} << 40);
  writer.text("verdict", "**healthy**\n\nMüller", 5);
  writer.image("views", read_file(folder / "picture.png"), 3, 2, 7);
  writer.flush();
}

// Conv, Relu, GlobalAveragePool, Flatten, Gemm; and a Reshape, for weights of whole numbers.
void write_model(const Folder& folder) {
  OnnxGraph graph("encoder");
  graph.input("input", {"batch", int64_t{3}, "height", "width"});
  graph.weight("conv.weight", {4, 3, 3, 3}, samples(3, 108));
  graph.weight("conv.bias", {4}, samples(4, 4));
  graph.weight("fc.weight", {5, 4}, samples(5, 20));
  graph.weight("fc.bias", {5}, samples(6, 5));
  graph.weight("shape", {3}, std::vector<int64_t>{0, 5, 1});
  using Ints = std::vector<int64_t>;
  auto x =
      graph.node("Conv", {"input", "conv.weight", "conv.bias"},
                 {{"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}, {"auto_pad", std::string("NOTSET")}});
  x = graph.node("Relu", {x});
  x = graph.node("GlobalAveragePool", {x});
  x = graph.node("Flatten", {x}, {{"axis", int64_t{1}}});
  x = graph.node("Gemm", {x, "fc.weight", "fc.bias"}, {{"transB", int64_t{1}}, {"alpha", 0.5F}}, "h");
  graph.node("Reshape", {x, "shape"}, {}, "column");
  graph.output("h", {"batch", int64_t{5}});
  graph.output("column", {"batch", int64_t{5}, int64_t{1}});
  graph.metadata("mean", "[0.49, 0.48]");
  graph.metadata("class_names", "[\"a\", \"b\"]");
  graph.write(folder / "ours.onnx");
}

void write_tables(const Folder& folder) {
  const std::vector<std::vector<std::string>> rows = {{"id", "path", "label"},
                                                      {"0", "a, b.png", "say \"hi\""},
                                                      {"1", "two\nlines", ""},
                                                      {"2", "Müller;\t", " x "}};
  std::string text;
  for (const auto& row : rows) text += csv_row(row);
  write_durably(folder / "ours.csv", text);
  JsonLines lines(folder / "ours.jsonl");
  for (size_t step = 0; step < 20; ++step)
    lines.write({{"step", step}, {"loss", sample(7, step) / 3}, {"nan", std::nan("")}});
}

std::string hash(std::span<const std::byte> bytes) {
  return sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Json read(const Folder& folder) {
  Json found;
  const SafetensorsFile tensors(folder / "theirs.safetensors");
  for (const auto& one : tensors.tensors())
    found["tensors"][one.name] = {{"dtype", one.dtype}, {"shape", one.shape}, {"sha256", hash(one.bytes)}};
  found["metadata"] = tensors.metadata();
  const CsvTable table = read_csv(folder / "theirs.csv");
  found["csv"] = {{"header", table.header}, {"rows", table.rows}};
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("theirs-")) continue;
    const NpyFile file(entry.path());
    found["npy"][name] = {
        {"dtype", file.dtype()}, {"shape", file.shape()}, {"sha256", hash(file.values<std::byte>())}};
  }
  return found;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc == 3 ? argv[1] : "";
  if (what == "read") {
    std::puts(read(argv[2]).dump().c_str());
  } else if (what == "write") {
    const Folder folder = argv[2];
    write_npy(folder);
    write_tensors(folder);
    write_events(folder);
    write_model(folder);
    write_tables(folder);
  } else {
    std::fputs("usage: write_samples write|read FOLDER\n", stderr);
    return 2;
  }
  return 0;
} catch (const simclr::Error& error) {
  std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
  return static_cast<int>(error.code());
}

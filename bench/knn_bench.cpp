// Seconds to find the 20 nearest of every query by cosine and to classify it, from raw rows in memory:
//   knn_bench FOLDER      holds bank.npy, queries.npy [rows, width] float32, labels.npy int32; writes
//   ours.npy

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "eval/knn.hpp"
#include "formats/npy.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: knn_bench FOLDER\n"), 2;
  const std::filesystem::path folder(argv[1]);
  const simclr::NpyFile bank_file(folder / "bank.npy"), query_file(folder / "queries.npy"),
      label_file(folder / "labels.npy");
  const auto table = [](const simclr::NpyFile& file) {
    return simclr::Table{file.values<float>(), file.shape().at(0), file.shape().at(1)};
  };
  const simclr::Table bank = table(bank_file), queries = table(query_file);
  const auto labels = label_file.values<int32_t>();
  const auto classes = static_cast<size_t>(*std::max_element(labels.begin(), labels.end())) + 1;
  double best = 1e9;
  simclr::Neighbours found;
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    found = simclr::nearest_neighbours(bank, queries, 20);
    simclr::knn_predict(found, labels, classes, 0.1);
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::printf("%.4f\n", best);
  simclr::NpyRows out(folder / "ours.npy", found.k);
  out.append(std::vector<float>(found.index.begin(), found.index.end()));
  out.finish();
  return 0;
}

#pragma once
// Embeddings that any program has made, as contestants: rows by the ids of their pictures.
// NAME.npy (float32 or float64, [rows, width]) has NAME.csv beside it with a column id, a row a row, as
// `simclr embed` writes the two; or a CSV alone has the id and, in each column that is no path, label or
// split by its name, a value.

#include <filesystem>
#include <string>
#include <vector>

#include "study/contestant.hpp"

namespace simclr {

struct EmbeddingFile {
  std::filesystem::path path;
  std::vector<std::string> ids;  // each once
  size_t width = 0;
  std::vector<float> values;  // [ids, width], finite
  std::string sha256() const;
};

bool is_embedding_file(const std::string& text);  // ends in .npy or .csv

// Error(Exit::data): no ids, or not one a row; an id twice; no row; no value; a cell that is no number; NaN
// or an infinity; another dtype or shape.
EmbeddingFile read_embedding_file(const std::filesystem::path& path);

// The rows of the pictures of both sides: an id is the picture's, or either is the end of the other, from a
// slash on, and no other row's is. Pictures that can't be read need none. Error(Exit::data) for another
// picture without a row, and for a row that fits two pictures.
EmbeddedSides embed_sides(const EmbeddingFile& file, const Sides& sides);

}  // namespace simclr

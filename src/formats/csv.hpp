#pragma once
// CSV and TSV (RFC 4180: quotes, doubled quotes, line breaks inside quotes; CRLF, LF or CR; a BOM is skipped,
// and so are blank lines; names of columns are trimmed).

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace simclr {

struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header
  std::vector<size_t> lines;                   // line number of each row, from 1, for messages
  // The first that exists; upper and lower case are the same.
  std::optional<size_t> column(std::initializer_list<std::string_view> names) const;
};

// The delimiter is a comma, or a tab when the first line holds more of those, or a semicolon.
// Throws Error(Exit::data) naming file and line: a row of another length, an open quote, text after a closed
// one, no header.
CsvTable read_csv(const std::filesystem::path& path);

std::string csv_row(std::span<const std::string> cells);  // quoted where needed, ends in a line feed

}  // namespace simclr

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

// The first that exists; upper and lower case are the same.
std::optional<size_t> column_of(std::span<const std::string> header,
                                std::initializer_list<std::string_view> names);

struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header
  std::vector<size_t> lines;                   // line number of each row, from 1, for messages
  std::optional<size_t> column(std::initializer_list<std::string_view> names) const {
    return column_of(header, names);
  }
};

// The delimiter is a comma, or a tab when the first line holds more of those, or a semicolon.
// Throws Error(Exit::data) naming file and line: a row of another length, an open quote, text after a closed
// one, no header.
CsvTable read_csv(const std::filesystem::path& path);
CsvTable parse_csv(std::string_view text, const std::filesystem::path& path);  // `path` for messages

// Row by row, for a table that is large beside what is wanted of it. Throws as read_csv does.
class CsvReader {
 public:
  CsvReader(std::string_view text, std::filesystem::path path);  // the text must outlive it
  const std::vector<std::string>& header() const { return header_; }
  // The next row that isn't blank, as long as the header, and the line it starts at; false at the end.
  bool next(std::vector<std::string>& cells, size_t& line);

 private:
  bool next_cells(std::vector<std::string>& cells, size_t& line);
  bool at_break() const { return rest_.empty() || rest_.front() == '\n' || rest_.front() == '\r'; }
  bool take(char wanted);
  void take_break();
  void plain_cell(std::string& cell);
  void quoted_cell(std::string& cell);
  std::filesystem::path path_;
  std::string_view rest_;
  char delimiter_ = ',';
  size_t line_ = 1;
  std::vector<std::string> header_;
};

std::string csv_row(std::span<const std::string> cells);  // quoted where needed, ends in a line feed

}  // namespace simclr

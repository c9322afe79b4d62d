#include "formats/csv.hpp"

#include <algorithm>
#include <cctype>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/spec.hpp"

namespace simclr {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

[[noreturn]] void refuse(const std::filesystem::path& path, size_t line, const std::string& why) {
  throw Error(Exit::data, printable(path.native()) + ":" + std::to_string(line) + ": " + why + ".");
}

// The most frequent of comma, tab and semicolon in the first line, outside quotes; a comma when in doubt.
char find_delimiter(std::string_view text) {
  size_t commas = 0, tabs = 0, semicolons = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' || c == '\r') break;
    commas += c == ',';
    tabs += c == '\t';
    semicolons += c == ';';
  }
  if (tabs > commas && tabs >= semicolons) return '\t';
  return semicolons > commas ? ';' : ',';
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::optional<size_t> column_of(std::span<const std::string> header,
                                std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    for (size_t i = 0; i < header.size(); ++i)
      if (same_ignoring_case(header[i], name)) return i;
  return std::nullopt;
}

CsvReader::CsvReader(std::string_view text, std::filesystem::path path) : path_(std::move(path)) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    throw Error(Exit::data, printable(path_.native()) + " is UTF-16 text.", "Save it again as CSV in UTF-8.");
  if (text.starts_with(utf8_mark)) text.remove_prefix(utf8_mark.size());
  rest_ = text;
  delimiter_ = find_delimiter(text);
  size_t line = 0;
  if (!next_cells(header_, line))
    throw Error(Exit::data, printable(path_.native()) + " is empty: it has no header.",
                "The first line names the columns, such as path,label,split.");
  for (auto& name : header_) name = std::string(trim(name));
}

bool CsvReader::next(std::vector<std::string>& cells, size_t& line) {
  if (!next_cells(cells, line)) return false;
  if (cells.size() != header_.size())
    refuse(path_, line,
           std::to_string(cells.size()) + " cells, where the header has " + std::to_string(header_.size()));
  return true;
}

// Cells of the row before are written over, so that their memory is used again.
bool CsvReader::next_cells(std::vector<std::string>& cells, size_t& line) {
  while (!rest_.empty() && at_break()) take_break();
  if (rest_.empty()) return false;
  line = line_;
  size_t count = 0;
  do {
    if (count == cells.size()) cells.emplace_back();
    if (rest_.starts_with('"'))
      quoted_cell(cells[count++]);
    else
      plain_cell(cells[count++]);
  } while (take(delimiter_));
  cells.resize(count);
  take_break();
  return true;
}

bool CsvReader::take(char wanted) {
  if (!rest_.starts_with(wanted)) return false;
  rest_.remove_prefix(1);
  return true;
}

void CsvReader::take_break() {
  if (rest_.empty()) return;
  if (!take('\r') || rest_.starts_with('\n')) take('\n');
  ++line_;
}

void CsvReader::plain_cell(std::string& cell) {
  const char ends[] = {delimiter_, '\r', '\n'};
  const size_t end = std::min(rest_.find_first_of(std::string_view(ends, 3)), rest_.size());
  cell.assign(rest_.substr(0, end));
  rest_.remove_prefix(end);
}

void CsvReader::quoted_cell(std::string& cell) {
  const size_t opened = line_;
  cell.clear();
  take('"');
  for (;;) {
    const size_t end = rest_.find('"');
    if (end == std::string_view::npos) refuse(path_, opened, "a quote is opened here and never closed");
    const std::string_view part = rest_.substr(0, end);
    line_ += static_cast<size_t>(std::count(part.begin(), part.end(), '\n'));
    cell += part;
    rest_.remove_prefix(end + 1);
    if (!take('"')) break;
    cell += '"';
  }
  if (!at_break() && !rest_.starts_with(delimiter_)) refuse(path_, line_, "text follows a closing quote");
}

CsvTable parse_csv(std::string_view text, const std::filesystem::path& path) {
  CsvReader reader(text, path);
  CsvTable table;
  table.header = reader.header();
  size_t line = 0;
  for (std::vector<std::string> cells; reader.next(cells, line);) {
    table.rows.push_back(std::move(cells));
    table.lines.push_back(line);
    cells.clear();
  }
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
  return parse_csv(read_file(path), path);
}

std::string csv_row(std::span<const std::string> cells) {
  std::string row;
  for (const auto& cell : cells) {
    if (&cell != cells.data()) row += ',';
    // A lone empty cell would be a blank line, a byte order mark would be skipped: quotes keep both.
    const bool quote = cell.find_first_of(",;\t\"\r\n") != std::string::npos || cell.starts_with(utf8_mark) ||
                       (cells.size() == 1 && cell.empty());
    if (!quote) {
      row += cell;
      continue;
    }
    row += '"';
    for (const char c : cell) row.append(c == '"' ? 2 : 1, c);
    row += '"';
  }
  return row + "\n";
}

}  // namespace simclr

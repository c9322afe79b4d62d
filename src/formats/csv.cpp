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

class RowReader {
 public:
  RowReader(const std::filesystem::path& path, std::string_view text)
      : path_(path), rest_(text), delimiter_(find_delimiter(text)) {}

  // The next row that isn't blank, and the line it starts at; false at the end.
  bool next(std::vector<std::string>& cells, size_t& line) {
    while (!rest_.empty() && at_break()) take_break();
    if (rest_.empty()) return false;
    line = line_;
    cells.clear();
    do cells.push_back(rest_.starts_with('"') ? quoted_cell() : plain_cell());
    while (take(delimiter_));
    take_break();
    return true;
  }

 private:
  bool at_break() const { return rest_.empty() || rest_.front() == '\n' || rest_.front() == '\r'; }

  bool take(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void take_break() {
    if (rest_.empty()) return;
    if (!take('\r') || rest_.starts_with('\n')) take('\n');
    ++line_;
  }

  std::string plain_cell() {
    const char ends[] = {delimiter_, '\r', '\n'};
    const size_t end = std::min(rest_.find_first_of(std::string_view(ends, 3)), rest_.size());
    std::string cell(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return cell;
  }

  std::string quoted_cell() {
    const size_t opened = line_;
    std::string cell;
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
    return cell;
  }

  const std::filesystem::path& path_;
  std::string_view rest_;
  char delimiter_;
  size_t line_ = 1;
};

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::optional<size_t> CsvTable::column(std::initializer_list<std::string_view> names) const {
  for (const auto name : names)
    for (size_t i = 0; i < header.size(); ++i)
      if (same_ignoring_case(header[i], name)) return i;
  return std::nullopt;
}

CsvTable read_csv(const std::filesystem::path& path) {
  const std::string all = read_file(path);
  std::string_view text = all;
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    throw Error(Exit::data, printable(path.native()) + " is UTF-16 text.", "Save it again as CSV in UTF-8.");
  if (text.starts_with(utf8_mark)) text.remove_prefix(utf8_mark.size());
  RowReader reader(path, text);
  CsvTable table;
  size_t line = 0;
  if (!reader.next(table.header, line))
    throw Error(Exit::data, printable(path.native()) + " is empty: it has no header.",
                "The first line names the columns, such as path,label,split.");
  for (auto& name : table.header) name = std::string(trim(name));
  for (std::vector<std::string> cells; reader.next(cells, line);) {
    if (cells.size() != table.header.size())
      refuse(path, line,
             std::to_string(cells.size()) + " cells, where the header has " +
                 std::to_string(table.header.size()));
    table.rows.push_back(std::move(cells));
    table.lines.push_back(line);
  }
  return table;
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

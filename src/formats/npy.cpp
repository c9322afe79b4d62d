#include "formats/npy.hpp"

#include <bit>
#include <charconv>
#include <optional>
#include <string_view>

namespace simclr {
namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

constexpr std::string_view magic = "\x93NUMPY";

struct NpyHeader {
  std::string descr;
  bool fortran = false;
  std::vector<size_t> shape;
};

// Reads the header, a Python dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
// Each step returns false at the first thing that is not as NumPy writes it; `why` then says what.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  bool parse(NpyHeader& header) {
    if (!take('{')) return wrong("it is not a dictionary");
    while (!take('}')) {
      const auto key = word();
      if (!key || !take(':')) return wrong("it is not a dictionary");
      if (!value(*key, header)) return false;
      if (!take(',') && peek() != '}') return wrong("a comma is missing");
    }
    if (peek() != 0) return wrong("text follows the dictionary");
    if (seen_ != 7) return wrong("it lacks descr, fortran_order or shape");
    return true;
  }

  std::string why;

 private:
  bool wrong(const std::string& reason) {
    why = reason;
    return false;
  }

  char peek() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\n')) rest_.remove_prefix(1);
    return rest_.empty() ? '\0' : rest_.front();
  }

  bool take(char wanted) {
    if (peek() != wanted || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> word() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return std::nullopt;
    const size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool once(unsigned bit, const std::string& key) {
    if ((seen_ & bit) != 0) return wrong(key + " stands twice");
    seen_ |= bit;
    return true;
  }

  bool value(const std::string& key, NpyHeader& header) {
    if (key == "descr") {
      auto text = word();
      if (!text) return wrong("records of several fields are not read");
      header.descr = *std::move(text);
      return once(1, key);
    }
    if (key == "fortran_order") {
      peek();
      header.fortran = rest_.starts_with("True");
      if (!header.fortran && !rest_.starts_with("False"))
        return wrong("fortran_order is neither True nor False");
      rest_.remove_prefix(header.fortran ? 4 : 5);
      return once(2, key);
    }
    if (key == "shape") return dimensions(header.shape) && once(4, key);
    return wrong("unknown key '" + printable(key) + "'");
  }

  bool dimensions(std::vector<size_t>& shape) {
    shape.clear();
    if (!take('(')) return wrong("the shape is not a tuple");
    while (!take(')')) {
      peek();
      size_t size = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (error != std::errc()) return wrong("the shape has something else than sizes");
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      take('L');  // a long of Python 2
      shape.push_back(size);
      if (!take(',') && peek() != ')') return wrong("the shape is not a tuple");
    }
    return true;
  }

  std::string_view rest_;
  unsigned seen_ = 0;
};

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why,
                         const std::string& hint = "") {
  throw Error(Exit::data, printable(path.native()) + " is not a usable .npy file: " + why + ".", hint);
}

// Bytes of one value, or 0 for a dtype that is not read. One-byte types are named as NumPy does, "|u1".
size_t item_size(std::string& descr) {
  if (descr.size() == 2) descr.insert(descr.begin(), '|');
  if (descr.size() != 3 || (descr[0] != '<' && descr[0] != '|' && descr[0] != '=')) return 0;
  const std::string_view kinds = "u1 i1 b1 u2 i2 f2 u4 i4 f4 u8 i8 f8";
  const size_t place = kinds.find(std::string_view(descr).substr(1));
  if (place == std::string_view::npos || place % 3 != 0) return 0;
  const auto size = static_cast<size_t>(descr[2] - '0');
  if (size > 1 && descr[0] == '|') return 0;
  descr[0] = size == 1 ? '|' : '<';
  return size;
}

}  // namespace

NpyFile::NpyFile(const std::filesystem::path& path) : map_(path, Exit::data) {
  const auto all = map_.bytes();
  const std::string_view text(reinterpret_cast<const char*>(all.data()), all.size());
  if (!text.starts_with(magic)) refuse(path, "it doesn't start as one");
  if (text.size() < 10) refuse(path, "it ends within its header");
  const auto byte = [&](size_t i) { return size_t{static_cast<unsigned char>(text[i])}; };
  const size_t version = byte(6), length_bytes = version == 1 ? 2 : 4;
  if ((version != 1 && version != 2) || byte(7) != 0)
    refuse(path, "version " + std::to_string(version) + "." + std::to_string(byte(7)) + " is not known");
  const size_t start = 8 + length_bytes;
  size_t length = 0;
  if (text.size() < start) refuse(path, "it ends within its header");
  for (size_t i = length_bytes; i-- > 0;) length = length << 8 | byte(8 + i);
  if (length > text.size() - start) refuse(path, "it ends within its header");

  NpyHeader header;
  HeaderParser parser(text.substr(start, length));
  if (!parser.parse(header)) refuse(path, "in its header, " + parser.why);
  if (header.fortran)
    refuse(path, "its values are in Fortran order", "Save it again with numpy.ascontiguousarray(a).");
  const std::string given = header.descr;
  size_t need = item_size(header.descr);
  if (need == 0)
    refuse(path, "values of type '" + printable(given) + "' are not read",
           "Save it again as little-endian numbers, such as a.astype('<f4') or a.astype('uint8').");
  for (const size_t size : header.shape)
    if (__builtin_mul_overflow(need, size, &need)) refuse(path, "its shape is larger than memory");
  const size_t have = text.size() - start - length;
  if (have < need)
    refuse(path,
           "it holds " + std::to_string(have) + " bytes of values, its shape needs " + std::to_string(need),
           "It was cut short: copy or make it again.");

  dtype_ = std::move(header.descr);
  shape_ = std::move(header.shape);
  bytes_ = all.subspan(start + length, need);
  if ((start + length) % sizeof(double) != 0) {
    aligned_.assign(bytes_.begin(), bytes_.end());
    bytes_ = aligned_;
  }
}

namespace {

// 128 bytes whatever the counts are, so that it can be written again over itself when they are known.
std::string npy_header(size_t rows, size_t width) {
  std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) +
                           ", " + std::to_string(width) + "), }";
  dictionary.resize(128 - 11, ' ');
  return std::string(magic) + std::string("\x01\x00\x76\x00", 4) + dictionary + "\n";
}

}  // namespace

NpyRows::NpyRows(const std::filesystem::path& path, size_t width) : file_(path), width_(width) {
  if (width == 0)
    throw Error(Exit::failed, "rows of no columns cannot be written to " + printable(path.native()) + ".");
  file_.write(npy_header(0, width_));
}

void NpyRows::append(std::span<const float> rows) {
  if (rows.size() % width_ != 0)
    throw Error(Exit::failed,
                std::to_string(rows.size()) + " values are not rows of " + std::to_string(width_) + ".");
  file_.write(std::as_bytes(rows));
  rows_ += rows.size() / width_;
}

void NpyRows::finish() {
  file_.rewrite_start(npy_header(rows_, width_));
  file_.commit();
}

}  // namespace simclr

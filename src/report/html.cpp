#include "report/html.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "base/error.hpp"

namespace simclr {
namespace {

constexpr const char* none = "\u2013";
constexpr const char* minus = "\u2212";

std::string digits(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", std::clamp(decimals, 0, 12), value);
  return text;
}

// Commas between groups of three, in the part before the point.
std::string with_commas(const std::string& text) {
  const size_t point = std::min(text.find('.'), text.size());
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && i < point && (point - i) % 3 == 0) out += ',';
    out += text[i];
  }
  return out;
}

bool shell_safe(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("-_./:=@%+,").find(c) != std::string::npos;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string breakable(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of("_-/.", at), text.size() - 1) + 1;
    out += escape(text.substr(at, end - at));
    if (end < text.size()) out += "<wbr>";
    at = end;
  }
  return out;
}

std::string decimal(double value, int decimals) {
  if (!std::isfinite(value)) return none;
  if (std::abs(value) >= 1e15) return significant(value, 3);
  const std::string text = with_commas(digits(std::abs(value), decimals));
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  return value < 0 && !zero ? std::string(minus).append(text) : text;
}

std::string significant(double value, int count) {
  if (!std::isfinite(value)) return none;
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size >= 1e9 || size < 1e-4) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*g", count, size);
    std::string short_text = text;
    if (const size_t e = short_text.find("e-0"); e != std::string::npos) short_text.erase(e + 2, 1);
    if (const size_t e = short_text.find("e+"); e != std::string::npos) short_text.erase(e + 1, 1);
    return value < 0 ? std::string(minus).append(short_text) : short_text;
  }
  const int before = static_cast<int>(std::floor(std::log10(size))) + 1;
  return decimal(value, std::max(0, count - before));
}

std::string grouped(int64_t value) {
  const std::string text = std::to_string(value);
  if (value >= 0) return with_commas(text);
  return std::string(minus).append(with_commas(text.substr(1)));
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e12) return none;
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  char text[64];
  if (whole < 3600)
    std::snprintf(text, sizeof text, "%d min %02d s", static_cast<int>(whole / 60),
                  static_cast<int>(whole % 60));
  else
    std::snprintf(text, sizeof text, "%lld h %02d min", static_cast<long long>(whole / 3600),
                  static_cast<int>(whole / 60 % 60));
  return text;
}

std::string percent(double fraction, int decimals) {
  const std::string text = decimal(fraction * 100, decimals);
  return text == none ? text : text + "\u202f%";
}

std::string byte_size(uint64_t bytes) {
  const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 999.5 && unit < 4; ++unit) value /= 1000;
  return decimal(value, unit > 0 && value < 99.95 ? 1 : 0) + " " + units[unit];
}

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), shell_safe)) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

std::string command_block(std::string_view command) {
  return "<pre class=\"command\"><code>" + escape(command) + "</code></pre>\n";
}

std::string caveat_notice(const std::string& caveat) {
  return caveat.empty() ? "" : "<p class=\"notice\"><b>Mind:</b> " + escape(caveat) + ".</p>\n";
}

std::string score_notices(double in_train, const std::string& caveat) {
  std::string out;
  if (in_train > 0)
    out = "<p class=\"notice\"><b>" + grouped(static_cast<int64_t>(in_train)) +
          " of the test pictures are among the training pictures.</b> These scores flatter.</p>\n";
  return out + caveat_notice(caveat);
}

}  // namespace simclr

#include "formats/json_lines.hpp"

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/durable.hpp"
#include "base/error.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

// The object on a line; null when there is none. nlohmann's parser would take a zero byte for the end.
Json parse_object(std::string_view line) {
  if (line.find('\0') != std::string_view::npos) return nullptr;
  auto value = Json::parse(line, nullptr, false);
  return value.is_object() ? value : Json();
}

// A process killed while it wrote leaves half a line, to which the next one would be glued: it is cut off.
void mend_end(const std::filesystem::path& path) {
  std::error_code missing;
  if (std::filesystem::file_size(path, missing) == 0 || missing) return;
  const std::string text = read_file(path);
  if (text.ends_with('\n')) return;
  const size_t start = text.rfind('\n') + 1;  // 0 when there is no line feed: npos + 1
  if (parse_object(std::string_view(text).substr(start)).is_object()) {
    std::ofstream(path, std::ios::binary | std::ios::app) << '\n';
  } else {
    std::filesystem::resize_file(path, start, missing);
  }
}

}  // namespace

JsonLines::JsonLines(const std::filesystem::path& path) : path_(path) {
  mend_end(path);
  errno = 0;
  file_.open(path, std::ios::binary | std::ios::app);
  check();
}

void JsonLines::write(const Json& object) {
  errno = 0;
  file_ << object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" << std::flush;
  check();
}

void JsonLines::check() const {
  if (file_.good()) return;
  throw disk_error("write", path_, errno);
}

JsonObjects read_json_lines(const std::filesystem::path& path) {
  const std::string all = read_file(path);
  JsonObjects found;
  for (std::string_view rest = all; !rest.empty();) {
    const size_t end = rest.find('\n');
    const bool last = end == std::string_view::npos;
    auto value = parse_object(rest.substr(0, end));
    if (value.is_object()) {
      found.objects.push_back(std::move(value));
    } else if (!last) {
      ++found.damaged;
    }
    rest.remove_prefix(last ? rest.size() : end + 1);
  }
  return found;
}

}  // namespace simclr

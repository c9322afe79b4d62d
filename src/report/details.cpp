// The quieter parts: views, settings, environment, and what to do next.
#include <algorithm>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "image/encode.hpp"
#include "report/html.hpp"
#include "report/sections.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
constexpr uintmax_t largest_preview = 12'000'000;  // bytes; a page should still open at once

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "–";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_integer()) return grouped(value.get<int64_t>());
  if (value.is_number()) return significant(value.get<double>(), 4);
  if (!value.is_array()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  constexpr size_t most = 40;
  std::string out;
  for (size_t i = 0; i < std::min(value.size(), most); ++i)
    out += (i == 0 ? "" : ", ") + value_text(value[i]);
  return value.size() > most ? out + ", … (" + std::to_string(value.size()) + ")" : out;
}

std::string words(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

std::string object_table(const Json& object) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& [key, value] : object.items()) rows.emplace_back(words(key), value_text(value));
  return fact_table(rows);
}

std::string preview_command(const RunData& data) {
  const std::string policy = data.setting("augment");
  return "simclr augment preview --data " + data_word(data) + " --augment " +
         shell_word(policy.empty() ? "simclr" : policy) + " --out " +
         shell_word((data.run.figures() / "views.png").native());
}

void list_file(const RunData& data, const fs::path& path, std::string_view what, std::string& out) {
  std::error_code missing;
  const auto size = fs::file_size(path, missing);
  if (missing) return;
  out += "<tr><th scope=\"row\"><code>" + escape(path.lexically_relative(data.run.root).native()) +
         "</code></th><td>" + escape(what) + "</td><td class=\"size\">" + byte_size(size) + "</td></tr>\n";
}

std::string files_table(const RunData& data) {
  std::string rows;
  const RunFolder& run = data.run;
  list_file(data, run.exported() / "encoder.safetensors", "weights, torchvision's names", rows);
  list_file(data, run.exported() / "encoder.onnx", "the encoder for ONNX runtimes", rows);
  list_file(data, run.embeddings(),
            "a sample of at most 2,000 pictures, for the gallery here: float32, one row each", rows);
  list_file(data, run.root / "embeddings.csv", "what each row is", rows);
  list_file(data, run.metrics(), "every step and epoch", rows);
  list_file(data, run.log(), "what it said", rows);
  list_file(data, run.bad_files(), "pictures that could not be read", rows);
  return rows.empty() ? ""
                      : "<div class=\"scroll\"><table class=\"facts files\"><tbody>\n" + rows +
                            "</tbody></table></div>\n";
}

}  // namespace

std::string views_section(const RunData& data) {
  std::string out = "<section id=\"views\">\n<h2>Views</h2>\n";
  const fs::path path = data.run.figures() / "views.png";
  std::error_code missing;
  const auto size = fs::file_size(path, missing);
  if (missing)
    return out + missing_part("No preview of the views yet. This draws it:", preview_command(data)) +
           "</section>\n";
  std::string png;
  try {
    if (size <= largest_preview) png = read_file(path);
  } catch (const Error&) {  // said below, as for a file that is no PNG
  }
  if (!png.starts_with("\x89PNG\r\n\x1a\n"))
    return out +
           missing_part("figures/views.png is not a PNG of at most 12 MB. This draws it anew:",
                        preview_command(data)) +
           "</section>\n";
  out +=
      "<p class=\"note\">The first column holds the originals; beside each, random views as the encoder sees "
      "them.";
  const std::string asked = data.setting("augment"), planned = text_at(data.plan, "augment");
  if (const std::string policy = planned.empty() ? asked : planned; !policy.empty())
    out += " Policy: <code>" + escape(policy) + "</code>";
  return out +
         "</p>\n<figure class=\"views\"><img alt=\"originals beside their augmented views\" "
         "src=\"data:image/png;base64," +
         base64(png) + "\"></figure>\n</section>\n";
}

std::string settings_section(const RunData& data) {
  std::string out = "<section id=\"settings\">\n<h2>Settings</h2>\n";
  if (data.settings.empty())
    out += missing_part("No settings.toml could be read here. A run writes it at its start:",
                        "simclr pretrain --data " + data_word(data) + " --out " + run_word(data));
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& [key, value] : data.settings) rows.emplace_back(words(key), value.empty() ? "–" : value);
  if (!rows.empty()) out += fact_table(rows);
  if (!data.plan.empty()) out += "<h3>Data and plan</h3>\n" + object_table(data.plan);
  if (data.bad_files > 0)
    out += "<p class=\"notice\"><b>" + grouped(static_cast<int64_t>(data.bad_files)) +
           (data.bad_files == 1 ? " picture" : " pictures") +
           "</b> could not be read and took no part: see bad_files.csv.</p>\n";
  return out + "</section>\n";
}

std::string environment_section(const RunData& data) {
  std::string out = "<section id=\"environment\">\n<h2>Environment</h2>\n";
  if (!data.command.empty()) out += command_block(data.command);
  if (data.environment.empty())
    return out +
           "<p class=\"missing\">No environment.json here; pretraining writes it at its "
           "start.</p>\n</section>\n";
  return out + object_table(data.environment) + "</section>\n";
}

std::string commands_section(const RunData& data) {
  const std::string run = run_word(data);
  std::string out = "<section id=\"next\">\n<h2>Going on</h2>\n" + files_table(data);
  out += "<p>Embeddings of any pictures, one row each:</p>\n" +
         command_block("simclr embed " + run + " --data " + data_word(data) + " --out " + "all.npy");
  out += "<p>How good they are, beside an untrained encoder and raw pixels:</p>\n" +
         command_block("simclr evaluate " + run +
                       " --train DIR --test DIR --with knn,linear --baselines random,pixels");
  out += "<p>The encoder for other programs:</p>\n" +
         command_block("simclr export " + run + " --out encoder.onnx") +
         command_block("simclr export " + run + " --out encoder.safetensors");
  out += "<p>This page again, with whatever came since:</p>\n" + command_block("simclr report " + run);
  return out + "</section>\n";
}

}  // namespace simclr

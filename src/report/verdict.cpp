// Verdict first, in plain words; a run that has not ended is judged by its last steps, and says so.
#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/sections.hpp"
#include "report/standing.hpp"

namespace simclr {
namespace {

struct Look {
  std::string css_class, sign;
};

Look look_of(const std::string& verdict) {
  if (verdict == "healthy") return {"good", "✓"};
  if (verdict == "at chance" || verdict == "collapsed") return {"bad", "✕"};
  if (verdict == "at the floor") return {"warn", "!"};
  return {"open", "…"};
}

std::string in_words(const Standing& s, bool labelled) {
  if (!std::isfinite(s.loss) || !std::isfinite(s.way())) return "";
  if (labelled)
    return "<p>Learnt from labels: the loss stands at <b>" + decimal(s.loss, 2) + "</b>, between <b>" +
           decimal(s.chance, 2) + "</b> (chance) and <b>" + decimal(s.floor, 2) + "</b> (floor). In <b>" +
           percent(s.top1, 0) + "</b> of the rows the class was right.</p>\n";
  std::string out =
      "<p>Guessing would give a loss of <b>" + decimal(s.chance, 2) +
      "</b> (chance); with both views of a picture alike and all others at right angles it would be <b>" +
      decimal(s.floor, 2) + "</b> (floor). This one stands at <b>" + decimal(s.loss, 2) + "</b>, <b>" +
      percent(s.way(), 0) + "</b> of the way.";
  if (std::isfinite(s.top1))
    out += " In <b>" + percent(s.top1, 0) +
           "</b> of the rows the other view of the same picture was the nearest of the batch.";
  return out + "</p>\n";
}

std::string way_bar(const Standing& s) {
  if (!std::isfinite(s.way())) return "";
  const double part = std::clamp(s.way(), 0.0, 1.0) * 100;
  return "<div class=\"way\" role=\"img\" aria-label=\"" + percent(s.way(), 0) +
         " of the way from chance to the floor\"><div style=\"width:" + std::to_string(std::lround(part)) +
         "%\"></div></div>\n<div class=\"way-ends\"><span>chance " + decimal(s.chance, 2) +
         "</span><span>floor " + decimal(s.floor, 2) + "</span></div>\n";
}

std::vector<Fact> facts_of(const RunData& data, const Standing& s) {
  std::vector<Fact> facts;
  const auto add = [&](const std::string& name, double value, std::string text) {
    if (std::isfinite(value)) facts.push_back({name, std::move(text), ""});
  };
  add("loss", s.loss, decimal(s.loss, 3));
  add("chance", s.chance, decimal(s.chance, 3));
  add("floor", s.floor, decimal(s.floor, 3));
  add("of the way", s.way(), percent(s.way(), 0));
  add(top1_name(data), s.top1, percent(s.top1, 1));
  const double epochs = number_at(data.summary, "epochs"), steps = number_at(data.summary, "steps");
  const double seconds = number_at(data.summary, "train_seconds");
  if (std::isfinite(epochs))
    facts.push_back(
        {"epochs", decimal(epochs, epochs == std::floor(epochs) ? 0 : 2), decimal(steps, 0) + " steps"});
  add("training time", seconds, duration(seconds));
  return facts;
}

std::string list_of(const std::string& title, const std::vector<std::string>& lines) {
  constexpr size_t most = 20;
  if (lines.empty()) return "";
  std::string out = "<div class=\"notice\"><b>" + title + "</b><ul>\n";
  for (size_t i = 0; i < std::min(lines.size(), most); ++i) out += "<li>" + escape(lines[i]) + "</li>\n";
  if (lines.size() > most)
    out += "<li>and " + grouped(static_cast<int64_t>(lines.size() - most)) + " more (metrics.jsonl)</li>\n";
  return out + "</ul></div>\n";
}

}  // namespace

std::string verdict_section(const RunData& data) {
  const Standing standing = standing_of(data);
  const Look look = look_of(standing.verdict);
  std::string out =
      "<section id=\"verdict\" class=\"verdict " + look.css_class +
      "\">\n<p class=\"word\"><span class=\"sign\" aria-hidden=\"true\">" + look.sign + "</span>" +
      escape(capitalised(standing.verdict.empty() ? "no verdict" : standing.verdict)) + "</p>\n";
  if (!standing.text.empty()) out += "<p class=\"lead\">" + escape(standing.text) + "</p>\n";
  out += in_words(standing, learns_from_labels(data)) + way_bar(standing) + tiles(facts_of(data, standing));
  if (!standing.origin.empty()) out += "<p class=\"note\">" + escape(standing.origin) + "</p>\n";
  out +=
      "<p class=\"note\">This says how well the pretext task was learned. How good the embeddings are for a "
      "purpose is for the evaluation to say.</p>\n";
  std::vector<std::string> alarms;
  for (const RunAlarm& alarm : data.alarms)
    alarms.push_back("step " + grouped(static_cast<int64_t>(alarm.step)) + ": " + alarm.message);
  out += list_of("Alarms while it ran", alarms) + list_of("Could not be read", data.problems);
  return out + "</section>\n";
}

}  // namespace simclr

#include "report/study_page.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/temporary_folder.hpp"
#include "report/markup.hpp"
#include "report/plot.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

Json cell(const std::string& name, double mean, Json settings = Json::object()) {
  return {{"name", name},
          {"settings", settings},
          {"mean", mean},
          {"low", mean - 0.02},
          {"high", mean + 0.03},
          {"seeds", 3},
          {"failed", 0},
          {"best", mean > 0.7},
          {"loss", 4.25},
          {"untrained", 0.4},
          {"pixels", nullptr},
          {"runs", Json::array({{{"seed", 0}, {"run", "runs/a-seed0"}, {"score", mean}}})},
          {"difference",
           {{"mean", -0.031}, {"low", -0.05}, {"high", 0.01}, {"p", 0.04}, {"p_holm", 0.08}, {"pairs", 3}}},
          {"curve", {{"steps", {1, 2, 3}}, {"loss", {4.8, 4.5, nullptr}}}}};
}

Json common(const std::string& kind) {
  return {{"study", kind},
          {"settings", {{"data", "photos/all"}, {"steps", "2000"}}},
          {"score", "knn"},
          {"measure", "accuracy"},
          {"label_sets", Json::array({{{"train", "labels/train"}, {"test", "labels/test"}}})},
          {"test_fraction", 0},
          {"labels_per_class", "all"},
          {"seeds", 3},
          {"reference", "first"},
          {"cells", Json::array({cell("lr=0.1", 0.75), cell("<b>lr</b>", 0.6)})},
          {"reliability", {{"icc", 0.2}, {"f", 1.25}, {"p", 0.26}}},
          {"smallest_effect", {{"one_comparison", 0.031}, {"after_holm", 0.052}, {"comparisons", 7}}}};
}

Json couplets() {
  Json json = common("couplets");
  json["operations"] = {
      {{"name", "flip"}, {"level", 0.7}}, {{"name", "blur"}, {"level", 0.6}}, {{"name", "gray"}}};
  json["operation_effects"] = {{"error", 0.011}, {"p", 0.12}};
  json["ordered"] = false;
  json["rule"] = "probability";
  json["policy"] = "one_of(flip > blur | blur > gray)";
  json["agreement"] = {{"over", "seeds"}, {"icc", 0.2}, {"expected_overlap", 0.45}};
  json["pairs"] = Json::array();
  for (const auto& [name, first, second, dropped] :
       {std::tuple{"flip > blur", 0, 1, false}, std::tuple{"<b>lr</b>", 0, 2, true}})
    json["pairs"].push_back({{"name", name},
                             {"first", first},
                             {"second", second},
                             {"mean", 0.71},
                             {"shrunken", 0.7},
                             {"low", 0.65},
                             {"high", 0.74},
                             {"worst_quarter", dropped ? 0.95 : 0.1},
                             {"dropped", dropped}});
  return json;
}

void expect_texts(const std::string& page, std::initializer_list<const char*> texts) {
  for (const char* text : texts) EXPECT_NE(page.find(text), std::string::npos) << text;
}

TEST(StudyPage, SaysWhatIsOfWhichRungAndWhatWasNotJudged) {
  Json json = couplets();
  EXPECT_EQ(study_page(json, "a").html.find("first rung"), std::string::npos);
  const auto rung = [](int steps) {
    return Json{{"steps", steps}, {"cells", Json::array({cell("flip > blur", 0.6)})}};
  };
  json["rungs"] = Json::array({rung(120), rung(240), rung(540)});
  json["unjudged"] = Json::array({{{"name", "gain > blur"}, {"dropped", true}}});
  json["seeds"] = 1;
  expect_texts(
      study_page(json, "a").html,
      {"of the first rung, 120 steps a run", "of the last, 540 steps", "gain &gt; blur: diverged, dropped",
       "What another seed would give is unknown", "With one seed nothing is known"});
  json["reference_chosen"] = true;
  expect_texts(study_page(json, "a").html, {"these p-values are too small"});
}

TEST(StudyPage, SaysWhatItsRunsWereJudgedBy) {
  Json json = common("grid");
  json["settings"]["encoder"] = "resnet18";
  json["label_sets"].push_back({{"train", "others/train"}, {"test", "others/test"}});
  std::string page = study_page(json, "a").html;
  expect_texts(page, {"steps 2000 · encoder resnet18", "labels/train · others/train", "knn, accuracy in %",
                      "labels per class"});
  EXPECT_EQ(page.find("\\x0a"), std::string::npos);
  json["score"] = "finetune(fraction=0.1)";
  page = study_page(json, "a").html;
  expect_texts(page, {"finetune(fraction=0.1), F1 in %"});
  EXPECT_EQ(page.find("labels per class"), std::string::npos);
}

TEST(StudyPage, OfAGridHasItsTermsTableAndDoubts) {
  const StudyPage page = study_page(common("grid"), "rates");
  EXPECT_EQ(markup_error(page.html), "");
  expect_texts(page.html, {"photos/all", "labels/test", "steps 2000", "<b>75.0</b><small>73.0–78.0</small>",
                           "−3.1", "0.080", "3.1 points for one comparison, 5.2 after Holm over 7",
                           "0.20; do the cells differ"});
  EXPECT_EQ(page.html.find("<b>lr</b>"), std::string::npos);
  EXPECT_EQ(markup_error(page.figures.at("cells.svg")), "");
}

TEST(StudyPage, OfAGridTellsWhatFailed) {
  Json json = common("grid");
  json["cells"][1]["runs"][0] = {{"seed", 2}, {"run", "r"}, {"error", "no space left & none"}};
  expect_texts(study_page(json, "a").html, {"seed 2: no space left &amp; none"});
}

TEST(StudyPage, OfCoupletsHasTheMapTheBarsAndThePolicy) {
  const StudyPage page = study_page(couplets(), "pairs");
  EXPECT_EQ(markup_error(page.html), "");
  expect_texts(page.html, {"(ICC): 0.20", "about 45", "one_of(flip &gt; blur | blur &gt; gray)", "1 dropped",
                           "0.95", "score of a pair of its like"});
  const std::string map = page.figures.at("couplets.svg");
  EXPECT_EQ(count_of(map, "class=\"empty\""), 7U);  // nine cells, two pairs, once each
  EXPECT_NE(page.figures.at("bars.svg").find("dropped"), std::string::npos);
}

TEST(StudyPage, OfOptimizersHasEachAtItsBestRate) {
  Json json = common("optimizers");
  json["cells"] = Json::array();
  for (const char* optimizer : {"adam", "sgd"})
    for (const char* lr : {"0.001", "0.01"})
      json["cells"].push_back(cell(std::string("optimizer=") + optimizer + " lr=" + lr, 0.6,
                                   {{"optimizer", optimizer}, {"lr", lr}}));
  json["best"] = Json::array({json["cells"][0], json["cells"][3]});
  json["best"][1]["at_edge"] = true;
  const StudyPage page = study_page(json, "optimizers");
  EXPECT_EQ(markup_error(page.html), "");
  expect_texts(page.html,
               {"Best at the edge of the rates that were tried: optimizer=sgd lr=0.01", "Loss by rate"});
  EXPECT_NE(page.figures.at("scores.svg").find("learning rate"), std::string::npos);
}

TEST(StudyPage, OfARangeTestNamesTheSuggestion) {
  const Json json{{"study", "lr"},         {"data", "photos"},
                  {"encoder", "resnet18"}, {"loss", "nt_xent"},
                  {"optimizer", "adam"},   {"batch_size", 64},
                  {"suggestion", 0.025},   {"steepest", 0.004},
                  {"least", 0.02},         {"diverged", 0.1},
                  {"chance", 4.8},         {"rates", {0.001, 0.01, 0.1}},
                  {"losses", {4, 3, 5}},   {"smoothed", {4, 3.5, 4.2}}};
  const StudyPage page = study_page(json, "range");
  EXPECT_EQ(markup_error(page.html), "");
  expect_texts(page.html, {"0.025", "lost from", "a quarter of the rate"});
}

TEST(StudyPage, IsWrittenWithItsFiguresAndSaysWhatIsDamaged) {
  const TemporaryFolder folder;
  folder.put("results.json", common("grid").dump());
  EXPECT_EQ(write_study_page(folder.path()), folder.path() / "report.html");
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "figures/cells.svg"));
  for (const char* text : {"{\"study\": ", "[]", "{\"study\": \"grid\"}", "{\"study\": \"tea\"}"}) {
    folder.put("results.json", text);
    EXPECT_THROW(write_study_page(folder.path()), Error) << text;
  }
}

TEST(RowPlot, GrowsWithItsRowsAndLeavesGapsForWhatIsMissing) {
  RowPlot plot{"bars", "score", {{"a", 3, 2, 4, false}, {"b"}}, ""};
  const Canvas two = row_canvas(plot, 400);
  plot.rows.push_back({"c", 1});
  EXPECT_GT(row_canvas(plot, 400).height, two.height);
  const std::string svg = draw(plot, row_canvas(plot, 400));
  EXPECT_EQ(markup_error(svg), "");
  EXPECT_EQ(count_of(svg, "<rect"), 2U);
  EXPECT_EQ(count_of(svg, "class=\"whisker\""), 3U);
  EXPECT_NE(draw(RowPlot{"none", "score", {}, ""}, {400, 100}).find("no values"), std::string::npos);
}

}  // namespace
}  // namespace simclr

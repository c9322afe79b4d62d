#include "report/label_page.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

using Json = nlohmann::ordered_json;

Json curve(const std::string& name, const std::string& evaluator, double base) {
  auto points = Json::array();
  for (const int labels : {30, 300, 3000}) {
    const double accuracy = base + labels / 30000.0;
    points.push_back({{"labels", labels},
                      {"accuracy", accuracy},
                      {"low", accuracy - 0.02},
                      {"high", accuracy + 0.03},
                      {"balanced_accuracy", accuracy - 0.05},
                      {"balanced_low", accuracy - 0.08},
                      {"balanced_high", accuracy},
                      {"runs", 3},
                      {"draws", 10}});
  }
  return {{"name", name}, {"evaluator", evaluator}, {"points", points}};
}

Json study() {
  return {{"train", "labelled/train"},
          {"test", "labelled/test"},
          {"classes", "unseen"},
          {"draws", 10},
          {"seed", 0},
          {"class_names", {"a", "b"}},
          {"pool", 3000},
          {"test_pictures", 251},
          {"curves",
           {curve("simclr", "svc", 0.6), curve("<b>soft</b>", "svc", 0.5), curve("pixels", "svc", 0.3),
            curve("simclr", "knn(k=10)", 0.55)}}};
}

TEST(LabelPage, HasAPlotATableAndTheTermsOfTheStudy) {
  const std::string page = label_page(study(), "unseen classes");
  for (const char* text :
       {"labelled/train, 3,000 pictures", "251 pictures", "<h2>svc</h2>", "<h2>knn(k=10)</h2>",
        "balanced accuracy, %", "<b>70.0</b><small>68–73</small>", "3,000", "unseen classes"})
    EXPECT_NE(page.find(text), std::string::npos) << text;
  EXPECT_NE(page.find("class=\"interval f0\""), std::string::npos);  // the interval
}

TEST(LabelPage, EscapesNames) {
  const std::string page = label_page(study(), "<i>title</i>");
  EXPECT_EQ(page.find("<b>soft</b>"), std::string::npos);
  EXPECT_EQ(page.find("<i>title</i>"), std::string::npos);
  EXPECT_NE(page.find("&lt;b&gt;soft&lt;/b&gt;"), std::string::npos);
}

TEST(LabelPage, WritesPageAndFiguresIntoTheStudy) {
  const TemporaryFolder folder;
  folder.put("labels.json", study().dump());
  EXPECT_EQ(write_label_page(folder.path()), folder.path() / "report.html");
  EXPECT_NE(read_file(folder.path() / "figures/labels-svc.svg").find("accuracy, %"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "figures/labels-knn-k-10-.svg"));
}

TEST(LabelPage, SaysThatAFileIsDamaged) {
  const TemporaryFolder folder;
  for (const char* text : {"{\"curves\": [", "[]", "{\"curves\": [{\"name\": 3}]}"}) {
    folder.put("labels.json", text);
    EXPECT_THROW(write_label_page(folder.path()), Error) << text;
  }
}

}  // namespace
}  // namespace simclr

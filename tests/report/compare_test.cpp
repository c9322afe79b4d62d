#include "report/compare.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "report/map_files.hpp"
#include "report/markup.hpp"
#include "report/run_data.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;

#define EXPECT_SAYS(page, text) EXPECT_NE((page).find(text), std::string::npos) << (text)

std::string scores(double encoder, double pixels) {
  const auto method = [](double accuracy, int labels) {
    return "{\"accuracy\":" + std::to_string(accuracy) +
           ",\"k\":20,\"labels_per_class\":" + std::to_string(labels) + "}";
  };
  return "{\"train\":\"data:train\",\"test\":\"data:test\",\"test_pictures\":900,\"evaluations\":{\"knn\":" +
         method(encoder, 10) + "},\"baselines\":{\"pixels\":{\"knn\":" + method(pixels, 10) + "}}}";
}

// Two runs in runs/ of one temporary folder.
class Compare : public ::testing::Test {
 protected:
  Compare() {
    for (const auto& [name, temperature, loss] :
         {std::tuple<std::string, std::string, double>{"warm", "0.5", 3.0}, {"cold", "0.1", 2.0}}) {
      const std::string root = "runs/" + name + "/";
      run.file(root + "settings.toml",
               "encoder = 'resnet18'\nbatch_size = 256\nloss = 'nt_xent(temperature=" + temperature + ")'\n");
      run.file(root + "metrics.jsonl",
               "{\"step\":1,\"epoch\":0.1,\"loss\":6,\"chance\":6.2,\"floor\":1}\n{\"step\":2,\"epoch\":0.2,"
               "\"loss\":" +
                   std::to_string(loss) + ",\"chance\":6.2,\"floor\":1}\n");
      run.file(root + "summary.json", "{\"verdict\":\"healthy\",\"loss\":" + std::to_string(loss) +
                                          ",\"chance\":6.2,\"floor\":1,\"steps\":2,\"epochs\":0.2}");
      run.file(root + "eval/labels-10.json", scores(name == "warm" ? 0.61 : 0.72, 0.4));
    }
  }
  fs::path root(const std::string& name) const { return run.run.root / "runs" / name; }
  std::string page() const { return comparison_page({read_run({root("warm")}), read_run({root("cold")})}); }
  void both(const std::string& name, const std::string& text) const {
    run.file("runs/warm/" + name, text);
    run.file("runs/cold/" + name, text);
  }
  TemporaryRun run;
};

std::string tuned(double share, double f1, bool scratch) {
  return "{\"f1\":" + std::to_string(f1) + ",\"label_fraction\":" + std::to_string(share) +
         ",\"from_scratch\":" + (scratch ? "true" : "false") +
         ",\"unfreeze\":\"all\",\"intervals\":{\"f1\":[" + std::to_string(f1 - 0.02) + "," +
         std::to_string(f1 + 0.02) + "]}}";
}

TEST_F(Compare, DrawsF1AgainstTheShareOfTheLabels) {
  EXPECT_EQ(page().find("F1 against labels"), std::string::npos);
  const std::vector<std::pair<std::string, std::string>> runs{{"a", tuned(0.03, 0.71, false)},
                                                              {"b", tuned(0.1, 0.8, false)},
                                                              {"c", tuned(0.03, 0.5, true)},
                                                              {"d", tuned(0.03, 0.75, false)}};
  std::vector<RunData> data;
  for (const auto& [name, scores] : runs) {
    run.file("runs/" + name + "/eval/classifier.json", scores);
    data.push_back(read_run({root(name)}));
  }
  const std::string html = comparison_page(data);
  EXPECT_EQ(markup_error(html), "");
  EXPECT_SAYS(html, "F1 against labels");
  EXPECT_SAYS(html, "<th>fine-tuned</th><th>from scratch</th>");
  EXPECT_SAYS(html,
              "<th scope=\"row\">3 %</th><td>0.730<small>0.71–0.75</small></td><td>0.500");  // of two seeds
  EXPECT_SAYS(html, "<th scope=\"row\">10 %</th><td>0.800<small>0.78–0.82</small></td><td class=\"none\">");
}

TEST_F(Compare, DrawsF1OfStudentsAgainstTheirSize) {
  const std::string teacher = R"({"run":"/there/big","encoder":"resnet50","parameters":23500000,"f1":0.91})";
  const auto student = [&](int parameters, double f1) {
    return "{\"encoder\":\"resnet18\",\"parameters\":" + std::to_string(parameters) +
           ",\"f1\":" + std::to_string(f1) +
           ",\"agreement\":0.875,\"intervals\":{\"f1\":[0.5,0.9]},\"teacher\":" + teacher + "}";
  };
  run.file("runs/a/eval/classifier.json", student(2800000, 0.8));
  run.file("runs/b/eval/classifier.json", student(700000, 0.75));
  const std::string html = comparison_page({read_run({root("a")}), read_run({root("b")})});
  EXPECT_EQ(markup_error(html), "");
  EXPECT_SAYS(html, "Size against F1");
  EXPECT_EQ(html.find("F1 against labels"), std::string::npos);
  // The teacher stands once, though it is none of the runs, and the largest first.
  const size_t big =
      html.find("<th scope=\"row\">big</th><td>teachers</td><td>resnet50</td><td>23.5 M</td><td>0.910");
  const size_t small = html.find("2.80 M</td><td>0.800<small>0.50–0.90</small>");
  ASSERT_NE(big, std::string::npos);
  ASSERT_NE(small, std::string::npos);
  EXPECT_LT(big, small);
  EXPECT_EQ(html.find("<td>teachers</td>", big + 40), std::string::npos);
  EXPECT_SAYS(html, "<td>87.5\u202f%</td>");
}

TEST_F(Compare, ShowsTheSettingsThatDiffer) {
  const std::string html = page();
  EXPECT_EQ(markup_error(html), "");
  EXPECT_SAYS(
      html, "<th scope=\"row\">loss</th><td>nt_xent(temperature=0.5)</td><td>nt_xent(temperature=0.1)</td>");
  EXPECT_EQ(html.find("<th scope=\"row\">batch size</th>"), std::string::npos);
  EXPECT_SAYS(html, "The other 2 settings are the same.");
  EXPECT_SAYS(html, "A · warm");
  EXPECT_SAYS(html, "B · cold");
}

TEST_F(Compare, RunsWithTheSameSettingsSaySo) {
  both("settings.toml", "seed = 1\n");
  EXPECT_SAYS(page(), "None: all 1 settings are the same.");
}

TEST_F(Compare, ShowsWhereEachStandsAndOneLossPlot) {
  const std::string html = page();
  EXPECT_SAYS(html,
              "<th scope=\"row\">A · warm</th><td>Healthy</td><td>3.000</td><td>6.200</td><td>1.000</td>");
  EXPECT_SAYS(html, "<td>62\u202f%</td>");  // (6.2 - 3) / (6.2 - 1)
  EXPECT_SAYS(html, ">Training loss<");
  EXPECT_SAYS(html, ">epoch<");
}

TEST_F(Compare, TopOneOfRunsThatLearnFromLabelsIsAboutClasses) {
  const auto summary = [](const std::string& top1) {
    return R"({"verdict":"healthy","loss":2,"chance":6.2,"floor":1,"contrastive_top1":)" + top1 + "}";
  };
  run.file("runs/warm/summary.json", summary("0.71"));
  run.file("runs/cold/summary.json", summary("0.83"));
  std::string html = page();
  EXPECT_SAYS(html, "<td>83.0\u202f%</td>");
  EXPECT_EQ(html.find("class top-1"), std::string::npos);
  run.file("runs/cold/plan.json", R"({"loss":"softmax"})");
  html = page();
  EXPECT_SAYS(html, "<th scope=\"col\">contrastive top-1</th><th scope=\"col\">class top-1</th>");
  EXPECT_SAYS(html, "<td>71.0\u202f%</td><td>–</td>");
  EXPECT_SAYS(html, "<td>–</td><td>83.0\u202f%</td>");
}

TEST_F(Compare, LossesWithOtherLimitsAreComparedByTheirWay) {
  run.file("runs/cold/summary.json", R"({"verdict":"healthy","loss":2,"chance":4.8,"floor":1})");
  const std::string html = page();
  EXPECT_EQ(html.find(">Training loss<"), std::string::npos);
  EXPECT_SAYS(html, ">From chance to the floor of the loss<");
  EXPECT_SAYS(html, "cannot be compared");
}

TEST_F(Compare, ScoresOfTheSameSetsAreOneTable) {
  const std::string html = page();
  EXPECT_SAYS(html, "<th scope=\"row\">A · warm</th><td>61.0</td>");
  EXPECT_SAYS(html, "<th scope=\"row\">B · cold</th><td class=\"best\"><b>72.0</b></td>");
  EXPECT_EQ(count_of(html, "<th scope=\"row\">raw pixels</th>"), 1U);  // equal in both
  EXPECT_SAYS(html, "900 test pictures");
  run.file("runs/cold/eval/labels-10.json", scores(0.72, 0.41));
  EXPECT_SAYS(page(), "<th scope=\"row\">raw pixels, B · cold</th><td>41.0</td>");
}

TEST_F(Compare, EqualBaselinesStandOnceInWhateverOrderTheirFilesAreRead) {
  std::string more = scores(0.8, 0.5);
  for (size_t at = more.find(":10}"); at != std::string::npos; at = more.find(":10}", at + 1))
    more.replace(at, 4, ":20}");
  run.file("runs/warm/eval/a.json", more);
  run.file("runs/cold/eval/z.json", more);
  run.file("runs/warm/eval/z.json", scores(0.6, 0.4));
  run.file("runs/cold/eval/a.json", scores(0.6, 0.4));
  const std::string html = page();
  EXPECT_EQ(count_of(html, "<th scope=\"row\">raw pixels</th>"), 1U);
  EXPECT_EQ(html.find("raw pixels, B"), std::string::npos);
}

TEST_F(Compare, OtherTestSetsAreNotComparedButCounted) {
  std::string other = scores(0.5, 0.4);
  other.replace(other.find("data:test"), 9, "elsewhere");
  run.file("runs/cold/eval/labels-10.json", other);
  const std::string html = page();
  EXPECT_SAYS(html, "No two of them were evaluated on the same");
  EXPECT_EQ(html.find("elsewhere"), std::string::npos);
  run.file("runs/cold/eval/again.json", scores(0.5, 0.4));
  EXPECT_SAYS(page(), "1 evaluation has no match");
}

TEST_F(Compare, SeveralBudgetsBecomeACurveAgainstLabels) {
  for (const int labels : {100, 0}) {
    std::string more = scores(0.8, 0.5);
    for (size_t at = more.find(":10}"); at != std::string::npos; at = more.find(":10}", at + 1))
      more.replace(at, 4, ":" + std::to_string(labels) + "}");
    both("eval/labels-" + std::to_string(labels) + ".json", more);
  }
  const std::string html = page();
  EXPECT_SAYS(html, "Accuracy against labels");
  for (const char* tick : {">10<", ">100<", ">all<"})
    EXPECT_SAYS(html, std::string("class=\"middle\"") + tick);
  EXPECT_EQ(html.find(">Accuracy by method and labels<"), std::string::npos);
}

TEST_F(Compare, AnglesOfTheSameTestShareOneScale) {
  run.file(
      "runs/warm/eval/t-angles.json",
      R"({"test":"t","classes":["a","b"],"angles":{"encoder":{"within":20,"between":80,"degrees":[[20,80],[80,20]]}}})");
  EXPECT_EQ(page().find("id=\"angles\""), std::string::npos);  // one alone is nothing to compare
  run.file(
      "runs/cold/eval/t-angles.json",
      R"({"test":"t","classes":["a","b"],"angles":{"encoder":{"within":40,"between":60,"degrees":[[40,60],[60,40]]}}})");
  const std::string html = page();
  EXPECT_SAYS(html, ">A · warm</text>\n<text x=\"0\" y=\"31\" class=\"\">within 20.0°, between 80.0°<");
  EXPECT_SAYS(html, "fill-opacity=\"0.60\"><title>a and b: 80.0°");
  EXPECT_SAYS(html, "fill-opacity=\"0.23\"><title>a and a: 40.0°");  // a third of the way from 20 to 80
}

TEST_F(Compare, MapsAndGalleriesStandSideBySideWithoutAScript) {
  write_pictures(run, 10);
  run.file("runs/warm/eval/t-map.json",
           map_json("gone", {"x", "y"}, {map_point("a", 0, 0, 0, 1, 2), map_point("b", 0, 1, 1, 2, 1)}));
  run.file("runs/cold/eval/t-map.json",
           map_json("gone", {"y", "z"}, {map_point("a", 0, 0, 0, 1, 2), map_point("b", 0, 0, 1, 2, 1)}));
  std::vector<std::string> classes{"c0", "c1", "c2", "c3", "c4"};
  both("eval/t-galleries.json", galleries_json(pictures_folder(run), classes, "jelly"));
  const std::string html = page();
  EXPECT_EQ(markup_error(html), "");
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("script-src"), std::string::npos);
  EXPECT_SAYS(html, ">A · warm, embedded test data<");
  EXPECT_SAYS(html, ">B · cold, embedded train data<");
  EXPECT_EQ(html.find("embedded unseen"), std::string::npos);  // no point in either
  EXPECT_SAYS(html, "<th scope=\"row\">B · cold</th><td>UMAP</td><td>0.931</td><td>0.410</td>");
  // "y" is the second class of one run and the first of the other: one mark all the same.
  EXPECT_EQ(count_of(html, "<path class=\"mark k1\""), 2U);
  EXPECT_EQ(count_of(html, "TRUE CLASS: c0<"), 2U);
  EXPECT_EQ(count_of(html, "TRUE CLASS: c4<"), 0U);
  EXPECT_EQ(count_of(html, "class=\"card-of\">B · cold<"), 4U);
}

TEST_F(Compare, DamagedAndHostileFilesAreSaid) {
  const std::string hostile = "<script>alert(1)</script>";
  run.file("runs/cold/settings.toml", "loss = '" + hostile + "'\n");
  run.file("runs/cold/summary.json", "{\"verdict\":\"" + hostile + "\"");
  run.file("runs/cold/eval/t-map.json", "{");
  const std::string html = page();
  EXPECT_EQ(markup_error(html), "");
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_SAYS(html, "B · cold: summary.json could not be read");
  EXPECT_SAYS(html, "B · cold: t-map.json could not be read");
}

TEST_F(Compare, IsWrittenBesideTheFirstRunAndAgainOverItself) {
  const std::vector<RunFolder> runs{{root("warm")}, {root("cold")}};
  const fs::path out = write_comparison(runs, {});
  EXPECT_EQ(fs::weakly_canonical(out), fs::weakly_canonical(run.run.root / "runs/comparison.html"));
  EXPECT_EQ(usual_comparison({root("warm/")}), usual_comparison({root("warm")}));
  const std::string first = read_file(out);
  write_comparison(runs, {});
  EXPECT_EQ(read_file(out), first);
  EXPECT_FALSE(fs::exists(root("warm") / "report.html"));
  EXPECT_EQ(write_comparison(runs, run.run.root / "x.html"), run.run.root / "x.html");
}

TEST_F(Compare, AnotherFileOfThatNameIsLeftAlone) {
  run.file("runs/comparison.html", "mine");
  try {
    write_comparison({{root("warm")}, {root("cold")}}, {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Exit::usage);
    EXPECT_SAYS(std::string(error.what()), "comparison.html");
    EXPECT_SAYS(error.hint(), "--out");
  }
  EXPECT_EQ(read_file(run.run.root / "runs/comparison.html"), "mine");
}

TEST_F(Compare, TakesTwoToTwentySixRuns) {
  for (const size_t count : {size_t{0}, size_t{1}, most_compared + 1})
    EXPECT_THROW(write_comparison(std::vector<RunFolder>(count, {root("warm")}), run.run.root / "x.html"),
                 Error)
        << count;
  const std::vector<RunData> many(most_compared, read_run({root("warm")}));
  const std::string html = comparison_page(many);
  EXPECT_EQ(markup_error(html), "");
  EXPECT_SAYS(html, "Z · warm");
  EXPECT_SAYS(html, "Plots show the first 6 runs.");
}

}  // namespace
}  // namespace simclr

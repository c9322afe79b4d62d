#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/map_data.hpp"
#include "report/map_files.hpp"
#include "report/map_script.hpp"
#include "report/markup.hpp"
#include "report/page.hpp"
#include "report/run_data.hpp"
#include "report/unbase64.hpp"

namespace simclr {
namespace {

const char* const hostile = "</script><script>alert(1)</script>\"'&\xc2\x85\xff<img src=x onerror=alert(1)>";

std::string page_of(const TemporaryRun& run) {
  return report_page(read_run(run.run));
}

std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const size_t start = text.find(before);
  if (start == std::string::npos) return "";
  return text.substr(start + before.size(), text.find(after, start + before.size()) - start - before.size());
}

nlohmann::json data_of(const std::string& page) {
  std::string text = between(page, "data-map=\"", "\"");
  for (const auto& [entity, plain] : {std::pair<std::string, std::string>{"&quot;", "\""},
                                      {"&lt;", "<"},
                                      {"&gt;", ">"},
                                      {"&#39;", "'"},
                                      {"&amp;", "&"}})
    for (size_t at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1))
      text.replace(at, entity.size(), plain);
  return nlohmann::json::parse(text);
}

// A square of four points, one of them without a class, in three sets.
void write_map(const TemporaryRun& run) {
  write_pictures(run, 4);
  run.file("eval/t-map.json",
           map_json(pictures_folder(run), {"never", "copepod", "diatom"},
                    {map_point("0.png", 0, 0, 1, 0, 0), map_point("1.png", 0, 1, 1, 2, 0),
                     map_point("2.png", 0, 2, 2, 2, 1), map_point("3.png", 0, 0, -1, 0, 1)}));
}

#define EXPECT_SAYS(page, text) EXPECT_NE((page).find(text), std::string::npos) << (text)

TEST(Map, ThePolicyAllowsExactlyThisScript) {
  const TemporaryRun run;
  write_map(run);
  const std::string page = page_of(run);
  const std::string script = between(page, "<script>", "</script>");
  EXPECT_EQ(script, map_script());
  const std::string digest = unbase64(between(page, "script-src 'sha256-", "'"));
  ASSERT_EQ(digest.size(), 32U);
  std::string digits;
  for (const char c : digest) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    digits += two;
  }
  EXPECT_EQ(digits, sha256(script));
  EXPECT_EQ(count_of(page, "<script"), 1U);
  EXPECT_EQ(count_of(page, "script-src"), 1U);
  EXPECT_EQ(script_hash(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");  // of nothing
}

TEST(Map, TheScriptReachesForNothingAndPutsTextAsText) {
  const std::string script(map_script());
  for (const char* word : {"<", "innerHTML", "insertAdjacent", "eval", "Function(", "fetch", "XMLHttp",
                           "import", "http", "document.write", "localStorage", "\r"})
    EXPECT_EQ(script.find(word), std::string::npos) << word;
}

TEST(Map, PagesWithoutAMapHaveNoScript) {
  const TemporaryRun run;
  const std::string page = page_of(run);
  EXPECT_EQ(page.find("script"), std::string::npos);
  EXPECT_EQ(page.find("href=\"#map\""), std::string::npos);
}

TEST(Map, PointsCarryPlacesClassesSetsAndPictures) {
  const TemporaryRun run;
  write_map(run);
  const std::string page = page_of(run);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_SAYS(page, "href=\"#map\"");
  const auto data = data_of(page);
  EXPECT_EQ(data["classes"], nlohmann::json({"copepod", "diatom"}));  // no point of "never"
  EXPECT_EQ(data["label"], nlohmann::json({0, 0, 1, -1}));
  EXPECT_EQ(data["set"], nlohmann::json({0, 1, 2, 0}));
  EXPECT_EQ(data["id"], nlohmann::json({"0.png", "1.png", "2.png", "3.png"}));
  ASSERT_EQ(data["maps"].size(), 2U);
  EXPECT_EQ(data["maps"][0]["x"],
            nlohmann::json({0, 10000, 10000, 0}));  // UMAP first, whatever the file's order
  EXPECT_EQ(data["maps"][0]["y"], nlohmann::json({5000, 5000, 0, 0}));  // down, and one scale for both axes
  EXPECT_EQ(data["maps"][0]["height"], 5000);
  EXPECT_EQ(data["maps"][1]["x"], nlohmann::json({0, 0, 5000, 5000}));
  std::vector<int> pictures = data["picture"];
  std::sort(pictures.begin(), pictures.end());
  EXPECT_EQ(pictures, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(data["size"], nlohmann::json(std::vector<int>(8, 12)));
  EXPECT_EQ(count_of(page, "class=\"map-sheet\""), 1U);
  EXPECT_EQ(count_of(page, "class=\"map-key\""), 2U);
  EXPECT_EQ(count_of(page, "data-set=\""), 3U);
  EXPECT_EQ(count_of(page, "data-projection=\""), 2U);
}

TEST(Map, QualityStandsBesideItAndAWarning) {
  const TemporaryRun run;
  write_map(run);
  const std::string page = page_of(run);
  EXPECT_SAYS(page, "<th scope=\"row\">UMAP</th><td>0.931</td><td>0.410</td><td>–</td>");
  EXPECT_SAYS(page, "<th scope=\"row\">PCA</th><td>0.800</td><td>0.120</td><td>40.0\u202f%</td>");
  EXPECT_SAYS(page, "the 15 nearest");
  EXPECT_SAYS(page, "Pictures in two dimensions mislead");
  EXPECT_SAYS(page, "at step 1,200");
}

TEST(Map, DrawingsAreFilesWithAPanelASet) {
  const TemporaryRun run;
  write_map(run);
  write_report(run.run);
  for (const char* name : {"map-1.svg", "map-1-pca.svg"}) {
    const std::string svg = read_file(run.run.figures() / name);
    EXPECT_EQ(markup_error(svg), "") << name;
    for (const char* text : {">embedded test data<", ">embedded train data<", ">embedded unseen classes<",
                             ">copepod<", ">diatom<"})
      EXPECT_SAYS(svg, text);
    EXPECT_EQ(svg.find(">never<"), std::string::npos);
  }
  EXPECT_SAYS(page_of(run), ">embedded unseen classes<");  // the same drawing, for readers without scripts
}

TEST(Map, HostileTextStaysText) {
  const TemporaryRun run;
  run.file("eval/t-map.json",
           map_json(hostile, {hostile}, {map_point(hostile, 0, 0, 0, 1, 2), map_point("b", 0, 1, 0, 2, 1)},
                    "<b>test"));
  RunData data = read_run(run.run);
  if (data.maps.empty()) {  // a byte that is no UTF-8 is no JSON: the page says so, and that is all
    EXPECT_EQ(data.problems.size(), 1U);
    EXPECT_EQ(markup_error(report_page(data)), "");
  }
  const std::string valid = "</script><script>alert(1)</script>\"'&\xc2\x85<img src=x onerror=alert(1)>";
  run.file(
      "eval/t-map.json",
      map_json(valid, {valid}, {map_point(valid, 0, 0, 0, 1, 2), map_point("b", 0, 1, 0, 2, 1)}, "<b>test"));
  data = read_run(run.run);
  ASSERT_EQ(data.maps.size(), 1U);
  const std::string page = report_page(data);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_EQ(count_of(page, "<script"), 1U);
  EXPECT_EQ(page.find("<img src=x"), std::string::npos);
  EXPECT_EQ(page.find("<b>test"), std::string::npos);
  EXPECT_EQ(data_of(page)["id"][0],
            "</script><script>alert(1)</script>\"'&\\xc2\\x85<img src=x onerror=alert(1)>");
  write_report(run.run);
  EXPECT_EQ(markup_error(read_file(run.run.figures() / "map-1.svg")), "");
}

TEST(Map, PicturesThatMovedAwayLeaveTheirNames) {
  const TemporaryRun run;
  write_map(run);
  std::filesystem::remove_all(pictures_folder(run));
  const std::string page = page_of(run);
  EXPECT_SAYS(page, "their names stand in");
  EXPECT_EQ(data_of(page)["picture"], nlohmann::json({-1, -1, -1, -1}));
  EXPECT_EQ(markup_error(page), "");
}

TEST(Map, AtMost2000PicturesSpreadEvenly) {
  const TemporaryRun run;
  write_pictures(run, 1);
  std::vector<std::string> points;
  for (int i = 0; i < 4000; ++i) points.push_back(map_point("0.png", 0, i % 3, 0, i % 63, i % 59));
  run.file("eval/t-map.json", map_json(pictures_folder(run), {"a"}, points));
  const std::string page = page_of(run);
  const std::vector<int> pictures = data_of(page)["picture"];
  const auto there = [&](size_t from, size_t to) {
    return std::count_if(pictures.begin() + static_cast<long>(from), pictures.begin() + static_cast<long>(to),
                         [](int number) { return number >= 0; });
  };
  EXPECT_EQ(there(0, 4000), 2000);
  for (size_t i = 0; i < 4000; i += 400) EXPECT_NEAR(static_cast<double>(there(i, i + 400)), 200, 3);
  EXPECT_SAYS(page, "2,000 of them, spread evenly, show their picture");
}

TEST(Map, WhatIsWrongInAPointIsLeftOutOfIt) {
  const RunMap map = parse_map(nlohmann::ordered_json::parse(
      R"({"classes":["a"],"sources":["s"],"sets":["test"],"maps":{"encoder":{"umap":{},"other":{}}},"points":[
      {"id":"x","source":0,"set":0,"label":0,"umap":[1,2]},{"id":7,"source":9,"set":-3,"label":1,"umap":[1,"b"]},
      {"id":"y","umap":[1e300,2]},4,{"id":"z","source":null,"umap":[1]}]})"));
  ASSERT_EQ(map.points.size(), 4U);
  ASSERT_EQ(map.projections.size(), 1U);
  EXPECT_EQ(map.projections[0].x[0], 1);
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_TRUE(std::isnan(map.projections[0].x[i])) << i;
    EXPECT_EQ(map.points[i].source, -1) << i;
    EXPECT_EQ(map.points[i].set, -1) << i;
    EXPECT_EQ(map.points[i].label, -1) << i;
  }
}

TEST(Map, DamagedFilesAreOneLineOfThePage) {
  for (
      const char* text :
      {"", "{", "[1]", "{}", R"({"classes":[],"sources":[],"sets":[],"points":[]})",
       R"({"classes":[],"sources":[],"sets":[],"points":[],"maps":{"encoder":{"umap":{}}}})",
       R"({"classes":[],"sources":[],"sets":[],"points":[{"umap":["a","b"]}],"maps":{"encoder":{"umap":7}}})",
       R"({"classes":7,"sources":[],"sets":[],"points":[],"maps":{"encoder":{"umap":{}}}})",
       R"({"classes":[],"sources":[],"sets":[],"points":{},"maps":{"encoder":[]}})"}) {
    const TemporaryRun run;
    run.file("eval/t-map.json", text);
    std::string page;
    ASSERT_NO_THROW(page = page_of(run)) << text;
    EXPECT_EQ(count_of(page, "t-map.json could not be read: "), 1U) << text;
    EXPECT_EQ(page.find("id=\"map\""), std::string::npos) << text;
    EXPECT_EQ(markup_error(page), "") << text;
  }
}

TEST(Map, OneSpotAndManyClassesAreDrawn) {
  const TemporaryRun run;
  std::vector<std::string> classes, points;
  for (int i = 0; i < 130; ++i) {
    classes.push_back("class " + std::to_string(i));
    points.push_back(map_point("x", -1, -1, i, 3, 3));
  }
  run.file("eval/t-map.json", map_json("gone", classes, points));
  const std::string page = page_of(run);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_EQ(count_of(page, "class=\"map-key\""), 130U);
  EXPECT_SAYS(page, "more classes than marks");
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

TEST(Map, TheNewestOfATestSetIsShown) {
  const TemporaryRun run;
  const auto write = [&](const std::string& name, const std::string& label, int hours_ago) {
    run.file("eval/" + name, map_json("gone", {label}, {map_point("x", 0, 0, 0, 1, 2)}));
    std::filesystem::last_write_time(
        run.run.root / "eval" / name,
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  };
  write("a-map.json", "new", 0);
  write("b-map.json", "old", 1);
  const RunData data = read_run(run.run);
  ASSERT_EQ(data.maps.size(), 1U);
  EXPECT_EQ(data.maps[0].classes[0], "new");
}

}  // namespace
}  // namespace simclr

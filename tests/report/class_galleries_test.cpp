#include <gtest/gtest.h>

#include "report/map_files.hpp"
#include "report/markup.hpp"
#include "report/page.hpp"
#include "report/run_data.hpp"

namespace simclr {
namespace {

std::string page_of(const TemporaryRun& run) {
  return report_page(read_run(run.run));
}

#define EXPECT_SAYS(page, text) EXPECT_NE((page).find(text), std::string::npos) << (text)

TEST(ClassGalleries, ThreeRowsOfFiveAClassAndStrangersNamed) {
  const TemporaryRun run;
  write_pictures(run, 10);
  run.file("eval/t-galleries.json", galleries_json(pictures_folder(run), {"copepod", "diatom"}, "jelly"));
  const std::string page = page_of(run);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_SAYS(page, "href=\"#classes\"");
  EXPECT_SAYS(page, "TRUE CLASS: copepod");
  EXPECT_SAYS(page, "TRUE CLASS: diatom");
  for (const char* name : {"closest to the centre", "farthest in the class", "closest of other classes"})
    EXPECT_EQ(count_of(page, ">" + std::string(name) + "<"), 2U) << name;
  EXPECT_EQ(count_of(page, "<img class=\"tiny\" alt="), 30U);
  EXPECT_EQ(count_of(page, "<b aria-label=\"another class\">✕</b> jelly<"), 10U);
  EXPECT_EQ(page.find("<details"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
}

TEST(ClassGalleries, TheMostConfusedComeFirstAndTheRestIsFolded) {
  const TemporaryRun run;
  write_pictures(run, 10);
  std::vector<std::string> classes;
  for (int i = 0; i < 15; ++i) classes.push_back("class" + std::to_string(i));
  run.file("eval/t-galleries.json", galleries_json(pictures_folder(run), classes, "jelly"));
  std::string page = page_of(run);
  EXPECT_LT(page.find("TRUE CLASS: class0<"), page.find("TRUE CLASS: class14<"));
  EXPECT_EQ(count_of(page.substr(0, page.find("<details")), "TRUE CLASS"), 12U);
  EXPECT_SAYS(page, "The other 3 classes");
  // class14 lies 1 degree from class3, beside 40 within: told apart least. class3 itself has 10 within.
  run.file("eval/t-angles.json", R"({"test":"data:test","classes":["class3","class14","class5"],
    "angles":{"encoder":{"within":1,"between":2,"degrees":[[10,41,80],[41,40,80],[80,80,20]]}}})");
  page = page_of(run);
  EXPECT_LT(page.find("TRUE CLASS: class14<"), page.find("TRUE CLASS: class3<"));
  EXPECT_LT(page.find("TRUE CLASS: class3<"), page.find("TRUE CLASS: class5<"));
  EXPECT_LT(page.find("TRUE CLASS: class5<"), page.find("TRUE CLASS: class0<"));
  EXPECT_SAYS(page, "told apart least, by angle, come first");
}

TEST(ClassGalleries, HostileTextStaysText) {
  const TemporaryRun run;
  const std::string hostile = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";
  run.file("eval/t-galleries.json", galleries_json(hostile, {hostile}, hostile));
  const std::string page = page_of(run);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<img src=x"), std::string::npos);
  EXPECT_SAYS(page, "TRUE CLASS: &lt;script&gt;");
  EXPECT_SAYS(page, "15 of the pictures were not found");
}

TEST(ClassGalleries, PicturesStopWhereThePageWouldGrowTooLarge) {
  const TemporaryRun run;
  Image noise(3, 80, 80, Sample::u8);
  unsigned state = 1;
  for (auto& byte : noise.bytes()) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24U);
  }
  for (int i = 0; i < 10; ++i) run.file("pictures/" + std::to_string(i) + ".png", encode_png(noise));
  std::vector<std::string> classes;  // 60 of them would take 60 x 15 x 25 kB: 23 MB
  for (int i = 0; i < 60; ++i) classes.push_back("class" + std::to_string(i));
  run.file("eval/t-galleries.json", galleries_json(pictures_folder(run), classes, "jelly"));
  const std::string page = page_of(run);
  EXPECT_LT(page.size(), 9'000'000U);
  EXPECT_SAYS(page, "to keep this page small");
  EXPECT_EQ(count_of(page, "TRUE CLASS"), 60U);
}

TEST(ClassGalleries, DamagedFilesAreOneLineOfThePage) {
  for (const char* text :
       {"", "[]", "{}", R"({"sources":[],"galleries":7})", R"({"sources":[],"galleries":[]})",
        R"({"sources":[],"galleries":[3,{"class":"a","nearest":7}]})", R"({"sources":{},"galleries":[]})"}) {
    const TemporaryRun run;
    run.file("eval/t-galleries.json", text);
    std::string page;
    ASSERT_NO_THROW(page = page_of(run)) << text;
    EXPECT_EQ(count_of(page, "t-galleries.json could not be read: "), 1U) << text;
    EXPECT_EQ(page.find("id=\"classes\""), std::string::npos) << text;
  }
}

TEST(ClassGalleries, RowsHoldAtMostFiveAndMayBeEmpty) {
  const TemporaryRun run;
  std::string six;
  for (int i = 0; i < 6; ++i) six += (i > 0 ? "," : "") + std::string(R"({"id":"x","source":4})");
  run.file("eval/t-galleries.json",
           "{\"sources\":[\"s\"],\"galleries\":[{\"class\":\"a\",\"nearest\":[" + six + "]}]}");
  const std::string page = page_of(run);
  EXPECT_EQ(count_of(page, "class=\"no-picture\""), 5U);
  EXPECT_EQ(count_of(page, "<p class=\"missing\">none</p>"), 2U);
}

}  // namespace
}  // namespace simclr

#include "study/label_curves.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/durable.hpp"
#include "base/expect_error.hpp"
#include "formats/json_lines.hpp"
#include "study/labelled_folder.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;
using Draws = std::vector<double>;

LabelPoint point(const std::string& name, const std::string& run, Draws draws,
                 const std::string& evaluator = "knn", size_t labels = 30) {
  return {name, run, evaluator, labels, draws, draws};
}

TEST(StudyEntry, NamesAndRuns) {
  const auto expect = [](const std::string& text, const std::string& name, std::vector<std::string> runs) {
    const StudyEntry entry = parse_study_entry(text);
    EXPECT_EQ(entry.name, name) << text;
    EXPECT_EQ(entry.runs, runs) << text;
  };
  expect("runs/a", "a", {"runs/a"});
  expect("runs/a/", "a", {"runs/a/"});
  expect("runs/a,runs/b", "a", {"runs/a", "runs/b"});
  expect("ours=runs/a, runs/b,", "ours", {"runs/a", "runs/b"});
  expect("x=odd=name", "x", {"odd=name"});
  expect("made/imagenet.npy", "imagenet", {"made/imagenet.npy"});
  expect("clip=made/features.csv", "clip", {"made/features.csv"});
  for (const char* text : {"", "a=", "=runs/a", ","})
    expect_error([&] { parse_study_entry(text); }, Exit::usage, {"names no run", "NAME=RUN"});
}

TEST(CurveValue, OfSeveralRunsIsTheIntervalOfTheirMeans) {
  LabelStudy study;
  study.points = {point("m", "a", {0.4, 0.6}), point("m", "b", {0.6, 0.6}), point("m", "c", {0.9, 0.5})};
  study.points[0].balanced = {0.2, 0.2};
  const CurveValue value = curve_value(study, "m", "knn", 30);
  EXPECT_EQ(value.runs, 3U);
  EXPECT_EQ(value.draws, 2U);
  EXPECT_NEAR(value.accuracy, 0.6, 1e-12);  // of 0.5, 0.6, 0.7: s = 0.1
  const double half = 4.302652729911275 * 0.1 / std::sqrt(3.0);
  EXPECT_NEAR(value.low, 0.6 - half, 1e-9);
  EXPECT_NEAR(value.high, 0.6 + half, 1e-9);
  EXPECT_NEAR(value.balanced, 0.5, 1e-12);  // of 0.2, 0.6, 0.7
}

TEST(CurveValue, OfOneRunIsTheIntervalOfItsDraws) {
  LabelStudy study;
  study.points = {point("m", "a", {0.4, 0.6, 0.5, 0.7}), point("m", "a", {0.1}, "svc"),
                  point("other", "b", {0.9})};
  const CurveValue value = curve_value(study, "m", "knn", 30);
  EXPECT_EQ(value.runs, 1U);
  EXPECT_EQ(value.draws, 4U);
  EXPECT_NEAR(value.accuracy, 0.55, 1e-12);
  const double half = 3.182446305284263 * std::sqrt(0.05 / 3) / 2;
  EXPECT_NEAR(value.low, 0.55 - half, 1e-9);
  EXPECT_NEAR(value.high, 0.55 + half, 1e-9);
  const CurveValue single = curve_value(study, "other", "knn", 30);
  EXPECT_EQ(single.low, 0.9);
  EXPECT_EQ(single.high, 0.9);
  EXPECT_EQ(curve_value(study, "m", "knn", 40).runs, 0U);
}

TEST(CurveValue, IntervalsEndAtNoneAndAll) {
  LabelStudy study;
  study.points = {point("m", "a", {0.9, 1.0}), point("n", "a", {0.0, 0.1})};
  const double half = 12.706204736174694 * 0.05;
  const CurveValue high = curve_value(study, "m", "knn", 30), low = curve_value(study, "n", "knn", 30);
  EXPECT_EQ(high.high, 1);
  EXPECT_NEAR(high.low, 0.95 - half, 1e-8);
  EXPECT_EQ(low.low, 0);
  EXPECT_NEAR(low.high, 0.05 + half, 1e-8);
}

// For 2 degrees of freedom, P(|T| <= t) = t / sqrt(2 + t^2).
double p_of(double t) {
  return 1 - t / std::sqrt(2 + t * t);
}

TEST(LabelDifferences, ArePairedByDrawsAndAdjustedWithinAnEvaluator) {
  LabelStudy study;
  study.names = {"ours", "near", "far"};
  study.evaluators = {"knn", "svc"};
  study.labels = {30};
  study.points = {point("ours", "a", {0.4, 0.5, 0.6}),        point("ours", "b", {0.6, 0.7, 0.8}),
                  point("near", "c", {0.4, 0.4, 0.7}),        point("far", "d", {0.2, 0.3, 0.34}),
                  point("ours", "a", {0.5, 0.6, 0.7}, "svc"), point("near", "c", {0.4, 0.4, 0.7}, "svc")};
  const auto all = differences(study);
  ASSERT_EQ(all.size(), 3U);
  const double near = p_of(std::sqrt(3.0)), far = p_of(16);  // of 0.1, 0.2, 0 and of 0.3, 0.3, 0.36
  EXPECT_EQ(all[0].other, "near");
  EXPECT_NEAR(all[0].test.mean, 0.1, 1e-12);
  EXPECT_NEAR(all[0].test.p, near, 1e-9);
  EXPECT_NEAR(all[0].p_holm, near, 1e-9);  // the larger of two
  EXPECT_EQ(all[1].other, "far");
  EXPECT_NEAR(all[1].test.mean, 0.32, 1e-12);
  EXPECT_NEAR(all[1].test.p, far, 1e-9);
  EXPECT_NEAR(all[1].p_holm, 2 * far, 1e-9);
  EXPECT_EQ(all[2].evaluator, "svc");
  EXPECT_NEAR(all[2].p_holm, near, 1e-9);  // alone in its family
}

TEST(LabelDifferences, NeedTheSameDraws) {
  LabelStudy study;
  study.names = {"ours", "other"};
  study.evaluators = {"knn"};
  study.labels = {30, 40};
  study.points = {point("ours", "a", {0.4, 0.5}), point("other", "b", {0.4}),
                  point("ours", "a", {0.4, 0.5}, "knn", 40)};
  EXPECT_TRUE(differences(study).empty());
}

// 130 training and 20 test pictures of two classes; embeddings that tell them apart, and others that don't.
class StudyOfFiles : public ::testing::Test {
 protected:
  StudyOfFiles() {
    data.pictures("set/train/cat", 100);
    data.pictures("set/train/dog", 30, 100);
    data.pictures("set/test/cat", 10, 200);
    data.pictures("set/test/dog", 10, 300);
    embeddings("good", 4);
    embeddings("poor", 0);
    request.entries = {{"good", {file("good")}}, {"poor", {file("poor")}}};
    request.sides = {data.at("set:train"), data.at("set:test"), 0, "all", 0};
    request.evaluators = {"knn(k=1)"};
    request.baselines = {"random", "pixels"};
    request.draws = 3;
    request.out = data.folder / "study";
  }
  std::string file(const std::string& name) const { return data.at(name + ".npy"); }
  void embeddings(const std::string& name, float apart) const {
    std::vector<std::string> ids;
    std::vector<float> values;
    for (const auto& [folder, first, count] : {std::tuple{"train/cat", 0, 100},
                                               {"train/dog", 100, 30},
                                               {"test/cat", 200, 10},
                                               {"test/dog", 300, 10}})
      for (int i = first; i < first + count; ++i) {
        ids.push_back(std::string(folder) + "/" + std::to_string(1000 + i) + ".png");
        const bool dog = ids.back().find("dog") != std::string::npos;
        values.push_back(static_cast<float>(i * 37 % 101) / 101 + (dog ? apart : 0));
        values.push_back(static_cast<float>(i * 53 % 103) / 103 + 1);
      }
    write_embedding_files(data.folder, name, ids, values);
  }
  std::string points() const { return data.folder.get("study/points.jsonl"); }
  LabelledFolder data;
  LabelStudyRequest request;
};

TEST_F(StudyOfFiles, NeedsNoRun) {
  request.labels = {30, 60};
  const LabelStudy study = study_labels(request);
  EXPECT_EQ(study.names, (std::vector<std::string>{"good", "poor"}));  // baselines are of a run
  EXPECT_EQ(study.classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(study.pool, 130U);
  EXPECT_EQ(study.test_pictures, 20U);
  ASSERT_EQ(study.points.size(), 4U);
  for (const size_t labels : {size_t{30}, size_t{60}}) {
    EXPECT_EQ(curve_value(study, "good", "knn(k=1)", labels).accuracy, 1);
    EXPECT_LT(curve_value(study, "poor", "knn(k=1)", labels).accuracy, 0.9);
  }
}

TEST_F(StudyOfFiles, TheUsualNumbersOfLabelsEndWithAll) {
  request.entries.pop_back();
  const LabelStudy study = study_labels(request);
  EXPECT_EQ(study.labels, (std::vector<size_t>{30, 40, 50, 60, 70, 80, 90, 100, 130}));
  for (const LabelPoint& one : study.points)  // all labels are one draw
    EXPECT_EQ(one.accuracies.size(), one.labels == 130 ? 1U : 3U) << one.labels;
}

TEST_F(StudyOfFiles, FewerThanTheUsualNumbersAreAllThereAre) {
  request.entries.pop_back();
  request.sides = {data.at("set:test"), data.at("set:train"), 0, "all", 0};
  EXPECT_EQ(study_labels(request).labels, (std::vector<size_t>{20}));
}

TEST_F(StudyOfFiles, RefusesNumbersThatCannotBeDrawn) {
  request.labels = {1};
  expect_error([&] { study_labels(request); }, Exit::data, {"1 labels are fewer than the 2 classes"});
  request.labels = {131};
  expect_error([&] { study_labels(request); }, Exit::data, {"131 labels are more than the 130"});
  request.entries[1].name = "good";
  expect_error([&] { study_labels(request); }, Exit::usage, {"two methods are called 'good'"});
  EXPECT_FALSE(fs::exists(request.out));
}

TEST_F(StudyOfFiles, ABadFileLeavesNoFolderBehind) {
  request.labels = {30};
  std::string csv = data.folder.get("good.csv");
  data.folder.put("good.csv", csv.replace(csv.find("1000.png"), 8, "gone.png"));
  expect_error([&] { study_labels(request); }, Exit::data, {"1 of 130 training pictures have no row"});
  EXPECT_FALSE(fs::exists(request.out));
}

TEST_F(StudyOfFiles, PointsThatAreThereAreNotMeasuredAgain) {
  request.labels = {30};
  const LabelStudy first = study_labels(request);
  std::string text = points();
  const size_t place = text.find("[1.0,1.0,1.0]");  // the accuracies of "good"
  ASSERT_NE(place, std::string::npos);
  data.folder.put("study/points.jsonl", text.replace(place, 13, "[0.5,0.5,0.5]") + "{\"name\": \"to");
  request.labels = {30, 60};
  const LabelStudy more = study_labels(request);
  EXPECT_EQ(curve_value(more, "good", "knn(k=1)", 30).accuracy, 0.5);  // as the file says
  EXPECT_EQ(curve_value(more, "good", "knn(k=1)", 60).accuracy, 1);
  EXPECT_TRUE(points().starts_with(text.substr(0, text.rfind('\n'))));  // kept but for the torn line
  EXPECT_EQ(read_json_lines(request.out / "points.jsonl").objects.size(), 4U);
}

TEST_F(StudyOfFiles, PointsOfOtherEmbeddingsAreMeasuredAnew) {
  request.labels = {30};
  study_labels(request);
  embeddings("good", 0);
  EXPECT_LT(curve_value(study_labels(request), "good", "knn(k=1)", 30).accuracy, 0.9);
  EXPECT_EQ(read_json_lines(request.out / "points.jsonl").objects.size(), 3U);
}

TEST_F(StudyOfFiles, AnotherStudyInTheSameFolderIsRefused) {
  request.labels = {30};
  study_labels(request);
  const std::string before = points();
  const auto refused = [&] {
    expect_error([&] { study_labels(request); }, Exit::usage, {"other pictures, labels or draws"});
    EXPECT_EQ(points(), before);
  };
  request.draws = 4;
  refused();
  request.draws = 3;
  request.sides.seed = 1;
  refused();
  request.sides.seed = 0;
  fs::rename(data.at("set/test/dog/1300.png"), data.at("set/test/cat/1300.png"));
  std::string csv = data.folder.get("good.csv");  // the picture is of another class now
  for (size_t at; (at = csv.find("dog/1300")) != std::string::npos;) csv.replace(at, 3, "cat");
  data.folder.put("good.csv", csv);
  refused();
}

}  // namespace
}  // namespace simclr

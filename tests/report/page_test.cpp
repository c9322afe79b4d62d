#include "report/page.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "formats/npy.hpp"
#include "report/markup.hpp"
#include "report/run_data.hpp"
#include "report/run_folder.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;

const char* const hostile = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";

std::string json_text(const std::string& text) {
  std::string out;
  for (const char c : text) out += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  return out;
}

void write_metrics(const TemporaryRun& run) {
  std::string lines;
  for (int step = 1; step <= 60; ++step) {
    const std::string s = std::to_string(step), loss = std::to_string(2 + 4 * std::exp(-step / 20.0));
    lines += "{\"step\":" + s + ",\"epoch\":" + std::to_string(step / 20.0) + ",\"loss\":" + loss +
             ",\"chance\":6.236,\"floor\":0.62,\"top1\":0.4,\"lr\":0.001,\"grad_norm\":1.2,\"images_per_"
             "second\":512.0,\"data_wait\":0.01}\n";
    if (step % 20 == 0)
      lines += "{\"step\":" + s + ",\"epoch\":" + std::to_string(step / 20) +
               ",\"val\":{\"loss\":2.5,\"chance\":6.236,\"floor\":0.62,\"top1\":0.5,\"z_std\":0.9,\"rank_h\":"
               "50,\"rank_z\":30,\"alignment\":0.2,\"uniformity\":-3,\"knn\":0.71}}\n";
  }
  run.file("metrics.jsonl", lines);
}

void write_evaluations(const TemporaryRun& run) {
  run.file(
      "eval/labels-10.json",
      R"({"evaluations":{"knn":{"accuracy":0.669,"std":0.013,"low":0.653,"high":0.685,"draws":5,"labels_per_class":10,"k":20},
    "linear":{"accuracy":0.705,"std":0.01,"low":0.69,"high":0.72,"draws":5,"labels_per_class":10}},
    "baselines":{"random":{"knn":{"accuracy":0.461,"std":0.02,"low":0.44,"high":0.48,"draws":5,"labels_per_class":10}},
    "pixels":{"knn":{"accuracy":0.647,"std":0.01,"low":0.635,"high":0.66,"draws":5,"labels_per_class":10},
    "linear":{"accuracy":0.689,"std":0.01,"low":0.67,"high":0.70,"draws":5,"labels_per_class":10}}},"train":"data:train","test":"data:test","labels_per_class":10})");
  run.file(
      "eval/all.json",
      R"({"evaluations":{"knn":{"accuracy":0.826,"std":0,"low":0.819,"high":0.833,"draws":1,"labels_per_class":0,"k":20}},
    "baselines":{"random":{"knn":{"accuracy":0.763,"std":0,"low":0.755,"high":0.771,"draws":1,"labels_per_class":0}},
    "pixels":{"knn":{"accuracy":0.846,"std":0,"low":0.839,"high":0.853,"draws":1,"labels_per_class":0}}},"train":"data:train","test":"data:test","labels_per_class":0})");
}

// Twenty gray pictures in two classes; the embedding is the class, so that all neighbours agree but for one
// row.
void write_embeddings(const TemporaryRun& run, const std::string& first_class) {
  const fs::path pictures = run.run.root / "pictures";
  NpyRows rows(run.run.root / "embeddings.npy", 2);
  std::string csv = "id,path,label,split\n";
  const auto quoted = [](std::string text) {
    for (size_t at = text.find('"'); at != std::string::npos; at = text.find('"', at + 2))
      text.insert(at, 1, '"');
    return "\"" + text + "\"";
  };
  for (int i = 0; i < 20; ++i) {
    const bool first = i < 10;
    const std::string id = std::string(first ? "a" : "b") + "/" + std::to_string(i) + ".png";
    run.file("pictures/" + id, gray_png(12, i * 10));
    const float row[] = {first ? 1.0F : 0.0F, first ? 0.01F * static_cast<float>(i) : 1.0F};
    rows.append(row);
    csv += id + "," + quoted((pictures / id).native()) + "," + quoted(first ? first_class : "plain") + ",\n";
  }
  rows.finish();
  run.file("embeddings.csv", csv);
}

void write_run(const TemporaryRun& run) {
  run.file("settings.toml", "data = \"" + (run.run.root / "pictures").native() +
                                "\"\nencoder = \"resnet18(width=0.25)\"\nbatch_size = 256\naugment = '''" +
                                "crop > flip <b>" + "'''\n");
  run.file("command.txt", "simclr pretrain --data x\n");
  run.file("environment.json", "{\"simclr\":\"0.1.0\",\"cpu\":\"" + json_text(hostile) + "\",\"cores\":2}");
  run.file("plan.json",
           R"({"images":60000,"bands":1,"image_size":28,"mean":[0.286],"classes":["<i>shirt</i>","b"]})");
  run.file(
      "summary.json",
      R"({"run":"r","epochs":3,"steps":60,"train_seconds":200,"images_per_second":519.3,"loss":1.532,"chance":6.236,
    "floor":0.62,"contrastive_top1":0.851,"verdict":"healthy","verdict_text":"All is <well> & good."})");
  write_metrics(run);
  write_evaluations(run);
  write_embeddings(run, hostile);
  run.file("figures/views.png", gray_png(30, 128));
}

std::string page_of(const TemporaryRun& run) {
  write_report(run.run);
  return read_file(run.run.report());
}

#define EXPECT_SAYS(page, text) EXPECT_NE((page).find(text), std::string::npos) << (text)

TEST(Page, NumbersComeFromTheRun) {
  const TemporaryRun run;
  write_run(run);
  const std::string page = page_of(run);
  EXPECT_SAYS(page, "Healthy");
  EXPECT_SAYS(page, "All is &lt;well&gt; &amp; good.");
  EXPECT_SAYS(page, "1.532");
  EXPECT_SAYS(page, "6.236");
  EXPECT_SAYS(page, "0.620");
  EXPECT_SAYS(page, "84\u202f%");  // (6.236 - 1.532) / (6.236 - 0.62)
  EXPECT_SAYS(page, "85.1\u202f%");
  EXPECT_SAYS(page, "3 min 20 s");
  EXPECT_SAYS(page, "519.3");
  EXPECT_SAYS(page, "60,000");
  EXPECT_SAYS(page, "resnet18(width=0.25)");
  EXPECT_SAYS(page, "simclr pretrain --data x");
  EXPECT_LT(page.find("id=\"verdict\""), page.find("id=\"evaluation\""));
  EXPECT_LT(page.find("id=\"evaluation\""), page.find("id=\"loss\""));
  EXPECT_LT(page.find("id=\"views\""), page.find("id=\"neighbours\""));
}

TEST(Page, EvaluationStandsBesideItsBaselinesAndTheBestIsBold) {
  const TemporaryRun run;
  write_run(run);
  const std::string page = page_of(run);
  EXPECT_SAYS(page, "<td class=\"best\"><b>66.9</b> <small>± 1.3</small></td>");
  EXPECT_SAYS(page, "<td>46.1 <small>± 2.0</small></td>");
  EXPECT_SAYS(page, "<td>82.6 <small>81.9–83.3</small></td>");
  EXPECT_SAYS(page, "<td class=\"best\"><b>84.6</b>");
  EXPECT_SAYS(page,
              "<b>raw pixels</b>: 2.0 points better than the pretrained encoder (kNN, k = 20, all labels).");
  EXPECT_SAYS(page, "<b>2 of 3</b> columns");
  EXPECT_SAYS(page, "<td class=\"none\">–</td>");  // random has no linear
  EXPECT_SAYS(page, "data:test");
  EXPECT_SAYS(page, "up to 5 draws");
}

TEST(Page, AsksNothingOfAnyNetworkAndRunsNothing) {
  const TemporaryRun run;
  write_run(run);
  const std::string page = page_of(run);
  EXPECT_SAYS(
      page,
      "Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'");
  EXPECT_EQ(count_of(page, "<script"), 0U);
  EXPECT_EQ(count_of(page, "<link"), 0U);
  EXPECT_EQ(count_of(page, "url("), 0U);
  EXPECT_EQ(count_of(page, "@import"), 0U);
  EXPECT_EQ(count_of(page, "http"),
            count_of(page, "xmlns=\"http://www.w3.org/2000/svg\"") + count_of(page, "http-equiv"));
  EXPECT_EQ(count_of(page, " src=\""), count_of(page, " src=\"data:image/png;base64,"));
  EXPECT_EQ(count_of(page, " href=\""), count_of(page, " href=\"#"));
}

TEST(Page, HostileTextStaysText) {
  const TemporaryRun run;
  write_run(run);
  run.file("metrics.jsonl", read_file(run.run.metrics()) + "{\"step\":7,\"event\":\"alarm\",\"message\":\"" +
                                json_text(hostile) + "\"}\n");
  run.file("eval/bad.json", "{\"evaluations\":{\"" + json_text(hostile) +
                                "\":{\"accuracy\":0.5}},\"baselines\":{\"" + json_text(hostile) +
                                "\":{\"knn\":{\"accuracy\":0.5}}},\"train\":\"" + json_text(hostile) +
                                "\",\"test\":\"" + json_text(hostile) + "\"}");
  const std::string page = page_of(run);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<img src=x"), std::string::npos);
  EXPECT_EQ(page.find("<i>shirt"), std::string::npos);
  EXPECT_GE(count_of(page, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"), 6U);
  for (const auto& entry : fs::directory_iterator(run.run.figures())) {
    if (entry.path().extension() != ".svg") continue;
    const std::string svg = read_file(entry.path());
    EXPECT_EQ(markup_error(svg), "") << entry.path();
    EXPECT_EQ(svg.find("<script"), std::string::npos) << entry.path();
  }
}

TEST(Page, FiguresAreFilesOfTheirOwn) {
  const TemporaryRun run;
  write_run(run);
  page_of(run);
  for (const char* name :
       {"loss", "evaluation", "learning_rate", "z_std", "effective_rank", "alignment", "uniformity", "knn",
        "contrastive_top1", "gradient_norm", "images_per_second", "data_wait"}) {
    const std::string svg = read_file(run.run.figures() / (std::string(name) + ".svg"));
    EXPECT_EQ(markup_error(svg), "") << name;
    EXPECT_SAYS(svg, "prefers-color-scheme:dark");
  }
  EXPECT_SAYS(read_file(run.run.figures() / "loss.svg"), ">validation<");
}

TEST(Page, FiguresOfEvaluationsThatAreGoneGoToo) {
  const TemporaryRun run;
  write_run(run);
  for (const char* old : {"map-1.svg", "map-2-pca.svg", "angles-7.svg", "evaluation-3.svg", "map-mine.svg",
                          "angles-1.png", "views.png", "my evaluation.svg"})
    run.file(std::string("figures/") + old, "old");
  page_of(run);
  for (const char* gone : {"map-1.svg", "map-2-pca.svg", "angles-7.svg", "evaluation-3.svg"})
    EXPECT_FALSE(fs::exists(run.run.figures() / gone)) << gone;
  for (const char* kept :
       {"map-mine.svg", "angles-1.png", "views.png", "my evaluation.svg", "evaluation.svg", "loss.svg"})
    EXPECT_TRUE(fs::exists(run.run.figures() / kept)) << kept;
}

TEST(Page, ValidationLossAtAnotherBatchSizeHasItsOwnPlot) {
  const TemporaryRun run;
  run.file("metrics.jsonl",
           "{\"step\":1,\"loss\":6,\"chance\":6.236}\n{\"step\":2,\"loss\":5,\"chance\":6.236}\n{\"step\":2,"
           "\"epoch\":1,\"val\":{\"loss\":4,\"chance\":5.5}}\n");
  page_of(run);
  EXPECT_EQ(read_file(run.run.figures() / "loss.svg").find(">validation<"), std::string::npos);
  EXPECT_SAYS(read_file(run.run.figures() / "validation_loss.svg"), "Validation loss");
}

TEST(Page, NeighboursAreShownAsPicturesWithTheirClasses) {
  const TemporaryRun run;
  write_run(run);
  const std::string page = page_of(run);
  EXPECT_EQ(count_of(page, "class=\"query\""), 8U);
  EXPECT_EQ(count_of(page, "class=\"neighbour "), 64U);
  EXPECT_EQ(count_of(page, "<img class=\"tiny\""), 72U);
  EXPECT_SAYS(page, "<b>64 of 64</b> neighbours share the class");
  EXPECT_SAYS(page, "pictures/a/");
}

// data/ and other/ hold files of the same names: the paths of the rows say which pictures are meant.
TEST(Page, PicturesComeFromTheFolderTheRowsName) {
  const TemporaryRun run;
  write_run(run);
  for (int i = 0; i < 20; ++i)
    run.file("other/" + std::string(i < 10 ? "a" : "b") + "/" + std::to_string(i) + ".png",
             gray_png(12, 255));
  run.file("settings.toml", "data = '" + (run.run.root / "other").native() + "'\nval_data = '" +
                                (run.run.root / "pictures").native() + "'\n");
  const std::string page = page_of(run);
  EXPECT_SAYS(page, "Pictures from <code>" + (run.run.root / "pictures").native() + "</code>");
  EXPECT_EQ(page.find(base64(gray_png(12, 255))), std::string::npos);
}

TEST(Page, WhatIsNotHeldOutIsNotCalledValidation) {
  const TemporaryRun run;
  run.file("metrics.jsonl",
           "{\"step\":1,\"loss\":6}\n{\"step\":2,\"loss\":5}\n{\"step\":2,\"epoch\":1,\"held_out\":false,"
           "\"val\":{\"loss\":4}}\n");
  const std::string page = page_of(run);
  EXPECT_EQ(page.find(">validation<"), std::string::npos);
  EXPECT_SAYS(page, ">training pictures, fixed views<");
}

TEST(Page, NeighboursOfAnotherClassAreMarkedByMoreThanColour) {
  const TemporaryRun run;
  write_run(run);
  std::string csv = read_file(run.run.root / "embeddings.csv");
  const size_t row = csv.find("b/12.png");  // b/12 lies among the b's, but is called otherwise
  csv.replace(csv.find("\"plain\"", row), 7, "\"odd\"");
  run.file("embeddings.csv", csv);
  const std::string page = page_of(run);
  EXPECT_GE(count_of(page, "class=\"neighbour other\""), 1U);
  EXPECT_EQ(count_of(page, "class=\"neighbour other\""),
            count_of(page, "<b aria-label=\"another class\">✕</b>"));
}

TEST(Page, PicturesThatMovedAwayLeaveTheirNames) {
  const TemporaryRun run;
  write_run(run);
  fs::remove_all(run.run.root / "pictures");
  const std::string page = page_of(run);
  EXPECT_SAYS(page, "their names stand in");
  EXPECT_SAYS(page, ">a/3.png</span>");
  EXPECT_EQ(markup_error(page), "");
}

TEST(Page, EmptyRunSaysWhichCommandMakesEachPart) {
  const TemporaryRun run;
  const std::string page = page_of(run);
  EXPECT_EQ(markup_error(page), "");
  EXPECT_SAYS(page, "Unfinished");
  EXPECT_SAYS(page, "Not evaluated yet.");
  EXPECT_SAYS(page, "No step is logged yet");
  EXPECT_SAYS(page, "No monitor is logged yet");
  EXPECT_SAYS(page, "No speed is logged yet");
  EXPECT_SAYS(page, "No preview of the views yet");
  EXPECT_SAYS(page, "No embeddings yet");
  EXPECT_SAYS(page, "No settings.toml");
  EXPECT_SAYS(page, "No environment.json");
  EXPECT_SAYS(page, "simclr evaluate " + run.run.root.native() + " --train DIR --test DIR");
  EXPECT_SAYS(page, "simclr export " + run.run.root.native() + " --out encoder.onnx");
}

// Any one file may be missing or full of nonsense: the page is made, and stays well formed.
TEST(Page, AnyFileMayBeMissingOrDamaged) {
  for (const char* name :
       {"settings.toml", "command.txt", "environment.json", "plan.json", "summary.json", "metrics.jsonl",
        "eval/all.json", "embeddings.npy", "embeddings.csv", "figures/views.png", "pictures/a/3.png"}) {
    for (const bool damaged : {false, true}) {
      const TemporaryRun run;
      write_run(run);
      fs::remove(run.run.root / name);
      if (damaged) run.file(name, std::string("\x00\xff{<b>\n\"", 8));
      std::string page;
      ASSERT_NO_THROW(page = report_page(read_run(run.run))) << name;
      EXPECT_EQ(markup_error(page), "") << name;
      EXPECT_EQ(page.find("{<b>"), std::string::npos) << name;
    }
  }
}

TEST(Page, UnfinishedRunsAreJudgedByTheirLastSteps) {
  const TemporaryRun run;
  run.file("metrics.jsonl",
           "{\"step\":8,\"loss\":5,\"chance\":6,\"floor\":2}\n{\"step\":9,\"loss\":3,\"chance\":6,\"floor\":"
           "2}\n{\"step\":10,\"loss\":null,\"chance\":6,\"floor\":2}\n");
  const std::string page = page_of(run);
  EXPECT_SAYS(page, "Unfinished");
  EXPECT_SAYS(page, "<b>4.00</b>");       // the mean of 5 and 3
  EXPECT_SAYS(page, "<b>50\u202f%</b>");  // of the way from 6 to 2
  EXPECT_SAYS(page, "up to step 10.");
}

TEST(Page, NoBaselineIsSaid) {
  const TemporaryRun run;
  run.file("eval/a.json", R"({"evaluations":{"knn":{"accuracy":0.5,"k":20}}})");
  EXPECT_SAYS(page_of(run), "No baseline here.");
}

TEST(Page, AFolderThatCannotBeWrittenIsADiskError) {
  const TemporaryRun run;
  write_metrics(run);
  run.file("figures", "in the way");
  try {
    write_report(run.run);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Exit::disk);
    EXPECT_SAYS(std::string(error.what()), "figures");
  }
}

TEST(Page, TheSameRunGivesTheSamePage) {
  const TemporaryRun run;
  write_run(run);
  const std::string first = page_of(run);
  EXPECT_EQ(page_of(run), first);
}

const char* const scores_of_two = R"({"task":"binary","positive":"<b>wet</b>","f1":0.734,"f1_tuned":0.761,
  "auc":0.81,"map":null,"accuracy":0.9,"intervals":{"f1":[0.701,0.766],"auc":[null,null]},"pictures":298,
  "labels":27,"validation_labels":13,"label_fraction":0.03,"in_train":2,"test":"data:test","from_scratch":false,
  "unfreeze":"all","classes":[{"class":"<b>wet</b>","positives":218,"precision":0.7,"recall":0.8,"f1":0.734,
  "f1_low":0.70,"f1_high":0.77,"ap":null}]})";

TEST(LabelScores, OfAFineTunedRunStandOnItsPage) {
  const TemporaryRun run;
  run.file("eval/classifier.json", scores_of_two);
  const std::string page = report_page(read_run(run.run));
  for (const char* text :
       {"F1 of &lt;b&gt;wet&lt;/b&gt;", "0.734", "0.701–0.766", "0.761", "298 test pictures",
        "27 labelled pictures", "2 of the test pictures are among the training pictures"})
    EXPECT_NE(page.find(text), std::string::npos) << text;
  EXPECT_EQ(page.find("<b>wet"), std::string::npos);
  EXPECT_TRUE(read_run(run.run).problems.empty());
}

TEST(LabelScores, ProbesStandBesideTheirBaselines) {
  const TemporaryRun run;
  run.file("eval/test-1a2b3c-multilabel.json",
           R"({"multilabel":{"encoder":{"f1":0.61,"f1_tuned":0.66,"map":0.7,"intervals":{"f1":[0.58,0.64]},
              "classes":[{"class":"sea","positives":12,"f1":0.61}]},"pixels":{"f1":0.31}},"test":"data:test",
              "labels":400})");
  const std::string page = report_page(read_run(run.run));
  for (const char* text :
       {"Classes found", "0.610", "0.580–0.640", "raw pixels", "0.310", "sea", "400 labelled"})
    EXPECT_NE(page.find(text), std::string::npos) << text;
}

TEST(LabelScores, ADamagedFileIsSaidAndLeavesThePageWhole) {
  const TemporaryRun run;
  run.file("eval/classifier.json", R"({"classes":[1,"x",{"class":3}],"intervals":7,"f1":"high"})");
  EXPECT_NE(report_page(read_run(run.run)).find("Classes found"), std::string::npos);
}

}  // namespace
}  // namespace simclr

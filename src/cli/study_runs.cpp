#include "cli/study_runs.hpp"

#include <algorithm>
#include <iostream>

#include "augment/pipeline.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/spec.hpp"
#include "base/threads.hpp"
#include "cli/doctor.hpp"
#include "cli/evaluate.hpp"
#include "report/study_page.hpp"

namespace simclr {
namespace {

constexpr unsigned kThreadsOfARun = 4;  // more gain little with small pictures and batches

std::vector<LabelSet> label_sets(const StudyRunArguments& a) {
  if (a.train.empty()) throw Error(Exit::usage, "--train is required.");
  if (a.test.empty() == (a.test_fraction == 0))
    throw Error(Exit::usage,
                a.test.empty() ? "--test is required." : "--test and --test-fraction exclude each other.",
                "Name a labelled set to test on, or hold out a part of --train: --test-fraction 0.3");
  if (!a.test.empty() && a.test.size() != a.train.size())
    throw Error(Exit::usage,
                "--train is given " + std::to_string(a.train.size()) + " times, --test " +
                    std::to_string(a.test.size()) + " times.",
                "Give both once for every set of labels.");
  if (a.label_map.size() > 1 && a.label_map.size() != a.train.size())
    throw Error(Exit::usage,
                "--train is given " + std::to_string(a.train.size()) + " times, --label-map " +
                    std::to_string(a.label_map.size()) + " times.",
                "Give one for all sets of labels, or one for each.");
  std::vector<LabelSet> sets;
  for (size_t i = 0; i < a.train.size(); ++i)
    sets.push_back(
        {absolute_source(a.train[i]), a.test.empty() ? "" : absolute_source(a.test[i]),
         a.label_map.empty() ? "" : absolute_list(a.label_map[std::min(i, a.label_map.size() - 1)])});
  return sets;
}

// Of pretraining: --config, then flags; paths absolute, since a rerun may be called from another folder.
Assignments training_settings(const StudyRunArguments& a) {
  PretrainSettings scratch;
  const Fields all = fields(scratch);
  Assignments settings;
  if (!a.config.empty()) settings = read_toml(a.config, all);
  settings.erase("out");
  for (const auto& [name, text] : a.training) {
    find(all, name)->set(text, "--" + name);
    settings[name] = text;
  }
  for (const char* path : {"data", "val-data"})
    if (const auto found = settings.find(path); found != settings.end())
      found->second = absolute_source(found->second);
  if (settings.contains("augment")) settings["augment"] = policy_or_file(settings["augment"]);
  return settings;
}

void choose_jobs(StudyRequest& request, const StudyRunArguments& a) {
  const unsigned all = cores();
  const unsigned threads = std::min(all, kThreadsOfARun);
  request.jobs = a.jobs ? static_cast<unsigned>(*a.jobs) : 0;
  request.threads = a.threads      ? static_cast<unsigned>(*a.threads)
                    : request.jobs ? std::max(1U, all / request.jobs)
                                   : threads;
  if (request.jobs == 0) request.jobs = std::max(1U, all / request.threads);
}

}  // namespace

Fields fields(StudyRunArguments& a) {
  return {
      field("out", a.out, "folder of the study; one that is there goes on").unit("STUDY"),
      field("seeds", a.seeds, "runs of each cell, from --seed on").range(1, 1000).unit("N"),
      field("test-fraction", a.test_fraction, "without --test: share of each class of --train to score on")
          .range(0, 0.9)
          .unit("X"),
      field("classes", a.classes, "classes to score on: all, or names: A,B or a file with one a line")
          .unit("LIST"),
      field("labels-per-class", a.labels_per_class, "labels used to score, 5 draws of them; or all")
          .unit("N"),
      field("score", a.score,
            "what the runs are judged by: knn, linear, svc, linear_svc, or finetune (F1), with arguments")
          .unit("TEXT"),
      field("measure", a.measure, "its figure").choices({"accuracy", "balanced_accuracy"}),
      field("baselines", a.baselines, "to compare each run with: random (untrained), pixels, none")
          .unit("LIST"),
      field("jobs", a.jobs, "runs at a time; auto: as many as the cores allow").range(1, 1024).unit("N"),
      field("threads", a.threads, "threads of each run; auto: up to 4").range(1, 1024).unit("N")};
}

void add_study_flags(CLI::App& command, StudyRunArguments& a, const std::vector<std::string>& taken) {
  command
      .add_option("--train", a.train,
                  "labelled pictures to learn the classes from, PATH[:split]; again for "
                  "another set of labels: the score is their mean")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command.add_option("--test", a.test, "labelled pictures to score on, PATH[:split]; as often as --train")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command
      .add_option("--label-map", a.label_map,
                  "classes made of the labels, as in finetune: one for all, or as often as --train")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  add_flags(command, fields(a), a.given);
  PretrainSettings defaults;
  Fields training = fields(defaults);
  std::erase_if(training, [&](const Field& one) {
    // By time, the runs' length would follow from what else the machine does.
    return one.name() == "out" || one.name() == "max-minutes" || one.name() == "label-map" ||
           of_finetuning(one.name()) || std::find(taken.begin(), taken.end(), one.name()) != taken.end();
  });
  add_flags(command, training, a.training);
  command.add_option("--config", a.config, "settings of pretraining from a TOML file; flags win")
      ->type_name("FILE");
  command.add_flag("--json", a.json, "the results as one JSON object on stdout");
}

StudyRequest study_request(StudyRunArguments& a) {
  if (a.out.empty())
    throw Error(Exit::usage, "--out is required.", "Name the study's folder: --out studies/mine");
  StudyRequest request;
  request.kind = a.kind;
  request.settings = training_settings(a);
  if (request.settings.contains("max-minutes"))
    throw Error(Exit::usage, "max-minutes makes the runs' length follow from what else the machine does.",
                "Give a study --steps or --epochs.");
  // Pretraining sees no labels; of --config, they are those of the scores.
  if (const auto map = request.settings.extract("label-map"); !map.empty() && a.label_map.empty())
    a.label_map = {map.mapped()};
  request.judging.label_sets = label_sets(a);
  if (request.settings.contains("exclude"))
    request.judging.exclude = request.settings["exclude"] = absolute_list(request.settings["exclude"]);
  request.judging.test_fraction = a.test_fraction;
  request.judging.classes = a.classes;
  request.judging.labels_per_class = a.labels_per_class;
  score_kind(a.score);
  request.judging.score = a.score;
  request.judging.measure = a.measure;
  parse_baselines(a.baselines);
  request.judging.baselines = a.baselines;
  if (request.settings.contains("device")) request.judging.device = request.settings["device"];
  PretrainSettings scratch;
  if (const auto seed = request.settings.extract("seed"); !seed.empty())
    find(fields(scratch), "seed")->set(seed.mapped(), "--seed");
  request.first_seed = static_cast<uint64_t>(scratch.seed);
  request.seeds = static_cast<size_t>(a.seeds);
  choose_jobs(request, a);
  request.out = std::filesystem::absolute(a.out).lexically_normal();
  return request;
}

int finish_study(const StudyRequest& request, size_t failed, const nlohmann::ordered_json& json,
                 const std::string& text, bool as_json) {
  write_study(json, request.out);
  const auto page = write_study_page(request.out);
  std::cout << (as_json ? json.dump() + "\n" : text + page.native() + "\n") << std::flush;
  if (failed == 0) return 0;
  log_warning(std::to_string(failed) + " runs failed; what they said is in " +
              printable((request.out / "logs").native()) + ". The same command tries them again.");
  return static_cast<int>(Exit::failed);
}

}  // namespace simclr

#pragma once
// What a run folder holds, read for its page. Every file may be missing or damaged: what could not be read is
// empty, numbers that are not there are NaN, and `problems` says why.

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/run.hpp"
#include "report/map_data.hpp"

namespace simclr {

constexpr double not_there = std::numeric_limits<double>::quiet_NaN();

struct RunStep {
  double step = 0, epoch = not_there, loss = not_there, chance = not_there, floor = not_there,
         top1 = not_there, lr = not_there, grad_norm = not_there, images_per_second = not_there,
         data_wait = not_there;
};

struct RunEpoch {  // measured on fixed pictures at the end of an epoch
  double step = 0, epoch = not_there, loss = not_there, chance = not_there, floor = not_there,
         top1 = not_there, z_std = not_there, rank_h = not_there, rank_z = not_there, alignment = not_there,
         uniformity = not_there, knn = not_there;
};

struct RunAlarm {
  double step = 0;
  std::string message;
};

struct RunScore {
  std::string features;      // "encoder", or a baseline: "random", "pixels"
  std::string method;        // "knn", "knn200", "linear"
  int labels_per_class = 0;  // 0: all
  double accuracy = not_there, std = not_there, low = not_there, high = not_there;
  int draws = 1, k = 0;
};

struct RunEvaluation {  // the scores of one train and test set, from one or several files
  std::string train, test;
  double test_pictures = not_there, in_both = not_there;  // in_both: in the training set, too
  std::vector<RunScore> scores;
  std::string caveat;  // what they must be read with
};

struct RunAngles {             // degrees between the classes of one test set, by one kind of features
  std::string test, features;  // "encoder", or a baseline
  std::vector<std::string> classes;
  std::vector<double> degrees;  // [classes, classes]
  double within = not_there, between = not_there;
  std::vector<std::string> least_separable;  // "a and b: 54.1 degrees, 2.0 more than within"
};

struct RunData {
  RunFolder run;
  std::vector<std::pair<std::string, std::string>> settings;  // in the order of the file
  std::string command;
  std::vector<RunStep> steps;  // step rising; of a step that stands twice (a resume), the later line
  std::vector<RunEpoch> epochs;
  bool held_out = true;  // the epochs' pictures took no part in training
  std::vector<RunAlarm> alarms;
  nlohmann::ordered_json summary, plan, environment;  // objects; empty when missing
  std::vector<RunEvaluation> evaluations;
  std::vector<RunAngles> angles;
  std::vector<RunMap> maps;                    // the newest of each test set
  std::vector<RunGalleries> galleries;         // of each test set, layer and space
  nlohmann::ordered_json classifier;           // scores of a fine-tuned run; empty when it is none
  std::vector<nlohmann::ordered_json> probes;  // of several classes on frozen features
  size_t bad_files = 0;
  std::vector<std::string> problems;

  std::string setting(std::string_view key) const;  // "" when absent
};

RunData read_run(const RunFolder& run);

// object[key] as a number or a text; NaN or "" when it is absent, null, or of another type.
double number_at(const nlohmann::ordered_json& object, const std::string& key);
// Of scores whose "intervals" hold a pair for `key`; not_there twice without one.
std::pair<double, double> interval_at(const nlohmann::ordered_json& scores, const std::string& key);
std::string text_at(const nlohmann::ordered_json& object, const std::string& key);

}  // namespace simclr

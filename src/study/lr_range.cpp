#include "study/lr_range.hpp"

#include <cmath>
#include <cstdio>

#include "base/error.hpp"
#include "formats/json_lines.hpp"
#include "optim/schedule.hpp"
#include "train/prepare.hpp"
#include "train/run_inputs.hpp"

namespace simclr {

Assignments range_settings(const PretrainSettings& settings, const RangeTerms& terms) {
  const double usual = peak_rate(settings);
  const ScheduleShape rising{ScheduleShape::Kind::rising, terms.from.value_or(usual * 1e-3),
                             terms.to.value_or(usual * 1e3), terms.warm_steps};
  const std::string schedule = to_text(rising);
  schedule_shape(schedule);
  return {{"schedule", schedule},    {"steps", std::to_string(terms.warm_steps + terms.range_steps)},
          {"growth", "none"},        {"epochs", "auto"},
          {"max-minutes", "auto"},   {"decay-steps", "auto"},
          {"warmup-epochs", "auto"}, {"patience", "0"},
          {"checkpoint-every", "25"}};
}

RangeTest read_range_test(const RunFolder& run) {
  const RunInputs inputs = read_run(run.root.native());
  const ScheduleShape rising = schedule_shape(inputs.settings.schedule);
  RangeTest test;
  test.warm_rate = inputs.plan.lr;
  test.optimizer = inputs.plan.optimizer;
  test.loss = inputs.plan.loss;
  test.encoder = inputs.plan.encoder;
  test.batch_size = inputs.settings.batch_size;
  const auto add = [&](int64_t step, double loss) {
    if (step <= rising.warm) {
      if (std::isnan(loss))
        throw Error(Exit::non_finite,
                    "the loss is not finite at the usual rate " + shortest(test.warm_rate) + ".",
                    "Give a lower one with --lr, and --overwrite.");
      return;
    }
    const int64_t place = step - 1 - rising.warm, all = inputs.plan.total_steps - rising.warm;
    const double rate = rising_rate(rising.from, rising.to, place, all);
    if (!test.rates.empty() && test.rates.back() == rate) {  // its weights were lost after the step
      test.losses.back() = loss;
      return;
    }
    test.rates.push_back(rate);
    test.losses.push_back(loss);
  };
  for (const auto& line : read_json_lines(run.metrics()).objects) {
    if (line.value("event", "") == "non_finite") add(line.at("step").get<int64_t>(), std::nan(""));
    if (!line.contains("loss")) continue;
    test.chance = line.at("chance").get<double>();
    test.floor = line.at("floor").get<double>();
    add(line.at("step").get<int64_t>(), line.at("loss").get<double>());
  }
  const bool whole = test.rates.size() == static_cast<size_t>(inputs.plan.total_steps - rising.warm);
  if (!whole && (test.losses.empty() || !std::isnan(test.losses.back())))
    throw Error(Exit::failed, "the range test has not ended.", "The same command goes on with it.");
  test.range = rate_range(test.rates, test.losses, test.chance);
  return test;
}

nlohmann::ordered_json to_json(const RangeTest& test) {
  const RateRange& range = test.range;
  const bool diverged = range.diverged < test.rates.size();
  nlohmann::ordered_json json{{"study", "lr"},
                              {"optimizer", test.optimizer},
                              {"loss", test.loss},
                              {"encoder", test.encoder},
                              {"batch_size", test.batch_size},
                              {"warm_rate", test.warm_rate},
                              {"suggestion", range.suggestion},
                              {"steepest", test.rates[range.steepest]},
                              {"least", test.rates[range.least]},
                              {"diverged", nullptr},
                              {"limit", range.limit},
                              {"chance", test.chance},
                              {"floor", test.floor},
                              {"rates", test.rates},
                              {"losses", test.losses},
                              {"smoothed", range.smooth}};
  if (diverged) json["diverged"] = test.rates[range.diverged];
  return json;
}

std::string to_text(const RangeTest& test) {
  const RateRange& range = test.range;
  char text[480];
  std::snprintf(text, sizeof text, "%s, batch %lld: the loss falls fastest at %.3g, is least at %.3g",
                test.optimizer.c_str(), static_cast<long long>(test.batch_size), test.rates[range.steepest],
                test.rates[range.least]);
  std::string out = text;
  if (range.diverged < test.rates.size())
    std::snprintf(text, sizeof text,
                  " and is lost (above %.3g) from %.3g on\nsuggested: --lr %.2g, a quarter of that\n",
                  range.limit, test.rates[range.diverged], range.suggestion);
  else
    std::snprintf(
        text, sizeof text,
        "; no rate up to %.3g was too high: give a higher --to, and --overwrite\nuntil then: --lr %.2g, a "
        "quarter of the highest\n",
        test.rates.back(), range.suggestion);
  return out + text;
}

}  // namespace simclr

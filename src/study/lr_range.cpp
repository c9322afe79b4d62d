#include "study/lr_range.hpp"

#include <cmath>
#include <csignal>
#include <cstdio>

#include "base/error.hpp"
#include "base/log.hpp"
#include "train/rehearsal.hpp"
#include "train/signals.hpp"

namespace simclr {
namespace {

void check_rates(double from, double to) {
  if (from > 0 && from < to) return;
  throw Error(
      Exit::setting,
      "the rates of a range test rise; from " + shortest(from) + " to " + shortest(to) + " they don't.",
      "Give --from above 0 and --to above --from.");
}

void stop_if_asked() {
  const int signal = stop_signal();
  if (signal != 0)
    throw Error(signal == SIGINT ? Exit::interrupted : Exit::stopped, "the range test was stopped.",
                "It is short: start it again.");
}

}  // namespace

RangeTest test_rates(const PretrainSettings& settings, const RangeTerms& terms) {
  listen_for_signals();
  Prepared prepared = prepare(settings, std::nullopt);
  ready_cache(*prepared.pictures, prepared.cache);
  const Plan& plan = prepared.plan;
  const double from = terms.from.value_or(plan.lr * 1e-3), to = terms.to.value_or(plan.lr * 1e3);
  check_rates(from, to);
  Rehearsal rehearsal(settings, prepared);
  RangeTest test;
  test.warm_rate = plan.lr;
  test.chance = prepared.loss->chance(settings.batch_size);
  test.floor = prepared.loss->floor(settings.batch_size);
  test.optimizer = plan.optimizer;
  test.loss = plan.loss;
  test.encoder = plan.encoder;
  test.batch_size = settings.batch_size;
  const int64_t all = terms.warm_steps + terms.range_steps;
  for (int64_t i = 0; i < terms.warm_steps; ++i) {
    stop_if_asked();
    const double rising = static_cast<double>(i + 1) / static_cast<double>(terms.warm_steps);
    const StepValues values = rehearsal.step(rehearsal.next(), plan.lr * std::min(1.0, 2 * rising));
    if (!std::isfinite(values.loss))
      throw Error(Exit::non_finite, "the loss is not finite at the usual rate " + shortest(plan.lr) + ".",
                  "Give a lower one with --lr.");
    progress_line("warm step " + std::to_string(i + 1) + " of " + std::to_string(all));
  }
  for (int64_t i = 0; i < terms.range_steps; ++i) {
    stop_if_asked();
    const double rate = range_rate(from, to, static_cast<size_t>(i), static_cast<size_t>(terms.range_steps));
    const StepValues values = rehearsal.step(rehearsal.next(), rate);
    const bool lost = !std::isfinite(values.loss) || !std::isfinite(values.gradient_norm);
    test.rates.push_back(rate);
    test.losses.push_back(lost ? std::nan("") : values.loss);
    progress_line("rate " + shortest(rate) + ", loss " + shortest(values.loss));
    if (lost) break;
  }
  progress_done();
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
        "; no rate up to %.3g was too high: go on with a higher --to\nuntil then: --lr %.2g, a quarter "
        "of the highest\n",
        test.rates.back(), range.suggestion);
  return out + text;
}

}  // namespace simclr

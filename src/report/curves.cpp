// Curves over the steps: loss between chance and floor, monitors, speed.
#include <algorithm>
#include <cmath>
#include <optional>

#include "report/html.hpp"
#include "report/sections.hpp"
#include "report/standing.hpp"

namespace simclr {
namespace {

struct Curve {
  std::string file;
  LinePlot plot;
};

template <class Line>
Series series(const std::vector<Line>& lines, std::string name, double Line::*value, int style,
              bool thin = false) {
  Series out{std::move(name), {}, {}, style, thin};
  for (const Line& line : lines) {
    out.x.push_back(line.step);
    out.y.push_back(line.*value);
  }
  return out;
}

bool has_values(const Series& s) {
  return std::any_of(s.y.begin(), s.y.end(), [](double value) { return std::isfinite(value); });
}

// A plot of those series that have a value; none when there is no such series.
std::optional<Curve> curve(std::string file, std::string title, std::string y_label, std::vector<Series> all,
                           std::vector<double> include = {}, bool logarithmic = false) {
  std::erase_if(all, [](const Series& s) { return !has_values(s); });
  if (std::all_of(all.begin(), all.end(), [](const Series& s) { return s.thin; })) return std::nullopt;
  return Curve{
      std::move(file),
      {std::move(title), "step", std::move(y_label), std::move(all), std::move(include), logarithmic}};
}

// The level of a reference (chance, floor) at its last line.
double last_of(const Series& s) {
  for (auto value = s.y.rbegin(); value != s.y.rend(); ++value)
    if (std::isfinite(*value)) return *value;
  return not_there;
}

// A validation loss at another batch size has another chance level: it is not comparable, and gets its own
// plot.
bool comparable(const RunData& data) {
  const double train = last_of(series(data.steps, "", &RunStep::chance, 5));
  const double val = last_of(series(data.epochs, "", &RunEpoch::chance, 5));
  return !std::isfinite(train) || !std::isfinite(val) || std::abs(train - val) < 0.01 * train;
}

// Without held-out pictures, what is measured each epoch is no validation, and is not called so.
std::string fixed_pictures(const RunData& data) {
  return data.held_out ? "validation" : "training pictures, fixed views";
}

std::vector<Curve> loss_curves(const RunData& data) {
  std::vector<Series> train{series(data.steps, "training", &RunStep::loss, 0)};
  std::vector<Series> val{series(data.epochs, fixed_pictures(data), &RunEpoch::loss, 1)};
  const std::vector<Series> train_levels{series(data.steps, "chance", &RunStep::chance, 5, true),
                                         series(data.steps, "floor", &RunStep::floor, 2, true)};
  const std::vector<Series> val_levels{series(data.epochs, "chance", &RunEpoch::chance, 5, true),
                                       series(data.epochs, "floor", &RunEpoch::floor, 2, true)};
  const bool together = comparable(data);
  if (together) train.insert(train.end(), val.begin(), val.end());
  train.insert(train.end(), train_levels.begin(), train_levels.end());
  val.insert(val.end(), val_levels.begin(), val_levels.end());
  std::vector<Curve> curves;
  if (auto c = curve("loss.svg", "Loss, between chance and its floor", loss_label(data), std::move(train)))
    curves.push_back(*c);
  if (auto c = together ? std::nullopt
                        : curve("validation_loss.svg",
                                data.held_out ? "Validation loss (its batch size differs)"
                                              : "Loss on fixed views (its batch size differs)",
                                loss_label(data), std::move(val)))
    curves.push_back(*c);
  return curves;
}

std::vector<Curve> monitor_curves(const RunData& data) {
  const auto& e = data.epochs;
  const auto& s = data.steps;
  Series healthy{"healthy: about 1", {}, {}, 5, true};
  for (const RunEpoch& line : e) {
    healthy.x.push_back(line.step);
    healthy.y.push_back(1);
  }
  const std::optional<Curve> all[] = {
      curve("z_std.svg", "Spread of the embeddings", "std of z × √d",
            {series(e, "std of z × √d", &RunEpoch::z_std, 0), healthy}, {0, 1}),
      curve("effective_rank.svg", "Effective rank", "dimensions in use",
            {series(e, "h (encoder)", &RunEpoch::rank_h, 0), series(e, "z (head)", &RunEpoch::rank_z, 1)},
            {0}),
      curve("contrastive_top1.svg", capitalised(top1_name(data)), "fraction of rows",
            {series(s, "training", &RunStep::top1, 0), series(e, fixed_pictures(data), &RunEpoch::top1, 1)},
            {0}),
      curve("knn.svg", "kNN on the validation pictures", "accuracy, fraction",
            {series(e, "kNN", &RunEpoch::knn, 0)}),
      curve("alignment.svg", "Alignment", "distance² of two views (0 is perfect)",
            {series(e, "alignment", &RunEpoch::alignment, 0)}, {0}),
      curve("uniformity.svg", "Uniformity", "log mean exp(−2 distance²); −4 is uniform",
            {series(e, "uniformity", &RunEpoch::uniformity, 0)}, {0}),
      curve("learning_rate.svg", "Learning rate", "rate", {series(s, "rate", &RunStep::lr, 0)}, {0}),
      curve("gradient_norm.svg", "Gradient norm", "L2 norm, log scale",
            {series(s, "norm", &RunStep::grad_norm, 0)}, {}, true)};
  std::vector<Curve> curves;
  for (const auto& one : all)
    if (one) curves.push_back(*one);
  return curves;
}

std::vector<Curve> speed_curves(const RunData& data) {
  std::vector<Curve> curves;
  Series wait = series(data.steps, "data wait", &RunStep::data_wait, 1);
  for (double& value : wait.y) value *= 100;
  if (auto c = curve("images_per_second.svg", "Speed", "images/s (one image = two views)",
                     {series(data.steps, "speed", &RunStep::images_per_second, 0)}, {0}))
    curves.push_back(*c);
  if (auto c = curve("data_wait.svg", "Waiting for data", "% of the time", {wait}, {0})) curves.push_back(*c);
  return curves;
}

std::string small_multiples(const std::vector<Curve>& curves) {
  std::string out = "<div class=\"multiples\">\n";
  for (const Curve& one : curves) out += figure(draw(one.plot, {340, 230}));
  return out + "</div>\n";
}

std::string train_command(const RunData& data) {
  return "simclr pretrain --data " + data_word(data) + " --out " + run_word(data) + " --resume";
}

double median(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return not_there;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

bool learns_from_labels(const RunData& data) {
  const std::string loss = text_at(data.plan, "loss");
  return !loss.empty() && !loss.starts_with("nt_xent");
}

std::string top1_name(const RunData& data) {
  if (text_at(data.plan, "loss").starts_with("distill")) return "as the teacher";
  return learns_from_labels(data) ? "class top-1" : "contrastive top-1";
}

std::string loss_label(const RunData& data) {
  return learns_from_labels(data) ? text_at(data.plan, "loss") + " loss" : "NT-Xent loss, nats";
}

std::string curves_section(const RunData& data) {
  std::string out = "<section id=\"loss\">\n<h2>Loss</h2>\n";
  const std::vector<Curve> curves = loss_curves(data);
  if (curves.empty())
    return out +
           missing_part("No step is logged yet (metrics.jsonl). Training writes it:", train_command(data)) +
           "</section>\n";
  for (const Curve& one : curves) out += wide_figure(one.plot, 340);
  return out + "<p class=\"note\">" +
         (learns_from_labels(data) ? "Learnt from labels. Chance is the loss when all embeddings are alike, "
                                     "or of guessing classes by their "
                                     "shares; the floor is about the least that is possible."
                                   : "Chance is what guessing the partner among the batch gives; the floor "
                                     "is the least value that this "
                                     "temperature and batch size allow.") +
         std::string(" Shaded: from the least to the greatest of the steps behind one point.</p>\n") +
         "</section>\n";
}

std::string monitors_section(const RunData& data) {
  std::string out = "<section id=\"monitors\">\n<h2>Monitors</h2>\n";
  const std::vector<Curve> curves = monitor_curves(data);
  if (curves.empty())
    return out +
           missing_part("No monitor is logged yet. Training measures them at the end of each epoch:",
                        train_command(data)) +
           "</section>\n";
  out +=
      "<p class=\"note\">Signs of health that need no labels. A spread or an effective rank that falls "
      "towards 0 means collapse, whatever the loss does.</p>\n";
  return out + small_multiples(curves) + "</section>\n";
}

std::string speed_section(const RunData& data) {
  std::string out = "<section id=\"speed\">\n<h2>Speed</h2>\n";
  const std::vector<Curve> curves = speed_curves(data);
  const double overall = number_at(data.summary, "images_per_second");
  if (curves.empty() && !std::isfinite(overall))
    return out + missing_part("No speed is logged yet. Training measures it:", train_command(data)) +
           "</section>\n";
  std::vector<double> speeds, waits;
  for (const RunStep& step : data.steps) {
    speeds.push_back(step.images_per_second);
    waits.push_back(step.data_wait);
  }
  std::vector<Fact> facts;
  if (std::isfinite(overall)) facts.push_back({"images/s, whole run", significant(overall, 4), ""});
  facts.push_back({"images/s, median step", significant(median(speeds), 4), ""});
  facts.push_back({"data wait, median step", percent(median(waits), 1), ""});
  return out + tiles(facts) + small_multiples(curves) + "</section>\n";
}

std::map<std::string, std::string> figure_files(const RunData& data) {
  std::map<std::string, std::string> files;
  constexpr Canvas canvas{640, 360};
  for (const auto& curves : {loss_curves(data), monitor_curves(data), speed_curves(data)})
    for (const Curve& one : curves) files[one.file] = standalone(draw(one.plot, canvas), canvas);
  size_t number = 0;
  for (const BarPlot& plot : evaluation_plots(data)) {
    constexpr Canvas wide{860, 360};
    const std::string suffix = ++number == 1 ? "" : std::string("-").append(std::to_string(number));
    files["evaluation" + suffix + ".svg"] = standalone(draw(plot, wide), wide);
  }
  number = 0;
  for (const HeatMap& plot : angle_plots(data)) {
    constexpr Canvas square{600, 600};
    files["angles-" + std::to_string(++number) + ".svg"] = standalone(draw(plot, square), square);
  }
  number = 0;
  for (const RunMap& map : data.maps) {
    const std::string name = "map-" + std::to_string(++number);
    for (size_t p = 0; p < map.projections.size(); ++p) {
      const ScatterPlot plot = scatter_plot(map, p);
      const Canvas fitting = scatter_canvas(plot, 1024);
      const std::string suffix = p == 0 ? "" : "-" + map.projections[p].name;
      files[name + suffix + ".svg"] = standalone(draw(plot, fitting), fitting);
    }
  }
  return files;
}

}  // namespace simclr

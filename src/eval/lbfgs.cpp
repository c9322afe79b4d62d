#include "eval/lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>

namespace simclr {
namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

// The last steps s and changes of gradient y: an estimate of the inverse Hessian without its matrix.
class Curvature {
 public:
  explicit Curvature(const LbfgsOptions& options) : options_(options) {}

  void add(std::vector<double> step, std::vector<double> change) {
    const double product = dot(step, change), norm = dot(change, change);
    if (!(product > 1e-12 * norm)) return;  // keeps the estimate positive definite
    if (pairs_.size() == options_.history) pairs_.pop_front();
    std::vector<double> guess = change;
    if (options_.precondition) options_.precondition(guess);
    scale_ = product / dot(change, guess);
    pairs_.push_back({std::move(step), std::move(change), 1 / product});
  }

  void forget() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }

  std::vector<double> downhill(const std::vector<double>& gradient) const {
    std::vector<double> direction = gradient, alpha(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      alpha[i] = pairs_[i].inverse * dot(pairs_[i].step, direction);
      add_scaled(direction, -alpha[i], pairs_[i].change);
    }
    if (options_.precondition) options_.precondition(direction);
    const double scale = pairs_.empty() ? 1 : scale_;
    for (double& value : direction) value *= scale;
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const double beta = pairs_[i].inverse * dot(pairs_[i].change, direction);
      add_scaled(direction, alpha[i] - beta, pairs_[i].step);
    }
    for (double& value : direction) value = -value;
    return direction;
  }

 private:
  struct Pair {
    std::vector<double> step, change;
    double inverse;  // of their product
  };
  static void add_scaled(std::vector<double>& to, double factor, const std::vector<double>& from) {
    for (size_t i = 0; i < to.size(); ++i) to[i] += factor * from[i];
  }
  const LbfgsOptions& options_;
  double scale_ = 1;
  std::deque<Pair> pairs_;
};

struct Point {
  double step = 0, value = 0, slope = 0;
};

// The minimum of the cubic through two points and their slopes, kept a tenth of their distance away from
// both.
double between(const Point& a, const Point& b) {
  const double width = b.step - a.step;
  const double middle = a.step + width / 2;
  if (!std::isfinite(b.value) || !std::isfinite(a.value)) return a.step + width / 10;
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
  const double root = d1 * d1 - a.slope * b.slope;
  if (!(root >= 0)) return middle;
  const double d2 = std::copysign(std::sqrt(root), width);
  const double step = b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  const double low = std::min(a.step, b.step) + std::abs(width) / 10;
  const double high = std::max(a.step, b.step) - std::abs(width) / 10;
  return std::isfinite(step) ? std::clamp(step, low, high) : middle;
}

class LineSearch {
 public:
  LineSearch(const Objective& objective, const std::vector<double>& start,
             const std::vector<double>& direction, Point at_start)
      : objective_(objective),
        start_(start),
        direction_(direction),
        origin_(at_start),
        x(start.size()),
        gradient(start.size()) {}

  // The point reached, or nothing when no step goes lower.
  std::optional<Point> run(double step) {
    Point before = origin_;
    for (int i = 0; i < 20; ++i) {
      const Point now = evaluate(step);
      if (too_high(now) || (i > 0 && now.value >= before.value)) return zoom(before, now);
      if (flat(now)) return now;
      if (now.slope >= 0) return zoom(now, before);
      before = now;
      step *= 3;
    }
    return lower(before);
  }

  int evaluations = 0;

 private:
  static constexpr double sufficient = 1e-4, curvature = 0.9;
  // Written !(<=) so that a NaN counts as too high.
  bool too_high(const Point& p) const {
    return !(p.value <= origin_.value + sufficient * p.step * origin_.slope);
  }
  bool flat(const Point& p) const { return std::abs(p.slope) <= -curvature * origin_.slope; }

  std::optional<Point> zoom(Point low, Point high) {
    for (int i = 0; i < 20; ++i) {
      const Point now = evaluate(between(low, high));
      if (too_high(now) || now.value >= low.value) {
        high = now;
      } else {
        if (flat(now)) return now;
        if (now.slope * (high.step - low.step) >= 0) high = low;
        low = now;
      }
    }
    return lower(low);
  }

  std::optional<Point> lower(const Point& p) {
    if (p.step == 0 || !(p.value < origin_.value)) return std::nullopt;
    return evaluate(p.step);  // x and the gradient are those of the point tried last
  }

  Point evaluate(double step) {
    ++evaluations;
    for (size_t i = 0; i < x.size(); ++i) x[i] = start_[i] + step * direction_[i];
    const double value = objective_(x, gradient);
    return {step, value, dot(gradient, direction_)};
  }

  const Objective& objective_;
  const std::vector<double>&start_, &direction_;
  Point origin_;

 public:
  std::vector<double> x, gradient;  // of the point tried last
};

}  // namespace

LbfgsResult minimise(const Objective& objective, std::vector<double>& x, const LbfgsOptions& options) {
  LbfgsResult result;
  std::vector<double> gradient(x.size());
  result.value = objective(x, gradient);
  result.evaluations = 1;
  result.values.push_back(result.value);
  Curvature curvature(options);
  while (true) {
    result.gradient = largest(gradient);
    result.converged = result.gradient <= options.tolerance;
    if (result.converged || result.iterations >= options.max_iterations || !std::isfinite(result.value))
      break;
    const bool steepest = curvature.empty();
    const std::vector<double> direction = curvature.downhill(gradient);
    const double slope = dot(gradient, direction);
    LineSearch search(objective, x, direction, {0, result.value, slope});
    const double first = steepest && !options.precondition ? std::min(1.0, 1 / std::sqrt(-slope)) : 1.0;
    const auto reached = slope < 0 ? search.run(first) : std::nullopt;
    result.evaluations += search.evaluations;
    if (!reached) {
      if (steepest) break;
      curvature.forget();  // once more along the gradient itself
      continue;
    }
    std::vector<double> step(x.size()), change(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      step[i] = search.x[i] - x[i];
      change[i] = search.gradient[i] - gradient[i];
    }
    curvature.add(std::move(step), std::move(change));
    x.swap(search.x);
    gradient.swap(search.gradient);
    result.value = reached->value;
    result.values.push_back(result.value);
    ++result.iterations;
  }
  return result;
}

}  // namespace simclr

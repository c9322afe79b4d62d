#include "report/axis.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "report/html.hpp"

namespace simclr {
namespace {

int decimals_of(double step) {
  return std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
}

// How far the number of intervals may pass what was asked: 3.1 intervals of 2 are better than 1.2 of 5.
constexpr double give = 1.4;

// 5e-5, 1.25e7: as many digits as it takes.
std::string with_exponent(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.5e", std::abs(value));
  const std::string all = text;
  const size_t e = all.find('e');
  std::string mantissa = all.substr(0, e);
  mantissa.erase(mantissa.find_last_not_of('0') + 1);
  if (mantissa.back() == '.') mantissa.pop_back();
  return (value < 0 ? "\u2212" : "") + mantissa + "e" + std::to_string(std::stoi(all.substr(e + 1)));
}

std::string tick_label(double value, double step) {
  if (value == 0) return "0";
  const int decimals = decimals_of(step);
  return decimals > 4 || std::abs(value) >= 1e7 ? with_exponent(value) : decimal(value, decimals);
}

}  // namespace

double tick_step(double lo, double hi, int most) {
  const double rough = (hi / 2 - lo / 2) / std::max(1, most - 1) * 2;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough / give) return factor * power;
  return 10 * power;
}

Axis::Axis(double lo, double hi, double from, double to, int most_ticks, bool whole, Scaling scaling)
    : lo_(std::clamp(std::min(lo, hi), -1e300, 1e300)),
      hi_(std::clamp(std::max(lo, hi), -1e300, 1e300)),
      from_(from),
      to_(to),
      logarithmic_(scaling == Scaling::logarithmic && lo_ > 1e-280) {
  const double size = std::max({std::abs(lo_), std::abs(hi_), 1e-300});
  if (hi_ - lo_ <=
      std::max(size * 1e-9, 1e-290)) {  // a constant: room on both sides, so that its line lies in the middle
    const double room = size < 1e-280 ? 1 : size * 0.1;
    hi_ += room;
    lo_ -= room;
  }
  if (logarithmic_)
    decade_ticks(most_ticks);
  else
    linear_ticks(most_ticks, whole);
}

void Axis::linear_ticks(int most, bool whole) {
  double step = tick_step(lo_, hi_, std::max(2, most));
  // An axis with a single number on it tells no scale.
  while (!whole && std::floor(hi_ / step + 1e-6) - std::ceil(lo_ / step - 1e-6) < 1 && most < 20)
    step = tick_step(lo_, hi_, ++most);
  // A hair of tolerance, or 0.3 / 0.1 = 2.9999999999999996 would lose its tick.
  double first = std::ceil(lo_ / step - 1e-6), last = std::floor(hi_ / step + 1e-6);
  if (whole) {
    first = std::floor(lo_ / step + 1e-6);
    last = std::ceil(hi_ / step - 1e-6);
    lo_ = std::min(lo_, first * step);
    hi_ = std::max(hi_, last * step);
  }
  for (double i = first; i <= last; ++i) ticks_.push_back({i * step, tick_label(i * step, step)});
}

// From a round number (1, 2, 5 times a power of ten) to a round number; labels at whole decades, and between
// them where there are at most two.
void Axis::decade_ticks(int most) {
  std::vector<double> round;
  for (double p = std::floor(std::log10(lo_) - 1e-9); p <= std::ceil(std::log10(hi_) + 1e-9); ++p)
    for (const double factor : {1.0, 2.0, 5.0}) round.push_back(factor * std::pow(10, p));
  const auto above = std::upper_bound(round.begin(), round.end(), lo_ * (1 + 1e-9));
  const auto last = std::lower_bound(round.begin(), round.end(), hi_ * (1 - 1e-9));
  lo_ = std::min(lo_, *std::prev(above));
  hi_ = std::max(hi_, *last);
  const double decades = std::log10(hi_ / lo_);
  const double stride = std::max(1.0, std::ceil(decades / std::max(1, most - 1)));
  double decades_passed = 0;
  for (auto value = std::prev(above); value <= last; ++value) {
    const bool decade = (value - round.begin()) % 3 == 0;
    if (decade ? std::fmod(decades_passed++, stride) == 0 : decades <= 2.05)
      ticks_.push_back({*value, significant(*value, 1)});
  }
}

double Axis::pixel(double value) const {
  if (logarithmic_ && value <= 0) return from_;
  const double part = logarithmic_
                          ? (std::log10(value) - std::log10(lo_)) / (std::log10(hi_) - std::log10(lo_))
                          : (value / 2 - lo_ / 2) / (hi_ / 2 - lo_ / 2);
  return from_ + part * (to_ - from_);
}

}  // namespace simclr

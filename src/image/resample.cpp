#include "image/resample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.hpp"
#include "image/rows.hpp"

namespace simclr {
namespace {

double triangle(double x) {
  return std::max(0.0, 1.0 - std::abs(x));
}

double cubic(double x) {  // Keys, a = -0.5
  x = std::abs(x);
  if (x < 1.0) return (1.5 * x - 2.5) * x * x + 1.0;
  return x < 2.0 ? ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0 : 0.0;
}

// Outputs first .. first + count - 1 of `in` samples resized to `out`.
struct Axis {
  int in, out, first, count;
};

struct Scratch {  // kept by each thread, so that a call takes no memory but its result
  Windows rows, columns;
  std::vector<double> window;
  Floats line, plane;
  std::vector<int> nearest_row, nearest_column;
};

Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
}

// The weights of one output in `window`; returns the first input they belong to. Zeros at either end are
// left out, so that a picture that keeps its size is copied.
int weigh_window(const Axis& axis, int output, Filter filter, std::vector<double>& window) {
  const double ratio = static_cast<double>(axis.in) / axis.out, stretch = std::max(ratio, 1.0);
  const double support = (filter == Filter::bicubic ? 2.0 : 1.0) * stretch;
  const double centre = (output + 0.5) * ratio, from = centre - support + 0.5, to = centre + support + 0.5;
  int lo = std::max(0, static_cast<int>(from));
  int hi = std::min(axis.in, static_cast<int>(to));
  const auto weight = [&](int i) {
    const double x = (i - centre + 0.5) / stretch;
    return filter == Filter::bicubic ? cubic(x) : triangle(x);
  };
  while (lo + 1 < hi && weight(lo) == 0.0) ++lo;
  while (hi - 1 > lo && weight(hi - 1) == 0.0) --hi;
  window.clear();
  double sum = 0;
  for (int i = lo; i < hi; ++i) sum += window.emplace_back(weight(i));
  for (double& w : window) w /= sum;
  return lo;
}

void make_windows(const Axis& axis, Filter filter, bool reversed, float scale, Scratch& kept, Windows& out) {
  const double ratio = static_cast<double>(axis.in) / axis.out;
  const double support = (filter == Filter::bicubic ? 2.0 : 1.0) * std::max(ratio, 1.0);
  const int most = static_cast<int>(std::ceil(2.0 * support)) + 1;
  out.taps = (std::min(most, axis.in) + 3) / 4 * 4;
  out.start.resize(static_cast<size_t>(axis.count));
  out.weight.assign(static_cast<size_t>(axis.count) * static_cast<size_t>(out.taps), 0.0F);
  out.used = 1;
  out.identity = scale == 1.0F;
  for (int x = 0; x < axis.count; ++x) {
    const int output = axis.first + (reversed ? axis.count - 1 - x : x);
    const int start = weigh_window(axis, output, filter, kept.window);
    float* weight = out.weight.data() + static_cast<size_t>(x) * static_cast<size_t>(out.taps);
    for (size_t i = 0; i < kept.window.size(); ++i) weight[i] = static_cast<float>(kept.window[i]) * scale;
    out.start[static_cast<size_t>(x)] = start;
    out.used = std::max(out.used, static_cast<int>(kept.window.size()));
    out.identity = out.identity && start == x && kept.window.size() == 1;
  }
}

// The windows' own length may be shorter than the widest: only the rows that count are read.
int length_of(const Windows& windows, size_t y) {
  const float* weight = windows.weight.data() + y * static_cast<size_t>(windows.taps);
  int length = windows.used;
  while (length > 1 && weight[length - 1] == 0.0F) --length;
  return length;
}

template <class T>
void weigh_window_of_rows(const T* top, size_t stride, const Windows& windows, size_t y, float* out,
                          size_t n) {
  constexpr int at_once = 64;
  const T* rows[at_once];
  const int length = length_of(windows, y);
  const float* weight = windows.weight.data() + y * static_cast<size_t>(windows.taps);
  const T* first = top + static_cast<size_t>(windows.start[y]) * stride;
  if (length <= at_once) {
    for (int i = 0; i < length; ++i) rows[i] = first + static_cast<size_t>(i) * stride;
    return weigh_rows(rows, weight, length, out, n);
  }
  std::vector<const T*> many(static_cast<size_t>(length));  // shrunk by more than 16: rare
  for (size_t i = 0; i < many.size(); ++i) many[i] = first + i * stride;
  weigh_rows(many.data(), weight, length, out, n);
}

// Rows first: each output row is weighed from its input rows at full crop width, then narrowed.
template <class T>
void rows_then_columns(const T* top, size_t stride, size_t crop_width, Scratch& kept, float* out) {
  const size_t width = kept.columns.start.size();
  const bool narrow = !kept.columns.identity;
  kept.line.resize(crop_width + kept.columns.beyond());
  std::fill(kept.line.begin() + static_cast<std::ptrdiff_t>(crop_width), kept.line.end(), 0.0F);
  for (size_t y = 0; y < kept.rows.start.size(); ++y, out += width) {
    weigh_window_of_rows(top, stride, kept.rows, y, narrow ? kept.line.data() : out, crop_width);
    if (narrow) weigh_columns(kept.line.data(), kept.columns, out);
  }
}

template <class T>
void columns_then_rows(const T* top, size_t stride, const Box& box, Scratch& kept, bool clip, float* out) {
  const size_t width = kept.columns.start.size(), crop_width = static_cast<size_t>(box.width);
  const int first = *std::min_element(kept.rows.start.begin(), kept.rows.start.end());
  const int last = std::min(
      *std::max_element(kept.rows.start.begin(), kept.rows.start.end()) + kept.rows.used, box.height);
  kept.line.resize(crop_width + kept.columns.beyond());
  std::fill(kept.line.begin() + static_cast<std::ptrdiff_t>(crop_width), kept.line.end(), 0.0F);
  kept.plane.resize(static_cast<size_t>(box.height) * width);
  const float one = 1.0F;
  for (int y = first; y < last; ++y) {
    const T* row = top + static_cast<size_t>(y) * stride;
    weigh_rows(&row, &one, 1, kept.line.data(), crop_width);
    float* narrowed = kept.plane.data() + static_cast<size_t>(y) * width;
    weigh_columns(kept.line.data(), kept.columns, narrowed);
    if (clip)
      for (size_t x = 0; x < width; ++x)
        narrowed[x] = std::clamp(narrowed[x], 0.0F, static_cast<float>(std::numeric_limits<T>::max()));
  }
  for (size_t y = 0; y < kept.rows.start.size(); ++y, out += width)
    weigh_window_of_rows(kept.plane.data(), width, kept.rows, y, out, width);
}

// Products of either order; one along a row costs about twice one down the columns.
bool columns_first(const Box& box, const Windows& rows, const Windows& columns) {
  if (columns.identity) return false;
  const auto out_height = static_cast<double>(rows.start.size());
  const auto out_width = static_cast<double>(columns.start.size());
  const double narrow = 2.0 * out_width * columns.taps;
  const double late = out_height * (rows.used * static_cast<double>(box.width) + narrow);
  const double early = box.height * (box.width + narrow) + out_height * rows.used * out_width;
  return early < late;
}

// The input of each output. The coordinate is summed up as Pillow does: where it meets a border between two
// pixels, the same one is taken.
void find_nearest(const Axis& axis, bool reversed, std::vector<int>& found) {
  const double ratio = static_cast<double>(axis.in) / axis.out;
  double at = ratio * 0.5;
  for (int i = 0; i < axis.first; ++i) at += ratio;
  found.resize(static_cast<size_t>(axis.count));
  for (int& input : found) {
    input = std::min(static_cast<int>(at), axis.in - 1);
    at += ratio;
  }
  if (reversed) std::reverse(found.begin(), found.end());
}

template <class T>
void pick_nearest(const T* top, size_t stride, float scale, const Scratch& kept, float* out) {
  for (const int y : kept.nearest_row) {
    const T* row = top + static_cast<size_t>(y) * stride;
    for (const int x : kept.nearest_column) *out++ = static_cast<float>(row[x]) * scale;
  }
}

struct Request {
  Box box;
  Axis vertical, horizontal;
  Filter filter;
  bool mirror;
  float scale;
};

template <class T>
void resample_bands(const Image& in, const Request& ask, Image& out) {
  Scratch& kept = scratch();
  const bool nearest = ask.filter == Filter::nearest;
  if (nearest) {
    find_nearest(ask.vertical, false, kept.nearest_row);
    find_nearest(ask.horizontal, ask.mirror, kept.nearest_column);
  } else {
    make_windows(ask.vertical, ask.filter, false, ask.scale, kept, kept.rows);
    make_windows(ask.horizontal, ask.filter, ask.mirror, 1.0F, kept, kept.columns);
    arrange(kept.columns, row_kernels().lanes);
  }
  // Pillow keeps whole numbers between its two passes, columns first, and so cuts off what bicubic
  // overshoots.
  const bool clip = ask.filter == Filter::bicubic && std::is_integral_v<T> && !kept.columns.identity;
  const bool early = !nearest && (clip || columns_first(ask.box, kept.rows, kept.columns));
  const auto stride = static_cast<size_t>(in.width());
  const size_t corner = static_cast<size_t>(ask.box.top) * stride + static_cast<size_t>(ask.box.left);
  for (int c = 0; c < in.bands(); ++c) {
    const T* top = in.band<T>(c).data() + corner;
    float* to = out.band<float>(c).data();
    if (nearest) {
      pick_nearest(top, stride, ask.scale, kept, to);
    } else if (early) {
      columns_then_rows(top, stride, ask.box, kept, clip, to);
    } else {
      rows_then_columns(top, stride, static_cast<size_t>(ask.box.width), kept, to);
    }
  }
}

Image resample_all(const Image& in, const Request& ask) {
  Image out = Image::unfilled(in.bands(), ask.vertical.count, ask.horizontal.count, Sample::f32);
  switch (in.sample()) {
    case Sample::u8:
      resample_bands<uint8_t>(in, ask, out);
      break;
    case Sample::u16:
      resample_bands<uint16_t>(in, ask, out);
      break;
    case Sample::f32:
      resample_bands<float>(in, ask, out);
      break;
  }
  return out;
}

std::span<const float> floats_of(const Image& image) {
  return {reinterpret_cast<const float*>(image.bytes().data()), image.bytes().size() / sizeof(float)};
}

bool has_nan(const Image& image) {
  if (image.sample() != Sample::f32) return false;
  bool found = false;
  for (const float x : floats_of(image)) found |= x != x;
  return found;
}

// The loops read neighbours that weigh nothing, and nothing times NaN is NaN: it would spread further than
// the filter. So it is left out, and put back wherever a pixel without data has weight.
Image resample_around_nan(const Image& in, Request ask) {
  Image clean(in.bands(), in.height(), in.width(), Sample::f32), holes = clean;
  for (int c = 0; c < in.bands(); ++c)
    for (size_t i = 0; i < in.plane(); ++i) {
      const float x = in.band<float>(c)[i];
      (x == x ? clean : holes).band<float>(c)[i] = x == x ? x : 1.0F;
    }
  Image out = resample_all(clean, ask);
  ask.scale = 1;
  constexpr float nothing = 1e-6F;  // what rounding leaves of a weight of 0
  const Image reached = resample_all(holes, ask);
  for (int c = 0; c < out.bands(); ++c)
    for (size_t i = 0; i < out.plane(); ++i)
      if (std::abs(reached.band<float>(c)[i]) > nothing)
        out.band<float>(c)[i] = std::numeric_limits<float>::quiet_NaN();
  return out;
}

Image resample(const Image& in, const Request& ask) {
  const Box& box = ask.box;
  if (box.top < 0 || box.left < 0 || box.height < 1 || box.width < 1 || box.height > in.height() - box.top ||
      box.width > in.width() - box.left || ask.vertical.count < 1 || ask.horizontal.count < 1) {
    throw Error(Exit::failed, "crop of " + std::to_string(box.height) + " x " + std::to_string(box.width) +
                                  " at row " + std::to_string(box.top) + ", column " +
                                  std::to_string(box.left) + " to " + std::to_string(ask.vertical.count) +
                                  " x " + std::to_string(ask.horizontal.count) +
                                  " does not fit an image of " + std::to_string(in.height()) + " x " +
                                  std::to_string(in.width()));
  }
  return ask.filter != Filter::nearest && has_nan(in) ? resample_around_nan(in, ask) : resample_all(in, ask);
}

constexpr int64_t longest = int64_t{1} << 30;  // of a side before the centre is cut out

int half_to_even(int doubled) {  // of doubled / 2
  return static_cast<int>(std::nearbyint(doubled / 2.0));
}

}  // namespace

Image crop_resize(const Image& in, const Box& box, int out_height, int out_width, Filter filter, bool mirror,
                  float scale) {
  return resample(in, {box,
                       {box.height, out_height, 0, out_height},
                       {box.width, out_width, 0, out_width},
                       filter,
                       mirror,
                       scale});
}

float unit_scale(Sample sample) {
  return sample == Sample::u8 ? 1.0F / 255.0F : sample == Sample::u16 ? 1.0F / 65535.0F : 1.0F;
}

int evaluation_shorter_side(int size) {
  return size > 64 ? static_cast<int>(std::nearbyint(size / 0.875)) : size;
}

Image resize_for_evaluation(const Image& in, int size) {
  const Box whole{0, 0, in.height(), in.width()};
  const float scale = unit_scale(in.sample());
  if (in.height() == size && in.width() == size)
    return crop_resize(in, whole, size, size, Filter::nearest, false, scale);
  const int target = evaluation_shorter_side(size);
  const int shorter = std::max(1, std::min(in.height(), in.width()));
  const auto resized = [&](int side) {  // the longer side is cut down, as torchvision does
    return static_cast<int>(std::min<int64_t>(static_cast<int64_t>(target) * side / shorter, longest));
  };
  const int height = resized(in.height()), width = resized(in.width());
  return resample(in, {whole,
                       {in.height(), height, half_to_even(height - size), size},
                       {in.width(), width, half_to_even(width - size), size},
                       Filter::bilinear,
                       false,
                       scale});
}

}  // namespace simclr

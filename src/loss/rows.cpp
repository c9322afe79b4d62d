#include "loss/rows.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "loss/tile_kernels.hpp"

namespace simclr {
namespace {

constexpr double least_squared_norm = 1e-12;
constexpr int64_t rows_a_task = 256;

int64_t round_up(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

void mask_outside(const UnitRows& rows, const Similarities::Tile& tile) {
  const int64_t side = rows.tile;
  for (int64_t i = 0; i < side; ++i) {
    float* line = tile.entries + i * side;
    const int64_t valid =
        tile.row + i < rows.count ? std::clamp<int64_t>(rows.count - tile.column, 0, side) : 0;
    std::fill(line + valid, line + side, masked);
    if (tile.row == tile.column) line[i] = masked;
  }
}

// A thread takes the next task when it is done with one: other programs may hold a core for a while.
void hand_out(int64_t tasks, const std::function<void(int64_t)>& task) {
  std::atomic<int64_t> next{0};
  at::parallel_for(0, std::min<int64_t>(tasks, at::get_num_threads()), 1, [&](int64_t, int64_t) {
    for (int64_t i = next++; i < tasks; i = next++) task(i);
  });
}

}  // namespace

UnitRows unit_rows(const at::Tensor& u, int64_t tile) {
  const at::Tensor source = u.contiguous();
  UnitRows rows{source.size(0), source.size(1), tile, {}, {}};
  rows.z = at::zeros({round_up(rows.count, tile), round_up(rows.width, panel_width)}, source.options());
  rows.inverse_norm = at::empty({rows.count}, source.options());
  const float* from = source.const_data_ptr<float>();
  auto* to = rows.z.mutable_data_ptr<float>();
  auto* inverse = rows.inverse_norm.mutable_data_ptr<float>();
  at::parallel_for(0, rows.count, rows_a_task, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float* row = from + i * rows.width;
      double squared = 0;
      for (int64_t k = 0; k < rows.width; ++k)
        squared += static_cast<double>(row[k]) * static_cast<double>(row[k]);
      // Not std::max: a NaN has to come through.
      inverse[i] =
          static_cast<float>(1 / std::sqrt(squared < least_squared_norm ? least_squared_norm : squared));
      for (int64_t k = 0; k < rows.width; ++k) to[i * rows.line() + k] = row[k] * inverse[i];
    }
  });
  return rows;
}

at::Tensor transposed_panels(const UnitRows& rows) {
  at::Tensor panels = at::empty({rows.padded() / panel_width, rows.width, panel_width}, rows.z.options());
  const float* z = rows.z.const_data_ptr<float>();
  auto* to = panels.mutable_data_ptr<float>();
  at::parallel_for(0, panels.size(0), rows_a_task / panel_width, [&](int64_t begin, int64_t end) {
    for (int64_t panel = begin; panel < end; ++panel)
      for (int64_t k = 0; k < rows.width; ++k)
        for (int64_t i = 0; i < panel_width; ++i)
          to[(panel * rows.width + k) * panel_width + i] = z[(panel * panel_width + i) * rows.line() + k];
  });
  return panels;
}

Similarities::Similarities(const UnitRows& rows)
    : rows_(rows),
      panels_(transposed_panels(rows)),
      buffers_(at::empty({at::get_num_threads(), (rows.tile + 2) * rows.tile}, rows.z.options())) {}

Similarities::Tile Similarities::operator()(int64_t row_block, int64_t column_block) {
  const int64_t side = rows_.tile;
  float* buffer = buffers_.mutable_data_ptr<float>() + at::get_thread_num() * buffers_.size(1);
  const Tile tile{row_block * side, column_block * side, buffer, buffer + side * side,
                  buffer + side * (side + 1)};
  const int64_t panel = rows_.width * panel_width;
  tile_kernels().multiply({.a = rows_.z.const_data_ptr<float>() + tile.row * rows_.line(),
                           .row_step = rows_.line(),
                           .column_step = 1,
                           .b = panels_.const_data_ptr<float>() + tile.column / panel_width * panel,
                           .panel_step = panel,
                           .line = panel_width,
                           .c = tile.entries,
                           .c_line = side,
                           .rows = side,
                           .panels = side / panel_width,
                           .depth = rows_.width,
                           .add = false});
  if (tile.row == tile.column || tile.column + side > rows_.count) mask_outside(rows_, tile);
  return tile;
}

at::Tensor back_through_norm(const UnitRows& rows, const at::Tensor& gradient, float scale) {
  at::Tensor result = at::empty({rows.count, rows.width}, gradient.options());
  const float* z = rows.z.const_data_ptr<float>();
  const float* inverse = rows.inverse_norm.const_data_ptr<float>();
  const float* from = gradient.const_data_ptr<float>();
  auto* to = result.mutable_data_ptr<float>();
  const auto clamped = static_cast<float>(1 / std::sqrt(least_squared_norm));
  at::parallel_for(0, rows.count, rows_a_task, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float* g = from + i * rows.line();
      const float* unit = z + i * rows.line();
      double along = 0;
      if (inverse[i] != clamped)
        for (int64_t k = 0; k < rows.width; ++k)
          along += static_cast<double>(unit[k]) * static_cast<double>(g[k]);
      for (int64_t k = 0; k < rows.width; ++k)
        to[i * rows.width + k] = (g[k] - unit[k] * static_cast<float>(along)) * inverse[i] * scale;
    }
  });
  return result;
}

void for_each_pair(int64_t blocks, const std::function<void(int64_t i, int64_t j)>& work) {
  // A few blocks together make a team, for fewer rounds to wait for; how many depends on nothing but the
  // count.
  const int64_t team = std::clamp<int64_t>(blocks / 16, 1, 4);
  const int64_t teams = (blocks + team - 1) / team;
  const auto meet = [&](int64_t one, int64_t other) {
    for (int64_t i = one * team; i < std::min(blocks, (one + 1) * team); ++i)
      for (int64_t j = std::max(i, other * team); j < std::min(blocks, (other + 1) * team); ++j) work(i, j);
  };
  hand_out(teams, [&](int64_t one) { meet(one, one); });
  // The circle method: one seat stays, the others move on by one each round. An odd number plays with an
  // empty seat.
  const int64_t seats = teams + teams % 2;
  for (int64_t round = 0; round + 1 < seats; ++round)
    hand_out(seats / 2, [&](int64_t pair) {
      const int64_t one = pair == 0 ? seats - 1 : (round + pair) % (seats - 1);
      const int64_t other = (round + seats - 1 - pair) % (seats - 1);
      if (one < teams && other < teams) meet(std::min(one, other), std::max(one, other));
    });
}

void keep_largest(const Similarities::Tile& tile, int64_t side, float* largest) {
  tile_kernels().maxima(tile.entries, side, tile.of_rows, tile.of_columns);
  for (int64_t i = 0; i < side; ++i) {
    largest[tile.row + i] = std::max(largest[tile.row + i], tile.of_rows[i]);
    largest[tile.column + i] = std::max(largest[tile.column + i], tile.of_columns[i]);
  }
}

void add_sums(const Similarities::Tile& tile, int64_t side, const TileKernels::Exponent& exponent,
              double* sum) {
  tile_kernels().sums(tile.entries, side, exponent, tile.of_rows, tile.of_columns);
  for (int64_t i = 0; i < side; ++i) sum[tile.row + i] += static_cast<double>(tile.of_rows[i]);
  if (tile.row == tile.column) return;
  for (int64_t i = 0; i < side; ++i) sum[tile.column + i] += static_cast<double>(tile.of_columns[i]);
}

void add_weighted_rows(const UnitRows& rows, const Similarities::Tile& tile, float* to) {
  const float* z = rows.z.const_data_ptr<float>();
  const int64_t line = rows.line(), side = rows.tile;
  const auto add = [&](int64_t row_step, int64_t column_step, int64_t from, int64_t into) {
    tile_kernels().multiply({.a = tile.entries,
                             .row_step = row_step,
                             .column_step = column_step,
                             .b = z + from * line,
                             .panel_step = panel_width,
                             .line = line,
                             .c = to + into * line,
                             .c_line = line,
                             .rows = side,
                             .panels = line / panel_width,
                             .depth = side,
                             .add = true});
  };
  add(side, 1, tile.column, tile.row);
  if (tile.row != tile.column) add(1, side, tile.row, tile.column);
}

}  // namespace simclr

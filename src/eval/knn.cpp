#include "eval/knn.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "base/vectors.hpp"
#include "eval/matrix_view.hpp"
#include "linalg/product.hpp"

namespace simclr {
namespace {

constexpr size_t bank_tile = 2048, query_group = 8192;
constexpr size_t query_tile = 1024;  // at most: fewer, and packing the bank's rows for them would show
constexpr size_t spare = 16;  // kept beyond k: the last bits of a tile's product must not decide who is in

// The loops over single values, for the widest vectors the machine has. No sum is reordered and no product
// fused, so all give the same bits.
constexpr size_t scan_lanes = 32;

// The first group of 32 values, from `i` on, of which one is above the threshold; n when there is none.
SIMCLR_WIDEST size_t next_above(const float* values, size_t i, size_t n, float threshold) {
  for (; i + scan_lanes <= n; i += scan_lanes) {
    int above = 0;
    for (size_t lane = 0; lane < scan_lanes; ++lane) above |= values[i + lane] > threshold ? 1 : 0;
    if (above != 0) return i;
  }
  return i;
}

SIMCLR_WIDEST void write_scaled(const float* row, size_t n, double scale, float* out) {
  for (size_t j = 0; j < n; ++j) out[j] = static_cast<float>(row[j] * scale);
}

// Sums in eight lanes in double: the same bits wherever the rows lie, so that equal rows tie exactly.
SIMCLR_WIDEST double inner_product(const float* a, const float* b, size_t n) {
  double sums[8] = {};
  size_t j = 0;
  for (; j + 8 <= n; j += 8)
    for (size_t lane = 0; lane < 8; ++lane) sums[lane] += double{a[j + lane]} * double{b[j + lane]};
  for (; j < n; ++j) sums[j % 8] += double{a[j]} * double{b[j]};
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

size_t divided_up(size_t a, size_t b) {
  return (a + b - 1) / b;
}

struct Candidate {
  float similarity;
  uint32_t index;
};

bool more_similar(const Candidate& a, const Candidate& b) {
  return a.similarity > b.similarity || (a.similarity == b.similarity && a.index < b.index);
}

// The best `keep` of what it is offered: whatever beats the threshold is appended, and a full buffer of twice
// `keep` is cut back by a partial sort, which raises the threshold. O(1) for each of the many that don't beat
// it.
class BestOf {
 public:
  explicit BestOf(size_t keep) : keep_(keep) { found_.reserve(2 * keep); }

  // similarity[0 .. n) belong to rows first .. first + n; rows come in ascending order.
  void offer(const float* similarity, size_t n, size_t first) {
    size_t i = next_above(similarity, 0, n, threshold_);
    for (; i + scan_lanes <= n; i = next_above(similarity, i + scan_lanes, n, threshold_))
      for (size_t lane = 0; lane < scan_lanes; ++lane) insert(similarity[i + lane], first + i + lane);
    for (; i < n; ++i) insert(similarity[i], first + i);
  }

  std::vector<Candidate>& found() { return found_; }

 private:
  void insert(float similarity, size_t row) {
    if (!(similarity > threshold_)) return;
    found_.push_back({similarity, static_cast<uint32_t>(row)});
    if (found_.size() == 2 * keep_) cut();
  }

  void cut() {
    const auto last = found_.begin() + static_cast<std::ptrdiff_t>(keep_) - 1;
    std::nth_element(found_.begin(), last, found_.end(), more_similar);
    threshold_ = last->similarity;
    found_.resize(keep_);
  }

  size_t keep_;
  float threshold_ = -std::numeric_limits<float>::infinity();
  std::vector<Candidate> found_;
};

void write_unit_rows(const Table& table, size_t first, size_t count, std::span<const double> inverse,
                     float* out) {
  at::parallel_for(0, static_cast<int64_t>(count), 64, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      const auto row = table.row(first + i);
      write_scaled(row.data(), row.size(), inverse[first + i], out + i * row.size());
    }
  });
}

std::vector<double> inverse_norms(const Table& table) {
  std::vector<double> inverse(table.rows);
  at::parallel_for(0, static_cast<int64_t>(table.rows), 256, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
      inverse[i] = inverse_norm(table.row(i));
  });
  return inverse;
}

class Search {
 public:
  Search(const Table& bank, const Table& queries, size_t k)
      : bank_(bank),
        queries_(queries),
        bank_inverse_(inverse_norms(bank)),
        query_inverse_(inverse_norms(queries)),
        keep_(std::min(k + spare, bank.rows)) {
    result_.k = k;
    result_.index.resize(queries.rows * k);
    result_.similarity.resize(queries.rows * k);
    bank_values_.resize(std::min(bank_tile, bank.rows) * bank.width);
  }

  Neighbours run() {
    // Buffers of all queries of a group are alive at once: 64 MiB of them at most.
    const size_t affordable = std::max<size_t>(1, (size_t{64} << 20) / (2 * keep_ * sizeof(Candidate)));
    const size_t group = std::min({query_group, affordable, queries_.rows});
    query_values_.resize(group * bank_.width);
    for (size_t first = 0; first < queries_.rows; first += group)
      search(first, std::min(group, queries_.rows - first));
    return std::move(result_);
  }

 private:
  void search(size_t first, size_t count) {
    best_.clear();
    for (size_t i = 0; i < count; ++i) best_.emplace_back(keep_);
    write_unit_rows(queries_, first, count, query_inverse_, query_values_.data());
    const auto threads = static_cast<size_t>(at::get_num_threads());
    const size_t blocks = threads * divided_up(count, threads * query_tile);  // as many for each thread
    const size_t tile = divided_up(count, blocks);
    for (size_t row = 0; row < bank_.rows; row += bank_tile) {
      const size_t rows = std::min(bank_tile, bank_.rows - row);
      write_unit_rows(bank_, row, rows, bank_inverse_, bank_values_.data());
      at::parallel_for(0, static_cast<int64_t>(blocks), 1, [&](int64_t begin, int64_t end) {
        for (auto block = static_cast<size_t>(begin); block < static_cast<size_t>(end); ++block)
          if (block * tile < count) offer_tile(block * tile, std::min(tile, count - block * tile), row, rows);
      });
    }
    at::parallel_for(0, static_cast<int64_t>(count), 64, [&](int64_t begin, int64_t end) {
      for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
        settle(first + i, best_[i].found());
    });
  }

  void offer_tile(size_t query, size_t queries, size_t row, size_t rows) {
    const at::Tensor similarity =
        product_transposed(float_view(query_values_.data() + query * bank_.width, queries, bank_.width),
                           float_view(bank_values_.data(), rows, bank_.width));
    const float* const values = similarity.const_data_ptr<float>();
    for (size_t i = 0; i < queries; ++i) best_[query + i].offer(values + i * rows, rows, row);
  }

  void settle(size_t query, std::vector<Candidate>& found) {
    for (auto& [similarity, index] : found) {
      const double scale = query_inverse_[query] * bank_inverse_[index];
      const double cosine =
          inner_product(queries_.row(query).data(), bank_.row(index).data(), bank_.width) * scale;
      similarity = static_cast<float>(std::clamp(cosine, -1.0, 1.0));
    }
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(result_.k), found.end(),
                      more_similar);
    for (size_t i = 0; i < result_.k; ++i) {
      result_.index[query * result_.k + i] = static_cast<int32_t>(found[i].index);
      result_.similarity[query * result_.k + i] = found[i].similarity;
    }
  }

  const Table &bank_, &queries_;
  std::vector<double> bank_inverse_, query_inverse_;
  size_t keep_;
  std::vector<float> bank_values_, query_values_;
  std::vector<BestOf> best_;
  Neighbours result_;
};

}  // namespace

Neighbours nearest_neighbours(const Table& bank, const Table& queries, size_t k) {
  check_table(bank, "table of labelled rows");
  check_table(queries, "table of queries");
  if (bank.width != queries.width)
    throw Error(Exit::data,
                "the labelled rows have " + std::to_string(bank.width) + " values each, the queries " +
                    std::to_string(queries.width) + ".",
                "Embed both with the same encoder and layer.");
  return Search(bank, queries, std::min(k, bank.rows)).run();
}

Neighbours closest(const Neighbours& neighbours, size_t k) {
  if (k >= neighbours.k) return neighbours;
  const size_t queries = neighbours.index.size() / neighbours.k;
  Neighbours result{k, std::vector<int32_t>(queries * k), std::vector<float>(queries * k)};
  for (size_t i = 0; i < queries; ++i)
    for (size_t j = 0; j < k; ++j) {
      result.index[i * k + j] = neighbours.index[i * neighbours.k + j];
      result.similarity[i * k + j] = neighbours.similarity[i * neighbours.k + j];
    }
  return result;
}

std::vector<int32_t> knn_predict(const Neighbours& neighbours, Labels bank_labels, size_t classes,
                                 double temperature, std::vector<double>* scores) {
  const size_t k = neighbours.k, queries = k == 0 ? 0 : neighbours.index.size() / k;
  std::vector<int32_t> predicted(queries);
  if (scores != nullptr) scores->assign(queries * classes, 0);
  at::parallel_for(0, static_cast<int64_t>(queries), 256, [&](int64_t begin, int64_t end) {
    std::vector<double> votes(classes);
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      std::fill(votes.begin(), votes.end(), 0.0);
      const float most = neighbours.similarity[i * k];  // taken off, so that no exponential overflows
      double sum = 0;
      for (size_t j = i * k; j < (i + 1) * k; ++j) {
        const double vote = std::exp((double{neighbours.similarity[j]} - double{most}) / temperature);
        votes[static_cast<size_t>(bank_labels[static_cast<size_t>(neighbours.index[j])])] += vote;
        sum += vote;
      }
      predicted[i] = static_cast<int32_t>(std::max_element(votes.begin(), votes.end()) - votes.begin());
      for (size_t c = 0; scores != nullptr && c < classes; ++c) (*scores)[i * classes + c] = votes[c] / sum;
    }
  });
  return predicted;
}

}  // namespace simclr

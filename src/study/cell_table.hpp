#pragma once
// The runs of a study as a table: a row a cell with its mean over the seeds and how sure that is, differences
// in pairs (the same seed: the same initial weights, order of pictures and draws), and what so many seeds can
// show at all.

#include "eval/paired.hpp"
#include "eval/reliability.hpp"
#include "study/grid.hpp"

namespace simclr {

struct CellRow {
  std::string name;
  std::vector<const JudgedRun*> runs;          // that went well, by seed
  std::vector<const JudgedRun*> failed;        // or diverged
  Spread score;                                // over the seeds; mean NaN without a run
  double untrained = 0, pixels = 0, loss = 0;  // means; NaN where none was measured
};

struct CellTable {
  std::vector<CellRow> rows;
  size_t best = 0;         // see better()
  Reliability seeds;       // over the rows that have every seed
  Correlation label_sets;  // of the cells' means on the first two sets of labels
  bool two_label_sets = false;
};

// Whether `a` is to be preferred: of more runs that went well, since a setting that diverges on some seeds is
// no better for what it gives on the others; then of the higher mean.
bool better(const CellRow& a, const CellRow& b);

CellTable cell_table(const std::vector<Cell>& cells, const std::vector<JudgedRun>& runs);

// Every other cell less `reference`, over the seeds both have; p adjusted by Holm over all of them.
struct CellDifference {
  size_t cell = 0;
  PairedTest test;
  double p_holm = 1;
};
std::vector<CellDifference> differences(const CellTable& table, size_t reference);

// The smallest difference of two cells that is found with probability 0.8, by the noise of this study: at 5 %
// for one comparison named beforehand, and after Holm over `comparisons`. NaN with fewer than two seeds.
struct SmallestEffect {
  double one = 0, all = 0;
  size_t seeds = 0, comparisons = 0;
};
SmallestEffect smallest_effect(const CellTable& table, size_t seeds, size_t comparisons);

// "3 seeds can show differences of ... standard deviations": what is known before the first run.
std::string power_text(size_t seeds, size_t comparisons);

nlohmann::ordered_json to_json(const CellTable& table, const std::vector<Cell>& cells, size_t reference);
std::string to_text(const CellTable& table, size_t reference);

// Results every study has: its terms, the table, the failures. results.json and results.csv in the folder.
nlohmann::ordered_json study_json(const StudyRequest& request, const nlohmann::ordered_json& terms,
                                  const CellTable& table, const std::vector<Cell>& cells, size_t reference);
void write_study(const nlohmann::ordered_json& json, const std::filesystem::path& folder);

size_t failures(const std::vector<JudgedRun>& runs);  // but for those that diverged
// Error of the first run when not one went well.
void refuse_all_failed(const std::vector<JudgedRun>& runs, const std::filesystem::path& folder);

}  // namespace simclr

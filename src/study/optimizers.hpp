#pragma once
// Optimizers side by side, each at its own best learning rate: SimCLR-S2 compared them at one rate only, by
// the loss. Judged by the score here; the loss is of the same objective for all and shown as well.

#include "study/cell_table.hpp"

namespace simclr {

struct OptimizerTerms {
  std::vector<std::string> optimizers, rates;
};

std::string usual_optimizers();
std::string usual_rates();

// Lists split at commas outside parentheses. Error(Exit::setting) for an unknown optimizer, a rate that is no
// number above 0, or one given twice.
OptimizerTerms parse_optimizers(const std::string& optimizers, const std::string& rates);
std::vector<Cell> cells_of(const OptimizerTerms& terms);  // an optimizer's rates after each other

struct LossCurve {  // mean over the seeds, smoothed (0.98 kept a step), at most 200 points
  std::vector<double> steps, loss;
};
LossCurve loss_curve(const std::filesystem::path& study, const CellRow& row);

struct OptimizerStudy {
  std::vector<Cell> cells;
  std::vector<JudgedRun> runs;
  CellTable table;
  std::vector<size_t> best;  // of each optimizer its best cell; that of the first rate when none went well
  std::vector<Cell> best_cells;  // the table of these alone, with differences to the first
  std::vector<JudgedRun> best_runs;
  CellTable best_table;
};

OptimizerStudy judge_optimizers(StudyFolder& folder, const StudyRequest& request,
                                const OptimizerTerms& terms);

nlohmann::ordered_json to_json(const OptimizerStudy& study, const StudyRequest& request,
                               const OptimizerTerms& terms, const nlohmann::ordered_json& of_study);
std::string to_text(const OptimizerStudy& study, const OptimizerTerms& terms);

}  // namespace simclr

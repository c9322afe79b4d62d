// The cells of a grid, from its axes as typed.

#include <set>

#include "base/error.hpp"
#include "base/spec.hpp"
#include "study/grid.hpp"
#include "train/settings.hpp"

namespace simclr {
namespace {

// Its values have commas of their own.
bool holds_list(const Field& field) {
  return field.unit() == "LIST" || field.unit() == "FILES";
}

}  // namespace

GridAxis parse_axis(const std::string& text) {
  const size_t equals = text.find('=');
  PretrainSettings scratch;
  const Fields all = fields(scratch);
  const Field* known = find(all, text.substr(0, equals));
  if (known == nullptr)
    throw Error(Exit::setting, "--over " + printable(text) + ": no setting is called '" +
                                   printable(text.substr(0, equals)) + "'." +
                                   suggestion(text.substr(0, equals), names(all)));
  if (known->name() == "out" || known->name() == "seed")
    throw Error(Exit::setting, "--over " + known->name() + ": a study sets it itself.",
                "For other seeds give --seeds, and --seed for the first of them.");
  if (known->name() == "max-minutes")
    throw Error(Exit::setting,
                "--over max-minutes: by time, the runs' length would follow from what else the machine does.",
                "Compare --steps or --epochs.");
  if (of_finetuning(known->name()))
    throw Error(
        Exit::setting, "--over " + known->name() + ": that is a setting of fine-tuning.",
        "Judge the same runs by several: --score \"finetune(fraction=0.1)\", then with another fraction; "
        "the runs are kept.");
  GridAxis axis{known->name(), {}};
  const char between = holds_list(*known) ? ';' : ',';
  if (equals != std::string::npos) axis.values = split_outside(text.substr(equals + 1), between);
  std::erase(axis.values, "");
  if (axis.values.empty())
    throw Error(Exit::usage, "--over " + printable(text) + " names no value.",
                between == ';' ? "Write KEY=LIST;LIST such as --over \"bands=B04,B03,B02;B08,B04,B03\""
                               : "Write KEY=V1,V2 such as --over lr=0.01,0.1");
  if (between == ';' && axis.values.size() == 1 && axis.values[0].find(',') != std::string::npos)
    throw Error(Exit::usage, "--over " + printable(text) + " is one value: a list.",
                "Write several with ; between: --over \"" + axis.key + "=A,B;C,D\"");
  std::set<std::string> seen;
  for (const auto& value : axis.values) {
    known->set(value, "--over " + axis.key);
    if (!seen.insert(plainly_written(value)).second)
      throw Error(Exit::setting, "--over " + axis.key + ": '" + printable(value) + "' is given twice.");
  }
  return axis;
}

std::vector<Cell> cells_of(const std::vector<GridAxis>& axes) {
  std::vector<Cell> cells{{}};
  std::set<std::string> keys;
  for (const GridAxis& axis : axes) {
    if (!keys.insert(axis.key).second)
      throw Error(Exit::setting, "--over " + axis.key + " is given twice.", "List all its values in one.");
    std::vector<Cell> more;
    for (const Cell& cell : cells)
      for (const auto& value : axis.values) {
        Cell one = cell;
        one.name += (one.name.empty() ? "" : " ") + axis.key + "=" + value;
        one.settings[axis.key] = value;
        more.push_back(std::move(one));
      }
    cells = std::move(more);
  }
  return cells;
}

}  // namespace simclr

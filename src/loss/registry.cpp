#include "base/error.hpp"
#include "base/spec.hpp"
#include "loss/loss.hpp"
#include "loss/nt_xent.hpp"

namespace simclr {
namespace {

struct LossEntry {
  const char* name;
  std::unique_ptr<Loss> (*make)(const Spec& spec);
};

constexpr LossEntry loss_table[] = {
    {"nt_xent", make_nt_xent},
};

}  // namespace

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const auto& entry : loss_table) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<Loss> make_loss(std::string_view text) {
  const Spec spec = parse_spec(text, "loss");
  for (const auto& entry : loss_table)
    if (spec.name == entry.name) return entry.make(spec);
  throw Error(Exit::setting,
              "There is no loss '" + printable(spec.name) + "'." + suggestion(spec.name, loss_names()));
}

}  // namespace simclr

#include "base/error.hpp"
#include "base/spec.hpp"
#include "loss/distill.hpp"
#include "loss/labelled.hpp"
#include "loss/loss.hpp"
#include "loss/nt_xent.hpp"

namespace simclr {
namespace {

struct LossEntry {
  const char* name;
  bool labelled;
  std::unique_ptr<Loss> (*make)(const Spec& spec, const ClassShares& shares);
};

constexpr LossEntry loss_table[] = {
    {"nt_xent", false, [](const Spec& spec, const ClassShares&) { return make_nt_xent(spec); }},
    {"softmax", true, make_softmax},
    {"sigmoid", true, make_sigmoid},
    {"triplet", true, make_triplet},
    {"arcface", true, make_arcface},
    {"supcon", true, make_sup_con},
    {"distill", false,
     [](const Spec& spec, const ClassShares& shares) -> std::unique_ptr<Loss> {
       return std::make_unique<Distillation>(spec, shares);
     }},
};

}  // namespace

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const auto& entry : loss_table) names.emplace_back(entry.name);
  return names;
}

std::vector<std::string> labelled_loss_names() {
  std::vector<std::string> names;
  for (const auto& entry : loss_table)
    if (entry.labelled) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<Loss> make_loss(std::string_view text, const ClassShares& shares) {
  const Spec spec = parse_spec(text, "loss");
  for (const auto& entry : loss_table)
    if (spec.name == entry.name) return entry.make(spec, shares);
  throw Error(Exit::setting,
              "There is no loss '" + printable(spec.name) + "'." + suggestion(spec.name, loss_names()));
}

}  // namespace simclr

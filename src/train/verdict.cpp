#include "train/verdict.hpp"

#include <algorithm>
#include <cstdio>

namespace simclr {

namespace {

Verdict judge_of_classes(const Signs& s) {
  char text[200];
  // By both: semi-hard triplets stay near their margin while classes are found.
  if (s.way() < 0.02 || (s.way() < 0.1 && s.top1 < 0.1)) {
    std::snprintf(
        text, sizeof text,
        "The loss is %.0f %% of the way from chance to its floor: the classes are hardly told apart. "
        "Train longer, or change the learning rate.",
        100 * std::max(0.0, s.way()));
    return {"at chance", text};
  }
  std::snprintf(text, sizeof text,
                "%s in %.0f %% of the %s (training views), the loss is %.0f %% of the way from chance to its "
                "floor.",
                s.taught ? "The student decides as its teacher does" : "The class is right", 100 * s.top1,
                s.taught ? "cases" : "rows", 100 * s.way());
  return {"healthy", text};
}

}  // namespace

Verdict judge(const Signs& s) {
  const double way = s.way();
  if (s.monitored && (!(s.z_std >= 0.3) || s.rank_z < std::max(1.5, 0.02 * std::min(s.width_z, s.watched))))
    return {"collapsed",
            std::string("The embeddings hardly differ from picture to picture. Lower the learning rate, ") +
                (s.labelled ? "mine easier triplets (semi_hard, curriculum), " : "raise the temperature, ") +
                "or check that the pictures are not all alike."};
  if (s.labelled || s.taught) return judge_of_classes(s);
  // By both: with a high temperature the loss stays near chance while pairs are found.
  if (way < 0.1 && s.top1 < std::max(0.1, 5 / (s.rows - 1)))
    return {"at chance",
            "The two views of a picture are hardly told apart from others yet. Train longer, raise the "
            "learning rate, or weaken the augmentation; look at figures/views.png."};
  if (way > 0.995 && s.top1 > 0.99)
    return {"at the floor",
            "The task is solved: the views of a picture are too alike to teach more. Strengthen the "
            "augmentation, "
            "enlarge the batch, or look for duplicates."};
  char text[200];
  std::snprintf(
      text, sizeof text,
      "The other view of a picture is found in %.0f %% of the rows, the loss is %.0f %% of the way from "
      "chance to floor, and the embeddings use their space.",
      100 * s.top1, 100 * std::max(0.0, way));
  return {"healthy", text};
}

std::string loss_line(const Signs& s) {
  const double way = 100 * std::max(0.0, s.way());
  char text[160];
  std::snprintf(text, sizeof text, "loss %.3f · chance %.2f · floor %.2f · %.0f %% of the way · top-1 %.2f",
                s.loss, s.chance, s.floor, way, s.top1);
  return text;
}

}  // namespace simclr

#pragma once
// Progressive image size: early steps see smaller views, which cost less in proportion to their area, and the
// last ones the full size (Touvron et al., arXiv:1906.06423; Tan and Le, arXiv:2104.00298, section 4).
//   none                                  every view has the image size
//   linear(from=0.5,until=0.8,stages=3)   `stages` sizes, evenly spaced from `from` times the image size to
//                                         it; those before the last share the first `until` of the steps

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simclr {

struct Stage {
  int size = 0;      // of the views, pixels: a multiple of 4, above 64 px of 16; the last is the image size
  double share = 0;  // of the steps
};

class Growth {
 public:
  // Error(Exit::setting) for an unknown name or a value out of range.
  Growth(std::string_view text, int image_size);
  const std::string& text() const { return text_; }  // canonical
  const std::vector<Stage>& stages() const { return stages_; }

  int64_t first_step(size_t stage, int64_t total_steps) const;
  size_t stage_at(int64_t step, int64_t total_steps) const;

  // The first `probes` steps of a run whose length follows from measured times give each stage as many steps.
  size_t stage_of_probe(int64_t step, int64_t probes) const;

 private:
  std::string text_;
  std::vector<Stage> stages_;
};

}  // namespace simclr

#pragma once
// A policy: the text of a chain of augmentations, parsed once and applied to every picture.
//   crop(min=0.08) > flip > jitter(strength=0.5)@0.8 > gray@0.2 > blur@0.5
//   a > b           one after the other             a@p            with probability p
//   shuffle(a > b)  in random order                 one_of(a > b | c > d)  one of them, drawn evenly
//   batch(a > b)    one draw for the whole batch    a || b         policy of view 1 || of view 2
// A preset's name (simclr, plankton, s2, none, ...) stands for its text, also within a chain: simclr >
// solarize@0.2. What comes before the first crop works on the picture resized to the view's size (the
// evaluation transform), and so does a policy without one. batch(a)@p is decided picture by picture,
// batch(a@p) once. An operation's random slot is its name and occurrence: adding one changes no other's
// draws.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "augment/augment.hpp"

namespace simclr {

class Pipeline {
 public:
  // Throws Error(Exit::setting) with the place and the nearest known name. Without statistics, what is meant
  // in standard deviations of the data set takes each view's own, and 1 or 3 bands are a picture.
  explicit Pipeline(std::string_view text, BandStatistics statistics = {});
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;
  ~Pipeline();

  std::string text() const;  // canonical: parses to the same pipeline; presets are written out

  // One view, float32 in unit range, [bands, size, size]. `draw.view` 0 or 1 chooses the policy of a || b;
  // `batch` keys the draws of batch(...). Any thread.
  Image apply(const Image& picture, const Draw& draw, uint64_t batch, int size) const;

  struct Node;

 private:
  std::vector<std::unique_ptr<Node>> per_view_;  // one, or two
  BandStatistics statistics_;
};

// mean and std: one a band, as many of both
BandStatistics band_statistics(std::span<const double> mean, std::span<const double> std,
                               bool raster = false);

// "@FILE": the policy in that file, its lines joined, those that begin with # left out; any other text as it
// is. Error(Exit::data) when the file can't be read, Error(Exit::setting) when there is no policy in it.
std::string policy_or_file(const std::string& text);

std::vector<std::string> augmentation_names();
std::vector<std::string> preset_names();
std::string usual_preset(int size, bool raster);    // what --augment auto is, for views of `size`
std::string short_policy(const std::string& text);  // long lists of alternatives cut, for people
std::string augmentation_help();  // a line per operation with its arguments, defaults and ranges

// Writes (view - mean) / std into `out`, channels last: out[(y * size + x) * bands + c].
void normalise_into(const Image& view, std::span<const float> mean, std::span<const float> std, float* out);

// Originals in the first column, `views` views of each beside them; uint8 RGB (or gray), rasters in the
// colours that image/visible chooses by the names of their bands.
Image preview(std::span<const Image> pictures, const Pipeline& pipeline, int size, int views, uint64_t seed,
              const std::vector<std::string>& band_names = {});

}  // namespace simclr

// What a view is made of: whose draws it depends on, and whose it does not.

#include "augment/pipeline.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "augment/registry.hpp"
#include "image/resample.hpp"
#include "made_pictures.hpp"

namespace simclr {
namespace {

constexpr const char* kAll =
    "crop > flip > rotate@0.5 > jitter@0.8 > gray@0.2 > blur@0.5 > solarize@0.2 > "
    "shuffle(flip(axis=vertical) > "
    "one_of(gray | blur | jitter)) > batch(jitter(strength=0.2))";

bool in_unit_range(const Image& view) {
  for (int c = 0; c < view.bands(); ++c)
    for (const float x : view.band<float>(c))
      if (!(x >= 0 && x <= 1)) return false;
  return true;
}

// The draws of `name` in a policy are those of its own stream.
Random stream_of(const char* name, const Draw& draw, uint8_t occurrence = 0) {
  return {draw, static_cast<uint8_t>(find_operation(name)->id * 8 + occurrence)};
}

TEST(Pipeline, SameViewsForAnyNumberAndOrderOfThreads) {
  const Pipeline pipeline(kAll);
  std::vector<Image> pictures;
  for (int i = 0; i < 24; ++i) pictures.push_back(made::picture(3, 20 + i, 50 - i, Sample::u8));
  const auto view = [&](size_t i, uint8_t which) {
    return pipeline.apply(pictures[i], {.seed = 9, .epoch = 2, .index = i, .view = which}, i / 8, 24);
  };
  std::vector<Image> once;
  for (size_t i = 0; i < pictures.size(); ++i) once.push_back(view(i, 1));
  std::vector<Image> threaded(pictures.size());
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < 5; ++t)
      threads.emplace_back([&, t] {
        for (size_t i = pictures.size(); i-- > 0;)
          if (i % 5 == t) {
            (void)view(i, 0);  // what was made before leaves no trace
            threaded[i] = view(i, 1);
          }
      });
  }
  for (size_t i = 0; i < pictures.size(); ++i) EXPECT_TRUE(made::same(once[i], threaded[i])) << i;
}

TEST(Pipeline, EveryPartOfTheDrawChangesTheView) {
  const Pipeline pipeline("simclr");
  const Image picture = made::picture(3, 60, 80, Sample::u8);
  const Draw draw{.seed = 1, .epoch = 2, .index = 3, .view = 0};
  const Image view = pipeline.apply(picture, draw, 0, 32);
  for (const Draw& other : {Draw{2, 2, 3, 0}, Draw{1, 3, 3, 0}, Draw{1, 2, 4, 0}, Draw{1, 2, 3, 1},
                            Draw{1, 2, 3 + (uint64_t{1} << 32), 0}})
    EXPECT_FALSE(made::same(view, pipeline.apply(picture, other, 0, 32)));
  EXPECT_TRUE(made::same(view, pipeline.apply(picture, draw, 77, 32)));  // no batch(...) in it
}

// Around crop and jitter stands what never acts, or is undone by the next step, and yet draws.
TEST(Pipeline, AnOperationsDrawsDoNotDependOnWhatElseIsThere) {
  const Image picture = made::picture(3, 60, 80, Sample::u8);
  for (uint64_t i = 0; i < 20; ++i) {
    const Draw draw{.seed = 4, .index = i};
    const auto made_by = [&](const char* text) { return Pipeline(text).apply(picture, draw, 0, 32); };
    const Image alone = made_by("crop > jitter");
    for (const char* text :
         {"blur@0 > crop > jitter", "crop > gray@0 > blur@0 > jitter", "crop > jitter > rotate@0",
          "crop > jitter > crop@0", "shuffle(crop) > jitter", "batch(gray@0) > crop > shuffle(jitter)"})
      EXPECT_TRUE(made::same(alone, made_by(text))) << text;
    EXPECT_LE(made::distance(alone, made_by("crop > flip(axis=vertical)@1 > jitter > flip(axis=vertical)@1")),
              1e-5);
    EXPECT_LE(made::distance(alone, made_by("crop > solarize(threshold=0) > solarize(threshold=0) > jitter")),
              1e-5);
  }
}

TEST(Pipeline, SlotsAreNameAndOccurrence) {
  const Image picture = made::picture(3, 24, 24, Sample::f32);
  for (uint64_t i = 0; i < 30; ++i) {
    const Draw draw{.seed = 8, .index = i};
    Random first = stream_of("rotate", draw, 0), second = stream_of("rotate", draw, 1);
    first.uniform(), second.uniform();  // the decisions
    const float white = 1;
    Image want = rotate(picture, first.uniform(-180, 180), Filter::bilinear, {&white, 1});
    want = rotate(want, second.uniform(10, 20), Filter::bilinear, {&white, 1});
    EXPECT_TRUE(
        made::same(want, Pipeline("rotate > jitter@0 > rotate(degrees=10..20)").apply(picture, draw, 0, 24)));
  }
}

TEST(Pipeline, TheFirstDrawDecidesTheProbability) {
  const Image picture = made::picture(1, 16, 16, Sample::f32);
  const Pipeline pipeline("solarize(threshold=0)@0.3");
  int taken = 0;
  for (uint64_t i = 0; i < 4000; ++i) {
    const Draw draw{.seed = 2, .index = i};
    const bool wanted = stream_of("solarize", draw).uniform() < 0.3;
    ASSERT_EQ(!made::same(picture, pipeline.apply(picture, draw, 0, 16)), wanted);
    taken += wanted ? 1 : 0;
  }
  EXPECT_NEAR(taken / 4000.0, 0.3, 0.03);
}

TEST(Pipeline, AFlipAfterTheCropRunsWithinItAndGivesTheSameBits) {
  for (const auto& [height, width] : {std::pair{60, 80}, {33, 32}, {5, 7}, {1, 1}, {500, 3}})
    for (const Sample sample : {Sample::u8, Sample::u16, Sample::f32}) {
      const Image picture = made::picture(3, height, width, sample);
      // A step that never acts stands between, so crop and flip run in turn.
      const Pipeline fused("crop > flip"), apart("crop > gray@0 > flip");
      int mirrored = 0;
      for (uint64_t i = 0; i < 20; ++i) {
        const Draw draw{.seed = 6, .index = i};
        const Image view = fused.apply(picture, draw, 0, 32);
        ASSERT_TRUE(made::same(view, apart.apply(picture, draw, 0, 32))) << height << "x" << width;
        mirrored += stream_of("flip", draw).uniform() < 0.5 ? 1 : 0;
      }
      EXPECT_TRUE(mirrored > 0 && mirrored < 20);
    }
  const Image picture = made::picture(3, 40, 40, Sample::u8);
  for (uint64_t i = 0; i < 40; ++i)  // also where the crop is left out, or flipped twice
    for (const auto& [fused, apart] :
         {std::pair{"crop@0.5 > flip", "crop@0.5 > gray@0 > flip"},
          {"crop > flip@1 > flip@1", "crop"},
          {"crop > flip > crop > flip", "crop > gray@0 > flip > crop > gray@0 > flip"},
          {"crop > flip(axis=vertical)", "crop > gray@0 > flip(axis=vertical)"}})
      EXPECT_TRUE(made::same(Pipeline(fused).apply(picture, {.index = i}, 0, 16),
                             Pipeline(apart).apply(picture, {.index = i}, 0, 16)))
          << fused;
}

TEST(Pipeline, BatchDrawsOnceForAllPicturesOfABatch) {
  const Image picture = made::picture(3, 60, 80, Sample::u8);
  const Pipeline batch("batch(crop > jitter)"), each("crop > jitter");
  const auto view = [&](const Pipeline& pipeline, uint64_t index, uint64_t number, uint8_t which = 0) {
    return pipeline.apply(picture, {.seed = 1, .index = index, .view = which}, number, 24);
  };
  const Image first = view(batch, 0, 5);
  for (uint64_t index = 1; index < 20; ++index) EXPECT_TRUE(made::same(first, view(batch, index, 5)));
  EXPECT_FALSE(made::same(first, view(batch, 0, 6)));
  EXPECT_FALSE(made::same(first, view(batch, 0, 5, 1)));  // the views of a picture still differ
  EXPECT_FALSE(made::same(view(each, 0, 5), view(each, 1, 5)));
  EXPECT_TRUE(made::same(first, view(each, (uint64_t{1} << 47) + 5, 0)));  // the draw it is
}

// Google's blur: one sigma a batch, but each picture decides for itself.
TEST(Pipeline, TheProbabilityOfABatchIsDecidedPictureByPicture) {
  const Image picture = made::picture(3, 40, 40, Sample::u8);
  const Pipeline pipeline("batch(blur(kernel=0.5))@0.5");
  std::map<float, int> seen;
  for (uint64_t index = 0; index < 400; ++index)
    ++seen[pipeline.apply(picture, {.index = index}, 3, 40).band<float>(0)[100]];
  ASSERT_EQ(seen.size(), 2U);  // untouched, or blurred by the one sigma
  for (const auto& [value, count] : seen) EXPECT_NEAR(count, 200, 50);
}

TEST(Pipeline, OneOfTakesEachEquallyOften) {
  const Image picture = made::picture(1, 8, 8, Sample::f32);
  const Pipeline pipeline(
      "one_of(flip@1 | solarize(threshold=0) | flip(axis=vertical)@1 > solarize(threshold=0) | none)");
  std::map<float, int> seen;
  constexpr int kDraws = 8000;
  for (uint64_t i = 0; i < kDraws; ++i)
    ++seen[pipeline.apply(picture, {.seed = 3, .index = i}, 0, 8).band<float>(0)[9]];
  ASSERT_EQ(seen.size(), 4U);
  for (const auto& [value, count] : seen) EXPECT_NEAR(count, kDraws / 4, 200);  // five standard deviations
}

// x -> 1 - x for x >= .5 and x -> x / 2-like steps don't commute: three operations give six results.
TEST(Pipeline, ShuffleTakesEachOrderEquallyOften) {
  Image picture(3, 4, 4, Sample::f32);
  for (int c = 0; c < 3; ++c)
    for (float& x : picture.band<float>(c)) x = c == 0 ? 0.9F : c == 1 ? 0.3F : 0.1F;
  const Pipeline pipeline("shuffle(solarize(threshold=0.4) > gray > solarize(threshold=0.2))");
  std::map<std::array<float, 3>, int> seen;
  constexpr int kDraws = 6000;
  for (uint64_t i = 0; i < kDraws; ++i) {
    const Image view = pipeline.apply(picture, {.seed = 3, .index = i}, 0, 4);
    ++seen[{view.band<float>(0)[0], view.band<float>(1)[0], view.band<float>(2)[0]}];
  }
  // Each of the six orders, worked out by hand.
  std::map<std::array<float, 3>, int> want;
  const auto apply = [&](std::array<int, 3> order) {
    Image x = picture;
    std::string text;
    const char* const steps[] = {"solarize(threshold=0.4)", "gray", "solarize(threshold=0.2)"};
    for (const int i : order) text += std::string(text.empty() ? "" : " > ") + steps[i];
    x = Pipeline(text).apply(picture, {}, 0, 4);
    want[{x.band<float>(0)[0], x.band<float>(1)[0], x.band<float>(2)[0]}] += kDraws / 6;
  };
  for (const auto& order : {std::array{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}})
    apply(order);
  ASSERT_GE(want.size(), 3U);
  ASSERT_EQ(seen.size(), want.size());
  for (const auto& [value, count] : want) EXPECT_NEAR(seen[value], count, 200);
}

TEST(Pipeline, EachViewHasItsPolicy) {
  const Image picture = made::picture(1, 12, 12, Sample::f32);
  const Pipeline pipeline("none || solarize(threshold=0)");
  EXPECT_TRUE(made::same(pipeline.apply(picture, {.view = 0}, 0, 12), picture));
  EXPECT_TRUE(made::same(pipeline.apply(picture, {.view = 1}, 0, 12),
                         Pipeline("solarize(threshold=0)").apply(picture, {.view = 1}, 0, 12)));
  EXPECT_FALSE(made::same(pipeline.apply(picture, {.view = 1}, 0, 12), picture));
}

TEST(Pipeline, WithoutACropThePictureIsResizedAsForEvaluation) {
  for (const auto& [height, width, size] :
       {std::tuple{40, 60, 24}, {130, 100, 96}, {32, 32, 32}, {1, 1, 16}, {500, 3, 8}}) {
    const Image picture = made::picture(3, height, width, Sample::u8);
    const Image want = resize_for_evaluation(picture, size);
    for (const char* text : {"none", "resize", "crop@0", "flip@0", "gray@0 > resize"})
      EXPECT_TRUE(made::same(Pipeline(text).apply(picture, {}, 0, size), want)) << text;
    EXPECT_TRUE(made::same(Pipeline("flip@1 > flip@1").apply(picture, {}, 0, size), want));
  }
}

TEST(Pipeline, AnySizeBandsAndSampleGiveASquareFloatView) {
  const std::pair<int, int> sizes[] = {{1, 1}, {1, 7}, {2, 3}, {32, 32}, {500, 3}, {3, 500}, {61, 97}};
  for (const auto& [height, width] : sizes)
    for (const int bands : {1, 2, 3, 4, 12})
      for (const Sample sample : {Sample::u8, Sample::u16, Sample::f32}) {
        const Image picture = made::picture(bands, height, width, sample);
        for (const int size : {1, 2, 17, 32})
          for (uint64_t i = 0; i < 3; ++i) {
            const Image view = Pipeline(kAll).apply(picture, {.seed = 5, .index = i}, 0, size);
            ASSERT_TRUE(view.bands() == bands && view.height() == size && view.width() == size &&
                        view.sample() == Sample::f32);
            ASSERT_TRUE((bands != 1 && bands != 3) || in_unit_range(view)) << height << "x" << width;
          }
      }
}

TEST(Pipeline, SixteenBitPicturesGiveTheViewsOfEightBitOnes) {
  const Image eight = made::picture(3, 40, 50, Sample::u8);
  Image sixteen(3, 40, 50, Sample::u16);
  for (int c = 0; c < 3; ++c)
    for (size_t i = 0; i < eight.plane(); ++i)
      sixteen.band<uint16_t>(c)[i] = static_cast<uint16_t>(257 * eight.band<uint8_t>(c)[i]);
  for (uint64_t i = 0; i < 10; ++i)
    EXPECT_LE(made::distance(Pipeline("simclr").apply(eight, {.index = i}, 0, 32),
                             Pipeline("simclr").apply(sixteen, {.index = i}, 0, 32)),
              1e-5);
}

TEST(Pipeline, InvolutionsUndoThemselves) {
  const Image picture = made::picture(3, 31, 31, Sample::f32);
  EXPECT_TRUE(made::same(Pipeline("flip@1 > flip@1").apply(picture, {}, 0, 31), picture));
  EXPECT_TRUE(made::same(Pipeline("flip(axis=vertical)@1 > flip(axis=vertical)@1").apply(picture, {}, 0, 31),
                         picture));
  EXPECT_LE(made::distance(
                Pipeline("solarize(threshold=0) > solarize(threshold=0)").apply(picture, {}, 0, 31), picture),
            1e-7);
  const Image flipped = Pipeline("flip@1").apply(picture, {}, 0, 31);
  const Image upside = Pipeline("flip(axis=vertical)@1").apply(picture, {}, 0, 31);
  for (int y = 0; y < 31; ++y)
    for (int x = 0; x < 31; ++x) {
      ASSERT_EQ(made::pixel(flipped, 1, y, x), made::pixel(picture, 1, y, 30 - x));
      ASSERT_EQ(made::pixel(upside, 2, y, x), made::pixel(picture, 2, 30 - y, x));
    }
}

TEST(Pipeline, GrayAndHueLeaveOneBandAndRastersAlone) {
  for (const int bands : {1, 4}) {
    const Image picture = made::picture(bands, 16, 16, Sample::f32);
    for (const char* text :
         {"gray", "jitter(brightness=0,contrast=0)", "jitter(brightness=0,contrast=0,law=tf)"})
      EXPECT_TRUE(made::same(Pipeline(text).apply(picture, {}, 0, 16), picture)) << text;
  }
  const Image gray = Pipeline("gray").apply(made::picture(3, 16, 16, Sample::u8), {}, 0, 16);
  EXPECT_TRUE(std::ranges::equal(gray.band<float>(0), gray.band<float>(2)));
}

// A setting that is off still draws: the others' amounts stay what they were.
TEST(Pipeline, JitterDrawsAllAmountsWhateverIsOff) {
  const Image picture = made::picture(1, 16, 16, Sample::f32);  // one band: saturation and hue do nothing
  for (uint64_t i = 0; i < 10; ++i) {
    const Image all = Pipeline("jitter(order=fixed)").apply(picture, {.index = i}, 0, 16);
    for (const char* text :
         {"jitter(order=fixed,hue=0)", "jitter(order=fixed,saturation=0)", "jitter(order=fixed,law=tf)"})
      EXPECT_TRUE(made::same(all, Pipeline(text).apply(picture, {.index = i}, 0, 16))) << text;
  }
}

TEST(Pipeline, JitterAmountsLieInTheirRanges) {
  Image flat(1, 8, 8, Sample::f32);
  std::ranges::fill(flat.band<float>(0), 0.4F);
  double least = 1, most = 0, mean = 0;
  const Pipeline mul("jitter(strength=0.5,brightness=0.8,contrast=0)");
  const Pipeline add("jitter(brightness=0.2,contrast=0,brightness_law=add)");
  for (uint64_t i = 0; i < 2000; ++i) {
    const double factor = static_cast<double>(mul.apply(flat, {.index = i}, 0, 8).band<float>(0)[0]) / 0.4;
    least = std::min(least, factor), most = std::max(most, factor), mean += factor / 2000;
    const double shift = static_cast<double>(add.apply(flat, {.index = i}, 0, 8).band<float>(0)[0]) - 0.4;
    ASSERT_LE(std::abs(shift), 0.2 + 1e-6);
  }
  EXPECT_NEAR(least, 0.6, 0.01);
  EXPECT_NEAR(most, 1.4, 0.01);
  EXPECT_NEAR(mean, 1, 0.02);
  // An amount above 1 never makes a factor negative.
  for (uint64_t i = 0; i < 200; ++i)
    ASSERT_GE(Pipeline("jitter(strength=2.5)").apply(flat, {.index = i}, 0, 8).band<float>(0)[0], 0.0F);
}

}  // namespace
}  // namespace simclr

// The policy language: what it accepts, its canonical form, and what people are told when it is wrong.

#include <gtest/gtest.h>

#include "augment/pipeline.hpp"
#include "augment/registry.hpp"
#include "base/error.hpp"
#include "base/expect_error.hpp"
#include "base/random.hpp"
#include "base/spec.hpp"
#include "base/temporary_folder.hpp"

namespace simclr {
namespace {

std::string canonical_form(std::string_view text) {
  return Pipeline(text).text();
}

TEST(Policy, CanonicalForms) {
  const std::pair<const char*, const char*> cases[] = {
      {"simclr", "crop > flip > jitter@0.8 > gray@0.2 > blur@0.5"},
      {"simclr_small", "crop > flip > jitter(strength=0.5)@0.8 > gray@0.2"},
      {"none", "none"},
      {"flip", "flip"},
      {"flip@0.5", "flip"},
      {"flip@1", "flip@1"},
      {"flip(axis=vertical)@0.5", "flip(axis=vertical)"},
      {"jitter@1.0", "jitter"},
      {"gray()", "gray"},
      {"  crop ( min = 0.2 , max=1 )  >flip@ .5 ", "crop(min=0.2) > flip"},
      {"blur(sigma=0.1..2)", "blur"},
      {"blur(sigma= 0.5..1.5 )", "blur(sigma=0.5..1.5)"},
      {"blur(sigma=1..1)", "blur(sigma=1)"},
      {"rotate(degrees=-30..30,fill=0)", "rotate(degrees=-30..30,fill=0)"},
      {"rotate(fill=0,degrees=-30..30)", "rotate(degrees=-30..30,fill=0)"},
      {"crop(law=tf,filter=bicubic)", "crop(law=tf,filter=bicubic)"},
      {"shuffle(jitter>blur@0.5)@0.3", "shuffle(jitter > blur@0.5)@0.3"},
      {"one_of( crop > flip|blur |none)", "one_of(crop > flip | blur | none)"},
      {"batch(rotate > crop) > flip", "batch(rotate > crop) > flip"},
      {"batch(blur)@0.5", "batch(blur)@0.5"},
      {"simclr||simclr > solarize@0.2",
       "crop > flip > jitter@0.8 > gray@0.2 > blur@0.5 || crop > flip > jitter@0.8 > gray@0.2 > blur@0.5 > "
       "solarize@0.2"},
      {"none || crop", "none || crop"},
      {"none > flip > none", "flip"},
      {"shuffle(one_of(batch(crop) | flip) > gray)", "shuffle(one_of(batch(crop) | flip) > gray)"},
      {"gray@1e-05", "gray@1e-05"},
      {"crop\n>\tflip", "crop > flip"},
  };
  for (const auto& [text, want] : cases) {
    EXPECT_EQ(canonical_form(text), want) << text;
    EXPECT_EQ(canonical_form(want), want);
  }
}

TEST(Policy, WrongTextsSayWhereAndWhat) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "augmentation, column 1: expected an operation, found the end."},
      {"   ", "augmentation, column 4: expected an operation, found the end."},
      {"crop >", "augmentation, column 7: expected an operation, found the end."},
      {"> crop", "augmentation, column 1: expected an operation, found '>'."},
      {"crop > > flip", "augmentation, column 8: expected an operation, found '>'."},
      {"crop flip", "augmentation, column 6: expected '>' or the end, found 'f'."},
      {"crop, flip", "augmentation, column 5: expected '>' or the end, found ','."},
      {"crop > \xC3\xA9", "augmentation, column 8: expected an operation, found '\xC3\xA9'."},
      {"crop > jiter", "augmentation, column 8: no operation or preset 'jiter'. Did you mean 'jitter'?"},
      {"simclr_smal",
       "augmentation, column 1: no operation or preset 'simclr_smal'. Did you mean 'simclr_small'?"},
      {"mosaic",
       "augmentation, column 1: no operation or preset 'mosaic'. Known: crop, flip, jitter, gray, blur, "
       "solarize, "
       "rotate, resize, brightness, contrast, gain, speckle, shift, zoom, drop_bands, shuffle, one_of, "
       "batch, simclr, simclr_small, plankton, s2, s2_study, s2_couplets, none."},
      {"crop(minn=0.1)", "augmentation, column 6: crop has no argument 'minn'. Did you mean 'min'?"},
      {"flip > gray(x=1)", "augmentation, column 13: gray has no argument 'x'; it takes none."},
      {"crop(0.1)", "augmentation, column 6: expected key=value inside crop( )."},
      {"crop(min)", "augmentation, column 6: expected key=value inside crop( )."},
      {"crop(min=)", "augmentation, column 10: crop(min): '' is not a number."},
      {"crop(min=2)", "augmentation, column 10: crop(min): '2' is not in range: 1e-06 to 1."},
      {"crop(min=nan)", "augmentation, column 10: crop(min): 'nan' is not a finite number."},
      {"crop(min=0.1 0.2)", "augmentation, column 10: crop(min): '0.1 0.2' is not a number."},
      {"crop(min=0.1,min=0.2)", "augmentation, column 14: crop(min) is given twice."},
      {"crop(min=0.1", "augmentation, column 13: the '(' of crop is not closed."},
      {"crop(min=0.1 > flip", "augmentation, column 14: expected ',' or ')', found '>'."},
      {"crop(min=0.5,max=0.2)", "augmentation, column 1: crop: min 0.5 is above max 0.2."},
      {"flip > crop(ratio_min=2,ratio_max=1)",
       "augmentation, column 8: crop: ratio_min 2 is above ratio_max 1."},
      {"jitter(strength=3)",
       "augmentation, column 1: jitter: strength 3 times hue 0.2 is more than half a turn."},
      {"crop(law=tff)",
       "augmentation, column 10: crop(law): 'tff' is not one of torchvision, tf. Did you mean 'tf'?"},
      {"blur(sigma=2..1)", "augmentation, column 12: blur(sigma): '2..1' is not a range such as 0.1..2."},
      {"blur(sigma=0)", "augmentation, column 12: blur(sigma): '0' is not in range: 0.01 to 1000."},
      {"flip(axis=up)",
       "augmentation, column 11: flip(axis): 'up' is not one of horizontal, vertical, both."},
      {"rotate(quarters=maybe)", "augmentation, column 17: rotate(quarters): 'maybe' is not true or false."},
      {"rotate(quarters=true,degrees=0..90)",
       "augmentation, column 1: rotate: quarters=true and degrees exclude each other."},
      {"gain(factor=0..2)", "augmentation, column 1: gain: factor 0 has no logarithm."},
      {"flip@", "augmentation, column 6: expected a probability after '@', such as @0.5."},
      {"flip@1.5", "augmentation, column 6: the probability of flip: '1.5' is not in range: 0 to 1."},
      {"flip@half", "augmentation, column 6: the probability of flip: 'half' is not a number."},
      {"flip@0.5@0.5", "augmentation, column 9: expected '>' or the end, found '@'."},
      {"crop > flip)", "augmentation, column 12: ')' without a '(' before it."},
      {"(crop > flip)", "augmentation, column 1: expected an operation, found '('."},
      {"crop | flip",
       "augmentation, column 6: '|' stands inside one_of( ) alone; '||' parts the policies of the two "
       "views."},
      {"crop || flip || blur", "augmentation, column 14: there are two views, so '||' may stand but once."},
      {"crop ||", "augmentation, column 8: expected an operation, found the end."},
      {"shuffle(crop || flip)", "augmentation, column 14: '||' may not stand inside parentheses."},
      {"one_of(crop || flip)", "augmentation, column 13: '||' may not stand inside parentheses."},
      {"shuffle(crop | flip)", "augmentation, column 14: '|' stands inside one_of( ) alone."},
      {"shuffle",
       "augmentation, column 1: shuffle needs operations in parentheses, such as shuffle(jitter > blur)."},
      {"batch()", "augmentation, column 7: batch( ) is empty; write for instance batch(crop > flip)."},
      {"batch(none)", "augmentation, column 1: batch( ) does nothing."},
      {"one_of(crop)", "augmentation, column 1: one_of needs two alternatives or more, parted by '|'."},
      {"one_of(crop | )", "augmentation, column 15: expected an operation, found ')'."},
      {"shuffle(crop > flip", "augmentation, column 20: the '(' of shuffle is not closed."},
      {"simclr@0.5",
       "augmentation, column 7: the preset 'simclr' takes neither arguments nor a probability."},
      {"simclr(min=1)",
       "augmentation, column 7: the preset 'simclr' takes neither arguments nor a probability."},
      {"gray>gray>gray>gray>gray>gray>gray>gray>gray",
       "augmentation, column 41: 'gray' stands there for the 9th time; 8 are the most."},
      {"blur>blur>blur>blur>blur>blur>blur>blur>simclr",
       "augmentation, column 41: with the preset 'simclr' an operation stands there for the 9th time."},
  };
  for (const auto& [text, message] : cases) try {
      const Pipeline pipeline(text);
      ADD_FAILURE() << text << " was taken as " << pipeline.text();
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), message) << text;
      EXPECT_EQ(error.code(), Exit::setting) << text;
    }
}

TEST(Policy, HostileNestingEndsInAnErrorNotInAStackOverflow) {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += i % 2 == 0 ? "batch(" : "shuffle(";
  EXPECT_THROW(Pipeline{deep}, Error);
}

TEST(Policy, OccurrencesAreCountedForEachViewApart) {
  const std::string eight = "gray > gray > gray > gray > gray > gray > gray > gray";
  EXPECT_EQ(canonical_form(eight + " || " + eight), eight + " || " + eight);
}

TEST(Policy, AlternativesCountTheirOperationsFromTheSameStart) {
  std::string many = "blur > flip";
  for (int i = 0; i < 20; ++i) many += " | blur > gray";
  EXPECT_EQ(canonical_form("one_of(" + many + ")"), "one_of(" + many + ")");
  const std::string seven = "blur > blur > blur > blur > blur > blur > blur";
  EXPECT_EQ(canonical_form("one_of(" + seven + " | blur) > blur"), "one_of(" + seven + " | blur) > blur");
  EXPECT_THROW(Pipeline("one_of(" + seven + " | blur) > blur > blur"), Error);  // the ninth of some view
}

TEST(Policy, IsReadFromAFile) {
  const TemporaryFolder folder;
  const auto file = folder.put("policy.txt", "# kept by a study\n one_of(crop > flip |\n  blur > gray)\n\n");
  EXPECT_EQ(policy_or_file("@" + file.native()), "one_of(crop > flip | blur > gray)");
  EXPECT_EQ(policy_or_file("crop > flip"), "crop > flip");
  expect_error([&] { policy_or_file("@" + folder.put("empty", "# nothing\n").native()); }, Exit::setting,
               {"holds no policy"});
  expect_error([&] { policy_or_file("@" + (folder / "missing").native()); }, Exit::data, {"missing"});
}

// Random policies of every operation, setting at an end of its range, and group.
class Maker {
 public:
  explicit Maker(uint64_t seed) : random_({.seed = seed}, 0) {}

  std::string chain(int depth) {
    std::string text;
    for (uint32_t i = 0, n = 1 + random_.below(3); i < n; ++i) text += (i == 0 ? "" : " > ") + step(depth);
    return text;
  }

 private:
  std::string step(int depth) {
    const auto rows = operations();
    const Operation& row = rows[random_.below(static_cast<uint32_t>(rows.size()))];
    if (used_[row.id]++ >= 2 || (row.make == nullptr && depth == 0)) return "none";
    std::string text(row.name);
    if (row.make == nullptr) {
      text += "(resize > " + chain(depth - 1) + (row.name == "one_of" ? " | " + chain(depth - 1) : "") + ")";
    } else {
      const auto operation = row.make();
      for (const auto& setting : operation->fields())
        if (!setting.choices().empty() && random_.below(2) == 0)
          setting.set(setting.choices()[random_.below(static_cast<uint32_t>(setting.choices().size()))],
                      "test");
        else if (setting.name() == "sigma" || setting.name() == "degrees")
          setting.set(shortest(random_.uniform(1, 2)) + ".." + shortest(random_.uniform(2, 3)), "test");
        else if (setting.name() == "threshold" || setting.name() == "min" || setting.name() == "strength")
          setting.set(shortest(random_.uniform(0.1, 1)), "test");
      text = canonical(text, operation->fields());
    }
    return random_.below(2) == 0 ? text : text + "@" + shortest(random_.uniform());
  }

  Random random_;
  std::array<int, 32> used_{};
};

TEST(Policy, TextOfAnyPolicyParsesToItself) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Maker maker(seed);
    std::string made;
    try {
      made = Maker(seed).chain(3);
      const std::string text = canonical_form(made);
      EXPECT_EQ(canonical_form(text), text) << made;
    } catch (const Error& error) {
      // resize inside nested groups may exceed eight; nothing else may fail
      EXPECT_NE(std::string(error.what()).find("9th time"), std::string::npos)
          << made << ": " << error.what();
    }
  }
}

TEST(Policy, NamesIdsAndHelp) {
  const std::pair<const char*, int> fixed[] = {
      {"crop", 0},   {"flip", 1},   {"jitter", 2},      {"gray", 3},     {"blur", 4},    {"solarize", 5},
      {"rotate", 6}, {"resize", 7}, {"brightness", 8},  {"contrast", 9}, {"gain", 10},   {"speckle", 11},
      {"shift", 12}, {"zoom", 13},  {"drop_bands", 14}, {"shuffle", 29}, {"one_of", 30}, {"batch", 31}};
  for (const auto& [name, id] : fixed) {  // a changed id would change everyone's views
    ASSERT_NE(find_operation(name), nullptr) << name;
    EXPECT_EQ(find_operation(name)->id, id) << name;
  }
  EXPECT_EQ(find_operation("cutout"), nullptr);
  EXPECT_EQ(preset_names(), (std::vector<std::string>{"simclr", "simclr_small", "plankton", "s2", "s2_study",
                                                      "s2_couplets", "none"}));
  const std::string help = augmentation_help();
  for (const auto& name : augmentation_names())
    EXPECT_NE(help.find("\n  " + name + " "), std::string::npos) << name;
  for (const auto& name : preset_names())
    EXPECT_NE(help.find("\n  " + name + " "), std::string::npos) << name;
  for (size_t start = 0, end; (end = help.find('\n', start)) != std::string::npos; start = end + 1)
    EXPECT_LT(end - start, 340U) << help.substr(start, end - start);
  EXPECT_NE(help.find("sigma=0.1..2"), std::string::npos);
  EXPECT_NE(help.find("ratio_max=1.3333 "), std::string::npos);
  EXPECT_NE(help.find("degrees=-180..180 "), std::string::npos);
  EXPECT_NE(help.find("(one of torchvision, tf)"), std::string::npos);
}

}  // namespace
}  // namespace simclr

#include "study/sides.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/expect_error.hpp"
#include "study/labelled_folder.hpp"

namespace simclr {
namespace {

using Texts = std::vector<std::string>;

std::vector<std::string> ids_of(const Side& side) {
  std::vector<std::string> ids;
  for (size_t i = 0; i < side.pictures->size(); ++i) ids.emplace_back(side.pictures->record(i).id);
  return ids;
}

class SidesOfAStudy : public ::testing::Test {
 protected:
  SidesOfAStudy() {
    data.pictures("all/copepod", 10);
    data.pictures("all/diatom", 3, 100);
    data.pictures("all/egg", 1, 200);
    data.pictures("test/copepod", 2, 300);
    data.pictures("test/egg", 4, 400);
    data.pictures("test/salp", 5, 500);
  }
  SidesRequest held_out(double fraction, uint64_t seed = 0) const {
    return {data.at("all"), "", fraction, "all", seed};
  }
  SidesRequest two_sets(const std::string& classes = "all") const {
    return {data.at("all"), data.at("test"), 0, classes, 0};
  }
  LabelledFolder data;
};

size_t count(const Side& side, int32_t label) {
  return static_cast<size_t>(std::count(side.labels.begin(), side.labels.end(), label));
}

TEST_F(SidesOfAStudy, AFractionIsHeldOutOfEachClassAtLeastOneAndNeverAll) {
  const Sides some = open_sides(inputs_without_run(), held_out(0.3));
  EXPECT_EQ(some.classes, (Texts{"copepod", "diatom", "egg"}));
  EXPECT_EQ(count(some.test, 0), 3U);  // of 10
  EXPECT_EQ(count(some.test, 1), 1U);  // of 3
  EXPECT_EQ(count(some.test, 2), 0U);  // the only one stays for training
  EXPECT_EQ(some.training_pictures(), (std::vector<size_t>{7, 2, 1}));
  EXPECT_EQ(some.shared, 0U);
  const Sides few = open_sides(inputs_without_run(), held_out(0.01));
  EXPECT_EQ(few.training_pictures(), (std::vector<size_t>{9, 2, 1}));
  const Sides most = open_sides(inputs_without_run(), held_out(0.9));
  EXPECT_EQ(most.training_pictures(), (std::vector<size_t>{1, 1, 1}));  // of 3 classes 9, 2.7 and 0.9 wanted
}

TEST_F(SidesOfAStudy, BothSidesTogetherAreAllPicturesAndTheSeedChoosesThem) {
  const Sides one = open_sides(inputs_without_run(), held_out(0.3)),
              again = open_sides(inputs_without_run(), held_out(0.3)),
              other = open_sides(inputs_without_run(), held_out(0.3, 1));
  EXPECT_EQ(ids_of(one.test), ids_of(again.test));
  EXPECT_NE(ids_of(one.test), ids_of(other.test));
  const Texts train = ids_of(one.train), test = ids_of(one.test);
  std::set<std::string> both(train.begin(), train.end());
  both.insert(test.begin(), test.end());
  EXPECT_EQ(both.size(), 14U);
  EXPECT_EQ(train.size() + test.size(), 14U);
}

TEST_F(SidesOfAStudy, ClassesAreThoseThatHaveTrainingPictures) {
  const Sides sides = open_sides(inputs_without_run(), two_sets());
  EXPECT_EQ(sides.classes, (Texts{"copepod", "diatom", "egg"}));
  EXPECT_EQ(count(sides.test, 0), 2U);
  EXPECT_EQ(count(sides.test, 2), 4U);
  EXPECT_EQ(sides.test.labels.size(), 6U);  // no salp
  for (size_t i = 0; i < sides.test.labels.size(); ++i)
    EXPECT_TRUE(ids_of(sides.test)[i].starts_with(sides.classes[static_cast<size_t>(sides.test.labels[i])]));
  const SidesRequest apart{data.at("all"), data.at("test"), 0, "diatom", 0};
  expect_error([&] { open_sides(inputs_without_run(), apart); }, Exit::data, {"no class of", "is among"});
}

TEST_F(SidesOfAStudy, SeenAndUnseenFollowTheRun) {
  const RunInputs run = inputs_without_run({"egg", "salp"});
  EXPECT_EQ(open_sides(run, two_sets("unseen")).classes, (Texts{"egg"}));
  const Sides seen = open_sides(run, two_sets("seen"));
  EXPECT_EQ(seen.classes, (Texts{"copepod", "diatom"}));
  EXPECT_EQ(seen.training_pictures(), (std::vector<size_t>{10, 3}));
  EXPECT_EQ(seen.test.labels.size(), 2U);
  expect_error([&] { open_sides(inputs_without_run(), two_sets("unseen")); }, Exit::setting,
               {"held out no classes", "--hold-out-classes"});
  expect_error([&] { open_sides(inputs_without_run({"krill"}), two_sets("unseen")); }, Exit::data,
               {"none of these classes"});
}

TEST_F(SidesOfAStudy, NamedClassesAlone) {
  const Sides sides = open_sides(inputs_without_run(), two_sets("egg,copepod"));
  EXPECT_EQ(sides.classes, (Texts{"copepod", "egg"}));
  EXPECT_EQ(sides.train.labels.size(), 11U);
  expect_error([&] { open_sides(inputs_without_run(), two_sets("copepods")); }, Exit::setting,
               {"'copepods'", "Did you mean 'copepod'"});
  expect_error([&] { open_sides(inputs_without_run(), two_sets("salp")); }, Exit::setting, {"'salp'"});
}

TEST_F(SidesOfAStudy, PicturesOnBothSidesAreCounted) {
  SidesRequest request = two_sets();
  request.test = request.train;
  EXPECT_EQ(open_sides(inputs_without_run(), request).shared, 14U);
  EXPECT_EQ(open_sides(inputs_without_run(), two_sets()).shared, 0U);
}

TEST_F(SidesOfAStudy, WhatWasTestedOnInWords) {
  EXPECT_EQ(test_name({"a", "b", 0, "all", 0}), "b");
  EXPECT_EQ(test_name({"a", "b", 0, "unseen", 0}), "b, unseen classes");
  EXPECT_EQ(test_name({"a", "b", 0, "x,y", 0}), "b, of x,y");
  EXPECT_EQ(test_name({"a", "", 0.35, "seen", 0}), "0.35 of a, held out, seen classes");
}

}  // namespace
}  // namespace simclr

// Sources over real archives, unpacked on the spot. They are not part of the repository.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "data/fixture.hpp"
#include "data/inspect.hpp"

namespace simclr {
namespace {

std::string archive(const std::string& name) {
  const char* given = std::getenv("SIMCLR_TEST_DATA");
  return (given != nullptr ? std::string(given) : SIMCLR_SOURCE_DIR "/../shared/data") + "/" + name + ".tar";
}

void unpack(const std::string& tar, const std::string& into) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("tar", "tar", "-xf", tar.c_str(), "-C", into.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0) << "tar -xf " << tar;
}

#define SKIP_WITHOUT(tar) \
  if (!std::filesystem::exists(tar)) GTEST_SKIP() << tar << " is not there (set SIMCLR_TEST_DATA)"

TEST(RealData, Cifar10AsFoldersOfJpeg) {
  const std::string tar = archive("cifar10");
  SKIP_WITHOUT(tar);
  const test::TempFolder folder;
  unpack(tar, folder.root());
  const auto source = open_source(folder.at("cifar10"));
  EXPECT_EQ(source->size(), 14500U);
  EXPECT_EQ(source->classes(), (test::Texts{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog",
                                            "horse", "ship", "truck"}));
  const auto train = open_source(folder.at("cifar10") + ":train"),
             held_out = open_source(folder.at("cifar10:test"));
  EXPECT_EQ(train->size(), 12000U);
  EXPECT_EQ(held_out->size(), 2500U);
  const auto found = inspect(*train, "cifar10:train", {}, 500);
  for (const auto& [name, count] : found.classes) EXPECT_EQ(count, 1200U) << name;
  EXPECT_TRUE(found.statistics.bad.empty());
  EXPECT_EQ(found.statistics.bands, 3);
  EXPECT_EQ(found.image_size, 32);
  EXPECT_NEAR(found.statistics.mean[0], 0.491, 0.03);  // published: 0.4914 0.4822 0.4465
  EXPECT_NEAR(found.statistics.mean[2], 0.447, 0.03);
}

TEST(RealData, PlanktonIsGrayInManyClasses) {
  const std::string tar = archive("plankton_ndsb");
  SKIP_WITHOUT(tar);
  const test::TempFolder folder;
  unpack(tar, folder.root());
  const auto source = open_source(folder.at("plankton_ndsb"));
  EXPECT_EQ(source->size(), 8158U + 2369U);
  EXPECT_EQ(source->classes().size(), 88U);
  const auto statistics = measure(*source, {}, 500);
  EXPECT_EQ(statistics.bands, 1);
  EXPECT_TRUE(statistics.bad.empty());
  EXPECT_NEAR(statistics.median_side, 50, 10);
}

TEST(RealData, NastyFilesAreCountedByWhatTheyAre) {
  const std::string tar = archive("nasty_images");
  SKIP_WITHOUT(tar);
  const test::TempFolder folder;
  unpack(tar, folder.root());
  const auto source = open_source(folder.at("nasty_images"));
  size_t unsupported = 0;
  for (const auto& [format, count] : source->scan().unsupported) unsupported += count;
  EXPECT_EQ(source->scan().files, 991U);  // the manifest among them
  EXPECT_EQ(source->size() + unsupported + source->scan().ignored, 991U);
  EXPECT_GE(source->scan().unsupported.at("gif"), 45U);
  EXPECT_GE(source->scan().unsupported.at("bmp"), 35U);
  size_t good = 0;
  for (size_t i = 0; i < source->size(); ++i) good += source->read(i, {}).ok();
  EXPECT_GT(good, 300U);
  EXPECT_LT(good, source->size());
}

}  // namespace
}  // namespace simclr

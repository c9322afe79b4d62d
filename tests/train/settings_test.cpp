#include "train/settings.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "scratch_folder.hpp"

namespace simclr {
namespace {

TEST(Settings, WhatIsWrittenReadsBackTheSame) {
  const ScratchFolder folder;
  PretrainSettings settings;
  settings.data = "/pictures with \"quotes\" and \\ and é";
  settings.lr = 0.1 + 0.2;
  settings.image_size = 28;
  settings.loss = "nt_xent(temperature=0.2)";
  settings.exif_orientation = true;
  folder.write("settings.toml", to_toml(fields(settings)));
  PretrainSettings again;
  for (const auto& [name, text] : read_toml(folder.path() / "settings.toml", fields(again)))
    find(fields(again), name)->set(text, name);
  EXPECT_EQ(to_toml(fields(settings)), to_toml(fields(again)));
  EXPECT_EQ(settings.lr, again.lr);
  EXPECT_EQ(settings.data, again.data);
}

TEST(Settings, EverySettingHasHelpAndAName) {
  PretrainSettings settings;
  for (const auto& one : fields(settings)) {
    EXPECT_FALSE(one.help().empty()) << one.name();
    EXPECT_EQ(one.name().find('_'), std::string::npos) << one.name();
  }
}

TEST(Settings, UnknownKeyNamesLineAndNearest) {
  const ScratchFolder folder;
  folder.write("a.toml", "seed = 1\n\nbatchsize = 3\n");
  PretrainSettings settings;
  try {
    read_toml(folder.path() / "a.toml", fields(settings));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Exit::setting);
    EXPECT_NE(std::string(error.what()).find("a.toml:3"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("batch-size"), std::string::npos) << error.what();
  }
}

TEST(Settings, TablesAndBrokenTomlAreRefused) {
  const ScratchFolder folder;
  PretrainSettings settings;
  for (const char* text : {"[table]\nseed = 1\n", "seed = \n", "seed = [1]\n", "seed = 1\nseed = 2\n",
                           "lr = nan\n", "batch_size = 2.5\n"}) {
    folder.write("a.toml", text);
    EXPECT_THROW(read_toml(folder.path() / "a.toml", fields(settings)), Error) << text;
  }
}

TEST(Settings, WrittenPlainlyTheSameIsTheSame) {
  EXPECT_EQ(plainly_written("resnet18(width=0.1250, stem=small)"),
            plainly_written("resnet18( width=0.125,stem=small )"));
  EXPECT_EQ(plainly_written("crop(min=0.20) > flip"), "crop(min=0.2)>flip");
  EXPECT_EQ(plainly_written("rotate(degrees=0..180)"), plainly_written("rotate(degrees=0.0 .. 180.0)"));
  EXPECT_EQ(plainly_written("nt_xent(temperature=.5)"), plainly_written("nt_xent(temperature=0.50)"));
  EXPECT_EQ(plainly_written("adamw(eps=1e-08)"), plainly_written("adamw(eps=1E-8)"));
  EXPECT_NE(plainly_written("nt_xent(temperature=.5)"), plainly_written("nt_xent(temperature=.05)"));
  EXPECT_NE(plainly_written("blur(sigma=0..5)"), plainly_written("blur(sigma=0.5)"));
  EXPECT_NE(plainly_written("resnet18"), plainly_written("resnet34"));
  EXPECT_NE(plainly_written("crop(min=0.2)"), plainly_written("crop(min=0.21)"));
  EXPECT_NE(plainly_written("jitter@0.8"), plainly_written("jitter@0.9"));
}

}  // namespace
}  // namespace simclr

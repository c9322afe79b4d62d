#pragma once
// From settings and plan to how pictures are opened and decoded: every command reads them as the run did.

#include <string>
#include <vector>

#include "train/pictures.hpp"
#include "train/plan.hpp"
#include "train/settings.hpp"

namespace simclr {

// Those of the settings that say how rasters are read, for commands without a run.
Fields raster_fields(PretrainSettings& settings);

// Those of them that tell what files don't say, for commands after a run: its own stand until others are
// given.
Fields reading_fields(PretrainSettings& settings);

OpenOptions open_options(const PretrainSettings& settings);

// Before the plan is made: what the settings ask of bands. Error(Exit::setting) for bands or names of bands
// that are none, or twice there.
DecodeOptions asked_form(const PretrainSettings& settings);

// As the run reads its own: its bands by name, its offset; what has no data becomes the mean.
PictureForm planned_form(const PretrainSettings& settings, const Plan& plan);

bool of_rasters(const Plan& plan);

// --mean and --std where given: as the files hold them, but of uint8 in [0, 1]. Error(Exit::setting) when
// there isn't one a band, or a std isn't above 0.
void take_given_statistics(const PretrainSettings& settings, Plan& plan);

void take_numbers(const FileNumbers& numbers, Plan& plan);
FileNumbers numbers_of(const Plan& plan);

// "B04 590.2 +- 675.9 (mean and std a band, of what is data)", in the numbers of the files
std::string statistics_text(const Plan& plan);

}  // namespace simclr

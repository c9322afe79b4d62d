#pragma once
// What ends a training before it begins, each with its Error, or is warned of.

#include "data/statistics.hpp"
#include "loss/loss.hpp"
#include "nn/head.hpp"
#include "train/plan.hpp"
#include "train/settings.hpp"

namespace simclr {

void check_batch(const PretrainSettings& settings, size_t pictures);  // fewer than a batch: Exit::data

// More bad files in the sample than chance allows where 1 % of all are bad: Exit::data.
void check_sample(const Statistics& statistics, size_t pictures);

// Gray and RGB pictures of floats beyond [0, 1], whose colours would be clamped: Exit::data.
void check_range(const Statistics& statistics, const std::string& data);

// A head that does not give what a loss that scores classes takes: Exit::setting.
void check_head(const Plan& plan, const Loss& loss, const Head& head, size_t classes);

// --val-data of other bands, or that can't be used: Exit::data.
// Of rasters: that those of --test have the scale of those trained on, seen before the training and not after
// it.
void check_test_scale(const PretrainSettings& settings, const Statistics& trained);
void check_validation(const Source& validation, const PretrainSettings& settings, const Statistics& trained);

// On resume: the plan was made for these pictures and these alone, else Exit::data.
void check_known(const Plan& plan, const PretrainSettings& settings, const std::string& trained_on,
                 const std::string& validated_on);

// --patience without validation pictures: Exit::setting; with few a warning.
void check_patience(const PretrainSettings& settings, size_t held_out);

}  // namespace simclr

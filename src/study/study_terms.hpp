#pragma once
// What a study's folder was made with, as JSON: whether another call goes on with it, and which scores of it
// are known.

#include "study/grid.hpp"

namespace simclr {

// As a key: without what changes nothing, but paths and names of classes as they are.
std::string plain_setting(const std::string& key, const std::string& text);

nlohmann::ordered_json training_terms(
    const StudyRequest& request);  // the runs'; pictures by a hash of their ids
nlohmann::ordered_json judging_terms(const JudgingTerms& judging);  // the scores'

// The first of the training terms that isn't as it was: "--lr", "pictures".
std::string first_difference(const nlohmann::ordered_json& before, const nlohmann::ordered_json& now);

}  // namespace simclr

#pragma once
// Composed things are one string: name, or name(key=value, key=value). An encoder, a head, a loss, an
// optimizer and each augmentation are written so; printing gives the canonical form, which serves as row
// label, cache key and value in a configuration file.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fields.hpp"

namespace simclr {

struct Spec {
  std::string name;
  std::vector<std::pair<std::string, std::string>> args;  // in the order written
};

// Reads "name" or "name(a=1, b=2)". `what` names the family in errors ("loss", "augmentation").
// Throws Error(Exit::setting).
Spec parse_spec(std::string_view text, std::string_view what);

// Sets `fields` from the arguments; an unknown one is an error with the nearest suggestion.
void configure(const Fields& fields, const Spec& spec, std::string_view what);

// "name(a=1,b=2)" with the fields that differ from `defaults` (same struct, untouched), or all of them
// when `defaults` is empty; "name" when none is left.
std::string canonical(const std::string& name, const Fields& fields, const Fields& defaults = {});

// Splits at `separator` outside parentheses, and trims spaces: "knn,linear(c=1,k=2)" gives two parts.
std::vector<std::string> split_outside(std::string_view text, char separator);
std::string_view trim(std::string_view text);

}  // namespace simclr

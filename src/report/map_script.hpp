#pragma once
// The one script of a page: it brings the maps to life. A page that holds it allows it by its hash and
// nothing else.

#include <string>
#include <string_view>

namespace simclr {

std::string_view map_script();    // what stands between <script> and </script>, byte for byte
std::string_view map_controls();  // its last part: keys, buttons, legend

// "'sha256-...'": the word of a content security policy that allows this text alone.
std::string script_hash(std::string_view script);

}  // namespace simclr

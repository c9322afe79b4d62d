#pragma once
// What all pages share: head, content security policy, styles, header and footer.

#include <string>
#include <utility>
#include <vector>

namespace simclr {

struct Shell {  // plain text
  std::string title, kind, subtitle, version;
  bool script = false;  // the one of the maps; the policy then allows it by its hash, and no other
};

std::string page_shell(const Shell& shell, const std::string& body);

// Links to the parts of a page: id and name of each.
std::string navigation(const std::vector<std::pair<std::string, std::string>>& links);

}  // namespace simclr

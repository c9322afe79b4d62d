#pragma once
// The look of a page; also for pages other rooms may write later.

#include <string>

namespace simclr {

std::string page_style();  // CSS

}  // namespace simclr

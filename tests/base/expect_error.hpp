#pragma once
// Checks what a user sees when something is wrong: the exit code, and words of the message or the hint.

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace simclr {

inline void expect_error(const std::function<void()>& action, Exit code,
                         std::initializer_list<std::string_view> words) {
  try {
    action();
    ADD_FAILURE() << "no error was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << error.what();
    const std::string said = std::string(error.what()) + " " + error.hint();
    for (const auto word : words)
      EXPECT_NE(said.find(word), std::string::npos) << "'" << word << "' is not in: " << said;
  }
}

}  // namespace simclr

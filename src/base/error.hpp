#pragma once
// The one exception type, and the exit code each kind of trouble ends the program with.
// Thrown for what ends a command; expected trouble (one broken file of many) is a return value.
// The message says what is wrong, with the value and where it came from; the hint says what to do.

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simclr {

enum class Exit {
  ok = 0,
  failed = 1,
  usage = 2,       // unknown command or flag, missing argument, --out holds a run
  setting = 3,     // a known setting with a bad value, wherever given
  data = 4,        // missing, not a folder, no image, fewer than a batch, over the bad-file budget
  checkpoint = 5,  // no run or checkpoint there, damaged, of another architecture
  non_finite = 6,  // the loss or a weight became NaN or infinite
  disk = 7,        // full, read-only, or failing
  distributed = 9,
  stopped = 75,      // SIGTERM or SIGUSR1, after a saved checkpoint: start again to go on
  interrupted = 130  // Ctrl-C, after a saved checkpoint
};

class Error : public std::runtime_error {
 public:
  Error(Exit code, const std::string& message, std::string hint = "")
      : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}
  Exit code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  Exit code_;
  std::string hint_;
};

// Text for people: control characters and bytes that are not UTF-8 become \xNN, the rest stays.
std::string printable(std::string_view text);

// The name in `known` nearest to `word` by edit distance, or "" when none is near enough to be meant.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

// " Did you mean 'x'?" or, with nothing near, " Known: a, b, c."
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace simclr

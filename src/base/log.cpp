#include "base/log.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <mutex>

#include "base/error.hpp"

namespace simclr {
namespace {

using Clock = std::chrono::steady_clock;

struct State {
  std::mutex guard;
  std::ofstream file;
  bool quiet = false;
  std::string line;  // the progress line now on the terminal
  Clock::time_point shown{};
};

State& state() {
  static State only;
  return only;
}

size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10 ? size.ws_col : 80;
}

// Cuts to the width of the terminal without breaking a UTF-8 character.
std::string cut(std::string_view text, size_t width) {
  size_t columns = 0, end = 0;
  for (; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 && columns++ == width) break;
  }
  return std::string(text.substr(0, end));
}

void say(std::string_view kind, std::string_view message, bool always) {
  State& s = state();
  const std::lock_guard lock(s.guard);
  if (s.file.is_open()) s.file << utc_now() << ' ' << kind << message << std::endl;
  if (s.quiet && !always) return;
  const bool line = !s.line.empty() && stderr_is_terminal();
  std::string out = line ? "\r\033[K" : "";
  if (!kind.empty() && use_colour()) {
    out.append("\033[33m").append(kind).append("\033[0m").append(message);
  } else {
    out.append(kind).append(message);
  }
  out += '\n';
  if (line) out += s.line;
  std::fputs(out.c_str(), stderr);
}

}  // namespace

void log_info(std::string_view message) {
  say("", message, false);
}
void log_warning(std::string_view message) {
  say("warning: ", message, true);
}

void log_error(std::string_view message, std::string_view hint) {
  progress_done();
  State& s = state();
  const std::lock_guard lock(s.guard);
  const std::string all = std::string(message) + (hint.empty() ? "" : "\n  " + std::string(hint));
  if (s.file.is_open()) s.file << utc_now() << " error: " << all << std::endl;
  std::fputs(("simclr: " + all + "\n").c_str(), stderr);
}

void log_to_file(const std::filesystem::path& path) {
  State& s = state();
  const std::lock_guard lock(s.guard);
  s.file.close();
  s.file.clear();
  if (path.empty()) return;
  s.file.open(path, std::ios::app);
  if (!s.file) throw Error(Exit::disk, "cannot write " + printable(path.native()) + ".");
}

void log_quiet(bool quiet) {
  state().quiet = quiet;
}

void progress_line(std::string_view text) {
  State& s = state();
  const std::lock_guard lock(s.guard);
  if (s.quiet) return;
  const auto now = Clock::now();
  const auto pause = stderr_is_terminal() ? std::chrono::milliseconds(100) : std::chrono::milliseconds(20000);
  if (s.shown != Clock::time_point{} && now - s.shown < pause) return;
  s.shown = now;
  if (stderr_is_terminal()) {
    s.line = cut(text, terminal_width() - 1);
    std::fputs(("\r\033[K" + s.line).c_str(), stderr);
    std::fflush(stderr);
  } else {
    std::fputs((std::string(text) + "\n").c_str(), stderr);
  }
}

void progress_done() {
  State& s = state();
  const std::lock_guard lock(s.guard);
  if (!s.line.empty() && stderr_is_terminal()) std::fputs("\n", stderr);
  s.line.clear();
  s.shown = {};
}

bool stderr_is_terminal() {
  static const bool terminal = isatty(STDERR_FILENO) == 1;
  return terminal;
}

bool use_colour() {
  const char* no = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return stderr_is_terminal() && (no == nullptr || *no == 0) &&
         (term == nullptr || std::string_view(term) != "dumb");
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace simclr

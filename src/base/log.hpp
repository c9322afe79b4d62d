#pragma once
// What the program says while it works: on stderr for people, and in the run's train.log once there is one.
// Results never come this way; they go to stdout.

#include <filesystem>
#include <string>
#include <string_view>

namespace simclr {

void log_info(std::string_view message);
void log_warning(std::string_view message);
void log_error(std::string_view message, std::string_view hint);  // what ends the program; the hint below it
void log_to_file(const std::filesystem::path& path);  // appends from now on, with UTC time; "" ends it
void log_quiet(bool quiet);                           // nothing but warnings on stderr

// One line that is rewritten on a terminal (at most 10 times a second); elsewhere a plain line now and then.
// A message logged meanwhile goes above it.
void progress_line(std::string_view text);
void progress_done();  // leaves the last line standing

bool stderr_is_terminal();
bool use_colour();      // stderr is a terminal, NO_COLOR is unset or empty, TERM is not dumb
std::string utc_now();  // 2026-11-23T22:30:00Z

}  // namespace simclr

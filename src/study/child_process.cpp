#include "study/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "train/signals.hpp"

namespace simclr {
namespace {

class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int flags)
      : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644)) {
    if (fd_ < 0) throw disk_error("write", path, errno);
  }
  ~OpenFile() { ::close(fd_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::vector<std::string> environment_with(unsigned threads) {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one)
    if (!std::string_view(*one).starts_with("OMP_NUM_THREADS=")) all.emplace_back(*one);
  all.push_back("OMP_NUM_THREADS=" + std::to_string(threads));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Between fork and exec nothing may take a lock that another thread held.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment, int out,
                         int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before it could be watched
  release_signals();
  ::dup2(out, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve(program, arguments, environment);
  ::_exit(127);
}

}  // namespace

int run_child(const ChildProcess& child) {
  std::error_code error;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error).native();
  if (error) throw Error(Exit::failed, "cannot find this program to start it again: " + error.message());
  std::vector<std::string> words{"simclr"}, variables = environment_with(child.threads);
  words.insert(words.end(), child.arguments.begin(), child.arguments.end());
  const auto arguments = pointers(words), environment = pointers(variables);
  const OpenFile out(child.out, O_TRUNC), log(child.log, O_APPEND);
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process < 0)
    throw Error(Exit::failed, std::string("cannot start a process: ") + std::strerror(errno) + ".",
                "Lower --jobs.");
  if (process == 0) become(program.c_str(), arguments.data(), environment.data(), out.fd(), log.fd(), parent);
  bool told = false;
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(process, &status, WNOHANG)) == 0) {
    if (stop_signal() != 0 && !told) told = ::kill(process, SIGTERM) == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (ended < 0) throw Error(Exit::failed, std::string("lost a process: ") + std::strerror(errno) + ".");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string last_words(const std::filesystem::path& log, int code) {
  const std::string text = read_file(log);
  const std::string mark = "simclr: ";
  size_t at = text.rfind(mark);
  while (at != std::string::npos && at > 0 && text[at - 1] != '\n') at = text.rfind(mark, at - 1);
  if (at != std::string::npos) {
    std::string words = text.substr(at + mark.size());
    while (words.ends_with('\n')) words.pop_back();
    for (size_t i = words.find('\n'); i != std::string::npos; i = words.find('\n', i))
      words.replace(i, words.find_first_not_of("\n ", i) - i, " ");
    return printable(words);
  }
  if (code > 128)
    return "ended by signal " + std::to_string(code - 128) +
           (code == 128 + SIGKILL ? " (out of memory?)." : ".");
  return "ended with code " + std::to_string(code) + ".";
}

}  // namespace simclr

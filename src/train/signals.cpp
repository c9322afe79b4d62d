#include "train/signals.hpp"

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace simclr {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGUSR1};

std::atomic<bool> listening{false};
std::atomic<int> asked{0};

sigset_t signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : kSignals) sigaddset(&set, signal);
  return set;
}

// What the signal does to a process that doesn't block it.
void let_through(int signal) {
  const sigset_t set = signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  pthread_kill(pthread_self(), signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

[[noreturn]] void wait_for_signals() {
  const sigset_t set = signals();
  for (int signal = 0;;) {
    if (sigwait(&set, &signal) != 0) continue;
    if (!listening) {
      let_through(signal);
    } else if (asked.exchange(signal) == SIGINT && signal == SIGINT) {
      ::signal(SIGINT, SIG_DFL);
      let_through(SIGINT);
    }
  }
}

}  // namespace

void take_signals() {
  static std::once_flag once;
  std::call_once(once, [] {
    const sigset_t set = signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::thread(wait_for_signals).detach();
  });
}

void listen_for_signals() {
  take_signals();
  listening = true;
}

int stop_signal() {
  return asked;
}

void release_signals() {
  for (const int signal : kSignals) ::signal(signal, SIG_DFL);
  const sigset_t set = signals();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace simclr

#include "train/signals.hpp"

#include <atomic>
#include <csignal>

namespace simclr {
namespace {

std::atomic<int> asked{0};

void ask(int signal) {
  if (signal == SIGINT && asked.exchange(signal) == SIGINT) {
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  asked = signal;
}

}  // namespace

void listen_for_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) std::signal(signal, ask);
}

int stop_signal() {
  return asked;
}

}  // namespace simclr

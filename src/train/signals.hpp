#pragma once
// A request to stop from outside: the training loop asks after each step and saves a checkpoint first.

namespace simclr {

// From now on SIGINT, SIGTERM and SIGUSR1 are requests; a second SIGINT ends the process at once.
void listen_for_signals();
int stop_signal();  // the signal that asked, or 0

}  // namespace simclr

#pragma once
// A request to stop from outside: the training loop asks after each step and saves a checkpoint first.
//
// A thread of its own takes the signals; all others block them, since a handler that interrupts one of
// oneDNN's AVX-512 matrix products (linalg/product) destroys the heap, whatever it does.

namespace simclr {

// Before any other thread is started, since threads inherit what is blocked. Until listen_for_signals() the
// signals do what they did before: by default end the process.
void take_signals();

// From now on SIGINT, SIGTERM and SIGUSR1 are requests; a second SIGINT ends the process at once. Takes the
// signals if nobody did, which comes too late for threads that run already.
void listen_for_signals();
int stop_signal();  // the signal that asked, or 0

// In a child between fork and exec: as a new program expects them, neither blocked nor ignored.
void release_signals();

}  // namespace simclr

// SPDX-License-Identifier: Apache-2.0
#include "core/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <csignal>

namespace gmtrain {
namespace {

volatile std::sig_atomic_t noted = 0;

void leave(int number) {
  constexpr char said[] = "gmtrain: stopped by a signal\n";
  if (::write(STDERR_FILENO, said, sizeof said - 1) < 0) ::_exit(1);
  ::_exit(interrupted_exit_code(number));
}

void note(int number) {
  if (noted != 0) leave(number);
  noted = number;
}

void handle_by(void (*handler)(int)) {
  for (const int number : {SIGINT, SIGTERM}) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;  // a step is finished, reading and writing in it too
    ::sigaction(number, &action, nullptr);
  }
}

}  // namespace

void exit_on_interrupt() {
  handle_by(leave);
}

InterruptNoted::InterruptNoted() {
  noted = 0;
  handle_by(note);
}

InterruptNoted::~InterruptNoted() {
  handle_by(leave);
}

int InterruptNoted::signal() const {
  return noted;
}

const char* name_of_interrupt(int signal) {
  return signal == SIGINT ? "SIGINT" : "SIGTERM";
}

}  // namespace gmtrain

// SPDX-License-Identifier: Apache-2.0
// What Ctrl-C (SIGINT) and SIGTERM do. One that the program was started to ignore stays ignored.
#pragma once

#include <stdexcept>

namespace gmtrain {

/// From here on they end the program, with the exit code that interrupted_exit_code() tells.
void exit_on_interrupt();

/// While it lives, the first of them is only noted, for a loop to end in good order; a second one
/// ends the program.
class InterruptNoted {
 public:
  InterruptNoted();
  ~InterruptNoted();
  InterruptNoted(const InterruptNoted&) = delete;
  InterruptNoted& operator=(const InterruptNoted&) = delete;

  /// Its number; 0 where none came.
  int signal() const;
};

/// A loop ended because it was told to; the message says what is kept.
struct Interrupted : std::runtime_error {
  Interrupted(int number, const std::string& message)
      : std::runtime_error(message), signal(number) {}
  int signal;
};

/// "SIGINT" or "SIGTERM".
const char* name_of_interrupt(int signal);

/// As shells have it: 130 and 143.
constexpr int interrupted_exit_code(int signal) {
  return 128 + signal;
}

}  // namespace gmtrain

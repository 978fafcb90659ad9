// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

/// A property that a fuzzer holds what it calls to.
inline void hold(bool property, const char* what) {
  if (property) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// What is refused is refused by one line.
inline void hold_one_line(const std::string& message) {
  if (!message.empty() && message.find('\n') == std::string::npos) return;
  std::fprintf(stderr, "expected one line, got: \"%s\"\n", message.c_str());
  std::abort();
}

/// Calls a reader, which may refuse what it reads by an Error.
template <class Error, class Read>
void read_or_refuse(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    hold_one_line(error.what());
  }
}

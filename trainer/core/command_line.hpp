// SPDX-License-Identifier: Apache-2.0
// What the programs' command lines share.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <string>

#include "core/logging/log.hpp"

namespace gmtrain {

/// A number in decimal digits and nothing else. CLI11 would take 010 for 8.
inline CLI::Validator whole_number(int64_t least, int64_t most) {
  const auto read = [=](std::string& text) -> std::string {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    if (!is_number || value < least || value > most)
      return fmt::format("expected a whole number from {} to {}, got {}", least, most, text);
    text = std::to_string(value);
    return {};
  };
  return {read, ""};
}

/// The exit code of a program that is about to end with `code`: an error, and a line that says so,
/// where standard output did not take what was written to it.
inline int checked_exit_code(const char* program, int code) {
  if (output_arrived()) return code;
  fmt::print(stderr, "{}: standard output cannot be written\n", program);
  return code == 0 ? 1 : code;
}

}  // namespace gmtrain

// SPDX-License-Identifier: Apache-2.0
// What the program tells its user while it works. spdlog is behind it and not in this header,
// because LibTorch's headers carry an fmt of another version.
#pragma once

#include <string>

namespace gmtrain {

/// One line on standard output.
void log_info(const std::string& line);

/// One line on standard error, marked as a warning.
void log_warning(const std::string& line);

/// Whether all that was said on standard output arrived there: at the end a program has to look,
/// since a full disk or a closed pipe ends nothing by itself.
bool output_arrived();

/// Of an error's message: what follows in some libraries' is a stack trace.
std::string first_line(const std::string& message);

}  // namespace gmtrain

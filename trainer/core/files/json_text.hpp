// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace gmtrain {

/// JSON for people and version control: a line for each member of an object and for each element of
/// an array of objects; any other array, such as a curve, on one line. Ends with a line break.
/// Bytes that are no UTF-8, as names of files may have, become U+FFFD.
std::string json_text(const nlohmann::ordered_json& value);

/// The value of a text. @throws nlohmann::ordered_json::exception where it is no JSON or nests
/// deeper than any of ours
nlohmann::ordered_json parse_json(const std::string& text);

/// The value that a file holds. @throws std::runtime_error naming the file where it cannot be read,
/// else as parse_json()
nlohmann::ordered_json read_json(const std::filesystem::path& file);

bool is_utf8(const std::string& text);

/// In quotation marks and on one line, whatever it holds: for messages.
std::string in_quotes(const std::string& text);

}  // namespace gmtrain

// SPDX-License-Identifier: Apache-2.0
#include "core/files/json_text.hpp"

#include <algorithm>

#include "core/files/input_file.hpp"

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

/// On one line.
std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool has_lines(const json& value) {
  return !value.empty() &&
         (value.is_object() ||
          (value.is_array() && std::all_of(value.begin(), value.end(), [](const json& element) {
             return element.is_object();
           })));
}

void append(std::string& text, const json& value, size_t indent) {
  if (!has_lines(value)) {
    text += dumped(value);
    return;
  }
  const bool object = value.is_object();
  const char* separator = "";
  text += object ? '{' : '[';
  for (auto member = value.begin(); member != value.end(); ++member) {
    text += separator + ('\n' + std::string(indent + 2, ' '));
    if (object) text += dumped(member.key()) + ": ";
    append(text, *member, indent + 2);
    separator = ",";
  }
  text += '\n' + std::string(indent, ' ') + (object ? '}' : ']');
}

}  // namespace

std::string json_text(const json& value) {
  std::string text;
  append(text, value, 0);
  return text + '\n';
}

json parse_json(const std::string& text) {
  constexpr int kMostDepth = 64;
  // Parsing takes any depth, but what writes a value calls itself for each value in it.
  return json::parse(text, [&](int depth, json::parse_event_t, json&) {
    if (depth > kMostDepth) {
      throw json::other_error::create(
          502, "expected at most " + std::to_string(kMostDepth) + " values in one another",
          nullptr);
    }
    return true;
  });
}

json read_json(const std::filesystem::path& file) {
  return parse_json(read_file(file));
}

bool is_utf8(const std::string& text) {
  try {
    json(text).dump();
    return true;
  } catch (const json::type_error&) {
    return false;
  }
}

std::string in_quotes(const std::string& text) {
  return dumped(text);
}

}  // namespace gmtrain

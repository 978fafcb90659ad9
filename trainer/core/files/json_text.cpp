// SPDX-License-Identifier: Apache-2.0
#include "core/files/json_text.hpp"

#include <algorithm>

namespace gmtrain {
namespace {

using json = nlohmann::ordered_json;

bool has_lines(const json& value) {
  return !value.empty() &&
         (value.is_object() ||
          (value.is_array() && std::all_of(value.begin(), value.end(), [](const json& element) {
             return element.is_object();
           })));
}

void append(std::string& text, const json& value, size_t indent) {
  if (!has_lines(value)) {
    text += value.dump();
    return;
  }
  const bool object = value.is_object();
  const char* separator = "";
  text += object ? '{' : '[';
  for (auto member = value.begin(); member != value.end(); ++member) {
    text += separator + ('\n' + std::string(indent + 2, ' '));
    if (object) text += json(member.key()).dump() + ": ";
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

}  // namespace gmtrain

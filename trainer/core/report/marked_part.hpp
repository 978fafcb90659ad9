// The part of a document that a program writes.
#pragma once

#include <string>
#include <string_view>

namespace gmtrain::report {

constexpr std::string_view kTablesBegin = "<!-- tables -->";
constexpr std::string_view kTablesEnd = "<!-- end of tables -->";

/// The document with `part` in the place of what stands between the two marks, a blank line around
/// it; every other byte stays.
/// @param name of the document, for messages
/// @throws std::runtime_error naming the mark that is missing, there twice or before the other
std::string replace_marked(std::string_view document, std::string_view part,
                           const std::string& name);

}  // namespace gmtrain::report

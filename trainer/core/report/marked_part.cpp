#include "core/report/marked_part.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace gmtrain::report {
namespace {

size_t place_of(std::string_view document, std::string_view mark, const std::string& name) {
  const size_t place = document.find(mark);
  if (place == std::string_view::npos) {
    throw std::runtime_error(fmt::format("{}: expected the marks {} and {}, found no {}", name,
                                         kTablesBegin, kTablesEnd, mark));
  }
  if (document.find(mark, place + 1) != std::string_view::npos) {
    throw std::runtime_error(fmt::format("{}: expected one mark {}, found two", name, mark));
  }
  return place;
}

}  // namespace

std::string replace_marked(std::string_view document, std::string_view part,
                           const std::string& name) {
  const size_t begin = place_of(document, kTablesBegin, name) + kTablesBegin.size();
  const size_t end = place_of(document, kTablesEnd, name);
  if (end < begin) {
    throw std::runtime_error(
        fmt::format("{}: expected {} before {}", name, kTablesBegin, kTablesEnd));
  }
  return fmt::format("{}\n\n{}\n\n{}", document.substr(0, begin), part, document.substr(end));
}

}  // namespace gmtrain::report

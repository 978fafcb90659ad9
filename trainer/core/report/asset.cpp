#include "core/report/asset.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace gmtrain::report {

std::string_view asset(std::string_view name) {
  const auto found = assets().find(name);
  if (found == assets().end()) {
    throw std::out_of_range(fmt::format("core/report/assets has no file {}", name));
  }
  return found->second;
}

}  // namespace gmtrain::report

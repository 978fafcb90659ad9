#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <stdexcept>

#include "gmtrain/attacks/attack.hpp"

namespace gmtrain {
namespace {

/// NaN unless all of the text is a number.
double to_number(const std::string& text) {
  try {
    size_t end = 0;
    const double number = std::stod(text, &end);
    return end == text.size() ? number : NAN;
  } catch (const std::exception&) {
    return NAN;
  }
}

}  // namespace

NamedAttack make_attack(const std::string& name, const PgdOptions& options) {
  const auto bar = name.rfind('_');
  const std::string kind = name.substr(0, bar);
  const double epsilon = bar == std::string::npos ? NAN : to_number(name.substr(bar + 1));
  using Attacks = Registry<AttackFactory>;
  if (!Attacks::has(kind) || !(epsilon > 0) || !std::isfinite(epsilon)) {
    throw std::invalid_argument(
        fmt::format("expected one of {} with a bound above 0, such as fgsm_0.3, got \"{}\"",
                    fmt::join(Attacks::names(), ", "), name));
  }
  return {name, Attacks::at(kind)(epsilon, options)};
}

}  // namespace gmtrain

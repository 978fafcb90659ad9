// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/attacks/attack.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <stdexcept>

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

PgdOptions PgdOptions::read(Section section) {
  PgdOptions options;
  options.steps = section.get<int64_t>("steps", 40, "gradient steps of an attack", at_least(1));
  options.restarts =
      section.get<int64_t>("restarts", 1, "attempts of which the best is kept", at_least(1));
  options.step_size = section.get<double>(
      "step_size", 0, "in units of the pixel range; 0 is 2.5 epsilon / steps", at_least(0));
  options.norm = section.get<std::string>("norm", "inf", "of the change that epsilon bounds",
                                          one_of({"inf", "2"})) == "inf"
                     ? Norm::inf
                     : Norm::two;
  options.random_start =
      section.get<bool>("random_start", true, "whether to start anywhere within the bound");
  options.seed = section.get<int64_t>("seed", 0, "of the random starts", at_least(0));
  return options;
}

}  // namespace gmtrain

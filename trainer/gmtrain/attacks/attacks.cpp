#include <fmt/format.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "gmtrain/attacks/attack.hpp"

namespace gmtrain {
namespace {

const std::map<std::string, AttackFactory>& kinds() {
  static const std::map<std::string, AttackFactory> registry{{"adaptive_pgd", make_adaptive_pgd},
                                                             {"fgsm", make_fgsm},
                                                             {"p_value_pgd", make_p_value_pgd},
                                                             {"pgd", make_pgd},
                                                             {"targeted_fgsm", make_targeted_fgsm}};
  return registry;
}

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
  const auto kind = kinds().find(name.substr(0, bar));
  const double epsilon = bar == std::string::npos ? NAN : to_number(name.substr(bar + 1));
  if (kind == kinds().end() || !(epsilon > 0) || !std::isfinite(epsilon)) {
    std::string known;
    for (const auto& [each, factory] : kinds()) known += (known.empty() ? "" : ", ") + each;
    throw std::invalid_argument(fmt::format(
        "expected one of {} with a bound above 0, such as fgsm_0.3, got \"{}\"", known, name));
  }
  return {name, kind->second(epsilon, options)};
}

}  // namespace gmtrain

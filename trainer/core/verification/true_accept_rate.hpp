#pragma once

#include <optional>
#include <vector>

namespace gmtrain {

/// TAR at FAR: the largest share of genuine pairs that a threshold accepts while it accepts at most
/// a share `false_accept_rate` of the impostor pairs. Nothing where the impostors are fewer than
/// 1 / false_accept_rate: to accept none of them says nothing about so small a rate.
/// @param genuine,impostor scores, larger for pairs that are more alike
/// @throws std::invalid_argument for an empty list, a NaN, and a rate not in (0,1]
std::optional<double> true_accept_rate(const std::vector<double>& genuine,
                                       const std::vector<double>& impostor,
                                       double false_accept_rate);

}  // namespace gmtrain

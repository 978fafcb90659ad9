// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace gmtrain {

/// Share of predictions that differ from the labels, in percent. Throws std::invalid_argument for
/// empty lists or lists of different lengths.
double error_percent(const std::vector<int64_t>& predicted, const std::vector<int64_t>& labels);

/// How many classes come before the true one, by the values that a classifier gives to the classes
/// of one sample: 0 if the true class is the predicted one. Of equal values the first comes first.
/// @throws std::invalid_argument for a NaN, and for a label that is no class
int64_t rank_of_label(const std::vector<double>& values, int64_t label);

/// Share of samples whose true class is not among the first k, in percent: the top-k error.
/// @param ranks of rank_of_label()
/// @throws std::invalid_argument where there are none
double top_error_percent(const std::vector<int64_t>& ranks, int64_t k);

}  // namespace gmtrain

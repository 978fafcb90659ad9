// What follows from the logarithms log p(x,k), up to a constant, whatever loss they come from.
#pragma once

#include "gmtrain/losses/gaussian_mixture.hpp"

namespace gmtrain {

/// Fills predicted, log_posterior, log_error, log_density and doubt.
/// @param joint [N,K] float64: log p(x,k), or affinities in their place
Scores posterior_scores(const torch::Tensor& joint);

/// [N]: of each row the value of its predicted class.
torch::Tensor of_predicted(const torch::Tensor& values, const Scores& scores);

}  // namespace gmtrain

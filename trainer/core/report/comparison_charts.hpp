// The paper's Figs. 3 to 6, and how far posteriors can be trusted, of several experiments.
#pragma once

#include <vector>

#include "core/report/named_chart.hpp"
#include "core/report/run_group.hpp"

namespace gmtrain::report {

/// For each data set and width of the features, as far as the runs have measured it:
/// Fig. 3, posteriors of FGSM images, a line for each experiment;
/// Fig. 4, likelihoods of clean and FGSM images, a chart for each experiment;
/// Fig. 5, ROC curves by likelihood for FGSM, a line for each experiment;
/// Fig. 6, likelihoods of clean and of targeted FGSM images, a chart for each experiment with L-GM.
/// reliability of the posterior and risk by coverage, a line for each experiment.
/// Their names are such as "fig5-mnist-100d" and "fig4-mnist-100d-softmax", the recipe's.
/// FGSM is at 0.3 as in the paper or, where that was not run, at the largest bound that was. Of
/// repetitions the one with the smallest seed is drawn.
/// @throws std::runtime_error naming the file whose histogram or curve is no list of numbers
std::vector<NamedChart> comparison_charts(const std::vector<RunGroup>& groups);

}  // namespace gmtrain::report

// The pictures of one run.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/report/named_chart.hpp"
#include "core/report/run_files.hpp"

namespace gmtrain::report {

/// Loss, error, learning rate and what else was logged, each over the steps of training.
std::vector<NamedChart> training_charts(const std::vector<Curve>& curves);

/// Fig. 1 a-e for each set, a colour for each class, and Fig. 1 f, if there is a heat map.
/// @param classes names of the labels; labels beyond them are shown as numbers
std::vector<NamedChart> embedding_charts(const std::vector<Embedding>& sets,
                                         const std::vector<std::string>& classes,
                                         const std::optional<HeatMap>& likelihood);

/// Histograms of posterior (Fig. 3) and likelihood (Figs. 4, 6), ROC curves (Fig. 5), reliability
/// and risk-coverage curve: those of which evaluation.json has figures.
/// @throws nlohmann::json::exception for figures of another form
std::vector<NamedChart> evaluation_charts(const nlohmann::ordered_json& evaluation);

}  // namespace gmtrain::report

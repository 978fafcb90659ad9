// SPDX-License-Identifier: Apache-2.0
// The pictures of one run.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/report/chart.hpp"
#include "core/report/run_files.hpp"

namespace gmtrain::report {

/// Loss, error, learning rate and what else was logged, each over the steps of training.
std::vector<NamedChart> training_charts(const std::vector<Curve>& curves);

/// The part of the plane, x and y, that holds the finite points of all sets, as wide as charts are
/// so that a unit is as long on both axes. Nothing if there is no point.
std::optional<std::array<Chart::Range, 2>> plane_of(const std::vector<Embedding>& sets);

/// Fig. 1 a-e for each set, a colour for each class, and Fig. 1 f, if there is a heat map.
/// @param classes names of the labels; labels beyond them are shown as numbers
std::vector<NamedChart> embedding_charts(const std::vector<Embedding>& sets,
                                         const std::vector<std::string>& classes,
                                         const std::optional<HeatMap>& likelihood);

/// Histograms of posterior (Fig. 3) and likelihood (Figs. 4, 6), ROC curves (Fig. 5), reliability
/// and risk-coverage curve: those of which evaluation.json has figures.
/// @throws nlohmann::json::exception for figures of another form
std::vector<NamedChart> evaluation_charts(const nlohmann::ordered_json& evaluation);

/// ROC curves of verification.json, one for each score.
/// @throws nlohmann::json::exception for figures of another form
NamedChart pairs_chart(const nlohmann::ordered_json& verification);

}  // namespace gmtrain::report

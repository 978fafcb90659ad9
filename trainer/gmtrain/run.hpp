// SPDX-License-Identifier: Apache-2.0
// A run folder: everything about one training.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/calibration/calibration.hpp"
#include "gmtrain/data/dataset.hpp"
#include "gmtrain/evaluation/options.hpp"
#include "gmtrain/model.hpp"
#include "gmtrain/training/origin.hpp"
#include "gmtrain/verification/options.hpp"

namespace gmtrain {

/// Where the files of a run are.
struct RunFolder {
  std::filesystem::path path;

  std::filesystem::path recipe() const { return path / "recipe.toml"; }
  std::filesystem::path checkpoint() const { return path / "checkpoint.safetensors"; }
  /// Of trainings that gmtrain made before its checkpoints could hold no code.
  std::filesystem::path earlier_checkpoint() const { return path / "checkpoint.pt"; }
  std::filesystem::path metrics() const { return path / "metrics.jsonl"; }
  std::filesystem::path calibration() const { return path / "calibration.json"; }
  std::filesystem::path evaluation() const { return path / "evaluation.json"; }
  std::filesystem::path scores() const { return path / "scores.csv"; }
  std::filesystem::path features() const { return path / "features.csv"; }
  std::filesystem::path held_out() const { return path / "held_out.json"; }
  std::filesystem::path held_out_scores() const { return path / "held_out_scores.csv"; }
  std::filesystem::path verification() const { return path / "verification.json"; }
  std::filesystem::path report() const { return path / "report.html"; }
  std::filesystem::path figures() const { return path / "figures"; }
  std::filesystem::path images() const { return path / "images"; }
};

/// The table [calibration] of a recipe.
struct CalibrationOptions {
  Calibration::Options how;
  double
      accept_rate;  ///< share of clean images that an application accepts unless it says otherwise
  std::vector<double> risks;  ///< ascending

  static CalibrationOptions read(Section section);
};

/// A finished training, opened for use. The model is in evaluation mode.
struct TrainedRun {
  RunFolder folder;
  std::string name;
  DataOptions data;
  CalibrationOptions calibration;
  EvaluationOptions evaluation;
  VerificationOptions verification;
  std::string loss;  ///< its name in recipes
  int64_t seed, epochs;
  ImageShape whole;  ///< images before data.crop cuts them: see preparation_of()
  ImageShape input;  ///< images as the network takes them
  nlohmann::ordered_json
      facts;  ///< what tells it from other runs: the first lines of evaluation.json
  std::unique_ptr<Model> model;
  Origin origin;
  std::string weights;  ///< SHA-256 of the checkpoint that they are from
};

/// @param data_root where the data sets are, if not where they were during training
/// @throws std::runtime_error naming what is missing
TrainedRun open_run(const std::filesystem::path& folder, const std::string& data_root = "");

/// The run's calibration. @throws std::runtime_error naming the file if there is none, and where it
/// is of other weights
Calibration load_calibration(const TrainedRun& run);

/// The same where one of its attacks needs it. @throws std::runtime_error naming the
/// file if there is none then
std::optional<Calibration> calibration_for_attacks(const TrainedRun& run);

}  // namespace gmtrain

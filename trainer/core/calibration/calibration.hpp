// SPDX-License-Identifier: Apache-2.0
// Conformal calibration: what clean images that training never saw were found to have, among which
// a new image is ranked. operator.md has the formulas, and the proof of what they promise.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/calibration/risk.hpp"
#include "core/metrics/score_table.hpp"
#include "core/onnx/gm_head.hpp"

namespace gmtrain {

/// What a classifier finds of one image, in float32 as the exported head has it.
struct CalibrationSample {
  int64_t predicted;
  float distance;  ///< squared Mahalanobis distance to the predicted class
  float energy, doubt;
};

/// Samples of one or several predicted classes, which images of these classes are ranked among.
struct CalibrationGroup {
  int64_t size = 0;  ///< samples
  /// Lines of `size` values, each ascending: energies, doubts and nonconformities, or distances
  /// alone.
  std::vector<float> values;
};

struct Calibration {
  enum class Kind { shared, per_class };
  enum class By { energy_and_doubt, distance };

  struct Options {
    Kind kind = Kind::per_class;
    By by = By::energy_and_doubt;
    /// Samples that a class needs for a group of its own. All classes with fewer are pooled, and
    /// with them the next smallest until the pool has as many.
    int64_t class_images = 1000;
  };

  By by = By::energy_and_doubt;
  std::vector<CalibrationGroup> groups;  ///< at least one
  std::vector<int64_t> group_of_class;   ///< K numbers of groups; empty: all are in the only one
  std::string calibrated_on;             ///< for people: which images
  std::string weights;                   ///< SHA-256 of the checkpoint that was calibrated

  std::vector<RiskThreshold> risks;       ///< ascending by risk; may be empty
  std::optional<PictureRanges> pictures;  ///< of the calibration's images

  /// A group has the conformal guarantee for its images as a whole (Mondrian conformal prediction).
  /// Groups follow from how many samples each class has, which leaves it exact but for the chance
  /// that the new image itself would have tipped the count.
  /// @throws std::invalid_argument for samples that are not finite in float32, negative distances
  ///                               and unknown classes
  static Calibration build(const Options& options, int64_t classes,
                           const std::vector<CalibrationSample>& samples,
                           std::string calibrated_on);

  /// The group that images of a predicted class are ranked in.
  /// @throws std::invalid_argument for a class without a group
  const CalibrationGroup& group(int64_t predicted) const;

  /// The classes of a group; none where all classes are in the only one.
  std::vector<int64_t> classes_of(int64_t group) const;

  /// Of each group: 3 or 1.
  int64_t lines() const { return by == By::distance ? 1 : 3; }

  /// How many samples there are.
  int64_t count() const;

  /// The conformal p-value, a float32 number as the exported head computes it. 0 where the distance
  /// is no float32 number; 1 of an empty group.
  /// @throws std::invalid_argument for a class without a group
  double p_value(const CalibrationSample& sample) const;

  /// The operator's input of this shape [R,L,Q]: R = 1 or K, L lines, Q the size of the largest
  /// group, the lines of smaller ones filled up with NaN.
  std::array<int64_t, 3> shape() const;
  std::vector<float> tables() const;

  /// As JSON. load() refuses what the operator would, and a calibration of another number of
  /// classes. @throws std::runtime_error naming the file
  void save(const std::filesystem::path& file) const;
  static Calibration load(const std::filesystem::path& file, int64_t classes);
};

/// How many samples a class should have for a group of its own, so that the rate 1 - accept_rate is
/// not made out by a few of them: 10 / (1 - accept_rate), rounded up; 1 where nothing is to be
/// refused.
int64_t default_class_images(double accept_rate);

/// Values beyond float32 become infinite.
float to_float32(double value);

/// What a calibration ranks of each image of a table that has distances.
std::vector<CalibrationSample> samples_of(const ScoreTable& table);

/// [images], a p-value of each.
std::vector<double> p_values(const ScoreTable& table, const Calibration& calibration);

/// The posteriors of the predicted classes as float32, and risk_thresholds() of them.
std::vector<RiskThreshold> risk_thresholds(const std::vector<double>& risks,
                                           const ScoreTable& table);

}  // namespace gmtrain

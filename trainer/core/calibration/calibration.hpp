// Conformal calibration: distances of clean images that training never saw, against which a new
// image's distance is ranked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace gmtrain {

struct Calibration {
  enum class Kind { shared, per_class };

  int64_t rows = 1;              ///< 1 (shared) or K (of each predicted class)
  int64_t columns = 0;           ///< Q
  std::vector<float> distances;  ///< [rows,columns] squared Mahalanobis distances to the predicted
                                 ///< class; each row ascending, padded at its end with NaN
  std::string calibrated_on;     ///< for people: which images
  int64_t count = 0;             ///< distances that are not padding

  /// @param predicted  class that each image was given, 0 <= c < classes
  /// @param distances  its squared Mahalanobis distance to that class
  /// @throws std::invalid_argument for distances that are negative or not finite (in
  ///         float32), unknown classes
  static Calibration build(Kind kind, int64_t classes, const std::vector<int64_t>& predicted,
                           const std::vector<double>& distances, std::string calibrated_on);

  /// The conformal p-value (1 + number of calibration distances >= distance) / (1 + number of
  /// calibration distances), of the row of the predicted class; 1 for an empty row, and the
  /// smallest there is for a NaN. Distances are compared in float32, as the exported head does.
  ///
  /// Rejecting at p < a turns away at most a fraction a of inputs that are exchangeable with the n
  /// calibration samples: put among those n, such an input is equally likely to take each of the
  /// n + 1 ranks, and p < a holds only on ranks 1, 2, … r from the top with r < a (n + 1), where
  /// ties can only raise p.
  /// @throws std::invalid_argument for a class without a row
  double p_value(double distance, int64_t predicted) const;

  /// JSON: calibrated_on and one list of distances a row. load() refuses distances that are not
  /// ascending, finite and non-negative. @throws std::runtime_error naming the file
  void save(const std::filesystem::path& file) const;
  static Calibration load(const std::filesystem::path& file);
};

}  // namespace gmtrain

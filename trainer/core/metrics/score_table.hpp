// SPDX-License-Identifier: Apache-2.0
// What an evaluation knows of every image of a set.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gmtrain {

/// Each list has one value an image, except those that are said to be empty where there is nothing.
struct ScoreTable {
  std::string set;             ///< "clean", an attack's name or a foreign data set's
  std::vector<int64_t> image;  ///< its number in the data set
  std::vector<int64_t> label, predicted;
  /// Detection scores by name, larger for inputs that are more normal.
  std::vector<std::pair<std::string, std::vector<double>>> scores;
  std::vector<double> posterior;       ///< of the predicted class
  std::vector<double> distance;        ///< squared Mahalanobis distance to it, or empty
  std::vector<double> energy, doubt;   ///< as operator.md defines them; empty with the distance
  std::vector<double> accepted_up_to;  ///< highest false-reject rate at which it is accepted
  std::vector<std::array<double, 2>> features;  ///< of a 2-D feature space, otherwise empty

  int64_t size() const { return static_cast<int64_t>(image.size()); }

  /// A score's column, made if there is none.
  std::vector<double>& score(const std::string& name);
  /// Null if there is none.
  const std::vector<double>* find(const std::string& name) const;
  /// @throws std::out_of_range if there is none
  const std::vector<double>& score(const std::string& name) const;

  std::vector<bool> correct() const;

  /// The rows at these places, in their order.
  ScoreTable rows(const std::vector<int64_t>& places) const;
};

/// Share of calibration scores that allow for this one: the conformal p-value (1 + number of
/// `ascending` at most `score`) / (1 + their number). Refusing where it is below a turns away at
/// most a fraction a of inputs exchangeable with those behind `ascending`.
double rank_p_value(const std::vector<double>& ascending, double score);

/// The first line of scores.csv.
constexpr const char* kScoresHeader =
    "set,image,label,predicted,log_likelihood,log_density,neg_log_error,p_value,distance,energy,"
    "doubt";

/// That header, and a line for each image; what a table lacks is left empty. Distance, energy and
/// doubt are float32 numbers to the last digit.
std::string scores_csv(const std::vector<ScoreTable>& tables);

/// Header `set,label,x,y`, a line for each image of the tables with 2-D features.
std::string features_csv(const std::vector<ScoreTable>& tables);

}  // namespace gmtrain

// Which experiments can be set side by side.
#pragma once

#include <string>
#include <vector>

#include "core/report/run_group.hpp"

namespace gmtrain::report {

/// Experiments with the same data set, part of its classes and number of features.
struct Comparable {
  std::string title;  ///< "MNIST, 100-D"
  std::string key;    ///< the same for names of files: "mnist-100d"
  std::vector<const RunGroup*> groups;
  /// Of each group: its loss, and what else tells it from a group with the same loss.
  std::vector<std::string> labels;
};

/// Without 2-D features. Points into `groups`.
std::vector<Comparable> comparable(const std::vector<RunGroup>& groups);

/// The names in an object such as "adversarial" of all first runs, in the order of first mention.
std::vector<std::string> names_in(const Comparable& runs, const std::string& path);

/// What all runs that have something at a path have there; null if they differ or none has it.
const nlohmann::ordered_json* common_value(const Comparable& runs, const std::string& path);

}  // namespace gmtrain::report

// SPDX-License-Identifier: Apache-2.0
// The forms that data sets come in. To add one: write data/<name>.cpp and register a DatasetFormat
// there.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.hpp"
#include "gmtrain/data/dataset.hpp"
#include "gmtrain/data/options.hpp"

namespace gmtrain {

struct DatasetSource {
  std::filesystem::path folder;
  Split split;
  /// Class names in the order of the labels. Empty for a foreign set, whose labels mean nothing:
  /// it may have any.
  std::vector<std::string> classes;
  const DataOptions& options;
};

struct DatasetFormat {
  /// @throws std::runtime_error naming the file where one is missing or broken, or has a label that
  ///                            no class has
  std::shared_ptr<Dataset> (*open)(const DatasetSource& source);

  /// The class names that a data set's files give, in the order of its labels; empty if none.
  std::vector<std::string> (*class_names)(const std::filesystem::path& folder);
};

/// The label bytes of `file` as labels.
/// @throws std::runtime_error naming the file and the first label that is not below the number of
///                            classes; for a foreign set all are
std::vector<int64_t> checked_labels(const std::vector<uint8_t>& labels, const DatasetSource& source,
                                    const std::string& file);

/// @param pixels [N,C,H,W] for `shape` = {C,H,W} and N labels; moved from
std::shared_ptr<Dataset> in_memory(std::vector<uint8_t> pixels, const ImageShape& shape,
                                   std::vector<int64_t> labels);

}  // namespace gmtrain

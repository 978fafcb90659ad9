// SPDX-License-Identifier: Apache-2.0
// Data sets made of others: several as one, or some classes of one.
#pragma once

#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

/// The images of the first part, then those of the second, and so on, with the labels they have
/// there.
/// @param parts at least one, with images of the same shape
std::shared_ptr<Dataset> joined(std::vector<std::shared_ptr<Dataset>> parts);

/// The images of all batches in their order, which are of the same shape.
Batch joined(const std::vector<Batch>& batches);

/// The images of the given classes, in the order of the data set. Label i is classes[i] of the
/// whole set.
std::shared_ptr<Dataset> class_subset(std::shared_ptr<Dataset> whole,
                                      const std::vector<int64_t>& classes);

}  // namespace gmtrain

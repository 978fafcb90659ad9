// Several data sets, or batches, as one.
#pragma once

#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

/// The images of the first part, then those of the second, and so on, with the labels they have
/// there.
/// @param parts at least one, with images of the same shape
std::shared_ptr<Dataset> joined(std::vector<std::shared_ptr<Dataset>> parts);

/// The images of all batches in their order, which are of the same shape.
Batch joined(const std::vector<Batch>& batches);

}  // namespace gmtrain

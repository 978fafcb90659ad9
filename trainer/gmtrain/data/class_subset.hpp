// Part of the classes of a data set.
#pragma once

#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

/// The images of the given classes, in the order of the data set. Label i is classes[i] of the
/// whole set.
std::shared_ptr<Dataset> class_subset(std::shared_ptr<Dataset> whole,
                                      const std::vector<int64_t>& classes);

}  // namespace gmtrain

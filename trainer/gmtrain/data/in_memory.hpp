// A data set whose images are all in memory.
#pragma once

#include "gmtrain/data/dataset.hpp"

namespace gmtrain {

/// @param pixels [N,C,H,W] for `shape` = {C,H,W} and N labels; moved from
std::shared_ptr<Dataset> in_memory(std::vector<uint8_t> pixels, const ImageShape& shape,
                                   std::vector<int64_t> labels);

}  // namespace gmtrain

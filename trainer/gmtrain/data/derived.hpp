// SPDX-License-Identifier: Apache-2.0
// Data sets and batches made of others: several as one, some classes of one, crops.
#pragma once

#include "core/images/augmentation.hpp"
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

inline ImageSize size_of(const ImageShape& shape) {
  return {shape[1], shape[2]};
}

/// One window of each image.
/// @param images [N,C,H,W] uint8
/// @param windows N of them
/// @return [N,C,height,width] uint8 with the size `size`
torch::Tensor cut_windows(const torch::Tensor& images, const std::vector<Window>& windows,
                          ImageSize size);

/// The batch of a training step: its images changed at random. Draws nothing from LibTorch's
/// generators, and leaves the batch alone if the augmentation is off.
Batch augment(Batch batch, const Augmentation& augmentation, int64_t seed, int64_t epoch);

/// The data set with its images cut to the middle `size`.
std::shared_ptr<Dataset> centre_cropped(std::shared_ptr<Dataset> dataset, ImageSize size);

}  // namespace gmtrain

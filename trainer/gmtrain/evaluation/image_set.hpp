// SPDX-License-Identifier: Apache-2.0
// Which images an evaluation measures.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gmtrain/run.hpp"

namespace gmtrain {

/// Settings are chosen on the images that training held out, so that what is then reported of the
/// test images was not fitted to them.
enum class Measured { test, held_out };

/// Some images of a data set.
struct ImageSet {
  std::string name;
  std::shared_ptr<Dataset> dataset;
  std::vector<int64_t> indices;

  int64_t size() const { return static_cast<int64_t>(indices.size()); }
};

/// The run's clean images: the test set, or what training held out.
ImageSet clean_images(const TrainedRun& run, Measured measured);

/// The same before they are cropped to what the network takes.
ImageSet whole_clean_images(const TrainedRun& run, Measured measured);

/// The images that the run was trained on, without augmentation.
ImageSet training_images(const TrainedRun& run);

/// The recipe's foreign sets: their test images, or, so that no test image of any set is touched,
/// the first of their training images, as many as are held out.
std::vector<ImageSet> foreign_images(const TrainedRun& run, Measured measured);

/// Batch after batch of kEvaluationBatch images, read ahead by the data set's threads, with a
/// progress bar. Images that are broken are left out, and so are batches without any other.
/// @throws what reading them or `visit` throws
void for_each_batch(const ImageSet& images, const std::string& label,
                    const std::function<void(const Batch&)>& visit);

}  // namespace gmtrain

// SPDX-License-Identifier: Apache-2.0
// What a data set is to the trainer.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "core/images/image_folder.hpp"
#include "core/images/window.hpp"
#include "gmtrain/data/options.hpp"
#include "gmtrain/networks/network.hpp"

namespace gmtrain {

struct Batch {
  torch::Tensor images;               ///< [N,C,H,W] uint8; three channels are blue, green, red
  torch::Tensor labels;               ///< [N] int64
  std::vector<int64_t> indices = {};  ///< N, where the images are in their data set
  std::vector<ImageSize> sizes = {};  ///< N, of the pictures before they were prepared
};

enum class Split { train, test };

class Dataset {
 public:
  virtual ~Dataset() = default;
  int64_t size() const { return static_cast<int64_t>(labels().size()); }
  virtual const std::vector<int64_t>& labels() const = 0;
  virtual ImageShape image_shape() const = 0;

  /// May be called from several threads at once. An image that is broken is left out of the batch,
  /// whose `indices` say which are there; all images of a data set in memory are.
  virtual Batch load(torch::ArrayRef<int64_t> indices) const = 0;

  /// Tells the images from others and in another order: a hash of their pixels, or of image files
  /// that of the ends of their paths (<class>/<image>) and their sizes in bytes.
  virtual std::string fingerprint() const = 0;

  /// Threads to load from, ahead of need; 0 if loading costs nothing.
  virtual int64_t workers() const { return 0; }
};

/// Images of the classes to learn, as the network takes them in evaluation: their middle, if
/// data.crop is less than they are.
/// @throws std::runtime_error naming the file where one is missing or broken, data.crop where
///                            images are smaller, and a class that has no training image
std::shared_ptr<Dataset> open_dataset(const DataOptions& options, const std::string& path,
                                      Split split);

/// The same before cropping: what training cuts at random, and 10-crop evaluation in ten ways.
std::shared_ptr<Dataset> open_whole_images(const DataOptions& options, const std::string& path,
                                           Split split);

/// The images of data.unseen_classes, as open_dataset gives those of the others. Label u is the
/// class options.all_labels[options.unseen[u]].
/// @throws std::runtime_error where data.unseen_classes is empty
std::shared_ptr<Dataset> open_unseen(const DataOptions& options, Split split);

/// Other image files, read and cropped as the data set's are.
/// @param name stands for them in messages
/// @throws std::runtime_error as image_files(), and where they are not as large as the data set's
std::shared_ptr<Dataset> open_files(const DataOptions& options, const std::string& name,
                                    std::vector<ImageFile> files);

/// Finds before training what later verbs would miss of the test set and the outliers: warns of
/// classes that have no test image.
/// @param training shape of the whole training images
/// @throws std::runtime_error as open_whole_images(), and for images of another shape
void check_test_sets(const DataOptions& options, const ImageShape& training);

/// The size of the images that the network takes, for whole images of `shape`.
ImageSize network_input(const DataOptions& options, const ImageShape& shape);

/// "mnist" of "mnist", "sets/mnist" and "sets/mnist/".
std::string data_name(const std::string& path);

/// The name of a data set in results: its folder's, with '-' as '_'.
std::string set_name(const std::string& path);

/// The training set's indices in two: those to train on and those held out for calibration.
struct HeldOutSplit {
  std::vector<int64_t> train, held_out;
  std::vector<int64_t> spared = {};  ///< classes whose last image chance had held out
};

/// Chance holds images out, but not the last of a class: training sees each.
/// @param labels of the training set
/// @throws std::runtime_error where that leaves fewer than `held_out`
HeldOutSplit split_held_out(const std::vector<int64_t>& labels, int64_t held_out, int64_t seed);

/// 0, 1, ..., size - 1.
std::vector<int64_t> all_indices(int64_t size);

}  // namespace gmtrain

// What a data set is to the trainer.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "core/images/window.hpp"
#include "core/recipe/recipe.hpp"
#include "gmtrain/networks/network.hpp"

namespace gmtrain {

struct Batch {
  torch::Tensor images;               ///< [N,C,H,W] uint8
  torch::Tensor labels;               ///< [N] int64
  std::vector<int64_t> indices = {};  ///< N, where the images are in their data set
};

enum class Split { train, test };

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual int64_t size() const = 0;
  virtual ImageShape image_shape() const = 0;
  virtual Batch load(torch::ArrayRef<int64_t> indices) const = 0;
};

/// The [data] table of a recipe.
struct DataOptions {
  std::string format;                   ///< a name that dataset.cpp registers
  std::string root;                     ///< folder that the paths below are in
  std::string path;                     ///< of the training and test set
  std::vector<std::string> labels;      ///< class names; their number is K
  std::vector<double> mean, deviation;  ///< of the pixels 0..255, by channel
  int64_t held_out;                     ///< training images kept for calibration
  int64_t held_out_seed;
  std::vector<std::string> outliers;  ///< paths of data sets whose test sets are foreign
  bool mirror;                        ///< of training images, as the two that follow
  int64_t padding;
  int64_t crop;  ///< side of the images that the network takes; 0 is that of the whole images

  static DataOptions read(Section section);
};

/// Images as the network takes them in evaluation: their middle, if data.crop is less than they
/// are.
/// @throws std::runtime_error naming the file where one is missing or broken, and data.crop where
///                            images are smaller
std::shared_ptr<Dataset> open_dataset(const DataOptions& options, const std::string& path,
                                      Split split);

/// The same before cropping: what training cuts at random, and 10-crop evaluation in ten ways.
std::shared_ptr<Dataset> open_whole_images(const DataOptions& options, const std::string& path,
                                           Split split);

/// The size of the images that the network takes, for whole images of `shape`.
ImageSize network_input(const DataOptions& options, const ImageShape& shape);

/// The name of a data set in results: its folder's, with '-' as '_'.
std::string set_name(const std::string& path);

/// To add a format: write data/<name>.cpp with one such function, and a line in dataset.cpp.
using DatasetFactory = std::shared_ptr<Dataset> (*)(const std::string& folder, Split split,
                                                    int64_t classes);

std::shared_ptr<Dataset> open_idx(const std::string& folder, Split split, int64_t classes);

/// The training set's indices in two: those to train on and those held out for calibration.
struct HeldOutSplit {
  std::vector<int64_t> train, held_out;
};

/// @throws std::runtime_error unless held_out < size
HeldOutSplit split_held_out(int64_t size, int64_t held_out, int64_t seed);

/// 0, 1, ..., size - 1.
std::vector<int64_t> all_indices(int64_t size);

}  // namespace gmtrain

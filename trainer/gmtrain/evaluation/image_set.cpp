#include "gmtrain/evaluation/image_set.hpp"

#include <algorithm>

namespace gmtrain {

ImageSet clean_images(const TrainedRun& run, Measured measured) {
  if (measured == Measured::test) {
    auto dataset = open_dataset(run.data, run.data.path, Split::test);
    auto indices = all_indices(dataset->size());
    return {"clean", std::move(dataset), std::move(indices)};
  }
  auto dataset = open_dataset(run.data, run.data.path, Split::train);
  auto split = split_held_out(dataset->size(), run.data.held_out, run.data.held_out_seed);
  return {"clean", std::move(dataset), std::move(split.held_out)};
}

ImageSet training_images(const TrainedRun& run) {
  auto dataset = open_dataset(run.data, run.data.path, Split::train);
  auto split = split_held_out(dataset->size(), run.data.held_out, run.data.held_out_seed);
  return {"training", std::move(dataset), std::move(split.train)};
}

std::vector<ImageSet> foreign_images(const TrainedRun& run, Measured measured) {
  std::vector<ImageSet> sets;
  for (const std::string& path : run.data.outliers) {
    const bool test = measured == Measured::test;
    auto dataset = open_dataset(run.data, path, test ? Split::test : Split::train);
    auto indices =
        all_indices(test ? dataset->size() : std::min(run.data.held_out, dataset->size()));
    sets.push_back({set_name(path), std::move(dataset), std::move(indices)});
  }
  return sets;
}

}  // namespace gmtrain

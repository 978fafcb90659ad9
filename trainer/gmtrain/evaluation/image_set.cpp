// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/evaluation/image_set.hpp"

#include <algorithm>
#include <iostream>

#include "core/logging/progress_bar.hpp"
#include "gmtrain/data/batch_stream.hpp"

namespace gmtrain {
namespace {

/// The training set in its two parts. @param open open_dataset or open_whole_images
std::pair<std::shared_ptr<Dataset>, HeldOutSplit> parts_of_training_set(
    const TrainedRun& run, decltype(open_dataset)* open) {
  auto dataset = open(run.data, run.data.path, Split::train);
  expect_same_training_set(run.origin, fingerprint_of(*dataset),
                           run.data.folder(run.data.path).string());
  auto split = split_held_out(dataset->labels(), run.data.held_out, run.data.held_out_seed);
  return {std::move(dataset), std::move(split)};
}

/// @param open as above
ImageSet clean_set(const TrainedRun& run, Measured measured, decltype(open_dataset)* open) {
  if (measured == Measured::test) {
    auto dataset = open(run.data, run.data.path, Split::test);
    auto indices = all_indices(dataset->size());
    return {"clean", std::move(dataset), std::move(indices)};
  }
  auto [dataset, split] = parts_of_training_set(run, open);
  return {"clean", std::move(dataset), std::move(split.held_out)};
}

}  // namespace

ImageSet clean_images(const TrainedRun& run, Measured measured) {
  return clean_set(run, measured, open_dataset);
}

ImageSet whole_clean_images(const TrainedRun& run, Measured measured) {
  return clean_set(run, measured, open_whole_images);
}

ImageSet training_images(const TrainedRun& run) {
  auto [dataset, split] = parts_of_training_set(run, open_dataset);
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

void for_each_batch(const ImageSet& images, const std::string& label,
                    const std::function<void(const Batch&)>& visit) {
  ProgressBar bar(std::cerr, images.size(), label);
  BatchStream batches(*images.dataset, in_batches(images.indices, kEvaluationBatch));
  for (int64_t done = 0; batches.has_next();) {
    const Batch batch = batches.next();
    if (!batch.indices.empty()) visit(batch);
    done = std::min(done + kEvaluationBatch, images.size());
    bar.update(done, "");
  }
  bar.finish("");
}

}  // namespace gmtrain

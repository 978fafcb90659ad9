#include "gmtrain/verification/image_features.hpp"

#include <torch/torch.h>

#include <iostream>

#include "core/logging/progress_bar.hpp"
#include "gmtrain/data/batch_stream.hpp"

namespace gmtrain {

ImageFeatures image_features(Model& model, const ImageSet& images) {
  torch::NoGradGuard no_grad;
  model.eval();
  ImageFeatures all;
  all.table.dimension = model.network().dimension();
  BatchStream batches(*images.dataset, in_batches(images.indices, kEvaluationBatch));
  ProgressBar bar(std::cerr, images.size(), images.name);
  for (int64_t done = 0; batches.has_next();) {
    const Batch batch = batches.next();
    done = std::min(done + kEvaluationBatch, images.size());
    if (!batch.indices.empty()) {
      const auto features = model.features(batch.images).cpu().contiguous();
      const auto* values = features.const_data_ptr<float>();
      all.table.values.insert(all.table.values.end(), values, values + features.numel());
    }
    for (const int64_t i : batch.indices) {
      all.indices.push_back(i);
      all.labels.push_back(images.dataset->labels()[i]);
    }
    bar.update(done, "");
  }
  bar.finish("");
  return all;
}

}  // namespace gmtrain

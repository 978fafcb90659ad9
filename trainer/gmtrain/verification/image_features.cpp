#include "gmtrain/verification/image_features.hpp"

#include <torch/torch.h>

namespace gmtrain {

ImageFeatures image_features(Model& model, const ImageSet& images) {
  torch::NoGradGuard no_grad;
  model.eval();
  ImageFeatures all;
  all.table.dimension = model.network().dimension();
  for_each_batch(images, images.name, [&](const Batch& batch) {
    const auto features = model.features(batch.images).cpu().contiguous();
    const auto* values = features.const_data_ptr<float>();
    all.table.values.insert(all.table.values.end(), values, values + features.numel());
    for (const int64_t i : batch.indices) {
      all.indices.push_back(i);
      all.labels.push_back(images.dataset->labels()[i]);
    }
  });
  return all;
}

}  // namespace gmtrain

// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/ops/lgm_arguments.hpp"

#include <ATen/ops/_assert_async.h>

#include "dnn_gm/src/covariance.hpp"
#include "gmtrain/ops/lgm_memory_plan.hpp"

namespace gmtrain::lgm {

void check_mixture(const Arguments& given) {
  const Tensor &features = given.features, &means = given.means;
  const Tensor& log_variances = given.log_variances;
  TORCH_CHECK(features.dim() == 2, "lgm: features must be [N,D], got ", features.sizes());
  TORCH_CHECK(means.dim() == 2 && means.size(0) > 0 && means.size(1) > 0 &&
                  means.size(1) == features.size(1),
              "lgm: means must be [K,", features.size(1), "] with K > 0 and D > 0, got ",
              means.sizes());
  const int64_t rows = means.size(0), columns = means.size(1);
  TORCH_CHECK(
      log_variances.dim() == 2 &&
          cv::dnn_gm::isCovariance(log_variances.size(0), log_variances.size(1), rows, columns),
      "lgm: log_variances must be [", rows, ",", columns, "], [", rows, ",1] or [1,1], got ",
      log_variances.sizes());
  TORCH_CHECK(means.scalar_type() == torch::kFloat || means.scalar_type() == torch::kDouble,
              "lgm: means must be float32 or float64, got ", means.scalar_type());
  TORCH_CHECK(log_variances.scalar_type() == means.scalar_type(),
              "lgm: log_variances must be of the means' type, got ", log_variances.scalar_type());
  const bool reduced =
      features.scalar_type() == torch::kHalf || features.scalar_type() == torch::kBFloat16;
  TORCH_CHECK(
      features.scalar_type() == means.scalar_type() ||
          (reduced && means.scalar_type() == torch::kFloat),
      "lgm: features must be of the means' type, or float16 or bfloat16 beside float32, got ",
      features.scalar_type(), " and ", means.scalar_type());
  for (const Tensor& t : {means, log_variances}) {
    TORCH_CHECK(t.device() == features.device(),
                "lgm: features, means and log_variances must be on one device, got ",
                features.device(), " and ", t.device());
  }
}

void check_loss(const Arguments& given) {
  check_mixture(given);
  const Tensor &features = given.features, &means = given.means;
  const Tensor &log_priors = given.log_priors, &labels = given.labels;
  TORCH_CHECK(log_priors.dim() == 1 && log_priors.size(0) == means.size(0),
              "lgm: log_priors must be [", means.size(0), "], got ", log_priors.sizes());
  TORCH_CHECK(log_priors.scalar_type() == means.scalar_type(),
              "lgm: log_priors must be of the means' type, got ", log_priors.scalar_type());
  TORCH_CHECK(labels.dim() == 1 && labels.size(0) == features.size(0), "lgm: labels must be [",
              features.size(0), "], got ", labels.sizes());
  TORCH_CHECK(labels.scalar_type() == torch::kLong, "lgm: labels must be int64, got ",
              labels.scalar_type());
  for (const Tensor& t : {log_priors, labels}) {
    TORCH_CHECK(t.device() == features.device(),
                "lgm: log_priors and labels must be on the features' device, ", features.device(),
                ", got ", t.device());
  }
  TORCH_CHECK(given.alpha >= 0, "lgm: alpha must be at least 0, got ", given.alpha);
  TORCH_CHECK(given.lambda >= 0, "lgm: lambda must be at least 0, got ", given.lambda);
  TORCH_CHECK(given.max_bytes >= 0, "lgm: max_bytes must be at least 0, got ", given.max_bytes);
}

void check_label_values(const Tensor& labels, int64_t classes) {
  if (!labels.device().is_cpu()) {
    at::_assert_async(labels.ge(0).logical_and_(labels.lt(classes)).all(),
                      "lgm: a label is outside [0,K)");
    return;
  }
  const Tensor z = labels.contiguous();
  for (int64_t i = 0; i < z.numel(); ++i) {
    const int64_t label = z.const_data_ptr<int64_t>()[i];
    TORCH_CHECK_INDEX(label >= 0 && label < classes, "lgm: label ", label, " of sample ", i,
                      " is outside [0,", classes, ")");
  }
}

void check_saved(const Tensor& grad_loss, const Arguments& given, const Saved& saved) {
  const int64_t samples = given.features.size(0), classes = given.means.size(0);
  const auto& [other_classes, posteriors] = saved;
  TORCH_CHECK(grad_loss.dim() == 1 && grad_loss.size(0) == samples, "lgm: grad_loss must be [",
              samples, "], got ", grad_loss.sizes());
  TORCH_CHECK(
      other_classes.dim() == 2 && other_classes.size(0) == samples && other_classes.size(1) == 2,
      "lgm: other_classes must be [", samples, ",2], got ", other_classes.sizes());
  const bool kept =
      MemoryPlan::keeps(samples, classes, given.means.element_size(), given.max_bytes);
  TORCH_CHECK(
      kept ? posteriors.dim() == 2 && posteriors.size(0) == samples && posteriors.size(1) == classes
           : posteriors.numel() == 0,
      "lgm: posteriors must be ", kept ? "[N,K]" : "empty", " with max_bytes ", given.max_bytes,
      ", got ", posteriors.sizes());
  for (const Tensor& t : {other_classes, posteriors}) {
    TORCH_CHECK(t.scalar_type() == given.means.scalar_type(),
                "lgm: other_classes and posteriors must be of the means' type, got ",
                t.scalar_type());
  }
}

}  // namespace gmtrain::lgm

#include "gmtrain/ops/lgm_checks.hpp"

namespace gmtrain::lgm {

using torch::Tensor;

void check_mixture(const Tensor& features, const Tensor& means, const Tensor& log_variances) {
  TORCH_CHECK(features.dim() == 2, "lgm: features must be [N,D], got ", features.sizes());
  TORCH_CHECK(means.dim() == 2 && means.size(0) > 0 && means.size(1) == features.size(1),
              "lgm: means must be [K,", features.size(1), "] with K > 0, got ", means.sizes());
  const int64_t rows = means.size(0), columns = means.size(1);
  const bool fits =
      log_variances.dim() == 2 && (log_variances.sizes() == means.sizes() ||
                                   (log_variances.size(1) == 1 &&
                                    (log_variances.size(0) == rows || log_variances.size(0) == 1)));
  TORCH_CHECK(fits, "lgm: log_variances must be [", rows, ",", columns, "], [", rows,
              ",1] or [1,1], got ", log_variances.sizes());
  for (const Tensor& t : {means, log_variances}) {
    TORCH_CHECK(t.scalar_type() == features.scalar_type(),
                "lgm: features, means and log_variances must be of one type, got ",
                features.scalar_type(), " and ", t.scalar_type());
  }
  TORCH_CHECK(features.scalar_type() == torch::kFloat || features.scalar_type() == torch::kDouble,
              "lgm: features must be float32 or float64, got ", features.scalar_type());
}

void check_loss(const Tensor& features, const Tensor& means, const Tensor& log_variances,
                const Tensor& log_priors, const Tensor& labels, double alpha, double lambda) {
  check_mixture(features, means, log_variances);
  TORCH_CHECK(log_priors.dim() == 1 && log_priors.size(0) == means.size(0),
              "lgm: log_priors must be [", means.size(0), "], got ", log_priors.sizes());
  TORCH_CHECK(log_priors.scalar_type() == features.scalar_type(),
              "lgm: log_priors must be of the features' type, got ", log_priors.scalar_type());
  TORCH_CHECK(labels.dim() == 1 && labels.size(0) == features.size(0), "lgm: labels must be [",
              features.size(0), "], got ", labels.sizes());
  TORCH_CHECK(labels.scalar_type() == torch::kLong, "lgm: labels must be int64, got ",
              labels.scalar_type());
  TORCH_CHECK(alpha >= 0, "lgm: alpha must be at least 0, got ", alpha);
  TORCH_CHECK(lambda >= 0, "lgm: lambda must be at least 0, got ", lambda);
}

}  // namespace gmtrain::lgm

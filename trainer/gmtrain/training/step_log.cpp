// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/training/step_log.hpp"

#include <utility>

namespace gmtrain {

using torch::Tensor;

void StepLog::add(int64_t step, const Loss::Value& value, const Tensor& features,
                  const Tensor& labels) {
  torch::NoGradGuard no_grad;
  steps_.push_back({step, labels.size(0), 0, 0, 0, 0});
  on_device_.push_back(torch::stack({value.loss.to(torch::kDouble),
                                     value.predicted.ne(labels).sum().to(torch::kDouble),
                                     (features - features.mean(0)).abs().max().to(torch::kDouble),
                                     features.abs().max().to(torch::kDouble)}));
}

std::vector<StepMeasures> StepLog::read() {
  if (steps_.empty()) return {};
  const Tensor numbers = torch::stack(on_device_).cpu();
  const auto rows = numbers.accessor<double, 2>();
  for (size_t i = 0; i < steps_.size(); ++i) {
    const auto row = rows[static_cast<int64_t>(i)];
    steps_[i].loss = row[0];
    steps_[i].wrong = static_cast<int64_t>(row[1]);
    steps_[i].deviation = row[2];
    steps_[i].size = row[3];
  }
  on_device_.clear();
  return std::exchange(steps_, {});
}

}  // namespace gmtrain

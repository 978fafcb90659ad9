// SPDX-License-Identifier: Apache-2.0
// A network as torch.jit.script would make one, small enough to train within a test.
#pragma once

#include <torch/script.h>

namespace gmtrain::test {

constexpr int64_t kTinyFilters = 8;

/// A convolution, batch norm, ReLU6 and dropout; gives [N,8,H/2,W/2].
inline torch::jit::Module tiny_script(int64_t channels) {
  torch::manual_seed(3);
  torch::jit::Module script("Tiny");
  script.register_parameter("weight", 0.3 * torch::randn({kTinyFilters, channels, 3, 3}), false);
  script.register_parameter("gamma", torch::ones(kTinyFilters), false);
  script.register_parameter("beta", torch::zeros(kTinyFilters), false);
  script.register_buffer("running_mean", torch::zeros(kTinyFilters));
  script.register_buffer("running_var", torch::ones(kTinyFilters));
  script.register_attribute("training", c10::BoolType::get(), true);
  script.define(R"(
def forward(self, x):
    x = torch.conv2d(x, self.weight, None, [2, 2], [1, 1])
    x = torch.batch_norm(x, self.gamma, self.beta, self.running_mean, self.running_var, self.training, 0.1, 1e-05, False)
    return torch.dropout(torch.hardtanh(x, 0.0, 6.0), 0.1, self.training)
)");
  return script;
}

}  // namespace gmtrain::test

// SPDX-License-Identifier: Apache-2.0
// Networks with random weights, one for each way in which the exporter could go wrong.
#pragma once

#include <torch/nn.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace gmtrain::test {

class ImageNetwork : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(torch::Tensor images) = 0;  ///< [N,C,H,W], 0..255, to [N,D]
};

struct NetworkCase {
  std::string name;
  std::array<int64_t, 3> input_shape;  ///< C, H, W
  std::shared_ptr<ImageNetwork> (*make)();
};

/// Each with its own operators; weights from LibTorch's global generator, batch norm's running
/// statistics random too. In training mode.
std::vector<NetworkCase> network_cases();

/// One network of them. Throws std::out_of_range for an unknown name.
NetworkCase network_case(const std::string& name);

}  // namespace gmtrain::test

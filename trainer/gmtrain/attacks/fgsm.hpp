// Fast gradient sign attacks (Sect. 4.3 of the paper).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gmtrain/data/dataset.hpp"
#include "gmtrain/model.hpp"

namespace gmtrain {

/// A way to turn clean images into adversarial ones. `run` takes uint8 images and their true labels
/// and returns float32 pixels in [0,255] of the same shape; the model must be in evaluation mode.
struct Attack {
  std::string name;
  std::function<torch::Tensor(Model&, const Batch&)> run;
};

/// I + epsilon sign(grad_I L_cls(I, z)), z the true label.
/// @param epsilon in units of the pixel range, as in the paper: 0.3 is 76.5 of 255
torch::Tensor fgsm(Model& model, const Batch& batch, double epsilon);

/// I - epsilon sign(grad_I L_GM(I, z~)), z~ the class with the second largest posterior.
torch::Tensor targeted_fgsm(Model& model, const Batch& batch, double epsilon);

/// FGSM with 0.1, 0.2, 0.3 and targeted FGSM with 0.3: Table 6 and Fig. 6.
std::vector<Attack> paper_attacks();

/// Rounds towards the clean image, so that the 8-bit image is within the same bound.
/// @return uint8
torch::Tensor to_pixels(const torch::Tensor& adversarial, const torch::Tensor& clean);

}  // namespace gmtrain

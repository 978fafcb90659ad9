// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/attacks/ball.hpp"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

namespace gmtrain {
namespace {

using torch::Tensor;

/// [N,1,1,1], the length of each image's change.
Tensor lengths(const Tensor& change) {
  return change.flatten(1).to(torch::kDouble).norm(2, 1).view({-1, 1, 1, 1});
}

/// A number that differs in all bits for different inputs (splitmix64): the generator takes 32
/// bits.
uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

at::Generator generator(int64_t seed, int64_t number, int64_t attempt) {
  uint64_t state = 0;
  for (const int64_t part : {seed, number, attempt}) {
    state = mixed(state ^ static_cast<uint64_t>(part));
  }
  return at::detail::createCPUGenerator(state >> 32);
}

}  // namespace

Ball::Ball(const Tensor& clean, Norm norm, double epsilon)
    : clean_(clean.to(torch::kFloat)), norm_(norm) {
  radius_ = epsilon * kPixelRange;
  if (norm == Norm::inf) {
    // Whole pixels plus multiples of 2^-14 are exact in float32.
    radius_ = std::floor(radius_ * 16384) / 16384;
  } else {
    // Each pixel is rounded by at most 2^-16 where the change is added to it.
    const auto pixels = static_cast<double>(clean_[0].numel());
    radius_ = std::max(0.0, radius_ - std::sqrt(pixels) / 32768);
  }
}

Tensor Ball::ascend(const Tensor& images, const Tensor& gradient, double length) const {
  const double size = length * kPixelRange;
  if (norm_ == Norm::inf) return project(images + size * gradient.sign());
  const Tensor scale = size / lengths(gradient).clamp_min(1e-300);
  return project(images + (scale * gradient).to(torch::kFloat));
}

Tensor Ball::project(const Tensor& images) const {
  Tensor change = images - clean_;
  if (norm_ == Norm::inf) {
    change = change.clamp(-radius_, radius_);
  } else {
    const Tensor share = (radius_ / lengths(change).clamp_min(1e-300)).clamp_max(1);
    change = (change * share).to(torch::kFloat);
  }
  // The clean pixels are in range: this can only shorten the change.
  return (clean_ + change).clamp(0, kPixelRange);
}

Tensor Ball::random_point(int64_t seed, const std::vector<int64_t>& numbers,
                          int64_t attempt) const {
  std::vector<Tensor> changes;
  const auto shape = clean_.sizes().slice(1);
  for (const int64_t number : numbers) {
    auto random = generator(seed, number, attempt);
    if (norm_ == Norm::inf) {
      changes.push_back((2 * torch::rand(shape, random) - 1) * radius_);
    } else {
      const Tensor direction = torch::randn(shape, random);
      const double share = std::pow(torch::rand({}, random, torch::kDouble).item<double>(),
                                    1.0 / static_cast<double>(direction.numel()));
      changes.push_back(direction * (share * radius_ / direction.norm().item<double>()));
    }
  }
  return project(clean_ + torch::stack(changes).to(clean_.device()));
}

Tensor to_pixels(const Tensor& adversarial, const Tensor& clean) {
  const Tensor original = clean.to(adversarial.device(), torch::kFloat);
  return (original + (adversarial - original).trunc()).clamp(0, kPixelRange).to(torch::kByte);
}

}  // namespace gmtrain

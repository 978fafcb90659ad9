// SPDX-License-Identifier: Apache-2.0
// Values that change over training, as pure functions of the share of it that is done.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace gmtrain {

/// `first` for `delay`, then linear to `last` over `duration`, then `last`.
struct Ramp {
  double first, last, delay, duration;

  double at(double done) const {
    if (done < delay) return first;
    if (duration <= 0) return last;
    return first + (last - first) * std::min(1.0, (done - delay) / duration);
  }
};

/// Learning rate: linear warm-up from 0 over the first `warmup`, then by `shape`.
struct LearningRate {
  enum class Shape { cosine, steps };

  double base, warmup;
  Shape shape;
  std::vector<double> milestones;  ///< of `steps`: shares of training at which it is divided by 10

  double at(double done) const {
    if (done < warmup) return base * done / warmup;
    if (shape == Shape::cosine) {
      const double decayed = (done - warmup) / std::max(1e-12, 1 - warmup);
      return base * 0.5 * (1 + std::cos(M_PI * std::min(1.0, decayed)));
    }
    const auto passed = std::count_if(milestones.begin(), milestones.end(),
                                      [&](double milestone) { return done >= milestone; });
    return base * std::pow(0.1, static_cast<double>(passed));
  }
};

}  // namespace gmtrain

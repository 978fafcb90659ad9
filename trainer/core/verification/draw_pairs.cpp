// SPDX-License-Identifier: Apache-2.0
#include "core/verification/draw_pairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <stdexcept>

#include "core/images/shuffle.hpp"

namespace gmtrain {
namespace {

using Random = std::mt19937_64;

/// Below `bound`. Written out, as shuffle() is, since std's differ between standard libraries.
int64_t draw(Random& random, int64_t bound) {
  return static_cast<int64_t>(random() % static_cast<uint64_t>(bound));
}

/// `count` different numbers below `bound`, ascending (Floyd's algorithm).
std::set<int64_t> draw_different(Random& random, int64_t count, int64_t bound) {
  std::set<int64_t> drawn;
  for (int64_t last = bound - count; last < bound; ++last) {
    if (!drawn.insert(draw(random, last + 1)).second) drawn.insert(last);
  }
  return drawn;
}

/// The images of one fold, identity by identity, and all pairs that they form, numbered.
class Fold {
 public:
  void add(const std::vector<int64_t>& images_of_identity) {
    const auto count = static_cast<int64_t>(images_of_identity.size());
    if (count == 0) return;
    begin_.push_back(static_cast<int64_t>(images_.size()));
    images_.insert(images_.end(), images_of_identity.begin(), images_of_identity.end());
    genuine_.push_back(genuine() + count * (count - 1) / 2);
    // With each image of the identities before it.
    impostor_.push_back(impostor() + count * begin_.back());
  }

  int64_t genuine() const { return genuine_.empty() ? 0 : genuine_.back(); }
  int64_t impostor() const { return impostor_.empty() ? 0 : impostor_.back(); }

  std::pair<int64_t, int64_t> genuine_pair(int64_t number) const {
    const auto [identity, rest] = find(genuine_, number);
    // The pairs (a, b), a < b, in the order of b: those up to b are b (b + 1) / 2.
    auto b = static_cast<int64_t>((1 + std::sqrt(1 + 8.0 * static_cast<double>(rest))) / 2);
    while (b * (b - 1) / 2 > rest) --b;
    while (b * (b + 1) / 2 <= rest) ++b;
    const int64_t begin = begin_[identity];
    return {images_[begin + rest - b * (b - 1) / 2], images_[begin + b]};
  }

  std::pair<int64_t, int64_t> impostor_pair(int64_t number) const {
    const auto [identity, rest] = find(impostor_, number);
    const int64_t begin = begin_[identity];
    return {images_[rest % begin], images_[begin + rest / begin]};
  }

 private:
  /// Whose pair has this number, and its number among the pairs of that identity.
  static std::pair<size_t, int64_t> find(const std::vector<int64_t>& sums, int64_t number) {
    const auto place = std::upper_bound(sums.begin(), sums.end(), number);
    const int64_t before = place == sums.begin() ? 0 : *(place - 1);
    return {static_cast<size_t>(place - sums.begin()), number - before};
  }

  std::vector<int64_t> images_;
  std::vector<int64_t> begin_;               ///< of each identity in images_
  std::vector<int64_t> genuine_, impostor_;  ///< pairs up to each identity, itself included
};

std::vector<std::vector<int64_t>> images_by_identity(const std::vector<int64_t>& identities) {
  std::map<int64_t, std::vector<int64_t>> by_identity;
  for (size_t i = 0; i < identities.size(); ++i) {
    by_identity[identities[i]].push_back(static_cast<int64_t>(i));
  }
  std::vector<std::vector<int64_t>> lists;
  for (auto& [identity, images] : by_identity) lists.push_back(std::move(images));
  return lists;
}

/// Part `part` of `parts` of a list, of sizes that differ by one at most.
template <typename T>
std::vector<T> share(const std::vector<T>& list, int64_t part, int64_t parts) {
  const auto size = static_cast<int64_t>(list.size());
  return {list.begin() + part * size / parts, list.begin() + (part + 1) * size / parts};
}

}  // namespace

DrawnPairs draw_pairs(const std::vector<int64_t>& identities, const PairOptions& options) {
  Random random(static_cast<uint64_t>(options.seed));
  auto people = images_by_identity(identities);
  const bool disjoint = static_cast<int64_t>(people.size()) >= 2 * options.folds;
  shuffle(people, random);
  for (auto& images : people) shuffle(images, random);

  std::vector<Fold> folds(options.folds);
  int64_t each = options.pairs / (2 * options.folds);
  for (int64_t f = 0; f < options.folds; ++f) {
    if (disjoint) {
      for (const auto& images : share(people, f, options.folds)) folds[f].add(images);
    } else {
      for (const auto& images : people) folds[f].add(share(images, f, options.folds));
    }
    each = std::min({each, folds[f].genuine(), folds[f].impostor()});
  }
  if (each < 1) {
    throw std::invalid_argument(
        fmt::format("{} images of {} identities do not make a genuine and an impostor pair in each "
                    "of {} folds for {} pairs in all: expected fewer folds, more images or more "
                    "pairs",
                    identities.size(), people.size(), options.folds, options.pairs));
  }
  DrawnPairs drawn{{}, disjoint};
  for (int64_t f = 0; f < options.folds; ++f) {
    for (const int64_t number : draw_different(random, each, folds[f].genuine())) {
      const auto [a, b] = folds[f].genuine_pair(number);
      drawn.pairs.push_back({a, b, true, f});
    }
    for (const int64_t number : draw_different(random, each, folds[f].impostor())) {
      const auto [a, b] = folds[f].impostor_pair(number);
      drawn.pairs.push_back({a, b, false, f});
    }
  }
  return drawn;
}

}  // namespace gmtrain

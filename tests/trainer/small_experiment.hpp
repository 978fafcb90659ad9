// SPDX-License-Identifier: Apache-2.0
// A data set and a recipe small enough to train within a test: ten classes of 12x12 images, each a
// bright square in a place of its own on noise.
#pragma once

#include <filesystem>
#include <random>
#include <string>

#include "core/images/idx.hpp"
#include "core/recipe/recipe.hpp"

namespace gmtrain::test {

inline void write_squares(const std::filesystem::path& folder, const std::string& prefix,
                          int64_t count, unsigned seed) {
  constexpr int kSize = 12;
  std::mt19937 random(seed);
  IdxImages images{count, kSize, kSize, std::vector<uint8_t>(count * kSize * kSize)};
  std::vector<uint8_t> labels(count);
  for (int64_t i = 0; i < count; ++i) {
    uint8_t* pixels = images.pixels.data() + i * kSize * kSize;
    for (int p = 0; p < kSize * kSize; ++p) pixels[p] = random() % 100;
    const int label = random() % 10;
    const int top = label / 4 * 4, left = label % 4 * 3;
    for (int y = top; y < top + 3; ++y) {
      for (int x = left; x < left + 3; ++x) pixels[y * kSize + x] = 155 + random() % 100;
    }
    labels[i] = static_cast<uint8_t>(label);
  }
  write_idx_images(folder / (prefix + "-images-idx3-ubyte"), images);
  write_idx_labels(folder / (prefix + "-labels-idx1-ubyte"), labels);
}

/// Writes the data sets "squares" and, with other noise, "others" into `root`.
inline void make_data(const std::filesystem::path& root) {
  for (const std::string name : {"squares", "others"}) {
    std::filesystem::create_directories(root / name);
    write_squares(root / name, "train", 600, 1);
    write_squares(root / name, "t10k", 100, 2);
  }
}

constexpr const char* kSmallNetwork = R"(name = "conv6"
widths = [4, 8]
features = 16)";

inline Recipe small_recipe(const std::filesystem::path& root,
                           const std::vector<std::string>& overrides = {},
                           const std::string& network = kSmallNetwork) {
  const std::string text = R"(
name = "small"
[data]
format = "idx"
root = ")" + root.string() +
                           R"("
path = "squares"
labels = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
held_out = 100
outliers = ["others"]
[network]
)" + network + R"(
[loss]
name = "lgm"
[train]
epochs = 2
batch_size = 50
[optimizer]
learning_rate = 0.05
warmup = 0.1
)";
  auto recipe = Recipe::parse(text, "small.toml", overrides);
  recipe.section("").require<std::string>("name", "of the experiment");
  return recipe;
}

}  // namespace gmtrain::test

// SPDX-License-Identifier: Apache-2.0
#include "gmtrain/data/made.hpp"

#include <algorithm>
#include <utility>

#include "core/registry.hpp"
#include "gmtrain/data/formats.hpp"

namespace gmtrain {
namespace {

/// Each value of each pixel evenly from 0 to 255.
void draw_uniform(std::mt19937& random, int64_t, const ImageShape& shape, uint8_t* pixels) {
  const int64_t count = shape[0] * shape[1] * shape[2];
  for (int64_t i = 0; i < count; ++i) pixels[i] = static_cast<uint8_t>(random() >> 24);
}

/// All greys from black to white, then colours at random.
void draw_constant(std::mt19937& random, int64_t number, const ImageShape& shape, uint8_t* pixels) {
  const int64_t area = shape[1] * shape[2];
  for (int64_t channel = 0; channel < shape[0]; ++channel) {
    const auto value = static_cast<uint8_t>(number < 256 ? number : random() >> 24);
    std::fill_n(pixels + channel * area, area, value);
  }
}

const Registered<MadePicture> registered_uniform("uniform", draw_uniform);
const Registered<MadePicture> registered_constant("constant", draw_constant);

}  // namespace

std::shared_ptr<Dataset> made_pictures(MadePicture draw, const ImageShape& shape, unsigned seed) {
  constexpr int64_t kPictures = 1000;
  const int64_t size = shape[0] * shape[1] * shape[2];
  std::vector<uint8_t> pixels(kPictures * size);
  std::mt19937 random(seed);
  for (int64_t i = 0; i < kPictures; ++i) draw(random, i, shape, pixels.data() + i * size);
  return in_memory(std::move(pixels), shape, std::vector<int64_t>(kPictures, 0));
}

}  // namespace gmtrain

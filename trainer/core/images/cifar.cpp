// SPDX-License-Identifier: Apache-2.0
#include "core/images/cifar.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "core/images/data_file.hpp"

namespace gmtrain {

void read_cifar(const std::filesystem::path& file, int64_t label_bytes, CifarImages& images) {
  constexpr int64_t kPlane = kCifarSide * kCifarSide;
  const int64_t record = label_bytes + 3 * kPlane;
  const std::string bytes = read_data_file(file);
  const auto size = static_cast<int64_t>(bytes.size());
  if (size == 0 || size % record != 0) {
    throw std::runtime_error(fmt::format("{}: expected images of {} bytes each, found {} bytes",
                                         file.string(), record, size));
  }
  for (int64_t start = 0; start < size; start += record) {
    images.labels.push_back(static_cast<uint8_t>(bytes[start + label_bytes - 1]));
    for (int64_t plane = 2; plane >= 0; --plane) {
      const auto first = bytes.begin() + start + label_bytes + plane * kPlane;
      images.pixels.insert(images.pixels.end(), first, first + kPlane);
    }
  }
}

}  // namespace gmtrain

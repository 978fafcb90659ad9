// SPDX-License-Identifier: Apache-2.0
#include "core/images/cifar.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/images/data_file.hpp"

namespace gmtrain {

void read_cifar(const std::filesystem::path& file, int64_t label_bytes, CifarImages& images) {
  constexpr int64_t kPlane = kCifarSide * kCifarSide;
  const int64_t record = label_bytes + 3 * kPlane;
  InputFile in = open_data_file(file);
  const auto size = static_cast<int64_t>(in.size());
  if (size == 0 || size % record != 0) {
    throw in.error(fmt::format("expected images of {} bytes each, found {} bytes", record, size));
  }
  images.pixels.reserve(images.pixels.size() + static_cast<size_t>(size / record * 3 * kPlane));
  std::vector<uint8_t> bytes(record);
  for (int64_t start = 0; start < size; start += record) {
    in.read(bytes.data(), bytes.size());
    images.labels.push_back(bytes[label_bytes - 1]);
    for (int64_t plane = 2; plane >= 0; --plane) {
      const auto first = bytes.begin() + label_bytes + plane * kPlane;
      images.pixels.insert(images.pixels.end(), first, first + kPlane);
    }
  }
}

}  // namespace gmtrain

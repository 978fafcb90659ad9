// SPDX-License-Identifier: Apache-2.0
#include "core/faces/landmarks.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gmtrain {

std::map<std::string, FacePoints> read_landmarks(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
  std::map<std::string, FacePoints> landmarks;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const auto fail = [&](const std::string& what) {
      return std::runtime_error(fmt::format("{}:{}: {}", file.string(), number, what));
    };
    std::istringstream words(line);
    std::string image, rest;
    if (!(words >> image) || image[0] == '#') continue;
    FacePoints points;
    for (auto& point : points) words >> point.x >> point.y;
    if (!words || words >> rest) {
      throw fail("expected \"<image> <x> <y> ...\" with the ten coordinates of five points");
    }
    if (!landmarks.emplace(image, points).second) throw fail(fmt::format("{} comes twice", image));
  }
  return landmarks;
}

}  // namespace gmtrain

// SPDX-License-Identifier: Apache-2.0
#include "core/faces/align.hpp"

#include <fmt/format.h>
#include <cmath>
#include <complex>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <sstream>
#include <stdexcept>

#include "core/files/input_file.hpp"

namespace gmtrain {
namespace {

using Complex = std::complex<double>;

Complex as_complex(const cv::Point2f& point) {
  return {point.x, point.y};
}

Complex centre(const FacePoints& points) {
  Complex sum;
  for (const auto& point : points) sum += as_complex(point);
  return sum / static_cast<double>(points.size());
}

}  // namespace

FacePoints face_template(int side) {
  FacePoints points{{{38.2946f, 51.6963f},
                     {73.5318f, 51.5014f},
                     {56.0252f, 71.7366f},
                     {41.5493f, 92.3655f},
                     {70.7299f, 92.2041f}}};
  for (auto& point : points) point *= static_cast<float>(side) / 112;
  return points;
}

cv::Matx23d similarity_transform(const FacePoints& from, const FacePoints& to) {
  // With points as complex numbers a similarity is w = a z + b, and least squares gives
  //   a = sum conj(z - mean z) (w - mean w) / sum |z - mean z|^2,  b = mean w - a mean z.
  const Complex from_centre = centre(from), to_centre = centre(to);
  Complex product;
  double spread = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    const Complex z = as_complex(from[i]) - from_centre;
    product += std::conj(z) * (as_complex(to[i]) - to_centre);
    spread += std::norm(z);
  }
  const Complex a = product / spread, b = to_centre - a * from_centre;
  if (!(spread > 0) || !std::isfinite(std::abs(a)) || !std::isfinite(std::abs(b))) {
    throw std::invalid_argument("expected five points of a face, finite and apart");
  }
  return {a.real(), -a.imag(), b.real(), a.imag(), a.real(), b.imag()};
}

cv::Mat align_face(const cv::Mat& image, const FacePoints& points, int side) {
  cv::Mat aligned;
  cv::warpAffine(image, aligned, similarity_transform(points, face_template(side)),
                 cv::Size(side, side));
  return aligned;
}

std::map<std::string, FacePoints> read_landmarks(const std::filesystem::path& file) {
  std::istringstream in(read_file(file));
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

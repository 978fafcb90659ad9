// SPDX-License-Identifier: Apache-2.0
// The pictures in data/models are there, and what their names say they are.
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>

#include "core/images/idx.hpp"
#include "models/published.hpp"

namespace fs = std::filesystem;

namespace {

using Pictures = std::map<std::string, cv::Mat>;

/// Grey values of the pictures in a folder, by name.
Pictures read(const std::string& folder) {
  Pictures pictures;
  for (const auto& entry : fs::directory_iterator(kModels / "pictures" / folder)) {
    cv::Mat grey;
    cv::extractChannel(cv::dnn_gm::readImage(entry.path().string()), grey, 0);
    pictures[entry.path().stem().string()] = grey;
  }
  return pictures;
}

/// The test image that a name ends in: `0-mnist-test-00003`.
cv::Mat test_image(const std::string& name, const std::string& data) {
  auto images = gmtrain::read_idx_images(fs::path(GM_DATA_ROOT) / data / "t10k-images-idx3-ubyte");
  const int64_t number = std::stoll(name.substr(name.rfind('-') + 1));
  const cv::Size size(static_cast<int>(images.width), static_cast<int>(images.height));
  return cv::Mat(size, CV_8UC1, &images.pixels.at(number * size.area())).clone();
}

/// The largest difference of a picture's pixels to those of the test image that its name ends in.
double largest_change(const Pictures::value_type& picture, const std::string& data) {
  return cv::norm(picture.second, test_image(picture.first, data), cv::NORM_INF);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pictures)

BOOST_AUTO_TEST_CASE(digits_and_clothes_are_test_images) {
  const auto digits = read("digits"), clothes = read("clothes");
  BOOST_TEST(digits.size() == 5U);
  BOOST_TEST(clothes.size() == 5U);
  for (const auto& digit : digits) BOOST_TEST(largest_change(digit, "mnist") == 0, digit.first);
  for (const auto& piece : clothes) {
    BOOST_TEST(largest_change(piece, "fashion-mnist") == 0, piece.first);
  }
}

BOOST_AUTO_TEST_CASE(attacked_digits_are_changed_within_their_bound) {
  const auto attacked = read("attacked");
  BOOST_TEST(attacked.size() == 6U);
  for (const auto& picture : attacked) {
    BOOST_TEST(largest_change(picture, "mnist") == std::floor(0.3 * 255), picture.first);
  }
}

BOOST_AUTO_TEST_CASE(foreign_pictures_are_of_the_same_size) {
  const auto foreign = read("foreign");
  BOOST_TEST(foreign.size() == 4U);
  for (const auto& [name, picture] : foreign) {
    BOOST_TEST((picture.size() == cv::Size(28, 28)), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

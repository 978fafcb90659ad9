// SPDX-License-Identifier: Apache-2.0
// Folders of people and pairs of their images, in the form of Labeled Faces in the Wild.
#pragma once

#include <filesystem>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <string>

namespace gmtrain::test {

inline const std::vector<std::string> kPeople{"Ann_Lee", "Bo", "Cy_van_Dam", "Di"};
constexpr int kImagesOfEach = 4;

/// Writes <folder>/<name>/<name>_0001.jpg to _0004.jpg of grey noise, each person with a bright
/// square in another place.
inline void write_people(const std::filesystem::path& folder, int side = 12) {
  std::mt19937 random(5);
  for (size_t person = 0; person < kPeople.size(); ++person) {
    std::filesystem::create_directories(folder / kPeople[person]);
    for (int i = 1; i <= kImagesOfEach; ++i) {
      cv::Mat image(side, side, CV_8UC1);
      for (int p = 0; p < side * side; ++p) image.data[p] = static_cast<uchar>(random() % 100);
      const int place = static_cast<int>(person);
      cv::rectangle(image, {1 + 2 * place, 4, 3, 3}, 230, cv::FILLED);
      const std::string file = kPeople[person] + "_000" + std::to_string(i) + ".jpg";
      cv::imwrite((folder / kPeople[person] / file).string(), image,
                  {cv::IMWRITE_JPEG_QUALITY, 100});
    }
  }
}

/// Writes pairs.txt: two folds, each of the pairs of two people's images and as many of both.
inline void write_pairs(const std::filesystem::path& file) {
  std::ofstream out(file);
  out << "2\t4\n";
  for (int fold = 0; fold < 2; ++fold) {
    const std::string &a = kPeople[2 * fold], &b = kPeople[2 * fold + 1];
    for (const std::string& name : {a, b}) out << name << "\t1\t2\n" << name << "\t3\t4\n";
    for (int i = 1; i <= kImagesOfEach; ++i)
      out << a << '\t' << i << '\t' << b << '\t' << i << '\n';
  }
}

}  // namespace gmtrain::test

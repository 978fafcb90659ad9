// SPDX-License-Identifier: Apache-2.0
#include "core/images/decode.hpp"

#include <boost/test/unit_test.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;

namespace {

const auto kEach = boost::test_tools::per_element();

/// A colour image of noise.
cv::Mat noise(int rows, int columns) {
  cv::Mat image(rows, columns, CV_8UC3);
  cv::RNG(1).fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

struct Decoded {
  ImageSize size;
  std::vector<uint8_t> pixels;
};

/// The middle of the picture, in blue, green, red or in grey.
Decoded decoded(const std::string& file, int channels, cv::Size size) {
  cv::dnn_gm::ImagePreparation how;
  how.inputSize = how.resizeSize = size;
  how.resizeMode = "crop_center";
  how.channelOrder = channels == 1 ? "GRAY" : "BGR";
  Decoded image{{}, std::vector<uint8_t>(channels * size.area())};
  image.size = decode_image(file, how, image.pixels.data());
  return image;
}

struct Files {
  std::string write(const std::string& name, const cv::Mat& image) const {
    cv::imwrite((folder / name).string(), image);
    return (folder / name).string();
  }

  std::string refusal(const std::string& name, const std::string& bytes) const {
    write_file(folder / name, bytes);
    const auto message = message_of<ImageError>([&] {
      decoded((folder / name).string(), 3, {4, 4});
    });
    BOOST_TEST(contains(message, (folder / name).string()), message);
    return message;
  }

  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(decode, Files)

BOOST_AUTO_TEST_CASE(channels_are_planes_with_blue_first) {
  const cv::Mat image = noise(3, 5);
  const auto planes = decoded(write("a.png", image), 3, {5, 3});
  BOOST_TEST(planes.size.height == 3);
  BOOST_TEST(planes.size.width == 5);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 5; ++x) {
        BOOST_TEST(planes.pixels[c * 15 + y * 5 + x] == image.at<cv::Vec3b>(y, x)[c]);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(grey_and_colour_become_what_is_asked_for) {
  cv::Mat grey;
  cv::cvtColor(noise(4, 4), grey, cv::COLOR_BGR2GRAY);
  const auto from_grey = decoded(write("grey.pgm", grey), 3, {4, 4});
  const auto from_colour = decoded(write("colour.png", noise(4, 4)), 1, {4, 4});
  for (int i = 0; i < 16; ++i) {
    for (int c = 0; c < 3; ++c) BOOST_TEST(from_grey.pixels[c * 16 + i] == grey.data[i]);
    BOOST_TEST(from_colour.pixels[i] == grey.data[i]);
  }
}

BOOST_AUTO_TEST_CASE(a_jpeg_file_is_what_opencv_reads) {
  const auto file = write("a.jpg", noise(9, 7));
  const cv::Mat image = cv::imread(file);
  const auto planes = decoded(file, 3, {7, 9});
  for (int i = 0; i < 63; ++i) BOOST_TEST(planes.pixels[63 + i] == image.data[3 * i + 1]);
}

BOOST_AUTO_TEST_CASE(resizing_keeps_the_middle_square) {
  // Blocks of 2x2 equal pixels, with two columns that the square leaves out at each side.
  cv::Mat small(2, 2, CV_8UC1), image;
  small.at<uint8_t>(0) = 10;
  small.at<uint8_t>(1) = 20;
  small.at<uint8_t>(2) = 30;
  small.at<uint8_t>(3) = 40;
  cv::resize(small, image, {4, 4}, 0, 0, cv::INTER_NEAREST);
  cv::copyMakeBorder(image, image, 0, 0, 2, 3, cv::BORDER_CONSTANT, 255);
  const auto file = write("wide.png", image);
  const auto halved = decoded(file, 1, {2, 2});
  BOOST_TEST(halved.pixels == (std::vector<uint8_t>{10, 20, 30, 40}), kEach);
  const auto square = decoded(file, 1, {4, 4});
  BOOST_TEST(square.pixels == (std::vector<uint8_t>{10, 10, 20, 20, 10, 10, 20, 20, 30, 30, 40, 40,
                                                    30, 30, 40, 40}),
             kEach);
  const auto tall = decoded(write("tall.png", image.t()), 1, {2, 2});
  BOOST_TEST(tall.pixels == (std::vector<uint8_t>{10, 30, 20, 40}), kEach);
  BOOST_TEST(square.size.width == 9);  // of the picture, whatever becomes of it
  BOOST_TEST(square.size.height == 4);
}

BOOST_AUTO_TEST_CASE(a_pixel_and_a_strip_are_pictures) {
  const auto pixel = decoded(write("pixel.png", cv::Mat(1, 1, CV_8UC1, cv::Scalar(7))), 1, {2, 2});
  BOOST_TEST(pixel.pixels == std::vector<uint8_t>(4, 7), kEach);
  const cv::Mat strip(1, 30000, CV_8UC1, cv::Scalar(9));
  const auto square = decoded(write("strip.png", strip), 1, {2, 2});
  BOOST_TEST(square.pixels == std::vector<uint8_t>(4, 9), kEach);
}

BOOST_AUTO_TEST_CASE(broken_files_are_named) {
  const std::string jpeg = read_file(write("good.jpg", noise(40, 40)));
  BOOST_TEST(contains(refusal("half.jpg", jpeg.substr(0, jpeg.size() / 2)), "cut short"));
  write_file(folder / "film.jpg", jpeg + std::string(5000, '\0'));
  BOOST_TEST(decoded((folder / "film.jpg").string(), 3, {4, 4}).size.height == 40);
  BOOST_TEST(contains(refusal("empty.jpg", ""), "empty"));
  refusal("text.png", "this is no image");
  BOOST_TEST(contains(message_of<ImageError>([&] {
                        decoded((folder / "absent.jpg").string(), 3, {4, 4});
                      }),
                      "absent.jpg: cannot be read"));
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "message_of.hpp"
#include "temporary_folder.hpp"

using cv::dnn_gm::readImage;

namespace {

cv::Mat picture() {
  cv::Mat image(61, 83, CV_8UC3);
  cv::RNG(1).fill(image, cv::RNG::UNIFORM, 0, 256);
  cv::GaussianBlur(image, image, {5, 5}, 2);
  return image;
}

std::string encoded(const std::string& extension, const std::vector<int>& options = {}) {
  std::vector<uchar> bytes;
  BOOST_REQUIRE(cv::imencode(extension, picture(), bytes, options));
  return {bytes.begin(), bytes.end()};
}

/// Of the formats beside JPEG those that this OpenCV writes: it may be built with few.
std::vector<std::string> other_formats() {
  std::vector<std::string> written;
  for (const std::string extension : {".png", ".bmp", ".webp", ".ppm", ".tiff"}) {
    if (cv::haveImageWriter("picture" + extension)) {
      written.push_back(extension);
    } else {
      BOOST_TEST_MESSAGE("this OpenCV does not write " << extension);
    }
  }
  BOOST_TEST_REQUIRE(written.size() >= 2);
  return written;
}

std::string big_endian(size_t number, int count) {
  std::string bytes;
  for (int i = count - 1; i >= 0; --i) bytes += static_cast<char>(number >> 8 * i & 0xff);
  return bytes;
}

/// With an EXIF segment that says how the picture is turned and holds `thumbnail`.
std::string with_exif(const std::string& jpeg, char orientation, const std::string& thumbnail) {
  const std::string tiff{"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19};
  const std::string exif =
      std::string("Exif\0\0", 6) + tiff + orientation + std::string("\0\0\0\0\0\0", 6) + thumbnail;
  return jpeg.substr(0, 2) + "\xff\xe1" + big_endian(exif.size() + 2, 2) + exif + jpeg.substr(2);
}

/// A file that says it holds so many pixels of grey.
std::string png_of(size_t width, size_t height) {
  std::vector<uchar> bytes;
  cv::imencode(".png", cv::Mat(1, 1, CV_8UC1, cv::Scalar(0)), bytes);
  std::string png{bytes.begin(), bytes.end()};
  png.replace(16, 8, big_endian(width, 4) + big_endian(height, 4));
  uint32_t checksum = ~0U;  // of the header
  for (size_t i = 12; i < 29; ++i) {
    checksum ^= static_cast<uchar>(png[i]);
    for (int bit = 0; bit < 8; ++bit) checksum = checksum >> 1 ^ (checksum & 1 ? 0xedb88320 : 0);
  }
  return png.replace(29, 4, big_endian(~checksum, 4));
}

struct Files {
  TemporaryFolder folder;

  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return (folder / name).string();
  }

  void is_read(const std::string& name, const std::string& bytes) const {
    const std::string file = write(name, bytes);
    const cv::Mat expected = cv::imread(file), image = readImage(file);
    BOOST_TEST_REQUIRE((image.size() == expected.size()), name);
    BOOST_TEST(image.type() == CV_8UC3);
    BOOST_TEST(cv::norm(image, expected, cv::NORM_INF) == 0, name);
  }

  void is_refused(const std::string& name, const std::string& bytes,
                  const std::string& part = "") const {
    const std::string file = write(name, bytes);
    const std::string message = message_of<cv::Exception>([&] { readImage(file); });
    BOOST_TEST(contains(message, file + ": "), name << ": " << message);
    BOOST_TEST(contains(message, part), name << ": " << message);
  }
};

const std::vector<std::vector<int>> kJpegs = {
    {},
    {cv::IMWRITE_JPEG_PROGRESSIVE, 1},
    {cv::IMWRITE_JPEG_RST_INTERVAL, 3},
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(read_image, Files)

BOOST_AUTO_TEST_CASE(whole_files_are_read_as_by_imread) {
  for (const auto& options : kJpegs) is_read("whole.jpg", encoded(".jpg", options));
  for (const std::string& extension : other_formats()) {
    is_read("Ein Bild \u00e4" + extension, encoded(extension));
  }
  std::vector<uchar> grey;
  cv::imencode(".png", picture().reshape(1), grey);
  is_read("grey.png", {grey.begin(), grey.end()});
}

BOOST_AUTO_TEST_CASE(pictures_are_turned_as_exif_says) {
  is_read("turned.jpg", with_exif(encoded(".jpg"), 6, ""));
  BOOST_TEST((readImage((folder / "turned.jpg").string()).size() == cv::Size(61, 83)));
}

BOOST_AUTO_TEST_CASE(files_that_are_cut_short_are_refused) {
  for (const auto& options : kJpegs) {
    const std::string jpeg = encoded(".jpg", options);
    for (const size_t size : {jpeg.size() / 2, jpeg.size() * 2 / 3, jpeg.size() - 2}) {
      is_refused("cut.jpg", jpeg.substr(0, size), "the JPEG file is cut short");
    }
    for (size_t size = 1; size < jpeg.size(); size += 7) is_refused("c.jpg", jpeg.substr(0, size));
  }
  for (const std::string& extension : other_formats()) {
    const std::string bytes = encoded(extension), name = "cut" + extension;
    is_refused(name, bytes.substr(0, bytes.size() / 2));
    is_refused(name, bytes.substr(0, bytes.size() * 2 / 3));
  }
  const std::string png = encoded(".png");
  is_refused("cut.png", png.substr(0, png.size() - 12), "the PNG file is cut short");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_thumbnail_is_not_that_of_the_picture) {
  const std::string jpeg = with_exif(encoded(".jpg"), 1, encoded(".jpg"));
  is_read("thumbnail.jpg", jpeg);
  is_refused("cut.jpg", jpeg.substr(0, jpeg.size() * 3 / 4), "the JPEG file is cut short");
}

BOOST_AUTO_TEST_CASE(what_follows_the_end_does_not_matter) {
  const std::string jpeg = encoded(".jpg");
  is_read("padded.jpg", jpeg + std::string(100'000, '\0'));
  is_read("film.jpg", jpeg +
                          std::string("\0\0\0\x18"
                                      "ftypmp42",
                                      12) +
                          std::string(5000, '\xff'));
  is_read("two.jpg", jpeg + jpeg.substr(0, jpeg.size() / 2));
  is_read("padded.png", encoded(".png") + std::string(5000, '\0'));
}

BOOST_AUTO_TEST_CASE(bytes_that_fill_up_before_a_marker_are_passed_over) {
  const std::string jpeg = encoded(".jpg");
  is_read("filled.jpg", jpeg.substr(0, jpeg.size() - 2) + "\xff\xff\xff\xd9");
}

BOOST_AUTO_TEST_CASE(what_is_no_image_is_named) {
  const std::string absent = (folder / "absent.jpg").string();
  BOOST_TEST(contains(message_of<cv::Exception>([&] { readImage(absent); }),
                      absent + ": cannot be read: "));
  std::filesystem::create_directory(folder / "folder.png");
  is_refused("folder.png", "", "folder.png: cannot be read: ");
  is_refused("empty.png", "", "empty.png: the file is empty");
  is_refused("text.png", "this is no image", "text.png: expected an image that OpenCV reads");
  is_refused("film.mp4", std::string(200'000, 'x'),
             "film.mp4: expected an image that OpenCV reads");
  is_refused("start.jpg", "\xff\xd8");
  is_refused("start.png", "\x89PNG\r\n\x1a\n");
}

BOOST_AUTO_TEST_CASE(an_image_beyond_the_limits_of_opencv_is_named) {
  is_refused("pixels.png", png_of(40'000, 40'000), "expected an image within OpenCV's limits");
  is_refused("width.png", png_of(2'000'000, 1));
}

BOOST_AUTO_TEST_SUITE_END()

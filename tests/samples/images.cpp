#include "images.hpp"

#include <sys/stat.h>

#include "contact_sheet.hpp"
#include "samples/sample_fixture.hpp"

using namespace gm_test;

namespace {

const auto kEach = boost::test_tools::per_element();

struct Fixture : SampleFixture {
  /// The names of the files that are taken from a folder.
  std::vector<std::string> names(const std::string& name) const {
    std::vector<std::string> found;
    for (const std::string& file : samples::image_files(path(name))) {
      found.push_back(fs::path(file).filename().string());
    }
    return found;
  }

  std::string write_image(const std::string& name, const cv::Size& size) const {
    cv::imwrite(path(name), cv::Mat(size, CV_8UC3, cv::Scalar(10, 200, 30)));
    return path(name);
  }

  /// The sheet of one set with these files, all accepted.
  static cv::Mat sheet(const std::vector<std::string>& files) {
    samples::ImageSet set{"set", files, {}};
    set.verdicts.resize(files.size());
    for (auto& verdict : set.verdicts) verdict.accepted = true;
    return samples::contact_sheet({set});
  }
};

int pixels_of(const cv::Mat& picture, const cv::Scalar& colour) {
  cv::Mat found;
  cv::inRange(picture, colour, colour, found);
  return cv::countNonZero(found);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(images, Fixture)

BOOST_AUTO_TEST_CASE(the_files_of_a_folder_are_those_that_are_not_hidden) {
  fs::create_directories(folder / "set/more");
  for (const char* name : {"b [1]*.png", ".hidden.png", "a?.jpg", "Thumbs.db", "more/c.png"}) {
    write_text(std::string("set/") + name, "");
  }
  fs::create_symlink("nowhere", folder / "set/broken.png");
  fs::create_symlink("loop.png", folder / "set/loop.png");
  BOOST_TEST_REQUIRE(::mkfifo(path("set/pipe.png").c_str(), 0600) == 0);
  const std::vector<std::string> expected = {"Thumbs.db", "a?.jpg", "b [1]*.png", "broken.png",
                                             "loop.png"};
  BOOST_TEST(names("set") == expected, kEach);
  BOOST_TEST(names("set//") == expected, kEach);
  BOOST_TEST(samples::image_files(path("absent")) == std::vector<std::string>{path("absent")},
             kEach);
}

BOOST_AUTO_TEST_CASE(a_batch_ends_early_when_its_pictures_are_large) {
  // 24 MB each, in colour: three of them are more than 64 MiB.
  std::vector<std::string> files(7, write_image("large.png", {4000, 2000}));
  files.insert(files.begin() + 1, path("absent.png"));
  std::vector<size_t> batches;
  const auto read = samples::for_each_batch(
      files, 256, [&](const std::vector<cv::Mat>& some) { batches.push_back(some.size()); });
  BOOST_TEST(batches == (std::vector<size_t>{3, 3, 1}), kEach);
  BOOST_TEST(read.size() == 7U);
}

BOOST_AUTO_TEST_CASE(thin_pictures_are_drawn) {
  const cv::Scalar colour(10, 200, 30);
  for (const cv::Size size : {cv::Size(1, 2000), cv::Size(3000, 2), cv::Size(1, 1)}) {
    const cv::Mat picture = sheet({write_image("thin.png", size)});
    BOOST_TEST((picture.size() == cv::Size(900, 126)));
    // 78 pixels long, and as wide as long where the picture is.
    BOOST_TEST(pixels_of(picture, colour) == (size.width == size.height ? 78 * 78 : 78), size);
  }
}

BOOST_AUTO_TEST_CASE(a_picture_that_has_vanished_is_drawn_grey) {
  const cv::Mat picture = sheet({path("vanished.png"), write_image("there.png", {5, 5})});
  BOOST_TEST(pixels_of(picture(cv::Rect(0, 26, 90, 84)), cv::Scalar::all(200)) == 78 * 78);
  BOOST_TEST(pixels_of(picture, cv::Scalar(10, 200, 30)) == 78 * 78);
}

BOOST_AUTO_TEST_SUITE_END()

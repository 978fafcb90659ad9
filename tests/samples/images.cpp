// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "dnn_gm/samples/common.hpp"
#include "samples/sample_fixture.hpp"

using namespace gm_test;

namespace {

const auto kEach = boost::test_tools::per_element();

struct Fixture : SampleFixture {
  std::vector<std::string> names(const std::string& name, bool folders) const {
    std::vector<std::string> found;
    for (const std::string& file : entriesOf(path(name), folders)) {
      found.push_back(fs::path(file).filename().string());
    }
    return found;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(images, Fixture)

BOOST_AUTO_TEST_CASE(the_files_of_a_folder_are_those_that_are_not_hidden) {
  fs::create_directories(folder / "set/more");
  fs::create_directories(folder / "set/.thumbnails");
  for (const char* name : {"b [1]*.png", ".hidden.png", "a?.jpg", "Thumbs.db", "more/c.png"}) {
    write_text(std::string("set/") + name, "");
  }
  fs::create_symlink("nowhere", folder / "set/broken.png");
  fs::create_symlink("loop.png", folder / "set/loop.png");
  BOOST_TEST_REQUIRE(::mkfifo(path("set/pipe.png").c_str(), 0600) == 0);
  const std::vector<std::string> expected = {"Thumbs.db", "a?.jpg", "b [1]*.png", "broken.png",
                                             "loop.png"};
  BOOST_TEST(names("set", false) == expected, kEach);
  BOOST_TEST(names("set//", false) == expected, kEach);
  BOOST_TEST(names("set", true) == std::vector<std::string>{"more"}, kEach);
}

BOOST_AUTO_TEST_CASE(an_argument_is_named_by_its_last_part) {
  BOOST_TEST(baseName("a/b/c.png") == "c.png");
  BOOST_TEST(baseName("a/b//") == "b");
  BOOST_TEST(baseName("b") == "b");
  BOOST_TEST(baseName("./") == ".");
}

BOOST_AUTO_TEST_CASE(a_batch_ends_early_when_its_pictures_are_large) {
  // 24 MB each, in colour: three of them are more than 64 MiB.
  cv::imwrite(path("large.png"), cv::Mat(2000, 4000, CV_8UC3, cv::Scalar(10, 200, 30)));
  std::vector<std::string> files(7, path("large.png"));
  files.insert(files.begin() + 1, path("absent.png"));
  ImageSet set(files);
  std::vector<size_t> batches;
  for (std::vector<cv::Mat> some; set.next(some, 256);) batches.push_back(some.size());
  BOOST_TEST(batches == (std::vector<size_t>{3, 3, 1}), kEach);
  BOOST_TEST(set.files.size() == 7U);
  BOOST_TEST(set.leftOut() == 1U);
}

BOOST_AUTO_TEST_CASE(a_batch_has_as_many_pictures_as_asked_for) {
  write_images("set", 7, [](int) { return cv::Mat(2, 2, CV_8UC1, cv::Scalar(7)); });
  ImageSet set(path("set"));
  std::vector<size_t> batches;
  for (std::vector<cv::Mat> some; set.next(some, 3);) batches.push_back(some.size());
  BOOST_TEST(batches == (std::vector<size_t>{3, 3, 1}), kEach);
  BOOST_TEST(set.leftOut() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

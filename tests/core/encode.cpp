// SPDX-License-Identifier: Apache-2.0
#include "core/images/encode.hpp"

#include <signal.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/files/atomic_file.hpp"
#include "core/images/decode.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;

namespace {

/// While one lives no file can have more than so many bytes: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

cv::Mat noise() {
  cv::Mat image(40, 40, CV_8UC3);
  cv::RNG(1).fill(image, cv::RNG::UNIFORM, 0, 256);
  return image;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(encode)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  const TemporaryFolder folder;
  write_image(folder / "a.png", noise());
  BOOST_TEST(cv::norm(read_image((folder / "a.png").string()), noise(), cv::NORM_INF) == 0);
}

// In a new folder, as write_folder() gives it, which goes with the error.
BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error) {
  const TemporaryFolder folder;
  std::string said;
  {
    const FullDisk disk(100);
    said = message_of<std::exception>([&] { write_image(folder / "a.png", noise()); });
  }
  BOOST_TEST(contains(said, "cannot write"), said);
  BOOST_TEST(contains(said, "a.png"), said);
}

BOOST_AUTO_TEST_CASE(a_format_that_is_not_known_is_named) {
  const TemporaryFolder folder;
  BOOST_TEST(
      contains(message_of<std::runtime_error>([&] { write_image(folder / "a.pictures", noise()); }),
               "a.pictures: expected an image format that OpenCV writes, got .pictures"));
  BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_SUITE_END()

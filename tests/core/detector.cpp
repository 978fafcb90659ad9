// SPDX-License-Identifier: Apache-2.0
#include "core/faces/detector.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;

BOOST_AUTO_TEST_SUITE(face_detector)

BOOST_AUTO_TEST_CASE(the_face_in_the_middle_is_taken) {
  // Left, top, width, height, five points, score.
  const cv::Mat faces = (cv::Mat_<float>(3, 15) << 0, 0, 80, 80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
                         0.99, 90, 40, 40, 60, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 0.91,  //
                         150, 90, 50, 50, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 0.95);
  const auto points = nearest_face(faces, {200, 150});
  BOOST_TEST_REQUIRE(points.has_value());
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST((*points)[i] == cv::Point2f(11.f + 2.f * i, 12.f + 2.f * i));
  }
  BOOST_TEST((*nearest_face(faces, {100, 100}))[0] == cv::Point2f(1, 2));
  BOOST_TEST(!nearest_face(cv::Mat(), {100, 100}).has_value());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_model_is_named) {
  const TemporaryFolder folder;
  write_file(folder / "text.onnx", "no model");
  for (const char* name : {"text.onnx", "absent.onnx"}) {
    BOOST_TEST(
        contains(message_of<std::runtime_error>([&] { FaceDetector(folder / name); }), name));
  }
}

BOOST_AUTO_TEST_SUITE_END()

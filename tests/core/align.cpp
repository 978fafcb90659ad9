// SPDX-License-Identifier: Apache-2.0
#include "core/faces/align.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/faces/align_folder.hpp"
#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;

namespace {

cv::Point2d apply(const cv::Matx23d& transform, const cv::Point2f& point) {
  return {transform(0, 0) * point.x + transform(0, 1) * point.y + transform(0, 2),
          transform(1, 0) * point.x + transform(1, 1) * point.y + transform(1, 2)};
}

double error_of(const cv::Matx23d& transform, const FacePoints& from, const FacePoints& to) {
  double sum = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    const auto difference = apply(transform, from[i]) - cv::Point2d(to[i]);
    sum += difference.dot(difference);
  }
  return sum;
}

/// The template turned, scaled and moved.
FacePoints moved(double angle, double scale, cv::Point2d shift) {
  const cv::Matx23d transform(scale * std::cos(angle), -scale * std::sin(angle), shift.x,
                              scale * std::sin(angle), scale * std::cos(angle), shift.y);
  FacePoints points = face_template(128);
  for (auto& point : points) point = apply(transform, point);
  return points;
}

/// A picture with a bright disc of its own grey at each point.
cv::Mat face_picture(const FacePoints& points, cv::Size size) {
  cv::Mat picture(size, CV_8UC1, cv::Scalar(20));
  for (size_t i = 0; i < points.size(); ++i) {
    cv::circle(picture, points[i], 7, cv::Scalar(100 + 30 * static_cast<int>(i)), cv::FILLED);
  }
  return picture;
}

void check_aligned(const cv::Mat& aligned, int side) {
  BOOST_TEST(aligned.rows == side);
  BOOST_TEST(aligned.cols == side);
  const auto places = face_template(side);
  for (size_t i = 0; i < places.size(); ++i) {
    const int grey = aligned.at<uint8_t>(cv::Point(places[i]));
    BOOST_TEST(std::abs(grey - (100 + 30 * static_cast<int>(i))) <= 3);
  }
}

std::string line_of(const std::string& image, const FacePoints& points) {
  std::string line = image;
  for (const auto& point : points) {
    line += " " + std::to_string(point.x) + "\t" + std::to_string(point.y);
  }
  return line + "\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(align)

BOOST_AUTO_TEST_CASE(a_similarity_is_found_again) {
  const auto transform = similarity_transform(moved(0.7, 2.5, {40, -30}), face_template(128));
  BOOST_TEST(error_of(transform, moved(0.7, 2.5, {40, -30}), face_template(128)) < 1e-6);
  BOOST_TEST(std::hypot(transform(0, 0), transform(1, 0)) == 1 / 2.5,
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(std::atan2(transform(1, 0), transform(0, 0)) == -0.7,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(of_points_that_are_no_similar_figure_it_is_the_least_squares_one) {
  auto from = moved(-0.3, 0.8, {5, 9});
  cv::RNG random(1);
  for (auto& point : from) {
    point += cv::Point2f(random.uniform(-9.f, 9.f), random.uniform(-9.f, 9.f));
  }
  const auto to = face_template(128);
  const auto best = similarity_transform(from, to);
  BOOST_TEST(best(0, 0) == best(1, 1));
  BOOST_TEST(best(0, 1) == -best(1, 0));
  const double least = error_of(best, from, to);
  BOOST_TEST(least > 1);
  for (const double step : {1e-3, -1e-3}) {
    auto other = best;
    other(0, 0) += step;
    other(1, 1) += step;
    BOOST_TEST(error_of(other, from, to) > least);
    other = best;
    other(1, 0) += step;
    other(0, 1) -= step;
    BOOST_TEST(error_of(other, from, to) > least);
    for (const int row : {0, 1}) {
      other = best;
      other(row, 2) += step;
      BOOST_TEST(error_of(other, from, to) > least);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_mirror_image_is_turned_not_reflected) {
  auto from = face_template(128);
  for (auto& point : from) point.x = 128 - point.x;
  const auto transform = similarity_transform(from, face_template(128));
  BOOST_TEST(transform(0, 0) * transform(1, 1) - transform(0, 1) * transform(1, 0) > 0);
}

BOOST_AUTO_TEST_CASE(the_template_grows_with_the_image) {
  const auto small = face_template(112), large = face_template(224);
  BOOST_TEST(small[0].x == 38.2946f);
  for (size_t i = 0; i < 5; ++i) BOOST_TEST(cv::norm(large[i] - 2 * small[i]) < 1e-4);
}

BOOST_AUTO_TEST_CASE(points_without_extent_are_refused) {
  FacePoints same;
  same.fill({3, 4});
  BOOST_CHECK_THROW(similarity_transform(same, face_template(128)), std::invalid_argument);
  auto infinite = face_template(128);
  infinite[2].x = std::numeric_limits<float>::infinity();
  BOOST_CHECK_THROW(similarity_transform(infinite, face_template(128)), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_face_is_brought_to_the_template) {
  const auto points = moved(0.4, 1.5, {60, 20});
  check_aligned(align_face(face_picture(points, {320, 320}), points, 128), 128);
  check_aligned(align_face(face_picture(points, {320, 320}), points, 96), 96);
}

BOOST_AUTO_TEST_CASE(landmarks_are_read) {
  const TemporaryFolder folder;
  write_file(folder / "points", "# image x1 y1 ...\n\na/1.jpg 1 2 3 4 5 6 7 8 9.5 10\r\n" +
                                    line_of("b.png", face_template(128)));
  const auto landmarks = read_landmarks(folder / "points");
  BOOST_TEST(landmarks.size() == 2u);
  BOOST_TEST(landmarks.at("a/1.jpg")[0] == cv::Point2f(1, 2));
  BOOST_TEST(landmarks.at("a/1.jpg")[4] == cv::Point2f(9.5, 10));
}

BOOST_AUTO_TEST_CASE(mistakes_in_landmarks_are_named_with_their_line) {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& content) {
    write_file(folder / "points", content);
    return message_of<std::runtime_error>([&] { read_landmarks(folder / "points"); });
  };
  const std::string good = "a 1 2 3 4 5 6 7 8 9 10\n";
  BOOST_TEST(contains(refusal(good + "b 1 2 3 4 5 6 7 8 9\n"), "points:2: expected"));
  BOOST_TEST(contains(refusal("b 1 2 3 4 5 6 7 8 9 10 11\n"), "points:1: expected"));
  BOOST_TEST(contains(refusal("b 1 2 x 4 5 6 7 8 9 10\n"), "points:1: expected"));
  BOOST_TEST(contains(refusal(good + good), "points:2: a comes twice"));
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { read_landmarks(folder / "absent"); }),
                      "absent"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(align_images)

BOOST_AUTO_TEST_CASE(a_folder_is_aligned_and_what_cannot_be_is_left_out) {
  const TemporaryFolder folder;
  const auto points = moved(-0.5, 1.2, {10, 90});
  std::filesystem::create_directories(folder / "in/anna");
  std::filesystem::create_directories(folder / "in/ben");
  cv::imwrite((folder / "in/anna/1.png").string(), face_picture(points, {300, 300}));
  cv::Mat colour;
  cv::cvtColor(face_picture(points, {300, 300}), colour, cv::COLOR_GRAY2BGR);
  colour -= cv::Scalar(0, 0, 9);
  cv::imwrite((folder / "in/anna/grey.pgm").string(), face_picture(points, {300, 300}));
  cv::imwrite((folder / "in/ben/2.png").string(), colour);
  cv::imwrite((folder / "in/ben/unknown.png").string(), colour);
  write_file(folder / "in/ben/broken.png", "no image");
  const FindPoints find = [&](const std::string& name, const cv::Mat& image) {
    BOOST_TEST(image.channels() == 3);
    return name == "ben/unknown.png" ? std::nullopt : std::optional(points);
  };
  const auto count = align_folder(folder / "in", folder / "out", 128, find);
  BOOST_TEST(count.aligned == 3);
  BOOST_TEST(count.skipped == 2);
  BOOST_TEST(!std::filesystem::exists(folder / "out/ben/unknown.png"));
  check_aligned(cv::imread((folder / "out/anna/1.png").string(), cv::IMREAD_UNCHANGED), 128);
  check_aligned(cv::imread((folder / "out/anna/grey.pgm").string(), cv::IMREAD_UNCHANGED), 128);
  const cv::Mat aligned = cv::imread((folder / "out/ben/2.png").string(), cv::IMREAD_UNCHANGED);
  BOOST_TEST(aligned.channels() == 3);
  BOOST_TEST(folder.names() == (std::vector<std::string>{"in", "out"}),
             boost::test_tools::per_element());
  BOOST_TEST(contains(message_of<std::runtime_error>(
                          [&] { align_folder(folder / "in", folder / "out", 128, find); }),
                      "out exists"));
}

BOOST_AUTO_TEST_CASE(a_folder_without_faces_is_an_error_and_leaves_nothing) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "in");
  const FindPoints find = [](const std::string&, const cv::Mat&) { return std::nullopt; };
  const auto aligning = [&] {
    return message_of<std::runtime_error>(
        [&] { align_folder(folder / "in", folder / "out", 128, find); });
  };
  BOOST_TEST(contains(aligning(), "in: expected images of faces"));
  cv::imwrite((folder / "in/1.png").string(), cv::Mat::zeros(9, 9, CV_8UC1));
  BOOST_TEST(contains(aligning(), "in: expected images of faces"));
  BOOST_TEST(folder.names().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

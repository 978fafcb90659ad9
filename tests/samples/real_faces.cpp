// SPDX-License-Identifier: Apache-2.0
// A detector and a network that others trained, on faces of Labeled Faces in the Wild.
#include <boost/test/unit_test.hpp>
#include <map>
#include <opencv2/core/version.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/opencv_modules.hpp>

#include "samples/sample_fixture.hpp"

using namespace gm_test;

namespace {

struct Fixture : SampleFixture {
  std::map<std::string, std::vector<std::string>> people;  ///< images of each
  std::string network;

  /// Unpacks the images of people whose names begin with some letters, at most four of each.
  /// @return whether there is what is needed
  bool unpack(const std::string& archive, const std::string& letters) {
    const char* archives = std::getenv("GM_ARCHIVES");
    const fs::path file = fs::path(archives ? archives : "") / (archive + ".tar.xz");
    const fs::path model = file.parent_path() / "models/face-reidentification-retail-0095.onnx";
    if (!archives || !fs::exists(file) || !fs::exists(model)) {
      BOOST_TEST_MESSAGE("skipped: set GM_ARCHIVES to the folder that has "
                         << archive << ".tar.xz and models/" << model.filename().string());
      return false;
    }
    network = "--embedding=" + model.string() + " --size=128x128 --crop=8,0,96,112 --batch=32 ";
    const std::string command = "tar -xf '" + file.string() + "' -C '" + folder.path().string() +
                                "' --wildcards '*/" + letters + "*/*_000[1-4].jpg'";
    BOOST_REQUIRE(std::system(command.c_str()) == 0);
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      if (entry.path().extension() != ".jpg") continue;
      people[entry.path().parent_path().filename().string()].push_back(
          fs::relative(entry.path(), folder.path()).string());
    }
    BOOST_TEST_REQUIRE(people.size() > 20U);
    return true;
  }

  /// The images of one after those of another, of people with `least` or more.
  void copy(const std::string& name, size_t from, size_t to, size_t least, size_t most) {
    for (const auto& [person, images] : people) {
      if (images.size() < least || images.size() > most) continue;
      for (size_t i = from; i < std::min(to, images.size()); ++i) {
        fs::create_directories(folder / name / person);
        fs::copy(folder / images[i], folder / name / person);
      }
    }
  }

  /// Writes all pairs of images of a person with at least two, and as many of two people.
  void write_pairs() const {
    std::string text;
    const std::vector<std::string>* before = nullptr;
    for (const auto& [person, images] : people) {
      if (images.size() < 2) continue;
      for (size_t i = 1; before && i < images.size(); ++i) {
        text += images[i] + ' ' + images[i - 1] + " 1\n" + images[i] + ' ' +
                (*before)[i % before->size()] + " 0\n";
      }
      before = &images;
    }
    write_text("pairs.txt", text);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(real_faces, Fixture)

BOOST_AUTO_TEST_CASE(people_are_told_apart_and_found_among_the_enrolled) {
  if (!unpack("lfw-view2-aligned112", "A")) return;
  write_pairs();
  const Result pairs = run(GM_FACE_VERIFICATION, network + "--pairs=pairs.txt");
  BOOST_TEST_REQUIRE(pairs.status == 0, pairs.err);
  const auto cosine = pairs.row("cosine", 7);
  BOOST_TEST_REQUIRE(cosine.size() == 7U);
  BOOST_TEST(cosine[0] > 200);
  BOOST_TEST(cosine[1] > 97);

  // By two images each; who has but two or three shows how people differ.
  copy("enrolled", 0, 2, 4, 4);
  copy("probe", 2, 4, 4, 4);
  copy("others", 0, 3, 2, 3);
  fs::create_directory(folder / "strangers");
  for (const auto& [person, images] : people) {
    if (images.size() == 1) fs::copy(folder / images[0], folder / "strangers");
  }
  const Result result =
      run(GM_FACE_VERIFICATION, network +
                                    "--people=enrolled --fit=others --quiet "
                                    "--false_reject_rate=0 --false_accept_rate=0.1 "
                                    "strangers probe/*");
  BOOST_TEST_REQUIRE(result.status == 0, result.err);
  const auto known = result.row("all enrolled", 4), strangers = result.row("all others", 4);
  BOOST_TEST_REQUIRE(known.size() == 4U, result.out);
  BOOST_TEST_REQUIRE(strangers.size() == 4U, result.out);
  BOOST_TEST(known[1] > 0.9 * known[0]);
  BOOST_TEST(strangers[0] > 150);
  BOOST_TEST(strangers[3] > 0.85 * strangers[0]);
}

BOOST_AUTO_TEST_CASE(faces_are_found_and_aligned) {
#ifdef HAVE_OPENCV_OBJDETECT
  if (!unpack("lfw-deepfunneled-view2-crop160", "F")) return;
  const bool before_4_8 = CV_VERSION_MAJOR == 4 && CV_VERSION_MINOR < 8;
  const fs::path detector = fs::path(std::getenv("GM_ARCHIVES")) /
                            (before_4_8 ? "models/face_detection_yunet_2022mar.onnx"
                                        : "models/face_detection_yunet_2023mar.onnx");
  if (!fs::exists(detector)) {
    BOOST_TEST_MESSAGE("skipped: " << detector << " is not there");
    return;
  }
  network += "--detector=" + detector.string() + ' ';
  write_pairs();
  const std::string first = people.begin()->second[0];
  write_images("wall", 2,
               [](int i) { return cv::Mat(200, 300, CV_8UC3, cv::Scalar::all(99 + i)); });
  {
    std::ofstream list(folder / "pairs.txt", std::ios::app);
    list << first << " wall/00.png 0\n" << first << " wall/01.png 0\n";
  }
  const Result result = run(GM_FACE_VERIFICATION, network + "--pairs=pairs.txt");
  BOOST_TEST_REQUIRE(result.status == 0, result.err);
  BOOST_TEST(contains(result.err, "wall/00.png: no face is found\n"));
  BOOST_TEST(contains(result.out, "2 of "));
  BOOST_TEST(contains(result.out, " pairs are left out\n"));
  const auto cosine = result.row("cosine", 7);
  BOOST_TEST_REQUIRE(cosine.size() == 7U);
  BOOST_TEST(cosine[0] > 80);
  BOOST_TEST(cosine[1] > 97);

  // A large photograph of one who stands aside and is turned.
  cv::Mat picture(1800, 2400, CV_8UC3, cv::Scalar(90, 120, 100));
  const cv::Mat face = cv::imread(path(first));
  const cv::Matx23d placed(4 * std::cos(0.3), -4 * std::sin(0.3), 900, 4 * std::sin(0.3),
                           4 * std::cos(0.3), 500);
  cv::warpAffine(face, picture, placed, picture.size(), cv::INTER_LINEAR, cv::BORDER_TRANSPARENT);
  BOOST_REQUIRE(cv::imwrite(path("photograph.png"), picture));
  const Result same =
      run(GM_FACE_VERIFICATION, network + "--threshold=0.7 photograph.png " + first);
  BOOST_TEST(contains(same.out, "  same\n"), same.err);
  fails(GM_FACE_VERIFICATION, network + "--threshold=0.7 wall/00.png " + first,
        "face_verification: two faces are needed to compare\n");
#else
  BOOST_TEST_MESSAGE("skipped: this OpenCV was built without objdetect");
#endif
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <numeric>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/opencv_modules.hpp>
#ifdef HAVE_OPENCV_VIDEOIO
#include <opencv2/videoio.hpp>
#endif

#include "module/image_model.hpp"
#include "samples/sample_fixture.hpp"

using namespace gm_test;
using cv::dnn_gm::StreamAlarm;

namespace {

cv::Mat many_distances() {
  std::vector<float> distances(999);
  std::iota(distances.begin(), distances.end(), 1.F);
  return cv::Mat(opencv_test::tables(1, 1, distances)) / 1000;
}

/// Folders of images at the means of the model's classes, and of images far from them.
struct Fixture : SampleFixture {
  ImageModel model{1, many_distances()};

  Fixture() {
    model.write(path("model.onnx"));
    write_images("clean", 20,
                 [&](int i) { return image_of_features(model.constants[0].row(i % 3)); });
    write_images("foreign", 30, [](int i) { return foreign(i); });
  }

  static cv::Mat foreign(int i) {
    return {2 * kHeight, 2 * kWidth, CV_8UC1, cv::Scalar(i % 2 ? 0 : 255 - i)};
  }

  Result watch(const std::string& arguments) const {
    return run(GM_OUTLIER_STREAM, "--model=model.onnx " + arguments);
  }

  /// The table that the sample must write of the images in these folders.
  std::string expected_table(double rate, const std::vector<int>& counts) const {
    const auto classifier = cv::dnn_gm::OpenSetClassifier::create(path("model.onnx"));
    const auto alarm = StreamAlarm::create(rate, counts);
    std::string table = "picture,name,class,p_value,accepted,level,alarm\n";
    int picture = 0;
    for (const auto& [name, count] : {std::pair("clean", 20), std::pair("foreign", 30)}) {
      for (int i = 0; i < count; ++i) {
        const std::string file = name + cv::format("/%02d.png", i);
        const auto v = classifier->classify(cv::imread(path(file)));
        const bool rings = alarm->update(v.pValue, v.classId);
        table += cv::format("%d,\"%s\",%d,%.9g,%d,%.9g,%d\n", ++picture, file.c_str(), v.classId,
                            v.pValue, v.accepted, alarm->getLevel(), rings);
      }
    }
    return table;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(outlier_stream, Fixture)

BOOST_AUTO_TEST_CASE(says_what_the_alarm_says) {
  const Result result =
      watch("--false_alarm_rate=1e-4 --csv=levels.csv --plot=levels.png clean foreign");
  BOOST_TEST(result.status == 0);
  const std::string table = contents(folder / "levels.csv");
  BOOST_TEST(table == expected_table(1e-4, {999}));
  int alarms = 0;
  for (size_t row = table.find(",1\n"); row != std::string::npos;
       row = table.find(",1\n", row + 1)) {
    ++alarms;
  }
  BOOST_TEST(alarms >= 3);
  // The first alarm is one of the foreign pictures, few of which are enough.
  const size_t at = result.out.find("alarm at picture ");
  BOOST_TEST_REQUIRE(at != std::string::npos);
  const int first = std::stoi(result.out.substr(at + 17));
  BOOST_TEST(first > 20);
  BOOST_TEST(first < 32);
  BOOST_TEST(contains(result.out, cv::format("alarm at picture %d, foreign/%02d.png: %d of %d "
                                             "refused since the first\n",
                                             first, first - 21, first - 20, first)));
  BOOST_TEST(contains(result.out, "refused since the alarm before\n"));
  BOOST_TEST(
      contains(result.out, cv::format("%8d %8d %10.1f %7d %14d\n", 50, 30, 60., alarms, first)));
  BOOST_TEST(pixels_of(cv::imread(path("levels.png")), {0, 0, 0}) > 300 * alarms);
}

BOOST_AUTO_TEST_CASE(clean_pictures_do_not_ring) {
  const Result result = watch("--quiet clean clean clean/01.png");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(contains(result.err, "The model ranks all classes together: they should come mixed"));
  BOOST_TEST(!contains(result.out, "alarm at picture"));
  BOOST_TEST(contains(result.out, cv::format("%8d %8d %10.1f %7d %14s\n", 41, 0, 0., 0, "-")));
}

BOOST_AUTO_TEST_CASE(batches_do_not_count_and_pictures_may_be_left_out) {
  const std::string arguments = "--csv=levels.csv clean foreign";
  watch(arguments);
  const std::string whole = contents(folder / "levels.csv");
  watch("--batch=7 " + arguments);
  BOOST_TEST(contents(folder / "levels.csv") == whole);

  watch("--every=7 " + arguments);
  const std::string some = contents(folder / "levels.csv");
  BOOST_TEST(std::count(some.begin(), some.end(), '\n') == 1 + 8);
  for (const char* row : {"1,\"clean/00.png\"", "2,\"clean/07.png\"", "4,\"foreign/01.png\""}) {
    BOOST_TEST(contains(some, row));
  }
}

BOOST_AUTO_TEST_CASE(classes_that_come_mixed_are_ranked_among_all_samples) {
  std::vector<float> distances(900);
  for (size_t i = 0; i < distances.size(); ++i) distances[i] = float(i % 300 + i / 300 * 1e-3F);
  ImageModel(1, opencv_test::tables(3, 1, distances)).write(path("model.onnx"));
  const std::string arguments = "--false_alarm_rate=1e-4 --csv=levels.csv clean foreign";
  BOOST_TEST(!contains(watch("--classes=mixed " + arguments).err, "The model ranks"));
  BOOST_TEST(contents(folder / "levels.csv") == expected_table(1e-4, {900}));
  BOOST_TEST(!contains(watch(arguments).err, "The model ranks"));
  BOOST_TEST(contents(folder / "levels.csv") == expected_table(1e-4, {300, 300, 300}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_reported_and_left_out) {
  write_text("clean/notes.txt", "no image");
  const Result result = watch("clean absent.png");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(contains(result.err, "clean/notes.txt: expected an image that OpenCV reads\n"));
  BOOST_TEST(contains(result.err, "absent.png: cannot be read"));
  BOOST_TEST(contains(result.out, "Left out, since they could not be read: 2\n"));
  fails(GM_OUTLIER_STREAM, "--model=model.onnx --csv=levels.csv absent.png missing.png",
        "outlier_stream: absent.png and others: no picture could be read\n");
  BOOST_TEST(!fs::exists(folder / "levels.csv"));
}

BOOST_AUTO_TEST_CASE(pipes_are_not_read) {
  BOOST_TEST_REQUIRE(::mkfifo(path("pipe").c_str(), 0600) == 0);
  const Result result = watch("pipe clean/00.png");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(
      contains(result.err, "pipe: cannot be read: expected a file, this is a pipe or a device\n"));
}

BOOST_AUTO_TEST_CASE(a_table_takes_the_place_of_no_other_file) {
  write_text("part-levels.csv", "mine");
  write_text("linked.csv", "before");
  fs::create_symlink("linked.csv", folder / "link.csv");
  BOOST_TEST(watch("--csv=levels.csv clean").status == 0);
  BOOST_TEST(contents(folder / "part-levels.csv") == "mine");
  const std::string table = contents(folder / "levels.csv");
  BOOST_TEST(contains(table, "picture,name"));
  BOOST_TEST(!fs::exists(folder / "part-1-levels.csv"));

  BOOST_TEST(watch("--csv=link.csv clean").status == 0);
  BOOST_TEST(fs::is_symlink(folder / "link.csv"));
  BOOST_TEST(contents(folder / "linked.csv") == table);
}

#ifdef HAVE_OPENCV_VIDEOIO
BOOST_AUTO_TEST_CASE(the_frames_of_a_video_are_pictures) {
  {
    const cv::Size size(16 * kWidth, 16 * kHeight);
    cv::VideoWriter video(path("camera.avi"), cv::CAP_OPENCV_MJPEG,
                          cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 25, size);
    BOOST_TEST_REQUIRE(video.isOpened());
    for (int i = 0; i < 30; ++i) video.write(cv::Mat(size, CV_8UC3, cv::Scalar::all(i)));
  }
  const Result result = watch("--csv=levels.csv clean camera.avi clean/00.png");
  BOOST_TEST(result.status == 0);
  const std::string table = contents(folder / "levels.csv");
  BOOST_TEST(std::count(table.begin(), table.end(), '\n') == 1 + 20 + 30 + 1);
  BOOST_TEST(contains(table, "\n50,\"camera.avi:30\","));
  BOOST_TEST(contains(table, "\n51,\"clean/00.png\","));
  BOOST_TEST(contains(result.out, ", camera.avi:"));

  watch("--every=10 --csv=levels.csv camera.avi");
  const std::string some = contents(folder / "levels.csv");
  BOOST_TEST(std::count(some.begin(), some.end(), '\n') == 1 + 3);
  BOOST_TEST(contains(some, "\n3,\"camera.avi:21\","));
}
#endif

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto fails = [&](const std::string& arguments, const std::string& part) {
    SampleFixture::fails(GM_OUTLIER_STREAM, "--model=model.onnx " + arguments,
                         "outlier_stream: " + part);
  };
  fails("", "no folders, images or videos are given\n");
  fails("--classes=some clean", "--classes: expected any or mixed, got some\n");
  for (const std::string wrong : {"0", "1", "-1", "often"}) {
    fails("--false_alarm_rate=" + wrong + " clean",
          "--false_alarm_rate: expected a number above 0 and below 1, got " + wrong + '\n');
  }
  fails("--every=0 clean", "--every: expected a whole number from 1, such as 25, got 0\n");
  fails("--csv=absent/levels.csv clean", "absent/levels.csv: cannot be written\n");
  fails("--plot=levels.what clean",
        "--plot: expected a picture such as plot.png, got levels.what\n");
  ImageModel(1, cv::Mat()).write(path("model.onnx"));
  fails("clean", "the model is not calibrated: its p-values say nothing\n");
  BOOST_TEST(run(GM_OUTLIER_STREAM, "--help").status == 0);
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "module/image_model.hpp"
#include "samples/sample_fixture.hpp"

using namespace gm_test;

namespace {

/// A model, a folder of images close to the means of its classes and one of images far from them,
/// both larger than what the network takes.
struct Fixture : SampleFixture {
  ImageModel model{1, nineteen_distances() / 100};
  cv::Ptr<cv::dnn_gm::OpenSetClassifier> classifier;

  Fixture() {
    model.write(path("model.onnx"));
    classifier = cv::dnn_gm::OpenSetClassifier::create(path("model.onnx"));
    write_images("clean", 7, [&](int i) { return image_at_mean(i % 3); });
    write_images("foreign", 45, [](int i) {
      return cv::Mat(2 * kHeight, 2 * kWidth, CV_8UC1, cv::Scalar(i % 2 ? 0 : 255 - i));
    });
  }

  cv::Mat image_at_mean(int k) const { return image_of_features(model.constants[0].row(k)); }

  Result classify(const std::string& arguments) const { return run(GM_CLASSIFY, arguments); }

  /// What the table must say of a folder.
  std::vector<double> expected_row(const std::string& name, float rate) const {
    classifier->setFalseRejectRate(rate);
    double count = 0, accepted = 0, confidence = 0, log_likelihood = 0;
    for (const auto& entry : fs::directory_iterator(folder / name)) {
      const auto verdict = classifier->classify(cv::imread(entry.path().string()));
      ++count;
      accepted += verdict.accepted;
      confidence += verdict.confidence;
      log_likelihood += verdict.logLikelihood;
    }
    const double refused = count - accepted;
    return {count,
            accepted,
            refused,
            100 * refused / count,
            confidence / count,
            log_likelihood / count};
  }
};

const std::vector<int> kDecimals = {0, 0, 0, 1, 4, 2};

int red_pixels(const cv::Mat& image) {
  return pixels_of(image, {0, 0, 220});
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(classify_sample, Fixture)

BOOST_AUTO_TEST_CASE(ends_with_a_row_for_each_folder) {
  const Result result =
      classify("--model=model.onnx --false_reject_rate=0.1 --quiet clean foreign/");
  BOOST_TEST(result.status == 0);
  check_row(result.row("clean", 6), expected_row("clean", 0.1F), kDecimals);
  check_row(result.row("foreign", 6), expected_row("foreign", 0.1F), kDecimals);
  BOOST_TEST(result.row("clean", 6)[2] == 0);
  BOOST_TEST(result.row("foreign", 6)[1] == 0);
  BOOST_TEST(!contains(result.out, ".png"));
}

BOOST_AUTO_TEST_CASE(says_of_each_image_what_the_classifier_says) {
  const Result result = classify("--model=model.onnx clean/01.png foreign");
  BOOST_TEST(result.status == 0);
  const auto verdict = classifier->classify(cv::imread(path("clean/01.png")));
  BOOST_TEST(contains(result.out,
                      cv::format("clean/01.png: %s  confidence %.4f  log-likelihood %.2f  p-value "
                                 "%.4f  accepted\n",
                                 verdict.label.c_str(), verdict.confidence, verdict.logLikelihood,
                                 verdict.pValue)));
  BOOST_TEST(contains(result.out, "foreign/44.png: "));
  BOOST_TEST(result.row("01.png", 6)[0] == 1);
  // The model's own rate is 0.05, below which no p-value of 19 distances can lie.
  BOOST_TEST(result.row("foreign", 6)[2] == 0);
}

BOOST_AUTO_TEST_CASE(gives_the_same_in_batches_of_any_size) {
  const std::string arguments = "--model=model.onnx --false_reject_rate=0.1 clean foreign --batch=";
  const Result whole = classify(arguments + "256");
  BOOST_TEST(whole.row("foreign", 6)[0] == 45);
  for (const char* batch : {"1", "7", "45"}) {
    const Result in_batches = classify(arguments + batch);
    BOOST_TEST(in_batches.out == whole.out);
  }
}

BOOST_AUTO_TEST_CASE(the_sheet_shows_up_to_forty_of_each_folder_with_red_frames_on_the_refused) {
  const std::string arguments = "--model=model.onnx --quiet --sheet=sheet.png clean foreign";
  BOOST_TEST(classify(arguments + " --false_reject_rate=0.1").status == 0);
  const cv::Mat sheet = cv::imread(path("sheet.png"));
  // Blocks of a heading and rows of ten cells of 90 x 100: one row of clean, four of foreign.
  BOOST_TEST((sheet.size() == cv::Size(900, 126 + 426)));
  BOOST_TEST(red_pixels(sheet.rowRange(0, 126)) == 0);
  for (int i = 0; i < 40; ++i) {
    const cv::Rect cell(i % 10 * 90, 126 + 26 + i / 10 * 100, 90, 100);
    BOOST_TEST(red_pixels(sheet(cell)) > 300);
  }

  BOOST_TEST(classify(arguments + " --false_reject_rate=0").status == 0);
  BOOST_TEST(red_pixels(cv::imread(path("sheet.png"))) == 0);
}

BOOST_AUTO_TEST_CASE(an_unreadable_image_is_reported_and_passed_over) {
  std::ofstream(folder / "clean/notes.txt") << "no image";
  const Result some = classify("--model=model.onnx --quiet clean absent.png");
  BOOST_TEST(some.status == 0);
  BOOST_TEST(contains(some.err, "clean/notes.txt: expected an image that OpenCV reads\n"));
  BOOST_TEST(contains(some.err, "absent.png: cannot be read: "));
  BOOST_TEST(some.row("clean", 6)[0] == 7);
  BOOST_TEST(some.out.substr(some.out.rfind('\n', some.out.size() - 2) + 1) ==
             "Left out, since they could not be read: 2\n");
  BOOST_TEST(!contains(classify("--model=model.onnx --quiet foreign").out, "Left out"));

  const Result none = classify("--model=model.onnx --sheet=sheet.png absent.png clean/notes.txt");
  BOOST_TEST(none.status != 0);
  BOOST_TEST(contains(none.err, "classify: absent.png and 1 more: no image could be read"));
  BOOST_TEST(!fs::exists(folder / "sheet.png"));
}

BOOST_AUTO_TEST_CASE(pictures_that_are_cut_short_are_not_judged) {
  cv::imwrite(path("whole.jpg"), image_at_mean(0));
  const std::string whole = contents(folder / "whole.jpg");
  write_text("clean/cut.jpg", whole.substr(0, whole.size() * 2 / 3));
  const Result result = classify("--model=model.onnx --quiet clean");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(contains(result.err, "clean/cut.jpg: the JPEG file is cut short\n"));
  BOOST_TEST(result.row("clean", 6)[0] == 7);
}

BOOST_AUTO_TEST_CASE(folders_without_images_are_named) {
  fs::create_directory(folder / "empty");
  const Result some = classify("--model=model.onnx --quiet --sheet=sheet.png clean empty");
  BOOST_TEST(some.status == 0);
  BOOST_TEST(contains(some.err, "empty: no image could be read\n"));
  fails(GM_CLASSIFY, "--model=model.onnx empty", "classify: empty: no image could be read\n");
}

BOOST_AUTO_TEST_CASE(names_may_have_spaces_and_letters_of_any_alphabet) {
  const std::string name = "Bilder f\u00fcr \u4f60";
  write_images(name, 2, [&](int i) { return image_at_mean(i); });
  const Result result =
      classify("'--model=model.onnx' --sheet='sheet of \u4f60.png' '" + name + "'");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(contains(result.out, name + "/01.png: "));
  BOOST_TEST(result.row(name, 6)[0] == 2);
  BOOST_TEST(fs::exists(folder / "sheet of \u4f60.png"));
}

BOOST_AUTO_TEST_CASE(images_unlike_all_that_the_model_was_calibrated_on_are_counted) {
  set_attribute(model.head(), "picture_heights", std::vector<int64_t>{8, 8});
  set_attribute(model.head(), "picture_widths", std::vector<int64_t>{12, 12});
  set_attribute(model.head(), "pixel_means", std::vector<float>{1, 255});
  set_attribute(model.head(), "pixel_deviations", std::vector<float>{0, 128});
  model.write(path("ranges.onnx"));
  const Result result = classify("--model=ranges.onnx --quiet clean foreign");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(contains(result.err,
                      "foreign: 22 of 45 images are unlike all that the model was calibrated on; "
                      "of the first\n  the mean of its pixels is 0 where the calibration's are "
                      "1 to 255\n"));
  BOOST_TEST(!contains(result.err, "clean:"));
}

BOOST_AUTO_TEST_CASE(pictures_of_one_colour_are_pointed_out) {
  cv::Mat almost(3, 3, CV_8UC3, cv::Scalar(1, 2, 3));
  almost.at<cv::Vec3b>(2, 2)[1] = 3;
  cv::imwrite(path("almost.png"), almost);
  cv::imwrite(path("pixel.png"), cv::Mat(1, 1, CV_8UC1, cv::Scalar(7)));
  const Result result = classify("--model=model.onnx clean foreign almost.png pixel.png");
  BOOST_TEST(result.status == 0);
  const auto is_marked = [&](const std::string& file) {
    const size_t at = result.out.find(file + ": ");
    BOOST_TEST_REQUIRE(at != std::string::npos);
    const std::string line = result.out.substr(at, result.out.find('\n', at) - at);
    return line.find("  constant picture") == line.size() - 18;
  };
  BOOST_TEST(is_marked("foreign/44.png"));
  BOOST_TEST(is_marked("pixel.png"));
  BOOST_TEST(!is_marked("clean/00.png"));
  BOOST_TEST(!is_marked("almost.png"));
  BOOST_TEST(contains(result.err,
                      "foreign: 45 of 45 images are of one colour, which a network may take for "
                      "anything\n"));
  BOOST_TEST(!contains(result.err, "clean: "));
}

BOOST_AUTO_TEST_CASE(pipes_devices_and_enormous_pictures_are_not_read) {
  BOOST_TEST_REQUIRE(::mkfifo(path("pipe.png").c_str(), 0600) == 0);
  const Result result = classify("--model=model.onnx --quiet pipe.png /dev/zero clean/00.png");
  BOOST_TEST(result.status == 0);
  const std::string said = ": cannot be read: expected a file, this is a pipe or a device\n";
  BOOST_TEST(contains(result.err, "pipe.png" + said));
  BOOST_TEST(contains(result.err, "/dev/zero" + said));
  BOOST_TEST(result.row("00.png", 6)[0] == 1);
  fails(GM_CLASSIFY, "--model=pipe.png clean",
        "pipe.png: the model cannot be read: expected a file");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_head_is_told_in_one_line) {
  model.head().remove("labels").set("labels", "cat\ncat\nbird");
  model.write(path("twice.onnx"));
  const Result result = classify("--model=twice.onnx clean");
  BOOST_TEST(result.status == 1);
  BOOST_TEST(
      result.err.substr(result.err.find("classify: ")) ==
      "classify: twice.onnx: OpenSetClassifier: GMHead: attribute labels must differ: classes "
      "0 and 1 are both \"cat\"\n");
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error) {
  for (const std::string arguments :
       {"--model=model.onnx clean", "--model=model.onnx --quiet clean", "--help"}) {
    const Result result = run("(" GM_CLASSIFY, arguments + " >/dev/full)");
    BOOST_TEST(result.status == 1);
    BOOST_TEST(contains(result.err, "classify: standard output cannot be written\n"));
  }
  // A file may have no more than 512 bytes.
  write_text("sheet.png", "before");
  const Result result = run("(trap '' XFSZ; ulimit -f 1; " GM_CLASSIFY,
                            "--model=model.onnx --quiet --sheet=sheet.png clean)");
  BOOST_TEST(result.status == 1);
  BOOST_TEST(contains(result.err, "classify: sheet.png: cannot be written\n"));
  BOOST_TEST(contents(folder / "sheet.png") == "before");
  BOOST_TEST(!fs::exists(folder / "part-sheet.png"));
}

BOOST_AUTO_TEST_CASE(a_model_without_calibration_is_pointed_out) {
  ImageModel(1, cv::Mat()).write(path("uncalibrated.onnx"));
  const Result result = classify("--model=uncalibrated.onnx --quiet clean");
  BOOST_TEST(result.status == 0);
  BOOST_TEST(contains(result.out, "not calibrated"));
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto fails = [&](const std::string& arguments, const std::string& part) {
    SampleFixture::fails(GM_CLASSIFY, arguments, part);
    BOOST_TEST(contents(folder / "out.txt").find("clean ") == std::string::npos);
  };
  fails("clean", "classify: --model=FILE is missing");
  fails("--model=model.onnx", "classify: no images or folders are given");
  fails("--model model.onnx clean", "classify: --model needs a value");
  fails("--modle=model.onnx clean", "modle");
  fails("--model=absent.onnx clean",
        "classify: OpenSetClassifier: absent.onnx: the model cannot be read");
  fails("--model=clean/00.png clean", "classify: ");
  for (const std::string wrong : {"0", "-1", "many", "1e3", "1,5", "0x10", "99999999999", "8 9"}) {
    fails("--model=model.onnx '--batch=" + wrong + "' clean",
          "classify: --batch: expected a whole number from 1, such as 256, got " + wrong + '\n');
  }
  for (const std::string wrong :
       {"0,05", "5%", "2", "-1", "0x1", "nan", "inf", "0.05x", ".", "1e"}) {
    fails("--model=model.onnx --false_reject_rate=" + wrong + " clean",
          "classify: --false_reject_rate: expected a number within [0,1], such as 0.05, got " +
              wrong + '\n');
  }
  fails("--model=model.onnx --false_reject_rate= clean", "--false_reject_rate needs a value");
  fails("--model=model.onnx '--false_reject_rate= ' clean", "--false_reject_rate needs a value");
  fails("--model=model.onnx --backend=1,5 clean", "--backend: expected the number of");
  fails("--model=model.onnx --target=cpu clean", "--target: expected the number of");
  fails("--model=model.onnx --backend=99 clean",
        "classify: --backend: expected one that this OpenCV has, such as 0, got 99\n");
  fails("--model=model.onnx --target=99 clean",
        "classify: --target: expected one that --backend=0 has, such as ");

  const Result help = classify("--help");
  BOOST_TEST(help.status == 0);
  BOOST_TEST(contains(help.out, "--false_reject_rate"));
}

BOOST_AUTO_TEST_CASE(a_sheet_that_cannot_be_written_is_found_before_images_are_judged) {
  const auto refused = [&](const std::string& file, const std::string& part) {
    fails(GM_CLASSIFY, "--model=model.onnx clean --sheet=" + file, "classify: " + part);
    BOOST_TEST(contents(folder / "out.txt") == "");
  };
  refused("absent/sheet.png", "absent/sheet.png: cannot be written\n");
  fs::create_directory(folder / "folder.png");
  refused("folder.png", "folder.png: cannot be written\n");
  refused("sheet.what", "--sheet: expected a picture such as sheet.png, got sheet.what\n");
}

BOOST_AUTO_TEST_CASE(what_fails_leaves_the_sheet_as_it_was) {
  write_text("sheet.png", "before");
  fails(GM_CLASSIFY, "--model=model.onnx --sheet=sheet.png absent.png", "no image could be read");
  BOOST_TEST(contents(folder / "sheet.png") == "before");
  fails(GM_CLASSIFY, "--model=absent.onnx --sheet=other.png clean", "absent.onnx");
  BOOST_TEST(!fs::exists(folder / "other.png"));
}

BOOST_AUTO_TEST_SUITE_END()

// SPDX-License-Identifier: Apache-2.0
// A whole run on digits, from a classifier to the file that refuses.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/dnn_gm.hpp>
#include <opencv2/imgcodecs.hpp>
#include <ostream>

#include "attach/small_networks.hpp"
#include "core/files/atomic_file.hpp"
#include "core/images/idx.hpp"
#include "gmattach/attach_command.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
namespace data = boost::unit_test::data;
using namespace gmattach::test;

constexpr int kSide = 28;

/// Digits as PNG files, in a folder for each class.
void write_digits(const fs::path& folder, int64_t first, int64_t count) {
  const fs::path mnist = fs::path(GM_DATA_ROOT) / "mnist";
  const auto images = gmtrain::read_idx_images(mnist / "train-images-idx3-ubyte");
  const auto labels = gmtrain::read_idx_labels(mnist / "train-labels-idx1-ubyte");
  for (int64_t i = first; i < first + count; ++i) {
    const fs::path place = folder / std::to_string(labels[i]);
    fs::create_directories(place);
    const cv::Mat image(kSide, kSide, CV_8U,
                        const_cast<uint8_t*>(&images.pixels[i * kSide * kSide]));
    cv::imwrite((place / (std::to_string(i) + ".png")).string(), image);
  }
}

/// Squares, which are no digits.
void write_squares(const fs::path& folder) {
  fs::create_directories(folder);
  for (int i = 0; i < 20; ++i) {
    cv::Mat image(kSide, kSide, CV_8U, cv::Scalar(255 - i));
    image(cv::Rect(i % 5, i % 7, 12, 12)).setTo(0);
    cv::imwrite((folder / (std::to_string(i) + ".png")).string(), image);
  }
}

/// A linear layer of no pattern, ReLU and a last layer: its features do for a head, its own classes
/// are arbitrary.
onnx::ModelProto classifier() {
  return network(13, "float[N,1,28,28] x", "float[N,10] y",
                 "f = Flatten (x) h = Gemm (f, u) r = Relu (h) s = Gemm <transB = 1> (r, v)"
                 "y = Softmax (s)",
                 {{"u", {784, 160}}, {"v", {10, 160}}});
}

struct Digits {
  TemporaryFolder folder;
  gmattach::Options options;

  explicit Digits(int64_t count = 3000) {
    write_digits(folder / "images", 0, count);
    write_squares(folder / "squares");
    gmtrain::write_file(folder / "classifier.onnx", classifier().SerializeAsString());
    options.model = folder / "classifier.onnx";
    options.images = folder / "images";
    options.out = folder / "with_head.onnx";
    options.outliers = {{"squares", folder / "squares"}};
    options.pixels.scale = 1. / 255;
    options.held_out = 0.4;
  }

  nlohmann::json figures() const {
    return nlohmann::json::parse(gmtrain::read_file(folder / "with_head.json"));
  }

  std::string refusal() const {
    return message_of<std::exception>([&] { gmattach::attach(options); });
  }
};

/// The share of new digits that a model refuses at a rate.
double refused_of_new(const fs::path& model, int64_t count, float rate) {
  const TemporaryFolder folder;
  write_digits(folder.path(), 10000, count);
  const auto classifier = cv::dnn_gm::OpenSetClassifier::create(model.string());
  classifier->setFalseRejectRate(rate);
  int64_t refused = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
    if (entry.is_regular_file())
      refused += classifier->classify(cv::imread(entry.path().string())).accepted ? 0 : 1;
  return static_cast<double>(refused) / static_cast<double>(count);
}

/// What onnxruntime must answer, for attached_agreement.py: a line for each picture.
void leave_verdicts(const fs::path& model, const fs::path& pictures) {
  const fs::path left = GM_ATTACHED_FOLDER;
  fs::create_directories(left);
  fs::copy_file(model, left / "model.onnx", fs::copy_options::overwrite_existing);
  const auto head = cv::dnn_gm::OpenSetClassifier::create(model.string());
  nlohmann::json verdicts = nlohmann::json::array();
  for (const auto& entry : fs::directory_iterator(pictures)) {
    if (verdicts.size() == 12) break;
    const auto copy = left / entry.path().filename();
    fs::copy_file(entry.path(), copy, fs::copy_options::overwrite_existing);
    const auto verdict = head->classify(cv::imread(copy.string()));
    verdicts.push_back({{"picture", copy.filename().string()},
                        {"class", verdict.classId},
                        {"log_density", verdict.logDensity},
                        {"p_value", verdict.pValue}});
  }
  gmtrain::write_file(left / "verdicts.json", verdicts.dump());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attaching)

BOOST_AUTO_TEST_CASE(digits_get_a_head_that_refuses_squares) {
  Digits digits;
  digits.options.rivals = true;
  gmattach::attach(digits.options);
  const auto figures = digits.figures();
  BOOST_TEST(figures.at("test").at("accuracy").get<double>() > 0.7);
  BOOST_TEST(figures.at("test").at("own_accuracy").get<double>() < 0.5);
  BOOST_TEST(figures.at("test").at("false_reject_at_0.05").get<double>() < 0.15);
  BOOST_TEST(figures.at("outliers").at("squares").at("auroc").get<double>() > 0.8);
  BOOST_TEST(figures.at("cut").at("features") == 160);
  BOOST_TEST(figures.at("folds") == 0);
  const auto& rivals = figures.at("rivals").at("outliers").at("squares");
  BOOST_TEST(rivals.at("p_value").at("auroc") == figures.at("outliers").at("squares").at("auroc"));
  BOOST_TEST(rivals.size() == 8U);

  const auto head =
      cv::dnn_gm::OpenSetClassifier::create((digits.folder / "with_head.onnx").string());
  BOOST_TEST(head->isCalibrated());
  BOOST_TEST(head->getLabels().size() == 10U);
  BOOST_TEST(head->getPreparation().channelOrder == "GRAY");
  BOOST_TEST(!head->getRisks().empty());
  BOOST_TEST(contains(head->getCalibratedOn(), " images held out of images"));
  BOOST_TEST(!contains(head->getCalibratedOn(), "/"));
  onnx::ModelProto model;
  BOOST_REQUIRE(model.ParseFromString(gmtrain::read_file(digits.options.out)));
  BOOST_TEST(model.producer_name() == "gmattach");
  BOOST_TEST(!model.producer_version().empty());
  const auto page = gmtrain::read_file(digits.folder / "with_head.html");
  BOOST_TEST(contains(page, "squares"));
  BOOST_TEST(contains(page, "RMDS"));
  leave_verdicts(digits.options.out, digits.options.images / "3");
}

/// By few pictures held out, 1 % could not be kept; all that are fitted to calibrate then.
BOOST_AUTO_TEST_CASE(few_pictures_calibrate_and_are_fitted_to_in_turn) {
  Digits digits(500);
  digits.options.held_out = 0.2;
  gmattach::attach(digits.options);
  const auto figures = digits.figures();
  BOOST_TEST(figures.at("folds") == 10);
  const auto& parts = figures.at("parts");
  const auto calibrated = parts.at("fit").get<int64_t>() + parts.at("calibrate").get<int64_t>();
  const auto head = cv::dnn_gm::OpenSetClassifier::create(digits.options.out.string());
  BOOST_TEST(head->getCalibratedOn() ==
             std::to_string(calibrated) + " images of images, a 10th in turn left out of the fit");
  BOOST_TEST(head->getRisks().empty());

  // The deviation of the share of new pictures, and of the rate that a calibration of so many has.
  constexpr double kRate = 0.05;
  constexpr int64_t kNew = 1000;
  const double deviation =
      std::sqrt(kRate * (1 - kRate) * (1. / kNew + 1. / static_cast<double>(calibrated + 2)));
  const double refused = refused_of_new(digits.options.out, kNew, kRate);
  BOOST_TEST(refused <= kRate + 2.33 * deviation);
  BOOST_TEST(refused >= kRate - 3 * deviation);
}

BOOST_AUTO_TEST_CASE(the_same_pictures_give_the_same_bytes) {
  Digits digits(600);
  gmattach::attach(digits.options);
  const auto first = gmtrain::read_file(digits.options.out);
  digits.options.batch = 7;
  digits.options.workers = 1;
  gmattach::attach(digits.options);
  BOOST_TEST((first == gmtrain::read_file(digits.options.out)));
}

BOOST_AUTO_TEST_CASE(broken_pictures_are_left_out_and_counted) {
  Digits digits(600);
  gmtrain::write_file(digits.options.images / "4" / "broken.png", "no picture");
  gmtrain::write_file(digits.folder / "squares" / "broken.png", "no picture");
  gmattach::attach(digits.options);
  BOOST_TEST(digits.figures().at("parts").at("broken") == 1);
  BOOST_TEST(digits.figures().at("outliers").at("squares").at("broken") == 1);
  BOOST_TEST(digits.figures().at("outliers").at("squares").at("images") == 20);
}

BOOST_AUTO_TEST_CASE(a_subset_of_the_classes_leaves_out_the_own_accuracy_without_labels) {
  Digits digits(600);
  for (const char* name : {"7", "8", "9"}) fs::remove_all(digits.options.images / name);
  gmattach::attach(digits.options);
  BOOST_TEST(digits.figures().at("test").at("own_accuracy").is_null());
  std::string lines;
  for (int k = 0; k < 10; ++k) lines += std::to_string(k) + "\n";
  gmtrain::write_file(digits.folder / "labels.txt", lines);
  digits.options.labels = digits.folder / "labels.txt";
  gmattach::attach(digits.options);
  BOOST_TEST(digits.figures().at("test").at("own_accuracy").is_number());
}

BOOST_AUTO_TEST_CASE(the_classifier_is_not_overwritten) {
  Digits digits(300);
  digits.options.out = digits.folder / "images" / ".." / "classifier.onnx";
  const auto before = gmtrain::read_file(digits.options.model);
  const std::string message = digits.refusal();
  BOOST_TEST(contains(message, "this is the classifier (--model)"), message);
  BOOST_TEST((gmtrain::read_file(digits.options.model) == before));
}

struct Wrong {
  std::string name, says;
  void (*spoil)(Digits&);
};
std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << wrong.name;
}

const std::vector<Wrong> kWrong = {
    {"no pictures", "expected a folder of pictures, found none",
     [](Digits& d) { d.options.images = d.folder / "absent"; }},
    {"no model", "absent.onnx", [](Digits& d) { d.options.model = d.folder / "absent.onnx"; }},
    {"no outliers", "expected a folder of pictures, found none",
     [](Digits& d) { d.options.outliers[0].folder = d.folder / "absent"; }},
    {"two folders of outliers of one name", "expected different names, got squares twice",
     [](Digits& d) { d.options.outliers.push_back(d.options.outliers[0]); }},
    {"three means of one channel", "expected a mean and a deviation for each of 1 channels",
     [](Digits& d) {
       d.options.pixels.mean = {1, 2, 3};
     }},
    {"too few labels", "expected a line for each of the network's 10 classes, got 1",
     [](Digits& d) {
       gmtrain::write_file(d.folder / "labels.txt", "0\n");
       d.options.labels = d.folder / "labels.txt";
     }},
    {"another size", "the network takes images of 28x28 pixels, not 32x32",
     [](Digits& d) { d.options.height = d.options.width = 32; }},
    {"another name", "expected a name that ends in .onnx",
     [](Digits& d) { d.options.out = d.folder / "with_head.html"; }},
    {"no folder", "there is no folder",
     [](Digits& d) { d.options.out = d.folder / "absent" / "with_head.onnx"; }},
    {"a layer that is not there", "no value and no node is called fc",
     [](Digits& d) { d.options.layer = "fc"; }}};

BOOST_DATA_TEST_CASE(says_what_is_wrong_and_writes_nothing, data::make(kWrong), wrong) {
  Digits digits(300);
  wrong.spoil(digits);
  const std::string message = digits.refusal();
  BOOST_TEST(contains(message, wrong.says), message);
  for (const char* file : {"with_head.onnx", "with_head.json", "with_head.html"})
    BOOST_TEST(!fs::exists(digits.folder / file));
}

BOOST_AUTO_TEST_SUITE_END()

#include <boost/test/unit_test.hpp>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "module/image_model.hpp"
#include "module/run_head.hpp"
#include "temporary_folder.hpp"

using namespace gm_test;
using cv::dnn_gm::OpenSetClassifier;
using cv::dnn_gm::Verdict;

namespace {

cv::Mat random_image(int type, cv::Size size = {kWidth, kHeight}) {
  cv::Mat image(size, CV_MAKETYPE(CV_8U, CV_MAT_CN(type)));
  cv::RNG random(7);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  image.convertTo(image, CV_MAT_DEPTH(type));
  return image;
}

/// What the head alone says of the features of an image that the network takes as it is.
Verdict expected_verdict(const ImageModel& model, const cv::Mat& image) {
  cv::Mat pixels;
  image.convertTo(pixels, CV_32F);
  const HeadOutputs outputs = run({block_means(pixels), model.constants});
  Verdict v;
  v.classId = int(outputs.predicted.at<float>(0));
  v.confidence = outputs.prob.at<float>(v.classId);
  v.logLikelihood = outputs.log_likelihood.at<float>(0);
  v.logDensity = outputs.log_density.at<float>(0);
  v.distance = outputs.distance.at<float>(0);
  v.pValue = outputs.p_value.at<float>(0);
  return v;
}

void check_same(const Verdict& got, const Verdict& expected) {
  const auto near = boost::test_tools::tolerance(1e-4F);
  BOOST_TEST(got.classId == expected.classId);
  BOOST_TEST(got.confidence == expected.confidence, near);
  BOOST_TEST(got.logLikelihood == expected.logLikelihood, near);
  BOOST_TEST(got.logDensity == expected.logDensity, near);
  BOOST_TEST(got.distance == expected.distance, near);
  BOOST_TEST(got.pValue == expected.pValue);
}

/// Checks error.err, which is the message alone.
std::function<bool(const cv::Exception&)> says(const std::string& part) {
  return [part](const cv::Exception& error) {
    const bool found = error.err.find(part) != std::string::npos;
    if (!found) BOOST_TEST_MESSAGE("said instead: " << error.err);
    return found;
  };
}

struct Gray {
  ImageModel model{1, nineteen_distances()};
  cv::Ptr<OpenSetClassifier> classifier = OpenSetClassifier::create(model.bytes());
};

struct Bgr {
  ImageModel model{3, nineteen_distances()};
  cv::Ptr<OpenSetClassifier> classifier = OpenSetClassifier::create(model.bytes());
};

}  // namespace

BOOST_AUTO_TEST_SUITE(open_set_classifier)

BOOST_FIXTURE_TEST_CASE(knows_what_the_model_says, Gray) {
  BOOST_TEST(classifier->isCalibrated());
  BOOST_TEST(classifier->getCalibratedOn() == "19 made-up distances");
  BOOST_TEST((classifier->getInputSize() == cv::Size(kWidth, kHeight)));
  BOOST_TEST(classifier->getLabels() == (std::vector<std::string>{"cat", "a dog", "bird"}),
             boost::test_tools::per_element());
  BOOST_TEST(classifier->getFalseRejectRate() == 0.05F);
}

BOOST_FIXTURE_TEST_CASE(gray_images_are_judged_by_their_pixels, Gray) {
  for (const int type : {CV_8UC1, CV_32FC1}) {
    const cv::Mat image = random_image(type);
    const Verdict verdict = classifier->classify(image);
    check_same(verdict, expected_verdict(model, image));
    BOOST_TEST(verdict.label == classifier->getLabels()[verdict.classId]);
  }
}

BOOST_FIXTURE_TEST_CASE(colour_images_keep_their_channels_in_order, Bgr) {
  for (const int type : {CV_8UC3, CV_32FC3}) {
    const cv::Mat image = random_image(type);
    check_same(classifier->classify(image), expected_verdict(model, image));
  }
}

BOOST_FIXTURE_TEST_CASE(colour_becomes_gray_by_the_usual_weights, Gray) {
  const cv::Mat image = random_image(CV_32FC3);
  cv::Mat gray;
  cv::transform(image, gray, cv::Matx13f(0.114F, 0.587F, 0.299F));
  check_same(classifier->classify(image), expected_verdict(model, gray));

  cv::Mat with_alpha;
  cv::cvtColor(image, with_alpha, cv::COLOR_BGR2BGRA);
  check_same(classifier->classify(with_alpha), expected_verdict(model, gray));
}

BOOST_FIXTURE_TEST_CASE(gray_and_transparency_become_colour, Bgr) {
  const cv::Mat gray = random_image(CV_8UC1);
  cv::Mat threefold;
  cv::merge(std::vector<cv::Mat>(3, gray), threefold);
  check_same(classifier->classify(gray), expected_verdict(model, threefold));

  const cv::Mat with_alpha = random_image(CV_8UC4);
  std::vector<cv::Mat> channels;
  cv::split(with_alpha, channels);
  channels.pop_back();
  cv::Mat without;
  cv::merge(channels, without);
  check_same(classifier->classify(with_alpha), expected_verdict(model, without));
}

BOOST_FIXTURE_TEST_CASE(images_of_other_sizes_are_resized, Gray) {
  // Shrinking takes the mean of what falls into a pixel, so that nothing is passed over.
  const cv::Mat large = random_image(CV_32FC1, {4 * kWidth, 4 * kHeight});
  cv::Mat small(kHeight, kWidth, CV_32F);
  for (int y = 0; y < kHeight; ++y)
    for (int x = 0; x < kWidth; ++x)
      small.at<float>(y, x) = float(cv::mean(large(cv::Rect(4 * x, 4 * y, 4, 4)))[0]);
  check_same(classifier->classify(large), expected_verdict(model, small));

  const cv::Mat flat(2, 5, CV_8UC1, cv::Scalar(100));
  const cv::Mat flat_in_full(kHeight, kWidth, CV_8UC1, cv::Scalar(100));
  check_same(classifier->classify(flat), expected_verdict(model, flat_in_full));
}

BOOST_FIXTURE_TEST_CASE(a_batch_is_judged_like_its_images, Gray) {
  const std::vector<cv::Mat> images = {random_image(CV_8UC1), random_image(CV_32FC3),
                                       random_image(CV_8UC4, {31, 17}),
                                       cv::Mat(4, 6, CV_8UC1, cv::Scalar(255))};
  for (const size_t count : {4, 1, 3}) {
    const std::vector<cv::Mat> batch(images.begin(), images.begin() + int(count));
    const auto verdicts = classifier->classifyBatch(batch);
    BOOST_TEST_REQUIRE(verdicts.size() == count);
    for (size_t i = 0; i < count; ++i) check_same(verdicts[i], classifier->classify(images[i]));
  }
  BOOST_TEST(classifier->classifyBatch(std::vector<cv::Mat>()).empty());

  std::vector<cv::UMat> uploaded(images.size());
  for (size_t i = 0; i < images.size(); ++i) images[i].copyTo(uploaded[i]);
  const auto verdicts = classifier->classifyBatch(uploaded);
  for (size_t i = 0; i < images.size(); ++i) {
    check_same(verdicts[i], classifier->classify(images[i]));
    check_same(verdicts[i], classifier->classify(uploaded[i]));
  }
}

BOOST_FIXTURE_TEST_CASE(features_are_what_the_head_is_given, Bgr) {
  const std::vector<cv::Mat> images = {random_image(CV_8UC3), random_image(CV_32FC1),
                                       cv::Mat(4, 6, CV_8UC3, cv::Scalar(10, 20, 30))};
  const Verdict before = classifier->classify(images[0]);
  cv::Mat features;
  for (const int count : {3, 1, 2}) {
    const std::vector<cv::Mat> batch(images.begin(), images.begin() + count);
    classifier->features(batch, features);
    BOOST_TEST_REQUIRE(features.type() == CV_32FC1);
    BOOST_TEST_REQUIRE((features.size() == cv::Size(18, count)));
    for (int i = 0; i < count; ++i) {
      cv::Mat pixels;
      images[i].convertTo(pixels, CV_32F);
      if (pixels.channels() == 1) cv::merge(std::vector<cv::Mat>(3, pixels), pixels);
      BOOST_TEST(cv::norm(features.row(i), block_means(pixels), cv::NORM_INF) < 1e-5);
    }
  }
  check_same(classifier->classify(images[0]), before);

  BOOST_CHECK_EXCEPTION(classifier->features(std::vector<cv::Mat>(), features), cv::Exception,
                        says("there are no images"));
  BOOST_CHECK_EXCEPTION(classifier->features(std::vector<cv::Mat>(2), features), cv::Exception,
                        says("image 0 is empty"));
}

BOOST_FIXTURE_TEST_CASE(an_image_is_accepted_if_its_p_value_is_not_below_the_rate, Gray) {
  // White is farther away than the 18th distance and nearer than the 19th, or not, as it may be:
  // its p-value is a multiple of 0.05 either way, and that rate must just accept it.
  const cv::Mat image(kHeight, kWidth, CV_8UC1, cv::Scalar(255));
  const float p = classifier->classify(image).pValue;
  BOOST_TEST_REQUIRE(p < 1);
  classifier->setFalseRejectRate(p);
  BOOST_TEST(classifier->classify(image).accepted);
  classifier->setFalseRejectRate(std::nextafter(p, 1.F));
  BOOST_TEST(!classifier->classify(image).accepted);
  classifier->setFalseRejectRate(0);
  BOOST_TEST(classifier->classify(image).accepted);

  for (const float rate : {-0.01F, 1.01F, kNaN}) {
    BOOST_CHECK_EXCEPTION(classifier->setFalseRejectRate(rate), cv::Exception,
                          says("the false-reject rate must be within [0,1], got "));
  }
  BOOST_TEST(classifier->getFalseRejectRate() == 0);
}

BOOST_AUTO_TEST_CASE(a_target_risk_abstains_below_its_confidence) {
  ImageModel model(1, cv::Mat());
  const cv::Mat image = random_image(CV_8UC1);
  const float confidence = OpenSetClassifier::create(model.bytes())->classify(image).confidence;
  set_attribute(model.head(), "risks", std::vector<float>{0.01F, 0.05F, 0.1F});
  set_attribute(model.head(), "risk_confidences",
                std::vector<float>{1, confidence, std::nextafter(confidence, 0.F)});
  const auto classifier = OpenSetClassifier::create(model.bytes());
  BOOST_TEST((classifier->getRisks() == std::vector<float>{0.05F, 0.1F}));
  BOOST_TEST(classifier->classify(image).accepted);
  classifier->setTargetRisk(0.06F);  // the threshold for 0.05 must be exceeded
  BOOST_TEST(!classifier->classify(image).accepted);
  classifier->setTargetRisk(0.1F);
  BOOST_TEST(classifier->classify(image).accepted);
  BOOST_CHECK_EXCEPTION(classifier->setTargetRisk(0.02F), cv::Exception, says("can be reached"));
  BOOST_CHECK_EXCEPTION(classifier->setTargetRisk(0.001F), cv::Exception, says("no threshold"));
  BOOST_CHECK_EXCEPTION(classifier->setTargetRisk(0), cv::Exception, says("within (0,1]"));
  BOOST_TEST(classifier->getTargetRisk() == 0.1F);
}

BOOST_AUTO_TEST_CASE(images_unlike_the_calibrations_are_told) {
  ImageModel model(1, cv::Mat());
  const auto silent = OpenSetClassifier::create(model.bytes());
  BOOST_TEST(silent->unlikeCalibration(cv::Mat::zeros(99, 99, CV_8U)).empty());
  set_attribute(model.head(), "picture_heights", std::vector<int64_t>{4, 8});
  set_attribute(model.head(), "pixel_means", std::vector<float>{60, 180});
  set_attribute(model.head(), "pixel_deviations", std::vector<float>{20, 90});
  const auto classifier = OpenSetClassifier::create(model.bytes());
  const auto said = [&](const cv::Mat& image) { return classifier->unlikeCalibration(image); };
  const cv::Mat usual = random_image(CV_8UC1);
  BOOST_TEST(said(usual).empty());
  BOOST_TEST(said(random_image(CV_8UC1, {6, 17})).find("its height is 17") == 0U);
  BOOST_TEST(said(cv::Mat::zeros(kHeight, kWidth, CV_8U)).find("the standard deviation") == 0U);
  cv::Mat small;
  usual.convertTo(small, CV_32F, 1. / 255);
  BOOST_TEST(said(small).find("its pixels lie between 0") == 0U);
}

BOOST_AUTO_TEST_CASE(the_smallest_p_value_is_accepted_at_just_that_rate) {
  // One in twenty is 0.05F, and so must 1 - 0.95F be.
  ImageModel model(1, tables(1, 1, std::vector<float>(19, 0)));
  const auto classifier = OpenSetClassifier::create(model.bytes());
  const Verdict verdict = classifier->classify(random_image(CV_8UC1));
  BOOST_TEST(verdict.pValue == 0.05F);
  BOOST_TEST(verdict.accepted);
}

BOOST_AUTO_TEST_CASE(without_calibration_all_but_what_is_no_image_is_accepted) {
  ImageModel model(1, cv::Mat());
  const auto classifier = OpenSetClassifier::create(model.bytes());
  BOOST_TEST(!classifier->isCalibrated());
  const Verdict verdict = classifier->classify(random_image(CV_8UC1));
  BOOST_TEST(verdict.pValue == 1.F);
  BOOST_TEST(verdict.accepted);

  cv::Mat broken = random_image(CV_32FC1);
  broken.at<float>(1, 1) = kNaN;
  const Verdict refused = classifier->classify(broken);
  BOOST_TEST(refused.pValue == 0.F);
  BOOST_TEST(!refused.accepted);
}

BOOST_AUTO_TEST_CASE(a_model_may_leave_out_what_has_a_default) {
  ImageModel model(1, nineteen_distances());
  for (const char* name : {"labels", "accept_rate", "calibrated_on", "input_channels"}) {
    remove_attribute(model.head(), name);
  }
  const auto classifier = OpenSetClassifier::create(model.bytes());
  BOOST_TEST(classifier->getLabels().empty());
  BOOST_TEST(classifier->getCalibratedOn().empty());
  BOOST_TEST(classifier->getFalseRejectRate() == 0.01F);
  const Verdict verdict = classifier->classify(random_image(CV_8UC1));
  BOOST_TEST(verdict.label == std::to_string(verdict.classId));
}

BOOST_AUTO_TEST_CASE(a_graph_may_leave_out_the_class_and_the_middle_axis_of_its_distances) {
  ImageModel model(1, nineteen_distances());
  const cv::Mat image = random_image(CV_8UC1);
  const Verdict whole = OpenSetClassifier::create(model.bytes())->classify(image);
  model.head().mutable_output()->RemoveLast();
  model.graph.mutable_output()->RemoveLast();
  for (auto& constant : *model.graph.mutable_initializer()) {
    if (constant.name() != "calibration") continue;
    constant.clear_dims();
    constant.add_dims(1);
    constant.add_dims(19);
  }
  const auto classifier = OpenSetClassifier::create(model.bytes());
  check_same(classifier->classify(image), whole);
  BOOST_TEST(classifier->classify(image).pValue == whole.pValue);
}

BOOST_AUTO_TEST_CASE(a_file_is_read_like_its_bytes) {
  const TemporaryFolder folder;
  ImageModel model(1, nineteen_distances());
  model.write(folder / "model.onnx");
  const cv::Mat image = random_image(CV_8UC1);
  check_same(OpenSetClassifier::create((folder / "model.onnx").string())->classify(image),
             expected_verdict(model, image));
  BOOST_CHECK_EXCEPTION(OpenSetClassifier::create((folder / "absent.onnx").string()), cv::Exception,
                        says("absent.onnx: the model cannot be read: No such file"));
  BOOST_CHECK_EXCEPTION(OpenSetClassifier::create(folder.path().string()), cv::Exception,
                        says(folder.path().string() + ": the model cannot be read: "));
}

BOOST_FIXTURE_TEST_CASE(images_that_cannot_be_judged_are_named, Gray) {
  BOOST_CHECK_EXCEPTION(classifier->classify(cv::Mat()), cv::Exception, says("image 0 is empty"));
  const std::string wanted = " must be CV_8U or CV_32F with 1, 3 or 4 channels, got ";
  BOOST_CHECK_EXCEPTION(classifier->classify(random_image(CV_16UC1)), cv::Exception,
                        says("image 0" + wanted + "CV_16UC1"));
  BOOST_CHECK_EXCEPTION(classifier->classify(random_image(CV_64FC3)), cv::Exception,
                        says("image 0" + wanted + "CV_64FC3"));
  const std::vector<cv::Mat> batch = {random_image(CV_8UC1), random_image(CV_8UC2)};
  BOOST_CHECK_EXCEPTION(classifier->classifyBatch(batch), cv::Exception,
                        says("image 1" + wanted + "CV_8UC2"));
  const std::vector<cv::Mat> with_empty = {random_image(CV_8UC1), cv::Mat()};
  BOOST_CHECK_EXCEPTION(classifier->classifyBatch(with_empty), cv::Exception,
                        says("image 1 is empty"));
}

BOOST_AUTO_TEST_CASE(models_it_cannot_use_are_named) {
  const auto refused = [](const ImageModel& model, const std::string& part) {
    BOOST_CHECK_EXCEPTION(OpenSetClassifier::create(model.bytes()), cv::Exception,
                          says("OpenSetClassifier: the model" + part));
  };
  ImageModel headless(1, nineteen_distances());
  headless.graph.mutable_node()->RemoveLast();
  headless.graph.clear_output();
  headless.add_output("features", {0, 6});
  refused(headless, " has no GMHead layer");

  for (int i = 0; i < 5; ++i) {
    ImageModel renamed(1, nineteen_distances());
    const std::string name = renamed.graph.output(i).name();
    renamed.head().set_output(i, "other");
    renamed.graph.mutable_output(i)->set_name("other");
    refused(renamed, " has no output " + name);
  }

  for (const char* name : {"input_height", "input_width", "channel_order"}) {
    ImageModel incomplete(1, nineteen_distances());
    remove_attribute(incomplete.head(), name);
    refused(incomplete, std::string("'s GMHead lacks the attribute ") + name);
  }
}

BOOST_AUTO_TEST_CASE(attributes_that_the_graph_contradicts_are_refused) {
  const auto refused = [](const auto& bytes, const std::string& shape) {
    BOOST_CHECK_EXCEPTION(OpenSetClassifier::create(bytes), cv::Exception,
                          says("channel_order of its GMHead say, " + shape));
  };
  const auto with_input = [](int height, int width, int channels) {
    ImageModel model(1, nineteen_distances());
    for (const char* name : {"input_height", "input_width", "input_channels", "channel_order"}) {
      remove_attribute(model.head(), name);
    }
    set_attribute(model.head(), "input_height", int64_t{height});
    set_attribute(model.head(), "input_width", int64_t{width});
    set_attribute(model.head(), "input_channels", int64_t{channels});
    set_attribute(model.head(), "channel_order", channels == 1 ? "GRAY" : "BGR");
    return model.bytes();
  };
  BOOST_CHECK_NO_THROW(OpenSetClassifier::create(with_input(kHeight, kWidth, 1)));
  refused(with_input(kHeight + 2, kWidth, 1), "[1,1,6,6]");
  refused(with_input(kHeight, kWidth - 2, 1), "[1,1,4,4]");
  refused(with_input(kHeight, kWidth, 3), "[1,3,4,6]");
}

BOOST_AUTO_TEST_SUITE_END()

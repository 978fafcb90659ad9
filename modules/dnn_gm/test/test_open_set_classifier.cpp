// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_engines.hpp"
#include "test_image_model.hpp"
#include "test_run_head.hpp"

#include "opencv2/imgproc.hpp"

namespace opencv_test
{
namespace
{

Mat randomImage(int type, Size size = Size(imageWidth, imageHeight))
{
    Mat image(size, CV_MAKETYPE(CV_8U, CV_MAT_CN(type)));
    RNG random(7);
    random.fill(image, RNG::UNIFORM, 0, 256);
    image.convertTo(image, CV_MAT_DEPTH(type));
    return image;
}

//! What the head alone says of the features of an image that the network takes as it is.
Verdict expectedVerdict(const ImageModel& model, const Mat& image)
{
    Mat pixels;
    image.convertTo(pixels, CV_32F);
    const HeadOutputs outputs = run(HeadCase{blockMeans(pixels), model.constants});
    Verdict v;
    v.classId = int(outputs.predicted.at<float>(0));
    v.confidence = outputs.prob.at<float>(v.classId);
    v.logLikelihood = outputs.logLikelihood.at<float>(0);
    v.logDensity = outputs.logDensity.at<float>(0);
    v.distance = outputs.distance.at<float>(0);
    v.pValue = outputs.pValue.at<float>(0);
    return v;
}

void checkSame(const Verdict& got, const Verdict& expected, double relative = 1e-4)
{
    const auto near = [=](float value) { return relative * std::abs(value); };
    EXPECT_EQ(expected.classId, got.classId);
    EXPECT_NEAR(expected.confidence, got.confidence, near(expected.confidence));
    EXPECT_NEAR(expected.logLikelihood, got.logLikelihood, near(expected.logLikelihood));
    EXPECT_NEAR(expected.logDensity, got.logDensity, near(expected.logDensity));
    EXPECT_NEAR(expected.distance, got.distance, near(expected.distance));
    EXPECT_EQ(expected.pValue, got.pValue);
}

//! On the CPU, by every engine.
class DNN_GM_OpenSetClassifier : public testing::TestWithParam<EngineId>
{
protected:
    DNN_GM_OpenSetClassifier() : gray(1, nineteenDistances()), bgr(3, nineteenDistances()) {}

    Ptr<OpenSetClassifier> make(const OnnxModel& model) const
    {
        return makeClassifier(model.bytes(), GetParam());
    }

    ImageModel gray, bgr;
};

TEST_P(DNN_GM_OpenSetClassifier, knows_what_the_model_says)
{
    const Ptr<OpenSetClassifier> classifier = make(gray);
    EXPECT_TRUE(classifier->isCalibrated());
    EXPECT_EQ("19 made-up distances", classifier->getCalibratedOn());
    EXPECT_EQ(Size(imageWidth, imageHeight), classifier->getInputSize());
    EXPECT_EQ((std::vector<String>{"cat", "a dog", "bird"}), classifier->getLabels());
    EXPECT_EQ(0.05f, classifier->getFalseRejectRate());
}

TEST_P(DNN_GM_OpenSetClassifier, judges_gray_images_by_their_pixels)
{
    const Ptr<OpenSetClassifier> classifier = make(gray);
    for (const int type : {CV_8UC1, CV_32FC1})
    {
        const Mat image = randomImage(type);
        const Verdict verdict = classifier->classify(image);
        checkSame(verdict, expectedVerdict(gray, image));
        EXPECT_EQ(classifier->getLabels()[verdict.classId], verdict.label);
    }
}

TEST_P(DNN_GM_OpenSetClassifier, keeps_the_channels_of_colour_images_in_order)
{
    const Ptr<OpenSetClassifier> classifier = make(bgr);
    for (const int type : {CV_8UC3, CV_32FC3})
    {
        const Mat image = randomImage(type);
        checkSame(classifier->classify(image), expectedVerdict(bgr, image));
    }
}

TEST_P(DNN_GM_OpenSetClassifier, makes_gray_of_colour_by_the_usual_weights)
{
    const Ptr<OpenSetClassifier> classifier = make(gray);
    const Mat image = randomImage(CV_32FC3);
    Mat weighed;
    cv::transform(image, weighed, Matx13f(0.114f, 0.587f, 0.299f));
    checkSame(classifier->classify(image), expectedVerdict(gray, weighed));

    Mat withAlpha;
    cvtColor(image, withAlpha, COLOR_BGR2BGRA);
    checkSame(classifier->classify(withAlpha), expectedVerdict(gray, weighed));
}

TEST_P(DNN_GM_OpenSetClassifier, makes_colour_of_gray_and_leaves_out_transparency)
{
    const Ptr<OpenSetClassifier> classifier = make(bgr);
    const Mat flat = randomImage(CV_8UC1);
    Mat threefold;
    merge(std::vector<Mat>(3, flat), threefold);
    checkSame(classifier->classify(flat), expectedVerdict(bgr, threefold));

    const Mat withAlpha = randomImage(CV_8UC4);
    std::vector<Mat> channels;
    split(withAlpha, channels);
    channels.pop_back();
    Mat without;
    merge(channels, without);
    checkSame(classifier->classify(withAlpha), expectedVerdict(bgr, without));
}

TEST_P(DNN_GM_OpenSetClassifier, resizes_images_of_other_sizes)
{
    const Ptr<OpenSetClassifier> classifier = make(gray);
    // Shrinking takes the mean of what falls into a pixel, so that nothing is passed over.
    const Mat large = randomImage(CV_32FC1, Size(4 * imageWidth, 4 * imageHeight));
    Mat shrunk(imageHeight, imageWidth, CV_32F);
    for (int y = 0; y < imageHeight; ++y)
        for (int x = 0; x < imageWidth; ++x)
            shrunk.at<float>(y, x) = float(cv::mean(large(Rect(4 * x, 4 * y, 4, 4)))[0]);
    checkSame(classifier->classify(large), expectedVerdict(gray, shrunk));

    const Mat flat(2, 5, CV_8UC1, Scalar(100));
    const Mat flatInFull(imageHeight, imageWidth, CV_8UC1, Scalar(100));
    checkSame(classifier->classify(flat), expectedVerdict(gray, flatInFull));
}

TEST_P(DNN_GM_OpenSetClassifier, judges_a_batch_like_its_images)
{
    const Ptr<OpenSetClassifier> classifier = make(gray);
    const std::vector<Mat> images = {randomImage(CV_8UC1), randomImage(CV_32FC3),
                                     randomImage(CV_8UC4, Size(31, 17)),
                                     Mat(4, 6, CV_8UC1, Scalar(255))};
    for (const size_t count : {4, 1, 3})
    {
        const std::vector<Mat> batch(images.begin(), images.begin() + count);
        const std::vector<Verdict> verdicts = classifier->classifyBatch(batch);
        ASSERT_EQ(count, verdicts.size());
        for (size_t i = 0; i < count; ++i)
            checkSame(verdicts[i], classifier->classify(images[i]));
    }
    EXPECT_TRUE(classifier->classifyBatch(std::vector<Mat>()).empty());

    std::vector<UMat> uploaded(images.size());
    for (size_t i = 0; i < images.size(); ++i)
        images[i].copyTo(uploaded[i]);
    const std::vector<Verdict> verdicts = classifier->classifyBatch(uploaded);
    for (size_t i = 0; i < images.size(); ++i)
    {
        checkSame(verdicts[i], classifier->classify(images[i]));
        checkSame(verdicts[i], classifier->classify(uploaded[i]));
    }
}

TEST_P(DNN_GM_OpenSetClassifier, tells_the_features_that_the_head_is_given)
{
    const Ptr<OpenSetClassifier> classifier = make(bgr);
    const std::vector<Mat> images = {randomImage(CV_8UC3), randomImage(CV_32FC1),
                                     Mat(4, 6, CV_8UC3, Scalar(10, 20, 30))};
    const Verdict before = classifier->classify(images[0]);
    Mat features;
    for (const int count : {3, 1, 2})
    {
        const std::vector<Mat> batch(images.begin(), images.begin() + count);
        classifier->features(batch, features);
        ASSERT_EQ(CV_32FC1, features.type());
        ASSERT_EQ(Size(18, count), features.size());
        for (int i = 0; i < count; ++i)
        {
            Mat pixels;
            images[i].convertTo(pixels, CV_32F);
            if (pixels.channels() == 1)
                merge(std::vector<Mat>(3, pixels), pixels);
            EXPECT_LT(cvtest::norm(features.row(i), blockMeans(pixels), NORM_INF), 1e-5);
        }
    }
    checkSame(classifier->classify(images[0]), before);

    EXPECT_TRUE(refuses([&] { classifier->features(std::vector<Mat>(), features); },
                        "there are no images"));
    EXPECT_TRUE(
        refuses([&] { classifier->features(std::vector<Mat>(2), features); }, "image 0 is empty"));
}

TEST_P(DNN_GM_OpenSetClassifier, accepts_an_image_if_its_p_value_is_not_below_the_rate)
{
    const Ptr<OpenSetClassifier> classifier = make(gray);
    // White is farther away than the 18th distance and nearer than the 19th, or not, as it may be:
    // its p-value is a multiple of 0.05 either way, and that rate must just accept it.
    const Mat image(imageHeight, imageWidth, CV_8UC1, Scalar(255));
    const float p = classifier->classify(image).pValue;
    ASSERT_LT(p, 1);
    classifier->setFalseRejectRate(p);
    EXPECT_TRUE(classifier->classify(image).accepted);
    classifier->setFalseRejectRate(std::nextafter(p, 1.f));
    EXPECT_FALSE(classifier->classify(image).accepted);
    classifier->setFalseRejectRate(0);
    EXPECT_TRUE(classifier->classify(image).accepted);

    for (const float rate : {-0.01f, 1.01f, quietNaN})
        EXPECT_TRUE(refuses([&] { classifier->setFalseRejectRate(rate); },
                            "the false-reject rate must be within [0,1], got "));
    EXPECT_EQ(0, classifier->getFalseRejectRate());
}

TEST_P(DNN_GM_OpenSetClassifier, abstains_below_the_confidence_of_a_target_risk)
{
    ImageModel model(1, Mat());
    const Mat image = randomImage(CV_8UC1);
    const float confidence = make(model)->classify(image).confidence;
    model.head()
        .set("risks", std::vector<float>{0.01f, 0.05f, 0.1f})
        .set("risk_confidences",
             std::vector<float>{1, confidence, std::nextafter(confidence, 0.f)});
    const Ptr<OpenSetClassifier> classifier = make(model);
    EXPECT_EQ((std::vector<float>{0.05f, 0.1f}), classifier->getRisks());
    EXPECT_TRUE(classifier->classify(image).accepted);
    classifier->setTargetRisk(0.06f); // the threshold for 0.05 must be exceeded
    EXPECT_FALSE(classifier->classify(image).accepted);
    classifier->setTargetRisk(0.1f);
    EXPECT_TRUE(classifier->classify(image).accepted);
    EXPECT_TRUE(refuses([&] { classifier->setTargetRisk(0.02f); }, "can be reached"));
    EXPECT_TRUE(refuses([&] { classifier->setTargetRisk(0.001f); }, "no threshold"));
    EXPECT_TRUE(refuses([&] { classifier->setTargetRisk(0); }, "within (0,1]"));
    EXPECT_EQ(0.1f, classifier->getTargetRisk());
}

TEST_P(DNN_GM_OpenSetClassifier, tells_images_unlike_the_calibrations)
{
    ImageModel model(1, Mat());
    EXPECT_EQ("", make(model)->unlikeCalibration(Mat::zeros(99, 99, CV_8U)));
    model.head()
        .set("picture_heights", std::vector<int>{4, 8})
        .set("pixel_means", std::vector<float>{60, 180})
        .set("pixel_deviations", std::vector<float>{20, 90});
    const Ptr<OpenSetClassifier> classifier = make(model);
    const auto saysFirst = [&](const Mat& image, const std::string& start)
    { return classifier->unlikeCalibration(image).find(start) == 0; };
    const Mat usual = randomImage(CV_8UC1);
    EXPECT_EQ("", classifier->unlikeCalibration(usual));
    EXPECT_TRUE(saysFirst(randomImage(CV_8UC1, Size(6, 17)), "its height is 17"));
    EXPECT_TRUE(saysFirst(Mat::zeros(imageHeight, imageWidth, CV_8U), "the standard deviation"));
    Mat dark;
    usual.convertTo(dark, CV_32F, 1. / 255);
    EXPECT_TRUE(saysFirst(dark, "its pixels lie between 0"));
}

TEST_P(DNN_GM_OpenSetClassifier, accepts_the_smallest_p_value_at_just_that_rate)
{
    // One in twenty is 0.05f, and so must 1 - 0.95f be.
    const ImageModel model(1, tables(1, 1, std::vector<float>(19, 0)));
    const Verdict verdict = make(model)->classify(randomImage(CV_8UC1));
    EXPECT_EQ(0.05f, verdict.pValue);
    EXPECT_TRUE(verdict.accepted);
}

TEST_P(DNN_GM_OpenSetClassifier, counts_the_samples_that_p_values_are_ranked_among)
{
    EXPECT_EQ(std::vector<int>(1, 19), make(gray)->getCalibrationCounts());
    EXPECT_EQ(std::vector<int>(1, 19), make(gray)->getCalibrationCounts(true));
    // The first and the last class share their samples.
    const ImageModel model(1, tables(3, 1, {1, 2, quietNaN, 1, 2, 3, 1, 2, quietNaN}));
    EXPECT_EQ((std::vector<int>{2, 3, 2}), make(model)->getCalibrationCounts());
    EXPECT_EQ(std::vector<int>(1, 5), make(model)->getCalibrationCounts(true));
}

TEST_P(DNN_GM_OpenSetClassifier, accepts_all_but_what_is_no_image_without_calibration)
{
    const Ptr<OpenSetClassifier> classifier = make(ImageModel(1, Mat()));
    EXPECT_FALSE(classifier->isCalibrated());
    EXPECT_TRUE(classifier->getCalibrationCounts().empty());
    EXPECT_TRUE(classifier->getCalibrationCounts(true).empty());
    const Verdict verdict = classifier->classify(randomImage(CV_8UC1));
    EXPECT_EQ(1.f, verdict.pValue);
    EXPECT_TRUE(verdict.accepted);

    Mat broken = randomImage(CV_32FC1);
    broken.at<float>(1, 1) = quietNaN;
    const Verdict notBelieved = classifier->classify(broken);
    EXPECT_EQ(0.f, notBelieved.pValue);
    EXPECT_FALSE(notBelieved.accepted);
}

// A network may make usual features of what is no picture: Relu makes 0 of NaN.
TEST_P(DNN_GM_OpenSetClassifier, never_accepts_pixels_that_are_no_numbers_or_beyond_all_pictures)
{
    ImageModel model(1, Mat());
    model.addNode("Relu", {"blocks"}, {"positive"});
    std::rotate(model.nodes.begin() + 1, model.nodes.end() - 1, model.nodes.end());
    model.nodes[2].inputs[0] = "positive"; // of Flatten
    const Ptr<OpenSetClassifier> classifier = make(model);
    const float infinity = std::numeric_limits<float>::infinity();
    const Mat good = randomImage(CV_32FC1);
    for (const float rate : {0.f, 0.05f})
        for (const float value : {quietNaN, infinity, -infinity, 1e30f, -1e30f, 1e6f})
        {
            SCOPED_TRACE(value);
            classifier->setFalseRejectRate(rate);
            Mat broken = randomImage(CV_32FC1);
            broken.at<float>(1, 1) = value;
            const std::vector<Verdict> verdicts =
                classifier->classifyBatch(std::vector<Mat>{good, broken, randomImage(CV_8UC1)});
            EXPECT_TRUE(verdicts[0].accepted);
            EXPECT_FALSE(verdicts[1].accepted);
            EXPECT_EQ(0.f, verdicts[1].pValue);
            EXPECT_TRUE(verdicts[2].accepted);
            EXPECT_FALSE(classifier->classify(broken).accepted);
        }
}

TEST_P(DNN_GM_OpenSetClassifier, has_defaults_for_what_a_model_leaves_out)
{
    for (const char* name : {"labels", "accept_rate", "calibrated_on", "input_channels"})
        gray.head().remove(name);
    const Ptr<OpenSetClassifier> classifier = make(gray);
    EXPECT_TRUE(classifier->getLabels().empty());
    EXPECT_EQ("", classifier->getCalibratedOn());
    EXPECT_EQ(0.01f, classifier->getFalseRejectRate());
    const Verdict verdict = classifier->classify(randomImage(CV_8UC1));
    EXPECT_EQ(cv::format("%d", verdict.classId), verdict.label);
}

TEST_P(DNN_GM_OpenSetClassifier, needs_no_class_output_and_no_middle_axis_of_the_distances)
{
    const Mat image = randomImage(CV_8UC1);
    const Verdict whole = make(gray)->classify(image);
    gray.head().outputs.pop_back();
    gray.outputs.pop_back();
    gray.initializer("calibration").sizes = {1, 19};
    checkSame(make(gray)->classify(image), whole);
}

TEST_P(DNN_GM_OpenSetClassifier, reads_a_file_like_its_bytes)
{
    const TemporaryFolder folder;
    gray.write(folder.file("model.onnx"));
    const Mat image = randomImage(CV_8UC1);
    checkSame(makeClassifier(folder.file("model.onnx"), GetParam())->classify(image),
              expectedVerdict(gray, image));
    EXPECT_TRUE(refuses([&] { makeClassifier(folder.file("absent.onnx"), GetParam()); },
                        "absent.onnx: the model cannot be read: No such file"));
    EXPECT_TRUE(refuses([&] { makeClassifier(folder.path, GetParam()); },
                        folder.path + ": the model cannot be read: "));
}

TEST_P(DNN_GM_OpenSetClassifier, names_images_that_cannot_be_judged)
{
    const Ptr<OpenSetClassifier> classifier = make(gray);
    const auto image = [&](const Mat& given, const std::string& part)
    { return refuses([&] { classifier->classify(given); }, part); };
    const auto batch = [&](const std::vector<Mat>& given, const std::string& part)
    { return refuses([&] { classifier->classifyBatch(given); }, part); };
    const std::string wanted = " must be CV_8U or CV_32F with 1, 3 or 4 channels, got ";
    EXPECT_TRUE(image(Mat(), "image 0 is empty"));
    EXPECT_TRUE(image(randomImage(CV_16UC1), "image 0" + wanted + "CV_16UC1"));
    EXPECT_TRUE(image(randomImage(CV_64FC3), "image 0" + wanted + "CV_64FC3"));
    EXPECT_TRUE(
        batch({randomImage(CV_8UC1), randomImage(CV_8UC2)}, "image 1" + wanted + "CV_8UC2"));
    EXPECT_TRUE(batch({randomImage(CV_8UC1), Mat()}, "image 1 is empty"));
}

// An engine may keep what comes after the head where the features were.
TEST_P(DNN_GM_OpenSetClassifier, features_are_as_the_head_saw_them)
{
    ImageModel longer(1, nineteenDistances());
    longer.addNode("Neg", {"prob"}, {"first"});
    longer.addNode("Neg", {"first"}, {"second"});
    longer.addNode("Exp", {"second"}, {"third"});
    longer.addNode("Neg", {"third"}, {"after"});
    longer.addOutput("after", {0, 3});
    std::vector<Mat> images;
    for (int n = 0; n < 3; ++n)
        images.push_back(randomImage(CV_8UC1));
    Mat expected, features;
    makeClassifier(gray.bytes(), GetParam())->features(images, expected);
    makeClassifier(longer.bytes(), GetParam())->features(images, features);
    EXPECT_EQ(0, cvtest::norm(expected, features, NORM_INF));
}

TEST_P(DNN_GM_OpenSetClassifier, tells_that_the_cpu_judges_where_there_is_no_other_target)
{
    std::vector<Where> absent;
    if (!isAvailable(DNN_BACKEND_OPENCV, DNN_TARGET_OPENCL))
        absent.push_back(Where(DNN_BACKEND_OPENCV, DNN_TARGET_OPENCL));
    if (!builtWithCUDA) // OpenCV's own throws without a device
        absent.push_back(Where(DNN_BACKEND_CUDA, DNN_TARGET_CUDA));
    if (absent.empty())
        throw SkipTestException("every target is there");
    for (const Where& where : absent)
    {
        const Ptr<OpenSetClassifier> classifier = makeClassifier(gray.bytes(), GetParam(), where);
        classifier->classify(randomImage(CV_8UC1));
        EXPECT_EQ(DNN_BACKEND_OPENCV, classifier->getBackend());
        EXPECT_EQ(DNN_TARGET_CPU, classifier->getTarget());
    }
}

INSTANTIATE_TEST_CASE_P(/**/, DNN_GM_OpenSetClassifier, EngineId::all());

typedef testing::TestWithParam<EngineWhere> DNN_GM_OpenSetClassifier_Where;

TEST_P(DNN_GM_OpenSetClassifier_Where, accuracy)
{
    const Where where = get<1>(GetParam());
    for (const int channels : {1, 3})
    {
        const ImageModel model(channels, nineteenDistances());
        const Ptr<OpenSetClassifier> classifier =
            makeClassifier(model.bytes(), get<0>(GetParam()), where);
        const Mat image = randomImage(CV_MAKETYPE(CV_8U, channels));
        checkSame(classifier->classify(image), expectedVerdict(model, image),
                  isHalf(where) ? 1e-2 : 1e-4);
        const int target = whereItRuns(where);
        EXPECT_EQ(target, classifier->getTarget());
        EXPECT_EQ(target == DNN_TARGET_CPU ? int(DNN_BACKEND_OPENCV) : int(get<0>(where)),
                  classifier->getBackend());
    }
}

INSTANTIATE_TEST_CASE_P(OpenCV, DNN_GM_OpenSetClassifier_Where,
                        testing::ValuesIn(everyEngineOn(DNN_BACKEND_OPENCV)));
INSTANTIATE_TEST_CASE_P(CUDA, DNN_GM_OpenSetClassifier_Where,
                        testing::ValuesIn(everyEngineOn(DNN_BACKEND_CUDA)));

} // namespace
} // namespace opencv_test

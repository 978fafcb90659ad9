// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_engines.hpp"
#include "test_image_model.hpp"
#include "test_population.hpp"

#include "opencv2/imgproc.hpp"

namespace opencv_test
{
namespace
{

//! Both where classes share a covariance and where they do not, with and without unit length.
TEST(DNN_GM_GaussianMixture, a_network_can_compute_it)
{
    registerLayers();
    for (const int rows : {3, 120})
        for (const bool unitLength : {false, true})
            for (const double relativity : {0., 0.5, 1.})
            {
                Population population(7, 8);
                const Ptr<GaussianMixture> mixture = GaussianMixture::create();
                mixture->setUnitLength(unitLength);
                mixture->setRelativity(relativity);
                mixture->setBackground(2, 3);
                mixture->setTemperature(1.5);
                const Sample train = draw(population, 6, rows), other = draw(population, 4, 10);
                mixture->fit(train.features, train.labels);
                mixture->enrol("other", other.features.rowRange(0, rows == 3 ? 10 : 1));
                mixture->calibrate(train.features, train.labels);

                const MixtureHead head = mixture->getHead();
                Mat x, z;
                other.features.convertTo(x, CV_32F);
                EXPECT_EQ(unitLength ? 5 : 0, head.scaledColumns);
                for (int n = 0; n < x.rows && unitLength; ++n)
                {
                    Mat scaled = x.row(n).colRange(0, 5);
                    scaled /= std::sqrt(scaled.dot(scaled));
                }
                z = (x - repeat(head.centre, x.rows, 1)) * head.map.t();
                LayerParams params;
                params.blobs = {head.means, head.logVariances, head.logPriors, head.calibration};
                Net net;
                net.addLayerToPrev("head", "GMHead", params);
                net.setInput(z);
                std::vector<Mat> outputs;
                net.forward(outputs, "head");
                const std::vector<Verdict> verdicts = mixture->predict(other.features);
                for (int n = 0; n < x.rows; ++n)
                {
                    EXPECT_EQ(int(outputs[5].at<float>(n)), verdicts[n].classId);
                    const float density = outputs[2].at<float>(n);
                    EXPECT_NEAR(density, verdicts[n].logDensity, 2e-3 * (1 + std::abs(density)));
                    EXPECT_NEAR(outputs[4].at<float>(n), verdicts[n].pValue, 0.02);
                }
            }
}

//! Whatever layer of a network has the features.
TEST(DNN_GM_GaussianMixture, stands_behind_any_network)
{
    const ImageModel model(1, nineteenDistances());
    Sample train;
    RNG random(3);
    for (int k = 0; k < 3; ++k)
        for (int i = 0; i < 30; ++i)
        {
            Mat row = model.constants[0].row(k).clone(), noise(row.size(), CV_32F);
            random.fill(noise, RNG::NORMAL, 0, 0.03);
            train.add(format("%d", k), Mat(row + noise));
        }
    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    mixture->fit(train.features, train.labels);
    ImagePreparation preparation;
    preparation.inputSize = Size(imageWidth, imageHeight);
    preparation.channelOrder = "GRAY";
    const Net net = readONNX(model.bytes(), ENGINE_CLASSIC);
    const Ptr<OpenSetClassifier> classifier =
        OpenSetClassifier::create(net, "Gemm_features", mixture, preparation);
    std::vector<Mat> images;
    Mat features;
    for (int k = 0; k < 3; ++k)
        images.push_back(imageOfFeatures(model.constants[0].row(k)));
    const std::vector<Verdict> verdicts = classifier->classifyBatch(images);
    classifier->features(images, features);
    EXPECT_LE(cvtest::norm(features, model.constants[0], NORM_INF), 0.01);
    for (int k = 0; k < 3; ++k)
    {
        EXPECT_EQ(format("%d", k), verdicts[k].label);
        EXPECT_GT(verdicts[k].confidence, 0.9f);
    }
    EXPECT_EQ(verdicts[1].logDensity, classifier->classify(images[1]).logDensity);
    EXPECT_EQ(3u, classifier->getLabels().size());
    mixture->remove("2");
    EXPECT_EQ(2u, classifier->getLabels().size());

    // The mean is taken off, and the deviation divides: of inverted images the same features.
    const Ptr<OpenSetClassifier> inverted = OpenSetClassifier::create(
        net, "Gemm_features", mixture, preparation, Scalar(255), Scalar(-1));
    const Mat image = images[1];
    Mat got;
    inverted->features(std::vector<Mat>(1, Mat(255 - image)), got);
    EXPECT_LE(cvtest::norm(got, features.row(1), NORM_INF), 1e-5);

    // Before the fit it gives the features to fit.
    const Ptr<OpenSetClassifier> unfitted =
        OpenSetClassifier::create(net, "Gemm_features", GaussianMixture::create(), preparation);
    unfitted->features(std::vector<Mat>(1, image), got);
    EXPECT_EQ(0, cvtest::norm(got, features.row(1), NORM_INF));
    expectError([&] { unfitted->classify(image); }, "predict() comes after fit()");

    const auto make = [&](const String& layer, const Size& size)
    {
        ImagePreparation how = preparation;
        how.inputSize = size;
        OpenSetClassifier::create(net, layer, mixture, how);
    };
    expectError([&] { make("no such layer", preparation.inputSize); }, "no layer no such layer");
    expectError([&] { make("Gemm_features", Size()); }, "input size");
    expectError([&] { make("Conv_blocks", preparation.inputSize); },
                "1 features, the mixture has 6");
}

//! Some exports have the batch written into the graph.
TEST(DNN_GM_GaussianMixture, a_network_may_take_one_image_at_a_time)
{
    Net net;
    LayerParams reshape;
    const int sizes[] = {1, -1};
    reshape.set("dim", DictValue::arrayInt(sizes, 2));
    net.addLayerToPrev("features", "Reshape", reshape);
    ImagePreparation preparation;
    preparation.inputSize = Size(3, 2);
    preparation.channelOrder = "GRAY";
    const Ptr<OpenSetClassifier> classifier =
        OpenSetClassifier::create(net, "", GaussianMixture::create(), preparation);
    std::vector<Mat> images;
    for (const int value : {10, 20, 30})
        images.push_back(Mat(2, 3, CV_8U, Scalar(value)));
    Mat features;
    classifier->features(images, features);
    ASSERT_EQ(Size(6, 3), features.size());
    for (int n = 0; n < 3; ++n)
        EXPECT_EQ(0,
                  cvtest::norm(features.row(n), Mat(1, 6, CV_32F, Scalar(10 * n + 10)), NORM_INF));
}

} // namespace
} // namespace opencv_test

// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_run_head.hpp"

namespace opencv_test
{
namespace
{

typedef tuple<Vec3i, Covariance, Where> HeadParams; // N, K and D
typedef testing::TestWithParam<HeadParams> DNN_GM_Head;

//! What float64 says; the same for every calibration and target, and kept from one to the next.
const std::vector<Expected>& referenceFor(const HeadCase& head, Covariance covariance)
{
    static std::string last;
    static std::vector<Expected> expected;
    const std::string name = head.sizes() + testing::PrintToString(covariance);
    if (name != last)
        expected = reference(head);
    last = name;
    return expected;
}

TEST_P(DNN_GM_Head, accuracy)
{
    const Vec3i size = get<0>(GetParam());
    const Covariance covariance = get<1>(GetParam());
    const Where where = get<2>(GetParam());
    for (const Calibration calibration : allCalibrations())
    {
        SCOPED_TRACE(cv::format("calibration %d", int(calibration)));
        const HeadCase head = makeCase(size[0], size[1], size[2], covariance, calibration);
        Net net = netWithHead(head.constants, where);
        checkHead(head, forward(net, head.features), referenceFor(head, covariance), where);
        EXPECT_EQ(whereItRuns(where), ranOn(net));
    }
}

// Small, odd, wide, and more classes than a block of threads does at once.
const auto sizes =
    testing::Values(Vec3i(1, 1, 1), Vec3i(1, 10, 100), Vec3i(16, 33, 17), Vec3i(129, 101, 257),
                    Vec3i(256, 4097, 65), Vec3i(70, 4300, 5), Vec3i(3, 9001, 5), Vec3i(2, 7, 4096));
const auto covariances = testing::ValuesIn(allCovariances());
INSTANTIATE_TEST_CASE_P(OpenCV, DNN_GM_Head,
                        testing::Combine(sizes, covariances,
                                         testing::ValuesIn(everywhereOn(DNN_BACKEND_OPENCV))));
INSTANTIATE_TEST_CASE_P(CUDA, DNN_GM_Head,
                        testing::Combine(sizes, covariances,
                                         testing::ValuesIn(everywhereOn(DNN_BACKEND_CUDA))));

void checkShape(const Mat& output, int rows, int cols)
{
    EXPECT_EQ(CV_32FC1, output.type());
    EXPECT_EQ(2, output.dims);
    EXPECT_EQ(rows, output.rows);
    EXPECT_EQ(cols, output.cols);
}

void checkOnCPU(const HeadCase& head, const HeadOutputs& outputs,
                const std::vector<Expected>& expected)
{
    SCOPED_TRACE(head.sizes());
    const int N = head.features.rows;
    checkShape(outputs.prob, N, head.means().rows);
    for (const Mat* output : {&outputs.logLikelihood, &outputs.logDensity, &outputs.distance,
                              &outputs.pValue, &outputs.predicted})
        checkShape(*output, N, 1);
    checkAccuracy(outputs, expected, Tolerance{1e-5, 2e-5});
    checkPValues(head, outputs, expected);
}

TEST(DNN_GM_Head_CPU, accuracy_for_all_sizes)
{
    for (const int N : {1, 2, 15, 16, 17, 53})
        for (const int K : {1, 2, 3, 11, 101})
            for (const int D : {1, 2, 7, 15, 16, 17, 33, 100, 257})
                for (const Covariance covariance : allCovariances())
                    for (const Calibration calibration : allCalibrations())
                    {
                        const HeadCase head = makeCase(N, K, D, covariance, calibration);
                        checkOnCPU(head, run(head), referenceFor(head, covariance));
                    }
}

TEST(DNN_GM_Head_CPU, accuracy_when_constants_are_inputs)
{
    for (const Covariance covariance : allCovariances())
        for (const Calibration calibration : allCalibrations())
        {
            const HeadCase head = makeCase(19, 5, 21, covariance, calibration);
            const Ptr<GMHeadLayer> layer = GMHeadLayer::create(paramsWith(std::vector<Mat>()));
            std::vector<Mat> inputs(1, head.features);
            inputs.insert(inputs.end(), head.constants.begin(), head.constants.end());

            std::vector<MatShape> shapes, outputShapes, internalShapes;
            for (const Mat& input : inputs)
                shapes.push_back(MatShape(input.size.p, input.size.p + input.dims));
            layer->getMemoryShapes(shapes, 0, outputShapes, internalShapes);
            EXPECT_TRUE(internalShapes.empty());
            std::vector<Mat> outputs, internals;
            for (const MatShape& shape : outputShapes)
                outputs.push_back(Mat(shape[0], shape[1], CV_32F));
            layer->forward(inputs, outputs, internals);
            checkOnCPU(head, HeadOutputs(outputs), reference(head));
        }
}

TEST(DNN_GM_Head_CPU, equals_what_is_worked_out_by_hand)
{
    // One class N(0,1): distance 4, log N(2; 0, 1) = -2 - log(2 pi) / 2. Of five distances one is 4
    // and one is larger: (1 + 2) / (1 + 5).
    const HeadCase one{matrix(1, 1, {2}),
                       {matrix(1, 1, {0}), matrix(1, 1, {0}), matrix(1, 1, {0}),
                        tables(1, 1, {0, 1, 2, 4, 9, quietNaN})}};
    const HeadOutputs ofOne = run(one);
    EXPECT_EQ(1.f, ofOne.prob.at<float>(0));
    EXPECT_EQ(4.f, ofOne.distance.at<float>(0));
    EXPECT_EQ(-2.918938533f, ofOne.logLikelihood.at<float>(0));
    EXPECT_EQ(-2.918938533f, ofOne.logDensity.at<float>(0));
    EXPECT_EQ(0.5f, ofOne.pValue.at<float>(0));

    // Midway between two classes of the same variance 4 the posterior is the prior, 3 to 1.
    const HeadCase two{matrix(1, 2, {0, 0}),
                       {matrix(2, 2, {2, 2, -2, -2}), matrix(1, 1, {std::log(4.f)}),
                        matrix(2, 1, {std::log(0.75f), std::log(0.25f)}),
                        tables(2, 1, {1, 3, 1, quietNaN})}};
    const HeadOutputs ofTwo = run(two);
    EXPECT_NEAR(0.75f, ofTwo.prob.at<float>(0, 0), 0.75e-6);
    EXPECT_NEAR(0.25f, ofTwo.prob.at<float>(0, 1), 0.25e-6);
    EXPECT_NEAR(2.f, ofTwo.distance.at<float>(0), 2e-6);
    // -(2 + 2 log 4 + 2 log 2 pi) / 2
    EXPECT_NEAR(-4.224171427f, ofTwo.logLikelihood.at<float>(0), 4e-6);
    EXPECT_NEAR(-4.224171427f, ofTwo.logDensity.at<float>(0), 4e-6);
    EXPECT_NEAR(2.f / 3, ofTwo.pValue.at<float>(0), 0.6e-6);
}

TEST(DNN_GM_Head_CPU, ranks_and_joins_energy_and_doubt)
{
    // Two equal classes N(+-1, 1), x = 0.5: d = 0.25 and 2.25, offsets log 1/2 less the base log
    // 1/2. energy = -2 log(exp(-0.125) + exp(-1.125)) = -0.3765, doubt = -1. Of four energies two
    // are larger, of the doubts one: P_e = 3/5, P_d = 2/5, nonconformity (5/3)^2.5 + 2.5^2 = 9.836,
    // which one of the four reaches: (1 + 1) / (1 + 4).
    HeadCase head{matrix(1, 1, {0.5f}),
                  {matrix(2, 1, {1, -1}), matrix(1, 1, {0}),
                   matrix(2, 1, {std::log(0.5f), std::log(0.5f)}),
                   tables(1, 3, {-2, -0.38f, -0.37f, 4, -5, -3, -1.01f, -0.99f, 2, 4, 9.8f, 10})}};
    const HeadOutputs outputs = run(head);
    EXPECT_EQ(0.4f, outputs.pValue.at<float>(0));
    EXPECT_EQ(0.f, outputs.predicted.at<float>(0));
    // The negative of x is of the other class, and as strange.
    head.features.at<float>(0) = -0.5f;
    const HeadOutputs mirrored = run(head);
    EXPECT_EQ(0.4f, mirrored.pValue.at<float>(0));
    EXPECT_EQ(1.f, mirrored.predicted.at<float>(0));
}

TEST(DNN_GM_Head_CPU, ranks_odds_too_small_for_any_exponential)
{
    // d = 0 and 4e6: the doubt is -2e6, between the third and the fourth of the sample.
    const HeadCase head{matrix(1, 1, {0}),
                        {matrix(2, 1, {0, 2000}), matrix(1, 1, {0}),
                         matrix(2, 1, {std::log(0.5f), std::log(0.5f)}),
                         tables(1, 3, {0, 0, 0, 0, -4e6f, -3e6f, -2.1e6f, -1.9e6f, 2, 4, 6, 8})}};
    // P_e = 1, P_d = 2/5: 1 + 6.25, which one reaches.
    EXPECT_EQ(0.4f, run(head).pValue.at<float>(0));
}

TEST(DNN_GM_Head_CPU, loses_no_digits_by_an_offset_of_features_and_means)
{
    // Thirty standard deviations away the expanded square would have lost the distances; multiples
    // of 1/64 make the sums exact in float32.
    HeadCase head = makeCase(33, 9, 128, Covariance::SHARED, Calibration::NONE);
    for (Mat* values : {&head.features, &head.constants[0]})
        for (int row = 0; row < values->rows; ++row)
            for (int i = 0; i < values->cols; ++i)
                values->at<float>(row, i) = std::round(values->at<float>(row, i) * 64) / 64 + 1024;
    checkOnCPU(head, run(head), reference(head));
}

TEST(DNN_GM_Head_CPU, does_not_depend_on_the_number_of_threads)
{
    const HeadCase head = makeCase(97, 11, 33, Covariance::DIAGONAL, Calibration::SHARED);
    const HeadOutputs together = run(head);
    const int threads = getNumThreads();
    setNumThreads(1);
    const HeadOutputs alone = run(head);
    setNumThreads(threads);
    checkEqual(alone, together);
}

typedef testing::TestWithParam<Where> DNN_GM_Head_Where;

TEST_P(DNN_GM_Head_Where, takes_another_batch_in_each_call)
{
    const HeadCase large = makeCase(53, 3, 17, Covariance::DIAGONAL, Calibration::PER_CLASS);
    Net net = netWithHead(large.constants, GetParam());
    for (const int N : {1, 53, 7, 1})
    {
        SCOPED_TRACE(cv::format("N=%d", N));
        const HeadCase part = firstRows(large, N);
        checkHead(part, forward(net, part.features), reference(part), GetParam());
    }
}

// Small enough to be run under a tool that watches every access.
TEST_P(DNN_GM_Head_Where, runs_in_one_net)
{
    const HeadCase head = makeCase(70, 130, 33, Covariance::DIAGONAL, Calibration::PER_CLASS);
    checkHead(head, run(head, GetParam()), reference(head), GetParam());
}

INSTANTIATE_TEST_CASE_P(OpenCV, DNN_GM_Head_Where,
                        testing::ValuesIn(everywhereOn(DNN_BACKEND_OPENCV)));
INSTANTIATE_TEST_CASE_P(CUDA, DNN_GM_Head_Where, testing::ValuesIn(everywhereOn(DNN_BACKEND_CUDA)));

} // namespace
} // namespace opencv_test

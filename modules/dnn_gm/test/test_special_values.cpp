// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_run_head.hpp"

namespace opencv_test
{
namespace
{

const float infinity = std::numeric_limits<float>::infinity();

HeadCase fourClasses(Calibration calibration)
{
    return makeCase(2, 4, 19, Covariance::DIAGONAL, calibration);
}

//! As the operator's specification has it for a distance that is not a float32 number.
void checkDisbelieved(const HeadOutputs& outputs, int n)
{
    for (int k = 0; k < outputs.prob.cols; ++k)
        EXPECT_EQ(1.f / float(outputs.prob.cols), outputs.prob.at<float>(n, k));
    EXPECT_EQ(FLT_MAX, outputs.distance.at<float>(n));
    EXPECT_EQ(-0.5f * FLT_MAX, outputs.logLikelihood.at<float>(n));
    EXPECT_EQ(-0.5f * FLT_MAX, outputs.logDensity.at<float>(n));
    EXPECT_EQ(0.f, outputs.pValue.at<float>(n));
    EXPECT_EQ(0.f, outputs.predicted.at<float>(n));
}

//! Half floats cannot hold these values.
std::vector<Where> notHalfOn(Backend backend)
{
    std::vector<Where> all = everywhereOn(backend);
    all.erase(std::remove_if(all.begin(), all.end(), isHalf), all.end());
    return all;
}

//! Other devices may round the last bit otherwise.
double lastBit(const Where& where)
{
    return get<1>(where) == DNN_TARGET_CPU ? 0 : 1e-6;
}

typedef testing::TestWithParam<Where> DNN_GM_SpecialValues;

TEST_P(DNN_GM_SpecialValues, features_that_are_not_numbers_or_too_large_are_disbelieved)
{
    for (const Calibration calibration : allCalibrations())
    {
        const HeadCase head = fourClasses(calibration);
        Net net = netWithHead(head.constants, GetParam());
        const HeadOutputs untouched = forward(net, head.features);
        for (const float value : {quietNaN, infinity, -infinity, 1e30f, -1e30f, FLT_MAX, -FLT_MAX})
            for (const int column : {0, 16, 18})
            {
                SCOPED_TRACE(cv::format("value %g in column %d", value, column));
                Mat features = head.features.clone();
                features.at<float>(1, column) = value;
                const HeadOutputs outputs = forward(net, features);
                checkDisbelieved(outputs, 1);
                EXPECT_EQ(0, cvtest::norm(outputs.prob.row(0), untouched.prob.row(0), NORM_INF));
            }
    }
}

TEST_P(DNN_GM_SpecialValues, all_features_extreme_are_disbelieved)
{
    for (const float value : {quietNaN, infinity, 1e30f})
    {
        HeadCase head = fourClasses(Calibration::SHARED);
        head.features.row(1).setTo(value);
        checkDisbelieved(run(head, GetParam()), 1);
    }
}

TEST_P(DNN_GM_SpecialValues, large_distances_that_are_numbers_keep_their_order)
{
    // 1e38 and 4e36: the posterior is certain of the nearer class, nothing overflows.
    const HeadCase head{matrix(1, 1, {1e19f}),
                        {matrix(2, 1, {0, 8e18f}), matrix(1, 1, {0}),
                         matrix(2, 1, {std::log(0.5f), std::log(0.5f)}), tables(1, 1, {1, 2})}};
    const HeadOutputs outputs = run(head, GetParam());
    EXPECT_EQ(0.f, outputs.prob.at<float>(0, 0));
    EXPECT_EQ(1.f, outputs.prob.at<float>(0, 1));
    EXPECT_NEAR(4e36f, outputs.distance.at<float>(0), 4e31);
    EXPECT_NEAR(-2e36f, outputs.logLikelihood.at<float>(0), 2e31);
    EXPECT_NEAR(-2e36f, outputs.logDensity.at<float>(0), 2e31);
    EXPECT_NEAR(1.f / 3, outputs.pValue.at<float>(0), lastBit(GetParam()));
}

TEST_P(DNN_GM_SpecialValues, one_class_out_of_range_leaves_the_others_alone)
{
    const HeadCase head{matrix(1, 1, {0.5f}),
                        {matrix(3, 1, {1e30f, 0, 1}), matrix(1, 1, {0}),
                         matrix(3, 1, std::vector<float>(3, std::log(1.f / 3))),
                         tables(1, 1, {1})}};
    const HeadOutputs outputs = run(head, GetParam());
    EXPECT_EQ(0.f, outputs.prob.at<float>(0, 0));
    EXPECT_NEAR(0.5f, outputs.prob.at<float>(0, 1), lastBit(GetParam()));
    EXPECT_NEAR(0.5f, outputs.prob.at<float>(0, 2), lastBit(GetParam()));
    EXPECT_EQ(0.25f, outputs.distance.at<float>(0));
    EXPECT_EQ(1.f, outputs.pValue.at<float>(0));
}

TEST_P(DNN_GM_SpecialValues, variances_at_their_limits_agree_with_float64)
{
    for (const float logVariance : {-80.f, 80.f})
    {
        HeadCase head = makeCase(5, 3, 17, Covariance::ISOTROPIC, Calibration::NONE);
        head.constants[1].setTo(logVariance);
        // Of the order of a standard deviation, or the distances would leave float32.
        const double deviation = std::exp(0.5 * logVariance);
        head.features *= deviation;
        head.constants[0] *= deviation;
        const HeadOutputs outputs = run(head, GetParam());
        for (int n = 0; n < 5; ++n)
        {
            const Expected expected = reference(head, n);
            const auto near = [](double value) { return 1e-5 * std::abs(value); };
            EXPECT_NEAR(expected.distance, outputs.distance.at<float>(n), near(expected.distance));
            EXPECT_NEAR(expected.logLikelihood, outputs.logLikelihood.at<float>(n),
                        near(expected.logLikelihood));
            EXPECT_NEAR(expected.logDensity, outputs.logDensity.at<float>(n),
                        near(expected.logDensity));
        }
    }
}

TEST_P(DNN_GM_SpecialValues, classes_that_tie_share_the_posterior_and_the_first_is_predicted)
{
    // The tables of the calibration tell which class was taken.
    const HeadCase head{matrix(1, 1, {0}),
                        {matrix(2, 1, {1, -1}), matrix(1, 1, {0}),
                         matrix(2, 1, {std::log(0.5f), std::log(0.5f)}), tables(2, 1, {0.5f, 2})}};
    const HeadOutputs outputs = run(head, GetParam());
    EXPECT_NEAR(0.5f, outputs.prob.at<float>(0, 0), lastBit(GetParam()));
    EXPECT_NEAR(0.5f, outputs.prob.at<float>(0, 1), lastBit(GetParam()));
    EXPECT_EQ(0.5f, outputs.pValue.at<float>(0));
}

TEST_P(DNN_GM_SpecialValues, p_values_are_one_in_every_encoding_of_not_calibrated)
{
    const Mat encodings[] = {Mat(), tables(1, 1, {quietNaN}),
                             tables(4, 3, std::vector<float>(24, quietNaN))};
    for (const Mat& encoding : encodings)
    {
        HeadCase head = fourClasses(Calibration::NONE);
        head.constants.push_back(encoding);
        EXPECT_FALSE(GMHeadLayer::create(paramsWith(head.constants))->isCalibrated());
        const HeadOutputs outputs = run(head, GetParam());
        EXPECT_EQ(1.f, outputs.pValue.at<float>(0));
        EXPECT_EQ(1.f, outputs.pValue.at<float>(1));
    }
}

INSTANTIATE_TEST_CASE_P(OpenCV, DNN_GM_SpecialValues,
                        testing::ValuesIn(notHalfOn(DNN_BACKEND_OPENCV)));
INSTANTIATE_TEST_CASE_P(CUDA, DNN_GM_SpecialValues, testing::ValuesIn(notHalfOn(DNN_BACKEND_CUDA)));

} // namespace
} // namespace opencv_test

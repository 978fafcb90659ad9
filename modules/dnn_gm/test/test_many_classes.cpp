// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_run_head.hpp"

namespace opencv_test
{
namespace
{

// Of many classes the CPU takes a matrix product, and works out again what counts.

void checkHeadOnCPU(const HeadCase& head)
{
    SCOPED_TRACE(head.sizes());
    const HeadOutputs outputs = run(head);
    const std::vector<Expected> expected = reference(head);
    checkAccuracy(outputs, expected, Tolerance{1e-5, 2e-5});
    checkPValues(head, outputs, expected);
    for (int n = 0; n < head.features.rows; ++n)
        EXPECT_NEAR(1, sum(outputs.prob.row(n))[0], 1e-5) << "row " << n;
}

TEST(DNN_GM_ManyClasses, accuracy_around_the_sizes_of_blocks)
{
    for (const int K : {17, 47, 48, 49, 63, 64, 65, 97, 200})
        for (const int D : {483, 512, 529})
            for (const int N : {1, 3, 9})
                for (const Covariance covariance : allCovariances())
                    checkHeadOnCPU(makeCase(N, K, D, covariance, Calibration::PER_CLASS));
    for (const int N : {2, 7, 8, 63, 64, 65, 131})
        for (const Covariance covariance : allCovariances())
            checkHeadOnCPU(makeCase(N, 83, 101, covariance, Calibration::BY_DISTANCE));
    for (const int D : {175, 176, 177, 352, 353})
        for (const Covariance covariance : allCovariances())
            checkHeadOnCPU(makeCase(5, 70, D, covariance, Calibration::SHARED));
}

TEST(DNN_GM_ManyClasses, accuracy_where_several_are_likely)
{
    for (const Covariance covariance : allCovariances())
        for (const int D : {130, 512})
            checkHeadOnCPU(crowds(40, 150, D, covariance));
}

TEST(DNN_GM_ManyClasses, lose_no_digits_by_a_common_offset)
{
    for (const Covariance covariance : allCovariances())
    {
        HeadCase head = crowds(40, 150, 130, covariance);
        head.features += 1e4;
        head.constants[0] += 1e4;
        checkHeadOnCPU(head);
    }
}

TEST(DNN_GM_ManyClasses, accuracy_where_the_product_tells_little)
{
    // Far enough from one another, no digit of the product is left.
    for (const Covariance covariance : allCovariances())
        for (const double spread : {10., 30., 100., 1e3, 1e4})
        {
            SCOPED_TRACE(cv::format("spread %g", spread));
            checkHeadOnCPU(crowds(40, 150, 130, covariance, spread));
        }
}

TEST(DNN_GM_ManyClasses, far_from_all_classes)
{
    for (const Covariance covariance : allCovariances())
        for (const double distance : {10., 1e3, 1e5})
        {
            SCOPED_TRACE(cv::format("distance %g", distance));
            HeadCase head = makeCase(9, 150, 130, covariance, Calibration::SHARED);
            head.features *= distance;
            const HeadOutputs outputs = run(head);
            checkAccuracy(outputs, reference(head), Tolerance{1e-5, distance > 100 ? 1. : 2e-5});
        }
}

TEST(DNN_GM_ManyClasses, variances_at_their_limits)
{
    for (const Covariance covariance : allCovariances())
        for (const float logVariance : {-78.f, 78.f})
        {
            HeadCase head = crowds(9, 150, 130, covariance);
            const double deviation = std::exp(0.5 * logVariance);
            head.constants[1] += logVariance;
            head.features *= deviation;
            head.constants[0] *= deviation;
            checkHeadOnCPU(head);
        }
}

TEST(DNN_GM_ManyClasses, equal_classes_share_the_posterior_and_the_first_is_predicted)
{
    HeadCase head = makeCase(3, 150, 130, Covariance::SHARED, Calibration::NONE);
    head.constants[0].setTo(0.5);
    head.constants[2].setTo(-std::log(150.));
    const HeadOutputs outputs = run(head);
    EXPECT_LE(cvtest::norm(outputs.prob, Mat(3, 150, CV_32F, Scalar(1. / 150)), NORM_INF), 1e-8);
    EXPECT_EQ(0, cvtest::norm(outputs.predicted, NORM_INF));
}

TEST(DNN_GM_ManyClasses, nonsense_is_disbelieved_and_leaves_other_rows_alone)
{
    for (const Covariance covariance : allCovariances())
    {
        const HeadCase head = makeCase(3, 150, 130, covariance, Calibration::SHARED);
        const HeadOutputs untouched = run(head);
        for (const float value : {quietNaN, std::numeric_limits<float>::infinity(), -1e30f})
            for (const int column : {0, 63, 129})
            {
                HeadCase damaged{head.features.clone(), head.constants};
                damaged.features.at<float>(1, column) = value;
                const HeadOutputs outputs = run(damaged);
                EXPECT_EQ(FLT_MAX, outputs.distance.at<float>(1));
                EXPECT_EQ(0.f, outputs.pValue.at<float>(1));
                EXPECT_EQ(0.f, outputs.predicted.at<float>(1));
                EXPECT_EQ(0, cvtest::norm(outputs.prob.row(1),
                                          Mat(1, 150, CV_32F, Scalar(1.f / 150)), NORM_INF));
                for (const int n : {0, 2})
                    EXPECT_EQ(0,
                              cvtest::norm(outputs.prob.row(n), untouched.prob.row(n), NORM_INF));
            }
    }
}

TEST(DNN_GM_ManyClasses, a_batch_is_what_its_rows_are_alone_by_any_number_of_threads)
{
    for (const Covariance covariance : allCovariances())
    {
        const HeadCase head = crowds(131, 113, 520, covariance);
        Net net = netWithHead(head.constants);
        const HeadOutputs together = forward(net, head.features);
        const int threads = getNumThreads();
        setNumThreads(1);
        checkEqual(forward(net, head.features), together);
        setNumThreads(threads);
        for (const int n : {0, 7, 8, 64, 127, 130})
            EXPECT_EQ(0, cvtest::norm(forward(net, head.features.row(n).clone()).prob,
                                      together.prob.row(n), NORM_INF));
    }
}

TEST(DNN_GM_ManyClasses, accuracy_without_vector_instructions_of_this_processor)
{
    const bool optimized = useOptimized();
    setUseOptimized(false);
    for (const Covariance covariance : allCovariances())
        for (const int N : {1, 14})
            checkHeadOnCPU(crowds(N, 113, 130, covariance));
    setUseOptimized(optimized);
}

} // namespace
} // namespace opencv_test

// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_run_head.hpp"

#include <numeric>

namespace opencv_test
{
namespace
{

// What must hold of any head and any features: 500 random heads with 20 rows each, everywhere.

const int headCount = 500, rowCount = 20;

//! Of few classes, and of as many in as many dimensions as take a matrix product on the CPU.
//! Numbers are multiples of 1/64, so that a shift changes no difference.
HeadCase randomHead(int seed)
{
    RNG random(seed);
    const bool byProduct = seed % 10 == 0;
    const int K = byProduct ? random.uniform(17, 60) : random.uniform(1, 8);
    const int D = byProduct ? random.uniform(490, 520) : random.uniform(1, 24);
    HeadCase head =
        makeCase(rowCount, K, D, allCovariances()[seed % 3], allCalibrations()[seed % 4]);
    for (Mat* values : {&head.features, &head.constants[0]})
    {
        *values *= random.uniform(0.3, 3.);
        for (int row = 0; row < values->rows; ++row)
            for (int i = 0; i < values->cols; ++i)
                values->at<float>(row, i) = std::round(values->at<float>(row, i) * 64) / 64;
    }
    return head;
}

//! Whether they are the same but for rounding, by which classes that tie may change places.
void checkClose(const HeadCase& head, const HeadOutputs& actual, const HeadOutputs& expected,
                const std::vector<Expected>& rows)
{
    WorstError worst(1);
    for (int n = 0; n < expected.prob.rows; ++n)
    {
        for (int k = 0; k < expected.prob.cols; ++k)
            EXPECT_NEAR(expected.prob.at<float>(n, k), actual.prob.at<float>(n, k), 3e-5);
        worst.add(actual.logDensity.at<float>(n), expected.logDensity.at<float>(n));
        if (actual.predicted.at<float>(n) != expected.predicted.at<float>(n))
        {
            const int a = int(actual.predicted.at<float>(n)),
                      b = int(expected.predicted.at<float>(n));
            EXPECT_NEAR(expected.prob.at<float>(n, a), expected.prob.at<float>(n, b), 3e-5);
            continue;
        }
        worst.add(actual.logLikelihood.at<float>(n), expected.logLikelihood.at<float>(n));
        worst.add(actual.distance.at<float>(n), expected.distance.at<float>(n));
        const float p = actual.pValue.at<float>(n);
        EXPECT_TRUE(p == expected.pValue.at<float>(n) || isPValue(p, head, rows[n])) << "row " << n;
    }
    EXPECT_LT(worst.worst, 2e-5);
}

void checkNumbers(const HeadOutputs& outputs)
{
    for (const Mat* values : {&outputs.prob, &outputs.logLikelihood, &outputs.logDensity,
                              &outputs.distance, &outputs.pValue, &outputs.predicted})
        EXPECT_TRUE(std::all_of(values->begin<float>(), values->end<float>(),
                                [](float value) { return std::isfinite(value); }));
    EXPECT_TRUE(checkRange(outputs.prob, true, nullptr, 0, 1.0001));
    EXPECT_TRUE(checkRange(outputs.pValue, true, nullptr, 0, 1.0001));
    for (int n = 0; n < outputs.prob.rows; ++n)
        EXPECT_NEAR(1, sum(outputs.prob.row(n))[0], 2e-5) << "row " << n;
}

std::vector<Where> notHalf()
{
    std::vector<Where> all = everywhere();
    all.erase(std::remove_if(all.begin(), all.end(), isHalf), all.end());
    return all;
}

typedef testing::TestWithParam<Where> DNN_GM_Properties;

TEST_P(DNN_GM_Properties, of_rows_and_repetitions)
{
    for (int seed = 0; seed < headCount; ++seed)
    {
        const HeadCase head = randomHead(seed);
        SCOPED_TRACE(head.sizes());
        Net net = netWithHead(head.constants, GetParam());
        const HeadOutputs outputs = forward(net, head.features);
        checkNumbers(outputs);
        EXPECT_TRUE(checkRange(outputs.pValue, true, nullptr, FLT_MIN, 1.0001));
        checkEqual(forward(net, head.features), outputs);
        const int n = seed % rowCount;
        checkEqual(forward(net, head.features.row(n).clone()),
                   HeadOutputs({outputs.prob.row(n), outputs.logLikelihood.row(n),
                                outputs.logDensity.row(n), outputs.distance.row(n),
                                outputs.pValue.row(n), outputs.predicted.row(n)}));
        if (HasFailure())
            return;
    }
}

//! The head with its classes in another order.
HeadCase reordered(const HeadCase& head, const std::vector<int>& order)
{
    HeadCase moved = head;
    for (Mat& constant : moved.constants)
    {
        const Mat from = constant;
        if (from.size[0] != int(order.size()))
            continue; // one for all
        constant = from.clone();
        for (size_t k = 0; k < order.size(); ++k)
            std::memcpy(constant.ptr(int(k)), from.ptr(order[k]), from.step[0]);
    }
    return moved;
}

TEST_P(DNN_GM_Properties, of_shifts_and_orders_of_classes)
{
    for (int seed = 0; seed < headCount; ++seed)
    {
        const HeadCase head = randomHead(seed);
        SCOPED_TRACE(head.sizes());
        const HeadOutputs outputs = run(head, GetParam());
        const std::vector<Expected> rows = reference(head);
        RNG random(seed);

        HeadCase shifted{head.features.clone(), head.constants};
        shifted.constants[0] = head.means().clone();
        for (int i = 0; i < head.means().cols; ++i)
        {
            const double shift = random.uniform(-4096, 4096) / 64.;
            shifted.features.col(i) += shift;
            shifted.constants[0].col(i) += shift;
        }
        checkClose(head, run(shifted, GetParam()), outputs, rows);

        std::vector<int> order(head.means().rows);
        std::iota(order.begin(), order.end(), 0);
        for (int k = int(order.size()) - 1; k > 0; --k)
            std::swap(order[k], order[random.uniform(0, k + 1)]);
        HeadOutputs found = run(reordered(head, order), GetParam());
        const Mat prob = found.prob.clone();
        for (int k = 0; k < prob.cols; ++k)
            prob.col(k).copyTo(found.prob.col(order[k]));
        for (int n = 0; n < rowCount; ++n)
            found.predicted.at<float>(n) = float(order[int(found.predicted.at<float>(n))]);
        checkClose(head, found, outputs, rows);
        if (HasFailure())
            return;
    }
}

TEST_P(DNN_GM_Properties, what_is_stranger_has_no_larger_p_value)
{
    for (int seed = 0; seed < headCount; ++seed)
    {
        const HeadCase head = randomHead(seed);
        SCOPED_TRACE(head.sizes());
        const HeadOutputs outputs = run(head, GetParam());
        const std::vector<Expected> rows = reference(head);
        const Mat calibration = head.calibration();
        const bool shared = calibration.empty() || calibration.size[0] == 1;
        const bool byDistance = !calibration.empty() && calibration.size[1] == 1;
        const auto above = [](double a, double b) { return a >= b + 1e-4 * (1 + std::abs(b)); };
        for (int i = 0; i < rowCount; ++i)
            for (int j = 0; j < rowCount; ++j)
            {
                const Expected &a = rows[i], &b = rows[j];
                const bool stranger = byDistance
                                          ? above(a.distance, b.distance)
                                          : above(a.energy, b.energy) && above(a.doubt, b.doubt);
                if (!stranger || (!shared && a.predicted != b.predicted))
                    continue;
                EXPECT_LE(outputs.pValue.at<float>(i), outputs.pValue.at<float>(j));
            }
        if (HasFailure())
            return;
    }
}

//! A number of any size that float32 has, below its normal ones too.
float anyNumber(RNG& random, int least, int most)
{
    const double size = std::pow(10., random.uniform(double(least), double(most)));
    return float(random.uniform(0, 2) ? size : -size);
}

TEST_P(DNN_GM_Properties, of_numbers_of_any_size)
{
    const float infinity = std::numeric_limits<float>::infinity();
    for (int seed = 0; seed < headCount; ++seed)
    {
        HeadCase head = randomHead(seed);
        SCOPED_TRACE(head.sizes());
        RNG random(seed);
        const int D = head.means().cols;
        for (int k = 0; k < head.means().rows; ++k)
            for (int i = 0; i < D; ++i)
                head.constants[0].at<float>(k, i) = anyNumber(random, -30, seed % 2 ? 30 : 3);
        for (int n = 0; n < rowCount; ++n)
            for (int i = 0; i < D; ++i)
                head.features.at<float>(n, i) = anyNumber(random, -44, n % 2 ? 30 : 3);
        const float values[] = {quietNaN, infinity, -infinity};
        for (int n = 0; n < 3; ++n)
            head.features.at<float>(n, random.uniform(0, D)) = values[n];
        const HeadOutputs outputs = run(head, GetParam());
        checkNumbers(outputs);
        for (int n = 0; n < rowCount; ++n)
        {
            // Nothing is believed of which no class knows the distance, and only that is not.
            const bool none = outputs.distance.at<float>(n) == FLT_MAX;
            EXPECT_EQ(none, outputs.pValue.at<float>(n) == 0);
            EXPECT_TRUE(n >= 3 || none);
        }
        if (HasFailure())
            return;
    }
}

INSTANTIATE_TEST_CASE_P(/**/, DNN_GM_Properties, testing::ValuesIn(notHalf()));

} // namespace
} // namespace opencv_test

// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_TEST_RUN_HEAD_HPP
#define OPENCV_DNN_GM_TEST_RUN_HEAD_HPP

// Runs GMHead inside a cv::dnn::Net, and compares what it says with float64.

#include "test_gm_head_case.hpp"

namespace opencv_test
{

inline void PrintTo(const Covariance& covariance, std::ostream* stream)
{
    static const char* const names[] = {"shared", "isotropic", "diagonal"};
    *stream << names[int(covariance)];
}

inline std::vector<Covariance> allCovariances()
{
    return {Covariance::SHARED, Covariance::ISOTROPIC, Covariance::DIAGONAL};
}

inline std::vector<Calibration> allCalibrations()
{
    return {Calibration::NONE, Calibration::SHARED, Calibration::PER_CLASS,
            Calibration::BY_DISTANCE};
}

//! The outputs of GMHead, in its order.
struct HeadOutputs
{
    Mat prob, logLikelihood, logDensity, distance, pValue, predicted;

    explicit HeadOutputs(const std::vector<Mat>& outputs)
    {
        CV_Assert(outputs.size() == 6);
        Mat* const members[] = {&prob, &logLikelihood, &logDensity, &distance, &pValue, &predicted};
        for (size_t i = 0; i < 6; ++i)
            *members[i] = outputs[i].clone();
    }
};

inline LayerParams paramsWith(const std::vector<Mat>& constants)
{
    LayerParams params;
    params.name = "head";
    params.type = "GMHead";
    params.blobs = constants;
    return params;
}

inline Net netWithHead(const std::vector<Mat>& constants, const Where& where = onCPU())
{
    registerLayers();
    Net net;
    LayerParams params = paramsWith(constants);
    net.addLayerToPrev("head", "GMHead", params);
    setWhere(net, where);
    return net;
}

inline HeadOutputs forward(Net& net, const Mat& features)
{
    net.setInput(features);
    std::vector<std::vector<Mat>> outputs;
    net.forward(outputs, std::vector<String>(1, "head"));
    return HeadOutputs(outputs.at(0));
}

//! Where the head of such a net ran in the last forward pass.
inline int ranOn(Net& net)
{
    return net.getLayer(net.getLayerId("head")).dynamicCast<GMHeadLayer>()->getTarget();
}

inline HeadOutputs run(const HeadCase& head, const Where& where = onCPU())
{
    Net net = netWithHead(head.constants, where);
    return forward(net, head.features);
}

inline HeadCase firstRows(const HeadCase& head, int N)
{
    return HeadCase{head.features.rowRange(0, N).clone(), head.constants};
}

//! What float64 says of all rows.
inline std::vector<Expected> reference(const HeadCase& head)
{
    std::vector<Expected> rows;
    for (int n = 0; n < head.features.rows; ++n)
        rows.push_back(reference(head, n));
    return rows;
}

struct Tolerance
{
    double score; //!< relative, of log_likelihood, log_density and distance
    double prob;  //!< absolute
};

//! Half floats round the features on their way in, and the outputs on theirs.
inline Tolerance toleranceOf(const Where& where)
{
    return isHalf(where) ? Tolerance{1e-2, 1e-1} : Tolerance{1e-5, 1e-4};
}

//! Largest |actual - expected| / max(|expected|, floor); NaN once any is.
class WorstError
{
public:
    explicit WorstError(double itsFloor) : worst(0), floor(itsFloor) {}

    void add(float actual, double expected)
    {
        const double error = std::abs(actual - expected) / std::max(std::abs(expected), floor);
        if (cvIsNaN(error) || error > worst)
            worst = error;
    }

    double worst;

private:
    double floor;
};

inline void checkAccuracy(const HeadOutputs& actual, const std::vector<Expected>& expected,
                          const Tolerance& tolerance)
{
    ASSERT_EQ(int(expected.size()), actual.prob.rows);
    WorstError prob(1), logLikelihood(1), logDensity(1), distance(1e-3);
    for (int n = 0; n < actual.prob.rows; ++n)
    {
        const Expected& e = expected[n];
        for (int k = 0; k < actual.prob.cols; ++k)
            prob.add(actual.prob.at<float>(n, k), e.prob[k]);
        logLikelihood.add(actual.logLikelihood.at<float>(n), e.logLikelihood);
        logDensity.add(actual.logDensity.at<float>(n), e.logDensity);
        distance.add(actual.distance.at<float>(n), e.distance);
    }
    EXPECT_LT(prob.worst, tolerance.prob);
    EXPECT_LT(logLikelihood.worst, tolerance.score);
    EXPECT_LT(logDensity.worst, tolerance.score);
    EXPECT_LT(distance.worst, tolerance.score);
}

//! Each p-value is that of the features, and each class the one that is expected.
inline void checkPValues(const HeadCase& head, const HeadOutputs& actual,
                         const std::vector<Expected>& expected)
{
    for (int n = 0; n < actual.prob.rows; ++n)
    {
        const float p = actual.pValue.at<float>(n);
        EXPECT_TRUE(isPValue(p, head, expected[n])) << p << " in row " << n;
        EXPECT_EQ(float(expected[n].predicted), actual.predicted.at<float>(n)) << "row " << n;
    }
}

inline void checkHead(const HeadCase& head, const HeadOutputs& actual,
                      const std::vector<Expected>& expected, const Where& where)
{
    checkAccuracy(actual, expected, toleranceOf(where));
    if (!isHalf(where))
        checkPValues(head, actual, expected);
}

inline void checkEqual(const HeadOutputs& actual, const HeadOutputs& expected)
{
    const auto differ = [](const Mat& a, const Mat& b)
    { return a.size != b.size || cvtest::norm(a, b, NORM_INF) != 0; };
    EXPECT_FALSE(differ(actual.prob, expected.prob));
    EXPECT_FALSE(differ(actual.logLikelihood, expected.logLikelihood));
    EXPECT_FALSE(differ(actual.logDensity, expected.logDensity));
    EXPECT_FALSE(differ(actual.distance, expected.distance));
    EXPECT_FALSE(differ(actual.pValue, expected.pValue));
    EXPECT_FALSE(differ(actual.predicted, expected.predicted));
}

} // namespace opencv_test

#endif // OPENCV_DNN_GM_TEST_RUN_HEAD_HPP

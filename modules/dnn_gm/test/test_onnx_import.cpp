// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_engines.hpp"
#include "test_onnx_model.hpp"
#include "test_run_head.hpp"

namespace opencv_test
{
namespace
{

//! GMHead alone on the graph input `features`.
std::vector<uchar> modelOf(const HeadCase& head)
{
    OnnxModel model;
    model.addInput("features", {0, head.means().cols}).addHead(head.constants);
    return model.bytes();
}

HeadOutputs forwardByName(Net& net, const Mat& features)
{
    net.setInput(features);
    std::vector<Mat> outputs;
    net.forward(outputs, std::vector<String>{"prob", "log_likelihood", "log_density", "distance",
                                             "p_value", "class"});
    return HeadOutputs(outputs);
}

typedef testing::TestWithParam<EngineWhere> DNN_GM_ONNX;

TEST_P(DNN_GM_ONNX, gives_what_the_layer_gives_at_any_batch)
{
    const Where where = get<1>(GetParam());
    for (const Covariance covariance : allCovariances())
        for (const Calibration calibration : allCalibrations())
            for (const int K : {1, 4})
                for (const int D : {1, 13})
                {
                    const HeadCase head = makeCase(37, K, D, covariance, calibration);
                    Net net = readONNX(modelOf(head), get<0>(GetParam()));
                    setWhere(net, where);
                    for (const int N : {37, 1, 8})
                    {
                        const HeadCase part = firstRows(head, N);
                        SCOPED_TRACE(part.sizes());
                        const HeadOutputs outputs = forwardByName(net, part.features);
                        checkEqual(outputs, run(part, where));
                        checkHead(part, outputs, reference(part), where);
                    }
                }
}

TEST_P(DNN_GM_ONNX, may_leave_out_the_calibration)
{
    const Where where = get<1>(GetParam());
    const HeadCase head = makeCase(3, 4, 5, Covariance::DIAGONAL, Calibration::NONE);
    HeadCase empty = head;
    empty.constants.push_back(Mat());
    HeadCase allNaN = head;
    allNaN.constants.push_back(tables(1, 3, std::vector<float>(3, quietNaN)));
    for (const HeadCase& encoding : {head, empty, allNaN})
    {
        Net net = readONNX(modelOf(encoding), get<0>(GetParam()));
        setWhere(net, where);
        checkEqual(forwardByName(net, head.features), run(head, where));
    }
}

INSTANTIATE_TEST_CASE_P(OpenCV, DNN_GM_ONNX, testing::ValuesIn(everyEngineOn(DNN_BACKEND_OPENCV)));
INSTANTIATE_TEST_CASE_P(CUDA, DNN_GM_ONNX, testing::ValuesIn(everyEngineOn(DNN_BACKEND_CUDA)));

typedef testing::TestWithParam<EngineId> DNN_GM_ONNX_Refusal;

TEST_P(DNN_GM_ONNX_Refusal, names_what_is_wrong)
{
    HeadCase head = makeCase(3, 4, 5, Covariance::DIAGONAL, Calibration::SHARED);
    const auto refused =
        [&](const std::vector<uchar>& bytes, const std::string& part, int width = 5)
    {
        return refuses(
            [&]
            {
                Net net = readONNX(bytes, GetParam());
                // The classic engine has refused; the new one knows the constants later.
                if (GetParam() == ENGINE_NEW)
                    forwardByName(net, Mat::zeros(2, width, CV_32F));
            },
            part);
    };
    HeadCase narrow = head;
    narrow.constants[1] = Mat::zeros(4, 4, CV_32F);
    EXPECT_TRUE(refused(modelOf(narrow),
                        "GMHead: log_variances must be [K,D]=[4,5], [K,1]=[4,1] or [1,1]"));

    HeadCase unsorted = head;
    unsorted.constants[3] = tables(1, 1, {2, 1});
    EXPECT_TRUE(refused(modelOf(unsorted), "GMHead: calibration must ascend within a line"));

    OnnxModel wide;
    wide.addInput("features", {0, 6}).addHead(head.constants);
    EXPECT_TRUE(
        refused(wide.bytes(), "GMHead: features must be [N,D] with D=5 as in means, got [", 6));

    OnnxModel alone;
    alone.addInput("features", {0, 5}).addHead(head.constants).inputs.resize(1);
    EXPECT_TRUE(
        refused(alone.bytes(), "GMHead: missing inputs: expected features, means, log_variances"));

    if (GetParam() == ENGINE_NEW)
        return; // it does not tell constants from other inputs
    OnnxModel dynamicMeans;
    dynamicMeans.addInput("features", {0, 5}).addInput("means", {4, 5}).addHead(head.constants);
    dynamicMeans.initializers.erase(dynamicMeans.initializers.begin());
    EXPECT_TRUE(refused(dynamicMeans.bytes(), "GMHead: "));
}

INSTANTIATE_TEST_CASE_P(/**/, DNN_GM_ONNX_Refusal, EngineId::all());

} // namespace
} // namespace opencv_test

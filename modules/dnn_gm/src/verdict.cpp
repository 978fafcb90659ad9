// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "onnx_file.hpp"
#include "verdict.hpp"

namespace cv
{
namespace dnn_gm
{

Verdict::Verdict()
    : classId(-1), confidence(0), logLikelihood(0), logDensity(0), distance(0), pValue(0),
      accepted(false)
{
}

Verdict verdictOf(const std::vector<Mat>& outputs, int n, const std::vector<String>& labels)
{
    Verdict v;
    if (outputs.size() > classOutput)
        v.classId = int(outputs[classOutput].at<float>(n));
    else
    {
        Point best;
        minMaxLoc(outputs[probOutput].row(n), nullptr, nullptr, nullptr, &best);
        v.classId = best.x;
    }
    v.label = labels.empty() ? format("%d", v.classId) : labels.at(v.classId);
    v.confidence = outputs[probOutput].at<float>(n, v.classId);
    v.logLikelihood = outputs[logLikelihoodOutput].at<float>(n);
    v.logDensity = outputs[logDensityOutput].at<float>(n);
    v.distance = outputs[distanceOutput].at<float>(n);
    v.pValue = outputs[pValueOutput].at<float>(n);
    return v;
}

} // namespace dnn_gm
} // namespace cv

// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CPU_HEAD_HPP
#define OPENCV_DNN_GM_CPU_HEAD_HPP

#include "constants.hpp"
#include "mixture_math.hpp"
#include "products.hpp"

namespace cv
{
namespace dnn_gm
{

//! What the mixture says of one feature vector, apart from the posterior.
struct Scores
{
    float logLikelihood;
    float logDensity;
    float distance;
    float pValue;
    int predicted; //!< the class c that all of them are of
};

//! What is worked out of the constants once, for every backend.
struct MixtureParameters
{
    //! @param constants that passed Constants::check()
    explicit MixtureParameters(const Constants& constants);

    int classes() const { return means.rows; }
    int dims() const { return means.cols; }
    bool isCalibrated() const;
    //! Of all tables together, each of which counts once, whatever the number of its classes.
    int calibrationSamples() const;

    Mat means;                          //!< [K,D]
    Mat inverseDeviations;              //!< exp(-log_variance / 2), shaped as log_variances
    std::vector<double> logNormalisers; //!< [K]: log N(mu_k; mu_k, Lambda_k)
    std::vector<double> logPriors;      //!< [K]
    double base;                        //!< the largest logNormaliser + logPrior
    Mat calibration;                    //!< [R,3,Q] or [R,1,Q], or empty
    std::vector<int> calibrationCounts; //!< [R], without the NaN at the end of lines

    //! That of the samples that an input of this predicted class is ranked among.
    CalibrationTable calibrationOf(int predicted) const;
};

/** @brief [K]: logNormaliser + logPrior - base.

The common part is hundreds for many dimensions: without it logarithms keep their digits in float32.
 */
std::vector<float> relativeOffsets(const MixtureParameters& parameters);

/** @brief p(x) = sum over k of prior_k N(x; mu_k, Lambda_k), Lambda_k diagonal, on the CPU.

Of many classes a product says roughly how likely they are; those that count are worked out again
from differences.
 */
class CpuHead
{
public:
    explicit CpuHead(const MixtureParameters& parameters_) : parameters(parameters_) {}

    int classes() const { return parameters.classes(); }
    int dims() const { return parameters.dims(); }

    /** @brief Computes all outputs, of one batch at a time.

    @param features [N,D]
    @param outputs those of the operator, allocated; the last may be left out
     */
    void run(const Mat& features, std::vector<Mat>& outputs);

    const MixtureParameters parameters;

private:
    struct Candidates;

    void findCandidates(float* row, float square, Candidates& candidates) const;
    Scores score(const float* x, float square, float* row, Candidates& candidates) const;

    Ptr<JointProducts> products; // made when the CPU is first asked: other backends need none
    // Of a batch. What fills up a row of packed features is zero from the start.
    std::vector<float> packed, squares;
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CPU_HEAD_HPP

// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_MIXTURE_STATE_HPP
#define OPENCV_DNN_GM_MIXTURE_STATE_HPP

#include "opencv2/dnn_gm.hpp"
#include "feature_space.hpp"
#include "strangeness.hpp"

namespace cv
{
namespace dnn_gm
{

//! A class, and the rows z of a FeatureSpace that it is known by.
struct KnownClass
{
    String label;
    int count;    //!< of all rows
    Mat sum;      //!< [1,E] CV_64F, of all rows
    Mat enrolled; //!< [n,E] CV_64F, those of enrol()

    explicit KnownClass(const String& name = String()) : label(name), count(0) {}

    void add(const Mat& z);
};

//! All that a GaussianMixture knows, and what follows from it.
struct MixtureState
{
    FitSettings fitting; //!< of the next fit()
    Judging judging;
    FeatureSpace space;
    std::vector<KnownClass> classes;
    Mat calibration; //!< [n,E] CV_64F, z of calibrate()
    std::vector<String> calibrationLabels;
    bool onEnrolled;
    Strangeness leftOut; //!< of the rows of fit(), each found by a fit without it; may be empty
    float falseRejectRate, falseAcceptRate;

    MixtureState();

    //! The state after a fit to x [N,D]; settings stay.
    MixtureState fitted(const Mat& x, const std::vector<String>& labels) const;

    /** @brief Rows of each class in turn are left out of a fit, and judged by it if it knows their
    class.

    @param x [N,D]; @param folds parts that the rows of each class are divided into
     */
    Strangeness leftOutOf(const Mat& x, const std::vector<String>& labels, int folds) const;

    //! The number of classes if there is none of this name.
    int indexOf(const String& label) const;

    ClassGaussians gaussians() const;

    //! What a network needs to answer so.
    MixtureHead head(const ClassGaussians& gaussians) const;

    //! The rows that others are ranked among, judged.
    Strangeness calibrationSamples(const ClassGaussians& gaussians) const;

    //! Enrolled rows where their own class is not known. Each class counts as one.
    struct Strangers
    {
        std::vector<float> energies; //!< ascending
        std::vector<double> sums;    //!< of the shares of their classes that they are, so far
        int classes;
    };
    Strangers strangers(const ClassGaussians& gaussians) const;

    void write(FileStorage& storage) const;
    //! @throws cv::Exception naming what is missing or does not fit
    void read(const FileNode& node);

private:
    void readSettings(const FileNode& node);
    void readSpace(const FileNode& node);
    Strangeness judged(const Mat& x, const std::vector<String>& labels) const;
    std::vector<int> counts() const;
    JudgedRows enrolledRows(int least) const;
    double scoreWithout(const Mat& z, int k) const;
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_MIXTURE_STATE_HPP

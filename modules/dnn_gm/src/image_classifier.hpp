// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_IMAGE_CLASSIFIER_HPP
#define OPENCV_DNN_GM_IMAGE_CLASSIFIER_HPP

#include "opencv2/dnn_gm.hpp"

namespace cv
{
namespace dnn_gm
{

//! What classifiers have in common: images are prepared and given to a network, several at once if
//! it takes them.
class ImageClassifier : public OpenSetClassifier
{
public:
    Size getInputSize() const CV_OVERRIDE { return preparation.inputSize; }
    ImagePreparation getPreparation() const CV_OVERRIDE { return preparation; }

    Verdict classify(InputArray image) CV_OVERRIDE;
    std::vector<Verdict> classifyBatch(InputArrayOfArrays images) CV_OVERRIDE;
    void features(InputArrayOfArrays images, OutputArray features) CV_OVERRIDE;

protected:
    explicit ImageClassifier(const ImagePreparation& how) : preparation(how), oneByOne(false) {}

    //! @param images [N,C,H,W], prepared and scaled; @returns a verdict for each
    virtual std::vector<Verdict> judge(const Mat& images) = 0;

    //! @param images as judge(); @returns [N,D]
    virtual Mat forwardFeatures(const Mat& images) = 0;

    /** @brief What tells whether the network treats images as it should.

    @param images as judge()
    @returns [N,any], to be the same for an image alone and beside others
    @throws cv::Exception if what the network gives has not the expected shape
     */
    virtual Mat probe(const Mat& images) = 0;

    //! Scales a prepared image, CV_32F from 0 to 255, where the network does not do it itself.
    virtual void scale(Mat& /*image*/) const {}

    /** @brief Finds out whether the network takes images of the preparation, and several at once:
    of some exports the batch is written into the graph.

    @param says what an error begins with
    @param least by which numbers of probe() are large enough to be compared to a hundredth
    @throws cv::Exception if it does not take one
     */
    void tryImages(const String& says, double least);

    //! An image as the network takes it, but for scale(); `index` is what an error names.
    Mat prepare(const Mat& image, size_t index) const;

private:
    std::vector<Verdict> classifyAll(const std::vector<Mat>& images);

    template <typename Use> void forEachBatch(const std::vector<Mat>& images, const Use& use);

    ImagePreparation preparation;
    bool oneByOne; // the network takes no more images at once
};

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_IMAGE_CLASSIFIER_HPP

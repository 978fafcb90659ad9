// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "image_classifier.hpp"
#include "onnx_file.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

//! While one lives OpenCV does not log errors: those of a try are caught. The level is the whole
//! process's, so the first of several at once changes it and the last restores it.
class QuietLog
{
public:
    QuietLog()
    {
        const std::lock_guard<std::mutex> lock(mutex);
        if (living++ == 0)
            before = utils::logging::setLogLevel(utils::logging::LOG_LEVEL_SILENT);
    }

    ~QuietLog()
    {
        const std::lock_guard<std::mutex> lock(mutex);
        if (--living == 0)
            utils::logging::setLogLevel(before);
    }

private:
    static std::mutex mutex;
    static int living;
    static utils::logging::LogLevel before;
};

std::mutex QuietLog::mutex;
int QuietLog::living = 0;
utils::logging::LogLevel QuietLog::before = utils::logging::LOG_LEVEL_SILENT;

std::vector<Mat> matsOf(InputArrayOfArrays images)
{
    std::vector<Mat> mats;
    images.getMatVector(mats);
    return mats;
}

//! Whether all pixels are numbers as pictures have them. Of others a network may make usual
//! features: a layer that takes what is positive makes 0 of NaN.
bool isPicture(const Mat& image)
{
    const double most = 65535; // of 16 bits, not brought to the scale of 0 to 255
    return image.depth() != CV_32F || checkRange(image, true, nullptr, -most, most + 1);
}

} // namespace

Mat ImageClassifier::prepare(const Mat& image, size_t index) const
{
    Mat prepared;
    try
    {
        prepareImage(image, prepared, preparation);
    }
    catch (const cv::Exception& error)
    {
        String said = error.err;
        if (said.compare(0, 9, "the image") == 0)
            said = format("image %d", int(index)) + said.substr(9);
        CV_Error(error.code, "OpenSetClassifier: " + said);
    }
    prepared.convertTo(prepared, CV_32F);
    return prepared;
}

//! Calls use() with each batch of images as the network takes them.
template <typename Use>
void ImageClassifier::forEachBatch(const std::vector<Mat>& images, const Use& use)
{
    // All are prepared before any is classified, so that a bad one is named by its index.
    std::vector<Mat> prepared(images.size());
    for (size_t n = 0; n < images.size(); ++n)
    {
        prepared[n] = prepare(images[n], n);
        scale(prepared[n]);
    }
    const size_t batch = oneByOne ? 1 : images.size();
    for (size_t n = 0; n < images.size(); n += batch)
        use(dnn::blobFromImages(
            std::vector<Mat>(prepared.begin() + n, prepared.begin() + n + batch)));
}

Verdict ImageClassifier::classify(InputArray image)
{
    return classifyAll(std::vector<Mat>(1, image.getMat()))[0];
}

std::vector<Verdict> ImageClassifier::classifyBatch(InputArrayOfArrays images)
{
    return classifyAll(matsOf(images));
}

std::vector<Verdict> ImageClassifier::classifyAll(const std::vector<Mat>& mats)
{
    std::vector<Verdict> verdicts;
    if (!mats.empty())
        forEachBatch(mats,
                     [&](const Mat& blob)
                     {
                         const std::vector<Verdict> some = judge(blob);
                         verdicts.insert(verdicts.end(), some.begin(), some.end());
                     });
    for (size_t n = 0; n < mats.size(); ++n)
        if (!isPicture(mats[n]))
        {
            verdicts[n].pValue = 0;
            verdicts[n].accepted = false;
        }
    return verdicts;
}

void ImageClassifier::features(InputArrayOfArrays images, OutputArray features)
{
    const std::vector<Mat> mats = matsOf(images);
    if (mats.empty())
        CV_Error(Error::StsBadArg, "OpenSetClassifier: there are no images");
    Mat all;
    forEachBatch(mats, [&](const Mat& blob) { all.push_back(forwardFeatures(blob)); });
    all.copyTo(features);
}

void ImageClassifier::tryImages(const String& says, double least)
{
    std::vector<Mat> noise(2);
    RNG random(1);
    for (Mat& image : noise)
    {
        image.create(preparation.inputSize, CV_32FC(preparation.channels()));
        random.fill(image, RNG::UNIFORM, 0, 255);
        scale(image);
    }
    const Mat second = dnn::blobFromImage(noise[1]);
    Mat alone;
    try
    {
        alone = probe(second).clone();
    }
    catch (const std::exception& error) // memory, too
    {
        refuse(says + ": " + oneLine(error.what()));
    }
    try
    {
        const QuietLog quiet;
        const Mat together = probe(dnn::blobFromImages(noise));
        oneByOne = together.cols != alone.cols || !(norm(together.row(1), alone, NORM_INF) <=
                                                    0.01 * std::max(least, norm(alone, NORM_INF)));
    }
    catch (const std::exception&)
    {
        oneByOne = true;
    }
    if (oneByOne)
    {
        CV_LOG_WARNING(NULL,
                       "OpenSetClassifier: the network takes one image at a time: batches are "
                       "classified one after the other");
        probe(second);
    }
}

} // namespace dnn_gm
} // namespace cv

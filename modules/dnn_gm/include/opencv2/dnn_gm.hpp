// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_HPP
#define OPENCV_DNN_GM_HPP

#include "opencv2/core.hpp"
#include "opencv2/dnn.hpp"

/**
@defgroup dnn_gm Open-set classification by a Gaussian mixture

A network trained with the large-margin Gaussian-mixture loss @cite Wan18 models its features by one
Gaussian a class. The layer GMHead turns features into the posterior of every class *and* into how
likely the features are at all, so that one forward pass says what an image is and whether to
believe it.
*/

namespace cv
{
namespace dnn_gm
{

//! @addtogroup dnn_gm
//! @{

/** @brief Makes the layer GMHead known to cv::dnn, as `GMHead` and `dnn_gm.GMHead`.

To be called before a network with the layer is read. May be called any number of times and from
any thread.
 */
CV_EXPORTS_W void registerLayers();

/** @brief The message of an exception of OpenCV in one line: without the version, source file and
function that OpenCV puts around it, again each time that an exception is thrown on.

@param said cv::Exception::err or what()
 */
CV_EXPORTS_W String oneLine(const String& said);

/** @brief Looks at an ONNX file of which it is not sure that it is whole, before cv::dnn reads it.

OpenCV's importer reads as many values of a tensor as its sizes say, whether there are so many or
not, and divides by zero where weights have no size or a group no channels.
OpenSetClassifier::create() looks at its file by itself; this is for networks that
cv::dnn::readNet() is to read.

@param file path of the file
@throws cv::Exception naming the file, the tensor or node and what was expected
 */
CV_EXPORTS_W void checkOnnx(const String& file);

/** @overload
@param model the bytes of the file
 */
CV_EXPORTS void checkOnnx(const std::vector<uchar>& model);

/** @brief Reads an image file for prepareImage(), as the trainer reads what it trains on.

As cv::imread() with IMREAD_COLOR (8 bits, BGR, turned as its EXIF data say), but a file that is cut
short is an error: cv::imread() fills what is missing of a JPEG file with grey, of which a network
may be as sure as of a whole picture. Damage before a JPEG file's end marker is not noticed.

No more than 2^28 (268 million) pixels are read, 800 MB of them: of the formats that a small file
can hold many pixels in, JPEG, PNG, BMP, GIF, TIFF, WebP and JPEG 2000, the header is looked at
first.

@param file path of the image
@returns CV_8UC3
@throws cv::Exception naming the file if it cannot be read, is a pipe or a device, is cut short, or
has more pixels
 */
CV_EXPORTS_W Mat readImage(const String& file);

/** @brief How a picture becomes what a network takes: attributes of the operator, which the trainer
follows too.

The picture is brought to resizeSize, of this the middle inputSize is cut, and its channels are
brought into channelOrder.
 */
struct CV_EXPORTS_W_SIMPLE ImagePreparation
{
    CV_WRAP ImagePreparation();

    CV_PROP_RW Size inputSize;  //!< what the network takes, pixels
    CV_PROP_RW Size resizeSize; //!< at least inputSize, at most 2^24 pixels
    //! How a picture of another size is brought to resizeSize. "stretch": the whole of it, each
    //! side for itself. "crop_center": the largest part in its middle that has the proportions of
    //! resizeSize. "letterbox": the whole of it with its proportions, centred, `fill` around it.
    CV_PROP_RW String resizeMode;
    //! "area" (by areas where pictures become smaller, otherwise linear), "nearest", "linear",
    //! "cubic" or "lanczos4"
    CV_PROP_RW String interpolation;
    CV_PROP_RW int fill; //!< value of all channels around a letterboxed picture, 0 to 255
    CV_PROP_RW String channelOrder; //!< "GRAY", "BGR" or "RGB"

    CV_WRAP int channels() const; //!< 1 or 3

    //! @throws cv::Exception naming what is wrong and what was expected
    CV_WRAP void check() const;
};

/** @brief Brings a picture to what a network takes. Trainer and OpenSetClassifier both call it.

@param image 1, 3 (BGR) or 4 (BGRA) channels of CV_8U, or of CV_32F on the same scale of 0 to 255
@param prepared of the same depth, size `how.inputSize`, `how.channels()` channels
@param how the model's preparation
@throws cv::Exception if the image is empty or of another type, or `how` is not valid
 */
CV_EXPORTS_W void prepareImage(InputArray image, OutputArray prepared, const ImagePreparation& how);

/** @brief The layer GMHead: Gaussian-mixture classification head.

Inputs: features [N,D], means [K,D], log_variances [K,D], [K,1] or [1,1], log_priors [K] and
calibration [R,3,Q] or [R,1,Q], R = 1 or K, all float32. All but the features are constants:
Layer::blobs, in this order. Without blobs they are taken from the inputs at each forward
pass; in the new engine of OpenCV 5, which has no blobs, they are read once. The calibration may be
left out.

Outputs, always all of them: prob [N,K], log_likelihood, log_density, distance, p_value and class,
each [N,1]. What they are, and what they are for features that are not finite, is written in the
specification of the operator.

cv::Exception naming the input and what was expected is thrown by create() (hence when a network is
read) for constants and attributes that are missing, misshapen, not finite or out of order, and by
the network's shape inference for features of another width than the means.
 */
class CV_EXPORTS GMHeadLayer : public dnn::Layer
{
public:
    //! Attributes of the operator; those that the model does not give are empty or 0.
    std::vector<String> labels; //!< name of each class
    float acceptRate;           //!< share of clean inputs to accept, in (0,1]
    //! How a picture becomes the network's input; inputSize and channelOrder may be missing.
    ImagePreparation preparation;
    String calibratedOn; //!< which samples the calibration comes from

    //! Least and largest of the calibration's pictures, or empty: what they were before
    //! preparation,
    std::vector<int> pictureHeights, pictureWidths;
    //! and the mean and standard deviation of a prepared picture's pixels.
    std::vector<float> pixelMeans, pixelDeviations;

    std::vector<float> risks; //!< ascending: shares of wrong classes among the accepted
    std::vector<float>
        riskConfidences; //!< for each the posterior that must be exceeded; 1: none is

    //! Number of classes K; 0 while the constants are not known.
    virtual int classCount() const = 0;
    //! Whether there is a calibration: if not, every p-value is 1.
    virtual bool isCalibrated() const = 0;
    //! As that of OpenSetClassifier.
    virtual std::vector<int> getCalibrationCounts(bool together = false) const = 0;
    //! The cv::dnn::Target on which the last forward pass computed this layer; -1 before the first.
    virtual int getTarget() const = 0;

    static Ptr<GMHeadLayer> create(const dnn::LayerParams& params);
};

/** @brief What an OpenSetClassifier says of an image.

Log-likelihood, log-density and distance are those of the features that the network computes.
 */
struct CV_EXPORTS_W_SIMPLE Verdict
{
    CV_WRAP Verdict();

    CV_PROP_RW int classId;         //!< most probable class c
    CV_PROP_RW String label;        //!< its name, or its number if the model names no classes
    CV_PROP_RW float confidence;    //!< posterior p(c|x), in [0,1]
    CV_PROP_RW float logLikelihood; //!< log p(x|c)
    CV_PROP_RW float logDensity;    //!< log p(x)
    CV_PROP_RW float distance;      //!< squared Mahalanobis distance to the mean of class c
    //! Share of clean samples that are as strange, by density and doubt together; 1 without
    //! calibration
    CV_PROP_RW float pValue;
    //! pValue above 0 and not below the false-reject rate and, where a target risk is set,
    //! confidence above its threshold
    CV_PROP_RW bool accepted;
};

/** @brief What a network needs after its features to answer as a GaussianMixture does: features, of
which the first `scaledColumns` are divided by their common length, less `centre`, times the
transpose of `map`; then GMHead.

All matrices are CV_32F; K classes, D features, E dimensions of the head.
 */
struct CV_EXPORTS MixtureHead
{
    int scaledColumns; //!< none of a row if they are all 0
    Mat centre;        //!< [1,D]
    Mat map;           //!< [E,D]
    Mat means;         //!< [K,E]
    Mat logVariances;  //!< [K,E], or [1,1] zeros: the identity
    Mat logPriors;     //!< [K,1]
    Mat calibration;   //!< [1,3,Q]; empty if there is none
};

/** @brief A Gaussian of each class over features that any network computes: fitted without
training, and classes enrolled and removed at run time.

Two covariances, estimated by fit(), describe all classes: class means are drawn from N(m, S_b), and
features of a class from N(its mean, S_w). Along a direction in which the variance within classes is
1 and that between them b, a class of which n rows with the average a are known has
@code
    mean     = n b / (1 + n b) a
    variance = 1 + b / (1 + n b)
@endcode
so that one row is enough to enrol a class. Classes are equally probable beforehand. How strange
features are is judged by their density under all classes, relative to that of the one Gaussian
N(m, S_b + S_w) as far as setRelativity() says, and by a background that all classes share.

Not to be used by two threads at once.
 */
class CV_EXPORTS_W GaussianMixture : public Algorithm
{
public:
    CV_WRAP static Ptr<GaussianMixture> create();

    //! @throws cv::Exception naming the file if it cannot be read or was not written by save()
    CV_WRAP static Ptr<GaussianMixture> load(const String& file);

    //! Whether features, but for the background, are divided by their length first, which is the
    //! default. Counts at fit().
    CV_WRAP virtual void setUnitLength(bool on) = 0;
    CV_WRAP virtual bool getUnitLength() const = 0;

    /** @brief Takes the last columns of features as a background, one Gaussian for all classes.

    For features of an earlier layer, averaged over the image: they do not tell classes, but what
    the network was not trained on. Class and posterior do not depend on them. None by default.
    @param columns how many; counts at fit()
    @param weight as how many directions they count: their squared distance is divided by their
    number and multiplied by it
     */
    CV_WRAP virtual void setBackground(int columns, double weight = 5) = 0;
    CV_WRAP virtual int getBackgroundColumns() const = 0;
    CV_WRAP virtual double getBackgroundWeight() const = 0;

    /** @brief How far covariances are drawn towards a multiple of the identity, where there are too
    few images to know them. Counts at fit().

    @param within share of that multiple in S_w, in [0,1]; negative, the default: as much as Ledoit
    and Wolf find best
    @param between share in S_b, in [0,1], by default 0. For people of whom there are a few images
    each, 0.9 and 0.7 have served well
     */
    CV_WRAP virtual void setShrinkage(double within, double between) = 0;

    /** @brief How far densities are relative to that of one Gaussian for all classes.

    0: strange is what is far from all classes. 1: strange is what is no nearer to a class than to
    their middle, the ratio of likelihoods that tells known from unknown people. In between both
    count.
    @param relativity in [0,1], by default 0.95. A calibration is made anew, but that by the folds
    of fit() is lost
     */
    CV_WRAP virtual void setRelativity(double relativity) = 0;
    CV_WRAP virtual double getRelativity() const = 0;

    /** @brief Makes posteriors less sure (above 1) or surer.

    @param temperature by which logarithms of densities are divided, by default 1. A calibration is
    made anew, but that by the folds of fit() is lost
     */
    CV_WRAP virtual void setTemperature(double temperature) = 0;
    CV_WRAP virtual double getTemperature() const = 0;

    /** @brief Estimates both covariances, and takes the classes of these features as known. All
    classes that there were are removed.

    @param features [N,D], CV_32F or CV_64F
    @param labels N names of classes, the class of each row. Classes are in the order in which they
    come
    @param folds calibrates as well, for few images, if it is not 0: divides the rows of each class
    into so many parts, and judges each part by a fit to the others (cross-conformal prediction).
    The calibration stays as it is when classes are enrolled or removed; removeAll() ends it
    @throws cv::Exception if the numbers do not fit, naming the first row that is not finite, or if
    no class has two different rows
     */
    CV_WRAP virtual void fit(InputArray features, const std::vector<String>& labels,
                             int folds = 0) = 0;

    /** @brief Adds rows to a class, a new one or one that is known. The covariances stay.

    @param label its name
    @param features [n,D]; they are kept, for calibrateOnEnrolled()
    @throws cv::Exception before fit(), or if the features are of another width or not finite
     */
    CV_WRAP virtual void enrol(const String& label, InputArray features) = 0;

    //! @throws cv::Exception if there is no such class
    CV_WRAP virtual void remove(const String& label) = 0;

    //! Removes all classes, but not the covariances: for people to enrol who are not those of
    //! fit().
    CV_WRAP virtual void removeAll() = 0;

    CV_WRAP virtual std::vector<String> getLabels() const = 0;

    //! D, the width of features; 0 before fit().
    CV_WRAP virtual int getFeatureCount() const = 0;

    /** @brief Takes features of known classes that fit() and enrol() have not seen as those that
    others are ranked among.

    They are kept: when classes are enrolled or removed, p-values follow.
    @param labels the class of each row; rows of classes that are not known are not counted
    @throws cv::Exception as fit()
     */
    CV_WRAP virtual void calibrate(InputArray features, const std::vector<String>& labels) = 0;

    /** @brief Calibrates by what was enrolled: each row is judged by its class without it.

    Classes with one row, and rows of fit(), do not count. It is right if fit() has seen other
    people: covariances fitted to the same rows make them look less strange than new ones. When
    classes are enrolled or removed, p-values follow.
     */
    CV_WRAP virtual void calibrateOnEnrolled() = 0;

    //! Whether there are rows to rank others among: if not, every p-value is 1.
    CV_WRAP virtual bool isCalibrated() const = 0;

    //! As that of OpenSetClassifier. 0.01 by default.
    CV_WRAP virtual void setFalseRejectRate(float rate) = 0;
    CV_WRAP virtual float getFalseRejectRate() const = 0;

    /** @brief Share of strangers that may be accepted: each class in turn is a stranger to the
    others.

    Accepted is only what is less strange than all but this share of the strangers, of whom each
    class counts as one, whatever the number of its enrolled rows. It is right if fit() has seen
    other people than those enrolled. Of K enrolled classes no rate below 1 / (K + 1) can be shown,
    and nothing is accepted then; near it up to twice as many strangers may be accepted, from
    2 / (K + 1) on as many as is said. predict() throws if no class has rows of enrol().
    @param rate in (0,1]; 1 does not ask, which is the default
     */
    CV_WRAP virtual void setFalseAcceptRate(float rate) = 0;
    CV_WRAP virtual float getFalseAcceptRate() const = 0;

    /** @brief Judges features.

    @param features [N,D], CV_32F or CV_64F. Those that are not finite are refused
    @returns a verdict for each row. Log-likelihood, log-density and distance are those that a
    GMHead with getHead()'s constants has
    @throws cv::Exception if there are no classes, or if the features are of another width
     */
    CV_WRAP virtual std::vector<Verdict> predict(InputArray features) = 0;

    /** @brief Compares pairs of rows, for which no class need be known.

    The log-likelihood ratio of a pair: how much more probable its second row becomes if the first
    is of the same class. With both rows mapped to where the variance within classes is 1 and that
    between them b, it is the sum over directions of
    @code
    log N(second; b / (1 + b) first, 1 + b / (1 + b)) - log N(second; 0, 1 + b)
    @endcode
    It is the same for exchanged rows. Neither the background counts for it, nor relativity and
    temperature.
    @param first [N,D], CV_32F or CV_64F
    @param second as many rows
    @returns N numbers, larger for rows that are more alike. They are not calibrated: find a
    threshold with pairs of other classes than those of fit()
    @throws cv::Exception before fit(), or if the features are of another width, not finite, or not
    as many
     */
    CV_WRAP virtual std::vector<double> compare(InputArray first, InputArray second) const = 0;

    //! What predict() computes, for a network to compute. @throws cv::Exception if there are no
    //! classes
    virtual MixtureHead getHead() const = 0;
};

/** @brief Classifies images by a network that ends in GMHead, and refuses those it does not
believe.

The file tells everything needed: size and channel order of the images, names of the classes, and
the calibration that turns energy and doubt into a p-value. Turning away images whose p-value is
below a turns away at most a fraction a of the images that come from where the calibration came
from.

An instance must not be used by two threads at once, neither to classify while another sets a
threshold. Instances of their own may be, also those of one file, unless they share a network or a
mixture; create() may be called at once.
 */
class CV_EXPORTS_W OpenSetClassifier
{
public:
    virtual ~OpenSetClassifier() {}

    /** @brief Share of clean images that may be turned away: an image is accepted if its p-value is
    not below.

    By default 1 - `accept_rate` of the model; 0.01 if the model does not say.
    @param rate in [0,1]; 0 accepts everything but what is no image: p-values of 0
     */
    CV_WRAP virtual void setFalseRejectRate(float rate) = 0;
    CV_WRAP virtual float getFalseRejectRate() const = 0;

    /** @brief Abstains where the class may be wrong: of clean images that are accepted at most this
    share has the wrong class, with 95 % confidence over the choice of the held-out images.

    Accepts only images whose confidence is above a threshold that the model carries for the largest
    of its risks that is not above `risk`. Images are still refused by their p-value, which spoils
    the promise by no more than a factor 1 / (1 - a / c), with false-reject rate a and share c of
    images above the threshold.
    @param risk in (0,1]; 1 sets no target, which is the default
    @throws cv::Exception if the model carries no threshold for a risk so small, its held-out images
    did not show that any threshold reaches it, or a half-precision target cannot tell the threshold
    from 1
     */
    CV_WRAP virtual void setTargetRisk(float risk) = 0;
    CV_WRAP virtual float getTargetRisk() const = 0;

    //! The risks that the model carries thresholds for and that can be reached, ascending.
    CV_WRAP virtual std::vector<float> getRisks() const = 0;

    /** @brief Whether the model carries a calibration.

    If not, p-values are 1 and every image with finite features is accepted: apply a threshold of
    your own to Verdict::logLikelihood.
     */
    CV_WRAP virtual bool isCalibrated() const = 0;

    /** @brief How many samples a p-value is ranked among.

    @param together one number for all classes together, where each sample counts once
    @returns a number for each class, or a single one if all are ranked among the same samples;
    empty without calibration
     */
    CV_WRAP virtual std::vector<int> getCalibrationCounts(bool together = false) const = 0;

    //! What the calibration comes from, in words; empty if the model does not say.
    CV_WRAP virtual String getCalibratedOn() const = 0;

    //! Names of the classes; empty if the model has none.
    CV_WRAP virtual std::vector<String> getLabels() const = 0;

    //! Size of the images that the network takes.
    CV_WRAP virtual Size getInputSize() const = 0;

    //! How images are brought to it.
    CV_WRAP virtual ImagePreparation getPreparation() const = 0;

    /** @brief Says how an image is unlike all those that the model was calibrated on, in size or in
    the range of its pixels: p-values promise nothing of it.

    @param image as for classify()
    @returns a phrase such as "the standard deviation of its pixels is 0 where
    the calibration's are 20 to 90"; empty if there is nothing to say, or
    the model does not know
    @throws cv::Exception as classify()
     */
    CV_WRAP virtual String unlikeCalibration(InputArray image) const = 0;

    /** @brief Classifies one image.

    A picture with a pixel that is NaN, or beyond 65535 on either side of 0, is never accepted:
    its p-value is 0, whatever the network makes of it.
    @param image 1, 3 (BGR) or 4 (BGRA) channels of CV_8U, or of CV_32F on the same scale of 0 to
    255, of any size; brought to what the network takes by prepareImage()
    @throws cv::Exception if the image is empty or of another type
     */
    CV_WRAP virtual Verdict classify(InputArray image) = 0;

    /** @brief Classifies images in a single forward pass; one after the other where the network
    takes no more at once.

    @param images a vector of images, as for classify(); sizes and types may differ
    @returns a verdict for each, in order
    @throws cv::Exception naming the image's index if one is empty or of another type
     */
    CV_WRAP virtual std::vector<Verdict> classifyBatch(InputArrayOfArrays images) = 0;

    /** @brief Computes what the network makes of images before its head: the features of which the
    classes are Gaussians.

    For classes that the network was not trained on: images of one of them have features close to
    one another. Passes of classify() and of this function are best not mixed, since cv::dnn
    allocates the network anew when other outputs are asked for.
    @param images a vector of images, as for classify(); sizes and types may differ
    @param features [N,D] CV_32F, a row for each image, in order
    @throws cv::Exception if there are no images, or naming the image's index if one is empty or of
    another type
     */
    CV_WRAP virtual void features(InputArrayOfArrays images, OutputArray features) = 0;

    /** @brief Where the last image was judged: one of cv::dnn::Target.

    It is not what create() was asked for where OpenCV, the module or the machine lacks that; a
    message says so once.
    @returns the target of GMHead. cv::dnn does not tell where other layers run.
     */
    CV_WRAP virtual int getTarget() const = 0;
    //! The cv::dnn::Backend that getTarget() belongs to.
    CV_WRAP virtual int getBackend() const = 0;

    /** @brief Reads a model.

    @param model path to an ONNX file whose outputs are the six of its one GMHead, under their names
    (`class` may be left out)
    @param config path to a configuration file, which ONNX does not need
    @param backend_id one of cv::dnn::Backend
    @param target_id one of cv::dnn::Target
    @param engine one of cv::dnn::EngineType of OpenCV 5, which OpenCV 4 does not look at. By
    default what suits the target: of the two engines of OpenCV 5.0 the new one has the CPU only.
    ENGINE_ORT is not supported
    @throws cv::Exception if it cannot be read, has weights in other files, has other outputs or
    more than one GMHead, lacks the attributes `input_height`, `input_width` or `channel_order`, or
    has more classes than a half-precision target can number, 2048
     */
    CV_WRAP static Ptr<OpenSetClassifier> create(const String& model, const String& config = "",
                                                 int backend_id = 0, int target_id = 0,
                                                 int engine = 0);

    /** @overload
    @param model the bytes of an ONNX file
    @param backend_id one of cv::dnn::Backend
    @param target_id one of cv::dnn::Target
    @param engine one of cv::dnn::EngineType of OpenCV 5
     */
    CV_WRAP static Ptr<OpenSetClassifier>
    create(const std::vector<uchar>& model, int backend_id = 0, int target_id = 0, int engine = 0);

    /** @brief Puts a mixture behind any network.

    @param net read from a file of any format; not copied, and set to the backend and target that it
    shall run on
    @param layer name of the layer whose output is the features, [N,D], or [N,D,H,W] to be averaged
    over H and W; empty for the network's output. Of a network in the new engine of OpenCV 5 only
    its outputs
    @param mixture fitted on such features; not copied, so that classes may be enrolled later
    @param preparation how a picture becomes the network's input; inputSize and channelOrder are
    needed, resizeSize is inputSize if it is empty
    @param mean subtracted from each channel, on the scale of 0 to 255, in the order of channelOrder
    @param deviation then divides each channel
    @throws cv::Exception if the preparation is not valid, or if the network does not take such
    images or gives features of another width than the mixture's
     */
    CV_WRAP static Ptr<OpenSetClassifier> create(const dnn::Net& net, const String& layer,
                                                 const Ptr<GaussianMixture>& mixture,
                                                 const ImagePreparation& preparation,
                                                 const Scalar& mean = Scalar(),
                                                 const Scalar& deviation = Scalar::all(1));
};

//! @}

} // namespace dnn_gm
} // namespace cv

#include "opencv2/dnn_gm/stream_alarm.hpp"

#endif // OPENCV_DNN_GM_HPP

// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_STREAM_ALARM_HPP
#define OPENCV_DNN_GM_STREAM_ALARM_HPP

#include "opencv2/core.hpp"

namespace cv
{
namespace dnn_gm
{

//! @addtogroup dnn_gm
//! @{

/** @brief Watches the p-values of a stream of pictures, and rings when more of them are small than
clean pictures have: the stream has changed, or the model does not fit it.

Each p-value is a bet against the stream being clean, which pays above 1 for a small p-value, less
for a large one, and no more than 1 on average as long as the stream is clean. What bets begun at
each of the pictures have come to, added up, is the statistic of Shiryaev and Roberts: a conformal
test martingale made for changes @cite Vovk21, an e-detector @cite Shin22. The alarm rings where it
reaches 1 / false-alarm rate.

**What is promised.** Of T clean pictures, however many, at most T times the false-alarm rate ring
on average; so the chance of any false alarm among them is not larger, and the mean number of clean
pictures before the first one not below 1 / rate.

It is proven for p-values by one number, such as the distance; for those by energy and doubt
together it is measured only, and so it is for getCalibrationCounts(true) where the samples' shares
are by chance. It is not for a calibration by the folds of GaussianMixture::fit(), whose p-values
are right within a factor of two only.

**What it rests on.** Where each class has samples of its own: given its class by the model, each
clean picture is drawn independently of those before, as the calibration's samples of that class
were; classes may come in any order. Where all classes are ranked among the same samples, they must
come at random too, in the shares that they have among those. It does not hold for pictures that
resemble one another because they follow one another, as those of a video: take some that lie far
enough apart.

P-values of one calibration are not uniform on a stream of any length, only on average over
calibrations, and a bet that takes them to be wins in the long run on clean pictures too. Here,
therefore, a p-value counts as the largest share of clean pictures that may have it or a smaller one
@cite Bates23 @cite Shaer26: the promise holds for all streams together with 95 % confidence over
the choice of the calibration's samples. The price is that a change is not seen that is smaller than
what so many samples tell.

An instance must not be used by two threads at once.
 */
class CV_EXPORTS_W StreamAlarm
{
public:
    virtual ~StreamAlarm() {}

    /** @brief Takes the next picture.

    A picture after one that rang begins anew, as after reset().
    @param pValue Verdict::pValue, within [0,1], as float32: what half precision has rounded down
    may count as smaller than it is
    @param classId Verdict::classId, by which the p-value is ranked
    @returns whether the alarm rings
    @throws cv::Exception if the p-value is NaN or not within [0,1], or if each class has a table of
    its own and there is no such class; the picture does not count then
     */
    CV_WRAP virtual bool update(double pValue, int classId = 0) = 0;

    //! How far the last picture left the alarm from ringing: from 0, after none; at 1 and above it
    //! has rung. A multiple of what speaks for a change: look at its logarithm.
    CV_WRAP virtual double getLevel() const = 0;

    //! Forgets all pictures.
    CV_WRAP virtual void reset() = 0;

    CV_WRAP virtual double getFalseAlarmRate() const = 0;

    /** @brief Makes an alarm for the p-values of a model.

    @param falseAlarmRate false alarms a clean picture, within (0,1): 1e-6 is one in a million
    @param calibrationCounts how many samples a p-value is ranked among, one number for all classes
    or one a class: OpenSetClassifier::getCalibrationCounts() of the model. Smaller changes are seen
    by the number of all samples together, getCalibrationCounts(true), which is right for classes
    that come at random in the samples' shares
    @throws cv::Exception if the rate is not within (0,1), or if there is no sample to rank among
     */
    CV_WRAP static Ptr<StreamAlarm> create(double falseAlarmRate,
                                           const std::vector<int>& calibrationCounts);
};

//! @}

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_STREAM_ALARM_HPP
